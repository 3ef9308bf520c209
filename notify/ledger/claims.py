"""Claims: who hands over which envelope. In the caller's transaction.

An envelope is claimed, ahead of its turn, and then begun, right before it. Both are committed before the first byte
goes out. What is begun has its attempt on record; a claim without one was never begun, and whoever finds it after a
crash knows that nothing was handed over. Id, owner and attempt are the fence of all that follows. Locks are taken on
envelopes, in order of their id, before notices (see moves).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, true, update

from notify.ledger.overdue import follow, has_come
from notify.record.statements import among, has_status, insert_ignoring
from notify.record.tables import attempts, envelopes, messages, notices
from notify.record.values import Envelope, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims, when, until when, for which business day; of one contract only, where `only` names one.

    Envelopes numbered after `decided_to` came when what waits had been decided on once more: they are taken only where
    they were decided for this very day.
    """

    owner: str
    now: datetime
    lease_until: datetime
    as_of: date
    only: str | None = None
    decided_to: int | None = None


_CLAIMED = tuple(
    envelopes.c[name]
    for name in (
        "id", "message_id", "role", "address", "due_on", "not_after", "attempt", "tries", "first_tried_at", "resends",
        "owner", "lease_until", "next_attempt_at", "reply", "sent_at",
    )
)  # fmt: skip
"""Of an envelope, what a delivery needs to know: each column costs, of each mail."""


def claim(connection: Connection, by: Claim, limit: int, begun: int | None = None) -> list[Envelope]:
    """Takes up to `limit` envelopes that are due: the oldest obligation first, by its day, then by the time of its try.

    One that is refused each time is due no more until its next try, and so cannot clog the head.
    The first `begun` of them are begun at once; None: all.
    """
    rows = _taken(connection, by, limit)
    if not rows:
        return []
    _note_begun(connection, rows[:begun], by.now)
    follow(connection, rows, [Status.SENDING] * len(rows), Status.QUEUED, by.now)
    return _as_envelopes(connection, rows)


def _taken(connection: Connection, by: Claim, limit: int) -> list[Row[Any]]:
    # As a common table expression it is evaluated once; a subquery PostgreSQL may run again, and take more.
    next_ones = (
        select(envelopes.c.id)
        .where(is_due(by.now, by.as_of, by.only), _is_decided(by))
        .order_by(envelopes.c.due_on, envelopes.c.next_attempt_at, envelopes.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("next_ones")
    )
    claimed = {"status": Status.SENDING, "owner": by.owner, "lease_until": by.lease_until, "updated_at": by.now}
    taking = (
        update(envelopes)
        .where(envelopes.c.id.in_(select(next_ones.c.id)), has_status(envelopes.c.status, Status.QUEUED))
        .values(attempt=envelopes.c.attempt + 1, **claimed)
        .returning(*_CLAIMED)
    )
    return sorted(connection.execute(taking).all(), key=lambda row: (row.due_on, row.next_attempt_at, row.id))


def held(connection: Connection, claimed: Iterable[Envelope]) -> dict[int, Row[Any]]:
    """The rows, locked, whose claim is still the one that was given, by their id."""
    fences = {(each.id, each.owner, each.attempt) for each in claimed}
    if not fences:
        return {}
    rows = connection.execute(_held(connection.dialect.name), {"rows": sorted(row for row, _, _ in fences)}).all()
    return {row.id: row for row in rows if (row.id, row.owner, row.attempt) in fences}


@cache  # to put a statement together costs more than to carry it out for a few rows
def _held(database: str) -> Select[Any]:
    return (
        select(*_CLAIMED)
        .where(among(database, envelopes.c.id, "rows"), envelopes.c.status == Status.SENDING)
        .order_by(envelopes.c.id)
        .with_for_update()
    )


def begin(
    connection: Connection, claimed: Sequence[Envelope], rows: Mapping[int, Row[Any]], now: datetime
) -> list[Envelope]:
    """Puts on record that these are handed over from now on; those that were, their claim still being held.

    Said again by the same owner, whose connection broke meanwhile, it changes nothing and gives the same.
    """
    begun = [each for each in claimed if each.id in rows and rows[each.id].lease_until > now]
    _note_begun(connection, [rows[each.id] for each in begun], now)
    return begun


def holders(connection: Connection) -> set[str]:
    """Who has claims that are not on record yet."""
    query = select(envelopes.c.owner).where(envelopes.c.status == Status.SENDING).distinct()
    return {owner for owner in connection.execute(query).scalars() if owner is not None}


def claimed_besides(connection: Connection, owner: str, keep: Collection[int]) -> list[Envelope]:
    """What the owner has claimed, without the envelopes that it knows of."""
    query = select(*_CLAIMED).where(envelopes.c.status == Status.SENDING, envelopes.c.owner == owner)
    rows = connection.execute(query.order_by(envelopes.c.id)).all()
    return _as_envelopes(connection, [row for row in rows if row.id not in keep])


def is_due(now: datetime, as_of: date, only: str | None) -> ColumnElement[bool]:
    """Queued, its time come, and in its time: neither before the day it was decided for nor after its last day."""
    is_queued = and_(envelopes.c.status == Status.QUEUED, has_come(envelopes.c.next_attempt_at, now))
    return and_(is_queued, is_in_time(as_of), is_of(only))


def is_of(only: str | None) -> ColumnElement[bool]:
    """Of that contract's notices; None for any."""
    if only is None:
        return true()
    return envelopes.c.message_id.in_(select(notices.c.message_id).where(notices.c.contract == only))


def _is_decided(by: Claim) -> ColumnElement[bool]:
    if by.decided_to is None:
        return true()
    return or_(envelopes.c.id <= by.decided_to, envelopes.c.not_before == by.as_of)


def is_in_time(as_of: date) -> ColumnElement[bool]:
    """On that day, neither before the day it was decided for nor after its last day."""
    has_begun = or_(envelopes.c.not_before.is_(None), envelopes.c.not_before <= as_of)
    is_not_over = or_(envelopes.c.not_after.is_(None), envelopes.c.not_after >= as_of)
    return and_(has_begun, is_not_over)


def _note_begun(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    if rows:
        begun = [{"envelope_id": row.id, "number": row.attempt, "owner": row.owner, "started_at": now} for row in rows]
        # Where it is said again, since nobody knew whether the first was committed, it is on record already.
        connection.execute(insert_ignoring(connection, attempts), begun)


def _as_envelopes(connection: Connection, rows: Sequence[Row[Any]]) -> list[Envelope]:
    wanted = {"wanted": sorted({row.message_id for row in rows})}
    of = {row.id: row for row in connection.execute(_messages_of(connection.dialect.name), wanted)}
    return [_as_envelope(row, of[row.message_id]) for row in rows]


@cache
def _messages_of(database: str) -> Select[Any]:
    columns: tuple[Any, ...] = tuple(messages.c[name] for name in ("id", "message_id", "kind", "sender", "raw"))
    return select(*columns).where(among(database, messages.c.id, "wanted"))


def _as_envelope(row: Row[Any], message: Row[Any]) -> Envelope:
    return Envelope(
        id=row.id,
        message=message.id,
        message_id=message.message_id,
        kind=message.kind,
        role=row.role,
        sender=message.sender,
        address=row.address,
        raw=message.raw,
        owner=row.owner,
        attempt=row.attempt,
        tries=row.tries,
        resends=row.resends,
        not_after=row.not_after,
        first_tried_at=row.first_tried_at,
    )
