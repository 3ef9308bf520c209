"""Lists of notices for people: chosen, counted, and each with what its letter says outside: subject and recipients.

Nothing here changes anything. A list is read in short pieces, so that even one of millions keeps no delivery waiting.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, Select, func, select

from notify.ledger.queries import NOT_WRITTEN, written
from notify.record.statements import portions, reading, value_of
from notify.record.tables import bounces, envelopes, message_notices, notices
from notify.record.values import NoticeKey, Status

_AT_A_TIME = 2000  # values in one IN list; SQLite takes 32766
_READ_AT_A_TIME = 10_000  # ids, each a few octets
_COLUMNS: tuple[Column[Any], ...] = (
    notices.c.id, notices.c.kind, notices.c.contract, notices.c.line, notices.c.occasion, notices.c.status,
    notices.c.reason, notices.c.due_on, notices.c.not_after, notices.c.as_of, notices.c.sent_at, notices.c.updated_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Days or instants, the first and the last included; None on a side that is open."""

    first: date | datetime | None = None
    last: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which notices; None means any."""

    status: Status | None = None
    kind: str | None = None
    contract: str | None = None
    contracts: Select[Any] | None = None  # a query for the numbers of the contracts that they may be of
    reason: str | None = None
    addresses: Sequence[str] | None = None  # a mail about it was for one of these
    as_of: Span = Span()  # the business day they were decided for
    due_on: Span = Span()
    sent_at: Span = Span()
    updated_at: Span = Span()  # when it came to stand where it stands
    is_bounced: bool = False  # a mail about it came back


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice in a list, with its latest letter: "" and nobody where none was written, or where that was purged."""

    id: int
    key: NoticeKey
    status: Status
    reason: str
    due_on: date | None
    not_after: date | None
    as_of: date
    sent_at: datetime | None
    updated_at: datetime
    subject: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    is_bounced: bool = False


class NoticeLists:
    """The notices of one ledger, in lists."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def total(self, chosen: Chosen) -> int:
        """How many match."""
        query = select(func.count()).select_from(notices).where(*_conditions(chosen))
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def page(self, chosen: Chosen, limit: int, before: int | None = None) -> list[Listed]:
        """Those that match, the latest first; with `before`, only those with a smaller id."""
        query = select(*_COLUMNS).where(*_conditions(chosen)).order_by(notices.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(notices.c.id < before)
        with reading(self._engine) as connection:
            return _with_letters(connection, connection.execute(query).all())

    def ids(self, chosen: Chosen) -> array[int]:
        """The ids of all that match, the latest first: eight octets each."""
        found = array("q")
        query = select(notices.c.id).where(*_conditions(chosen)).order_by(notices.c.id.desc())
        with reading(self._engine).execution_options(yield_per=_READ_AT_A_TIME) as connection:
            for some in connection.execute(query).scalars().partitions():
                found.extend(some)
        return found

    def of_ids(self, ids: array[int]) -> Iterator[list[Listed]]:
        """Those of the ids, in their order, a piece at a time; each piece as it stands when it is read."""
        for start in range(0, len(ids), _AT_A_TIME):
            some = ids[start : start + _AT_A_TIME].tolist()
            query = select(*_COLUMNS).where(notices.c.id.in_(some)).order_by(notices.c.id.desc())
            with reading(self._engine) as connection:
                yield _with_letters(connection, connection.execute(query).all())


def _conditions(chosen: Chosen) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (notices.c.status, chosen.status),
        (notices.c.kind, chosen.kind),
        (notices.c.contract, chosen.contract),
        (notices.c.reason, chosen.reason),
    ):
        if value is not None:
            yield column == value
    if chosen.contracts is not None:
        yield notices.c.contract.in_(chosen.contracts)
    yield from _within(notices.c.as_of, chosen.as_of)
    yield from _within(notices.c.due_on, chosen.due_on)
    yield from _within(notices.c.sent_at, chosen.sent_at)
    yield from _within(notices.c.updated_at, chosen.updated_at)
    told = select(message_notices.c.notice_id).join(envelopes, envelopes.c.message_id == message_notices.c.message_id)
    if chosen.addresses is not None:
        yield notices.c.id.in_(told.where(envelopes.c.address.in_(chosen.addresses)))
    if chosen.is_bounced:
        yield notices.c.id.in_(told.join(bounces, bounces.c.envelope_id == envelopes.c.id))


def _within(column: Column[Any], span: Span) -> Iterator[ColumnElement[bool]]:
    if span.first is not None:
        yield column >= span.first
    if span.last is not None:
        yield column <= span.last


def _with_letters(connection: Connection, rows: Sequence[Row[Any]]) -> list[Listed]:
    return [each for some in portions(rows, _AT_A_TIME) for each in _some(connection, some)]


def _some(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Listed]:
    ids = [row.id for row in rows]
    last = _last_letters(connection, ids)
    letters = written(connection, list(last.values()))
    back = _came_back(connection, ids)
    for row in rows:
        letter = letters.get(last.get(row.id), NOT_WRITTEN)
        yield value_of(
            Listed,
            row,
            key=value_of(NoticeKey, row),
            subject=letter.subject,
            to=letter.of_role("to"),
            cc=letter.of_role("cc"),
            is_bounced=row.id in back,
        )


def _last_letters(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """A notice that is held again has no message of its own any more; the last that told it is what people ask for."""
    query = (
        select(message_notices.c.notice_id, func.max(message_notices.c.message_id))
        .where(message_notices.c.notice_id.in_(ids))
        .group_by(message_notices.c.notice_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _came_back(connection: Connection, ids: Sequence[int]) -> set[int]:
    query = (
        select(message_notices.c.notice_id)
        .join(envelopes, envelopes.c.message_id == message_notices.c.message_id)
        .join(bounces, bounces.c.envelope_id == envelopes.c.id)
        .where(message_notices.c.notice_id.in_(ids))
    )
    return set(connection.execute(query).scalars())
