"""The ledger's queries that change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from notify.record.statements import portions, value_of
from notify.record.tables import actions, attempts, bounces, envelopes, message_notices, messages, notices
from notify.record.values import (
    Attempt,
    BounceStory,
    EnvelopeStory,
    MessageStory,
    Notice,
    NoticeKey,
    PersonsAction,
    Status,
    Story,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a letter says outside: its subject, and whom it is for by role and address, None where it was purged."""

    subject: str = ""
    recipients: tuple[tuple[str, str], ...] = ()

    def of_role(self, role: str) -> tuple[str, ...]:
        """The addresses that are kept of those in that role."""
        return tuple(address for each, address in self.recipients if each == role and address is not None)


NOT_WRITTEN = Written()


def on_record(connection: Connection, contracts: Sequence[str], *, checks: bool = True) -> dict[NoticeKey, Notice]:
    """All notices of these contracts; without their `checks`, which are most of what reading them costs."""
    columns = tuple(column for column in notices.columns if checks or column is not notices.c.checks)
    values = _notices if checks else _without_checks
    found: dict[NoticeKey, Notice] = {}
    for some in portions(contracts):
        query = select(*columns).where(notices.c.contract.in_(some))
        found |= {notice.key: notice for notice in values(connection, query)}
    return found


def listed(
    connection: Connection, *, status: Status | None = None, kind: str | None = None, contract: str | None = None
) -> list[Notice]:
    """The notices that match, the latest first; None means any."""
    wanted = ((notices.c.status, status), (notices.c.kind, kind), (notices.c.contract, contract))
    query = select(notices).where(*(column == value for column, value in wanted if value is not None))
    return list(_notices(connection, query.order_by(notices.c.id.desc())))


def written(connection: Connection, message_ids: Sequence[int]) -> dict[int | None, Written]:
    """What these messages say outside."""
    found: dict[int | None, Written] = {}
    for some in portions(message_ids):
        subjects = select(messages.c.id, messages.c.subject).where(messages.c.id.in_(some))
        found |= {row.id: Written(row.subject) for row in connection.execute(subjects)}
        copies = select(envelopes.c.message_id, envelopes.c.role, envelopes.c.address)
        for row in connection.execute(copies.where(envelopes.c.message_id.in_(some)).order_by(envelopes.c.id)):
            one = found[row.message_id]
            found[row.message_id] = replace(one, recipients=(*one.recipients, (row.role, row.address)))
    return found


def story(connection: Connection, notice_id: int) -> Story | None:
    """Everything on record about one notice; None where there is none of that id."""
    notice = next(_notices(connection, select(notices).where(notices.c.id == notice_id)), None)
    if notice is None:
        return None
    told_by = select(messages).join(message_notices).where(message_notices.c.notice_id == notice_id)
    done = select(actions).where(actions.c.notice_id == notice_id).order_by(actions.c.id)
    return Story(
        notice,
        messages=tuple(_message(connection, row) for row in connection.execute(told_by.order_by(messages.c.id)).all()),
        actions=tuple(value_of(PersonsAction, row) for row in connection.execute(done)),
    )


def _notices(connection: Connection, query: Select[Any]) -> Iterator[Notice]:
    # The columns stand in the order of the value's fields: by name each row would cost twice as much.
    for number, kind, contract, line, occasion, *others in connection.execute(query):
        yield Notice(number, NoticeKey(kind, contract, line, occasion), *others)


def _without_checks(connection: Connection, query: Select[Any]) -> Iterator[Notice]:
    for number, kind, contract, line, occasion, status, reason, due_on, not_after, as_of, *others in connection.execute(
        query
    ):
        key = NoticeKey(kind, contract, line, occasion)
        yield Notice(number, key, status, reason, due_on, not_after, as_of, (), *others)


def _message(connection: Connection, row: Row[Any]) -> MessageStory:
    query = select(envelopes).where(envelopes.c.message_id == row.id).order_by(envelopes.c.id)
    copies = connection.execute(query).all()
    return value_of(MessageStory, row, envelopes=tuple(_envelope(connection, copy) for copy in copies))


def _envelope(connection: Connection, row: Row[Any]) -> EnvelopeStory:
    tries = select(attempts).where(attempts.c.envelope_id == row.id).order_by(attempts.c.number)
    back = select(bounces).where(bounces.c.envelope_id == row.id).order_by(bounces.c.id)
    return value_of(
        EnvelopeStory,
        row,
        address=row.address or "",  # purged
        attempts=tuple(value_of(Attempt, each) for each in connection.execute(tries)),
        bounces=tuple(value_of(BounceStory, each) for each in connection.execute(back)),
    )
