"""Approval: what waits for it, and its release under lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from notify.ledger.approval import (
    Approval,
    Letter,
    NotAsReviewed,
    Review,
    Reviewed,
    Scope,
    misfits,
    unnamed,
)
from notify.ledger.moves import lock_notices
from notify.ledger.people import By, act
from notify.ledger.queries import NOT_WRITTEN, listed, on_record, written
from notify.ledger.transaction import Transactions
from notify.proof.chain import touch
from notify.record.statements import portions
from notify.record.tables import envelopes, notices
from notify.record.values import Notice, NoticeKey, Status


class Releases:
    """What of a ledger waits for approval."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def waiting(self, scope: Scope | None = None) -> list[Letter]:
        """What waits, all or what is in the scope, the earliest due first."""
        with self._transactions.reading() as connection:
            return _waiting(connection, scope or Scope())

    def not_as_reviewed(self, review: Review) -> tuple[NotAsReviewed, ...]:
        """What of the review does not hold any more; where nothing does not, `approve` would release it all."""
        with self._transactions.reading() as connection:
            return _refused(connection, review, _on_record(connection, review))

    def approve(self, review: Review, by: str, now: datetime) -> Approval:
        """Releases what still waits as it was reviewed, each with all that its letter tells; says what does not."""
        person = By(by, now)
        return self._transactions.writing("approve", now, lambda connection: _approve(connection, review, person))


def _waiting(connection: Connection, scope: Scope) -> list[Letter]:
    held = listed(connection, status=Status.HELD, kind=scope.kind, contract=scope.contract)
    chosen = [notice for notice in held if notice.message_id is not None and notice in scope]
    found = _letters(connection, chosen)
    return sorted(found, key=lambda letter: (letter.notice.due_on is not None, letter.notice.due_on, letter.notice.id))


def _approve(connection: Connection, review: Review, by: By) -> Approval:
    letters = _locked(connection, review)
    refused = _refused(connection, review, letters)
    if refused and review.all_or_none:
        return Approval((), 0, refused)
    fitting = [letters[key] for key in _fitting(review.reviewed, refused)]
    told_by = _release(connection, fitting, by, review.detail)
    return Approval(tuple(letter.notice.key for letter in fitting), told_by, refused)


def _refused(connection: Connection, review: Review, letters: Mapping[NoticeKey, Letter]) -> tuple[NotAsReviewed, ...]:
    changed = misfits(review.reviewed, letters)
    if review.scope is None:
        return tuple(changed)
    return (*changed, *unnamed(review.reviewed, _waiting(connection, review.scope)))


def _fitting(reviewed: Sequence[Reviewed], refused: Iterable[NotAsReviewed]) -> list[NoticeKey]:
    out = {each.key for each in refused}
    return [key for key in dict.fromkeys(each.key for each in reviewed) if key not in out]


def _release(connection: Connection, letters: Sequence[Letter], by: By, detail: str) -> int:
    """Queues the letters and puts on record who released them. How many messages there are."""
    told_by = sorted({letter.notice.message_id for letter in letters if letter.notice.message_id is not None})
    for some in portions(told_by):
        of_them = (envelopes.c.message_id.in_(some), envelopes.c.status == Status.HELD)
        queued = {"status": Status.QUEUED, "next_attempt_at": by.now, "queued_at": by.now, "updated_at": by.now}
        connection.execute(update(envelopes).where(*of_them).values(queued))
        touch(connection, envelopes.c.message_id, some)
    ids = sorted(letter.notice.id for letter in letters)
    for some in portions(ids):
        approved = {"status": Status.QUEUED, "approved_by": by.person, "approved_at": by.now, "updated_at": by.now}
        connection.execute(update(notices).where(notices.c.id.in_(some)).values(approved))
        touch(connection, notices.c.id, some)
    if ids:
        act(connection, ids, "approve", by, detail)
    return len(told_by)


def _locked(connection: Connection, review: Review) -> dict[NoticeKey, Letter]:
    """What is on record of their contracts, their letters locked: it stays true until the transaction ends."""
    keys = {each.key for each in review.reviewed}
    locked: set[int] = set()
    while True:  # a run may have given a notice another letter before its lock was ours
        letters = _on_record(connection, review)
        told_by = {letters[key].notice.message_id for key in keys & letters.keys()} - locked
        new = sorted(message for message in told_by if message is not None)
        if not new:
            return letters
        _lock(connection, new)
        locked.update(new)


def _on_record(connection: Connection, review: Review) -> dict[NoticeKey, Letter]:
    """All notices of the contracts that were reviewed: these, and what may be told together with them."""
    record = on_record(connection, sorted({each.key.contract for each in review.reviewed}))
    return {letter.notice.key: letter for letter in _letters(connection, list(record.values()))}


def _lock(connection: Connection, message_ids: Sequence[int]) -> None:
    """Locks the messages' envelopes, then their notices (see moves)."""
    for some in portions(message_ids):
        query = select(envelopes.c.id).where(envelopes.c.message_id.in_(some)).order_by(envelopes.c.id)
        connection.execute(query.with_for_update()).all()
    for some in portions(message_ids):
        lock_notices(connection, some)


def _letters(connection: Connection, found: Sequence[Notice]) -> list[Letter]:
    told_by = sorted({notice.message_id for notice in found if notice.message_id is not None})
    said = written(connection, told_by)
    outside = ((notice, said.get(notice.message_id, NOT_WRITTEN)) for notice in found)
    return [Letter(notice, one.subject, one.recipients) for notice, one in outside]
