"""What people do to notices: send again, cancel, settle a doubt. What they approve stands in releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal, select, update

from notify.ledger.moves import OPEN, lock_notices, withdraw_messages
from notify.ledger.transaction import Transactions
from notify.proof.chain import touch
from notify.record.tables import actions, attempts, envelopes, messages, notices
from notify.record.values import NotPossible, Status

_ENDED_BY_A_PERSON = "cancelled"
_STANDS = {
    Status.QUEUED: "it is queued, and the next delivery sends it",
    Status.SENDING: "it is being handed over; wait until its outcome is on record",
    Status.SENT: "it was sent",
    Status.FAILED: "it was refused for good",
    Status.IN_DOUBT: "it may or may not have arrived; settle it, or send it again",
    Status.HELD: "it is held",
    Status.WITHDRAWN: "it was withdrawn before it went out",
    Status.SKIPPED: "it was decided that nothing is to be said",
    Status.CANCELLED: "a person cancelled it",
}


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and when."""

    person: str
    now: datetime


class People:
    """What people do to a ledger's notices; who did it is on record."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def resend(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Queues the notice's message again: the same bytes, the same Message-ID.

        A person asked for these very bytes: neither the last day nor a later run takes that back, only `cancel` does.
        The copies that have arrived are not sent again.

        Raises:
            NotPossible: there is nothing to send again, or it is on its way.
        """
        person = By(by, now)
        self._transactions.writing("resend", now, lambda connection: _resend(connection, notice_id, person))

    def cancel(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Ends the notice: it is not sent, and no run brings it back. What was to be sent again is sent, as it was.

        Other notices told in the same message are written anew by the next run, without this one.

        Raises:
            NotPossible: it went out, is on its way, or has ended already.
        """
        person = By(by, now)
        self._transactions.writing("cancel", now, lambda connection: _cancel(connection, notice_id, person))

    def settle(self, notice_id: int, *, sent: bool, now: datetime, by: str = "") -> None:
        """Ends a doubt: what arrived becomes sent, at the time of its last attempt; what did not is queued again.

        Raises:
            NotPossible: nothing of the notice is in doubt.
        """
        person = By(by, now)
        self._transactions.writing("settle", now, lambda connection: _settle(connection, notice_id, person, sent=sent))


_UNTRIED: Mapping[str, object] = {"not_after": None, "tries": 0, "first_tried_at": None, "reply": ""}


def _resend(connection: Connection, notice_id: int, by: By) -> None:
    notice, copies = _locked(connection, notice_id)
    _refuse_resend(connection, notice)
    for copy in copies:
        if copy.status is not Status.SENDING and (copy.role == "to" or copy.status is not Status.SENT):
            _put(connection, copy, Status.QUEUED, by, **_UNTRIED, resends=copy.resends + 1)
    connection.execute(
        update(messages).where(messages.c.id == notice.message_id).values(withdrawn_at=None, withdrawn_reason="")
    )
    touch(connection, messages.c.id, [notice.message_id])
    told = _told_by(connection, notice)
    _set(connection, told, by, status=Status.QUEUED, resent_at=by.now)
    act(connection, told, "resend", by)


def _cancel(connection: Connection, notice_id: int, by: By) -> None:
    notice, copies = _locked(connection, notice_id)
    if notice.status not in (*OPEN, Status.FAILED, Status.IN_DOUBT):
        raise NotPossible(f"notice {notice_id} cannot be cancelled: {_STANDS[notice.status]}")
    for copy in copies:
        if copy.status in OPEN or (copy.role == "to" and copy.status is notice.status):
            _put(connection, copy, _end(copy), by)
    told = [notice_id] if notice.status in OPEN else _told_by(connection, notice)
    stands = _end(notice) if notice.resent_at is not None else Status.CANCELLED  # its first mail may have come back
    _set(connection, told, by, status=stands)
    if notice.status in OPEN and notice.message_id is not None and stands is Status.CANCELLED:
        withdraw_messages(connection, {notice.message_id: _ENDED_BY_A_PERSON}, by.now)
    act(connection, told, "cancel", by)


def _settle(connection: Connection, notice_id: int, by: By, *, sent: bool) -> None:
    notice, copies = _locked(connection, notice_id)
    doubtful = [copy for copy in copies if copy.status is Status.IN_DOUBT]
    if not doubtful:
        raise NotPossible(f"nothing is in doubt about notice {notice_id}: {_STANDS[notice.status]}")
    stands = Status.SENT if sent else Status.QUEUED
    for copy in doubtful:
        at = _last_tried(connection, copy) if sent else None
        _put(connection, copy, stands, by, sent_at=copy.sent_at or at)
        if copy.role == "to":
            first = func.coalesce(notices.c.sent_at, literal(at, notices.c.sent_at.type))
            _set(connection, _told_by(connection, notice), by, status=stands, sent_at=first)
    act(connection, [notice_id], "settle", by, detail="sent" if sent else "not sent")


def _refuse_resend(connection: Connection, notice: Row[Any]) -> None:
    if notice.status in (Status.QUEUED, Status.SENDING):
        raise NotPossible(f"notice {notice.id} cannot be sent again: {_STANDS[notice.status]}")
    if notice.status is Status.HELD or notice.message_id is None:
        past = "was never sent" if notice.sent_at is None else "is not sent again as it was"
        raise NotPossible(f"notice {notice.id} {past}: {_what_instead(notice)}")
    raw = connection.execute(select(messages.c.raw).where(messages.c.id == notice.message_id)).scalar_one()
    if raw is None:
        raise NotPossible(f"notice {notice.id} cannot be sent again: its text has been purged")


def _what_instead(notice: Row[Any]) -> str:
    if notice.status is Status.HELD and notice.message_id is not None:
        return "it is held until a person approves it; approve it instead"
    if notice.status is Status.HELD:
        return f"it is held ({notice.reason}); mend that in the book and run the job again"
    if notice.sent_at is not None:
        return f"its mail came back, and {_STANDS[notice.status]} ({notice.reason})"
    return f"{_STANDS[notice.status]} ({notice.reason}), and no letter was written"


def _locked(connection: Connection, notice_id: int) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """The notice and the envelopes of its message, locked: envelopes before notices (see moves)."""
    seen = connection.execute(select(notices.c.message_id).where(notices.c.id == notice_id)).one_or_none()
    if seen is None:
        raise NotPossible(f"there is no notice {notice_id}")
    of_message = select(envelopes).where(envelopes.c.message_id == seen.message_id).order_by(envelopes.c.id)
    copies = connection.execute(of_message.with_for_update()).all()
    lock_notices(connection, [seen.message_id] if seen.message_id is not None else [])
    notice = connection.execute(select(notices).where(notices.c.id == notice_id).with_for_update()).one()
    if notice.message_id != seen.message_id:
        raise NotPossible(f"notice {notice_id} was changed by a run at this moment; look at it again")
    return notice, copies


def _told_by(connection: Connection, notice: Row[Any]) -> list[int]:
    """The notices that the same message tells and that stand alike, this one among them."""
    alike = (notices.c.message_id == notice.message_id, notices.c.status == notice.status)
    return list(connection.execute(select(notices.c.id).where(*alike).order_by(notices.c.id)).scalars())


def _end(row: Row[Any]) -> Status:
    return Status.CANCELLED if row.sent_at is None else Status.SENT


def _put(connection: Connection, copy: Row[Any], stands: Status, by: By, **values: object) -> None:
    values |= {"status": stands, "next_attempt_at": None, "updated_at": by.now}
    if stands is Status.QUEUED:
        values |= {"next_attempt_at": by.now, "queued_at": by.now}
    query = update(envelopes).where(envelopes.c.id == copy.id, envelopes.c.status == copy.status)
    connection.execute(query.values(values))
    touch(connection, envelopes.c.id, [copy.id])


def _set(connection: Connection, notice_ids: Sequence[int], by: By, **values: object) -> None:
    connection.execute(update(notices).where(notices.c.id.in_(notice_ids)).values(updated_at=by.now, **values))
    touch(connection, notices.c.id, notice_ids)


def act(connection: Connection, notice_ids: Sequence[int], action: str, by: By, detail: str = "") -> None:
    """Puts on record what a person did to these notices."""
    rows = [
        {"notice_id": each, "action": action, "by": by.person, "at": by.now, "detail": detail} for each in notice_ids
    ]
    touch(connection, actions.c.id, connection.execute(insert(actions).returning(actions.c.id), rows).scalars())


def _last_tried(connection: Connection, copy: Row[Any]) -> datetime:
    query = select(attempts.c.started_at).where(attempts.c.envelope_id == copy.id, attempts.c.number == copy.attempt)
    at: datetime = connection.execute(query).scalar_one()
    return at
