"""Claims and results: who hands over which envelope, and what came of it. In the caller's transaction.

A claim is committed before the first byte goes out, a result only while the claim is still its owner's: WHERE id,
owner and attempt are the fence. Locks are taken on envelopes before notices (see ledger_writing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from notify.ledger_tables import attempts, envelopes, messages, notices
from notify.ledger_values import Envelope, Outcome, Result, Status
from notify.overdue import DoubtPolicy, doubts_of, follow

_STATUS_AFTER = {
    Outcome.ACCEPTED: Status.SENT,
    Outcome.REFUSED: Status.FAILED,
    Outcome.BARRED: Status.FAILED,
    Outcome.MISCONFIGURED: Status.QUEUED,
    Outcome.RELEASED: Status.QUEUED,
    Outcome.UNKNOWN: Status.IN_DOUBT,
}  # an unavailable one is queued or, out of tries, failed


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims, when, until when, for which business day; of one contract only, where `only` names one."""

    owner: str
    now: datetime
    lease_until: datetime
    as_of: date
    only: str | None = None


def claim(connection: Connection, by: Claim, limit: int) -> list[Envelope]:
    """Takes up to `limit` envelopes that are due, oldest first: one that never succeeds cannot clog the head."""
    # As a common table expression it is evaluated once; a subquery PostgreSQL may run again, and take more.
    next_ones = (
        select(envelopes.c.id)
        .where(_is_due(by.now, by.as_of, by.only))
        .order_by(envelopes.c.next_attempt_at, envelopes.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("next_ones")
    )
    taken = connection.execute(
        update(envelopes)
        .where(envelopes.c.id.in_(select(next_ones.c.id)), envelopes.c.status == Status.QUEUED)
        .values(
            status=Status.SENDING,
            owner=by.owner,
            attempt=envelopes.c.attempt + 1,
            lease_until=by.lease_until,
            updated_at=by.now,
        )
        .returning(envelopes)
    ).all()
    if not taken:
        return []
    rows = sorted(taken, key=lambda row: (row.next_attempt_at, row.id))
    begun = [{"envelope_id": row.id, "number": row.attempt, "owner": by.owner, "started_at": by.now} for row in rows]
    connection.execute(insert(attempts), begun)
    follow(connection, rows, [Status.SENDING] * len(rows), Status.QUEUED, by.now)
    return _as_envelopes(connection, rows)


def due(connection: Connection, now: datetime, as_of: date, only: str | None = None) -> int:
    """How many envelopes a claim would find."""
    query = select(func.count()).select_from(envelopes).where(_is_due(now, as_of, only))
    return connection.execute(query).scalar_one()


def holders(connection: Connection) -> set[str]:
    """Who has claims that are not on record yet."""
    query = select(envelopes.c.owner).where(envelopes.c.status == Status.SENDING).distinct()
    return {owner for owner in connection.execute(query).scalars() if owner is not None}


def renew(connection: Connection, owner: str, now: datetime, lease_until: datetime) -> int:
    """Prolongs the owner's claims that have not run out. How many there were."""
    held = and_(envelopes.c.owner == owner, envelopes.c.lease_until > now)
    query = update(envelopes).where(envelopes.c.status == Status.SENDING, held).values(lease_until=lease_until)
    return connection.execute(query).rowcount


def record(connection: Connection, results: Sequence[Result], doubts: DoubtPolicy, now: datetime) -> int:
    """Puts the results on record whose claims are still their owner's; the others change nothing. How many were."""
    rows = _still_held(connection, results)
    kept = [result for result in results if result.envelope.id in rows]
    if not kept:
        return 0
    earlier = doubts_of(connection, [each.envelope.id for each in kept if each.outcome is Outcome.UNKNOWN])
    values = [_recorded(each, rows[each.envelope.id], now) for each in kept]
    for each, value in zip(kept, values, strict=True):
        if each.outcome is Outcome.UNKNOWN and not doubts.resends(each.envelope.kind, earlier[each.envelope.id] + 1):
            value["again_at"] = None
    _update_envelopes(connection, values, now)
    _end_attempts(connection, kept, now)
    to = [(rows[each.envelope.id], Status(str(value["stands"]))) for each, value in zip(kept, values, strict=True)]
    follow(connection, [row for row, _ in to], [status for _, status in to], Status.SENDING, now)
    return len(kept)


def _is_due(now: datetime, as_of: date, only: str | None) -> ColumnElement[bool]:
    """Queued, its time come, and in its time: neither before the day it was decided for nor after its last day."""
    begun = or_(envelopes.c.not_before.is_(None), envelopes.c.not_before <= as_of)
    not_over = or_(envelopes.c.not_after.is_(None), envelopes.c.not_after >= as_of)
    due_now = and_(envelopes.c.status == Status.QUEUED, envelopes.c.next_attempt_at <= now, begun, not_over)
    if only is None:
        return due_now
    return and_(due_now, envelopes.c.message_id.in_(select(notices.c.message_id).where(notices.c.contract == only)))


def _as_envelopes(connection: Connection, rows: Sequence[Row[Any]]) -> list[Envelope]:
    wanted = {row.message_id for row in rows}
    columns: tuple[Any, ...] = (
        messages.c.id,
        messages.c.message_id,
        messages.c.kind,
        messages.c.sender,
        messages.c.raw,
    )
    of = {row.id: row for row in connection.execute(select(*columns).where(messages.c.id.in_(wanted)))}
    return [_as_envelope(row, of[row.message_id]) for row in rows]


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
    )


def _still_held(connection: Connection, results: Sequence[Result]) -> dict[int, Row[Any]]:
    """The rows, locked, whose claim is the one that the result is of."""
    claims = {(each.envelope.id, each.envelope.owner, each.envelope.attempt) for each in results}
    query = (
        select(envelopes)
        .where(envelopes.c.id.in_(sorted(row for row, _, _ in claims)), envelopes.c.status == Status.SENDING)
        .order_by(envelopes.c.id)
        .with_for_update()
    )
    rows = connection.execute(query).all()
    return {row.id: row for row in rows if (row.id, row.owner, row.attempt) in claims}


def _recorded(result: Result, row: Row[Any], now: datetime) -> dict[str, object]:
    outcome, again_at = result.outcome, result.next_attempt_at
    stands = _STATUS_AFTER.get(outcome) or (Status.QUEUED if again_at else Status.FAILED)
    if outcome is Outcome.MISCONFIGURED:
        again_at = now  # at once when that is mended, but behind the others
    if outcome is Outcome.RELEASED:
        again_at = row.next_attempt_at
    return {
        "row": row.id,
        "claimed_by": row.owner,
        "claim": row.attempt,
        "stands": stands,
        "said": row.reply if outcome is Outcome.RELEASED else result.reply,
        "again_at": again_at if stands in (Status.QUEUED, Status.IN_DOUBT) else None,
        "tried": 1 if outcome in (Outcome.UNAVAILABLE, Outcome.UNKNOWN) else 0,
        "accepted_at": row.sent_at or (now if outcome is Outcome.ACCEPTED else None),
    }


def _update_envelopes(connection: Connection, values: Sequence[Mapping[str, object]], now: datetime) -> None:
    query = (
        update(envelopes)
        .where(
            envelopes.c.id == bindparam("row"),
            envelopes.c.owner == bindparam("claimed_by"),
            envelopes.c.attempt == bindparam("claim"),
            envelopes.c.status == Status.SENDING,
        )
        .values(
            status=bindparam("stands", type_=envelopes.c.status.type),
            reply=bindparam("said"),
            next_attempt_at=bindparam("again_at", type_=envelopes.c.next_attempt_at.type),
            tries=envelopes.c.tries + bindparam("tried"),
            sent_at=bindparam("accepted_at", type_=envelopes.c.sent_at.type),
            owner=None,
            lease_until=None,
            updated_at=now,
        )
    )
    connection.execute(query, values)


def _end_attempts(connection: Connection, results: Iterable[Result], now: datetime) -> None:
    connection.execute(
        update(attempts).where(attempts.c.envelope_id == bindparam("row"), attempts.c.number == bindparam("claim")),
        [
            {
                "row": each.envelope.id,
                "claim": each.envelope.attempt,
                "finished_at": now,
                "outcome": each.outcome,
                "reply": each.reply,
                "handed_to": each.handed_to,
            }
            for each in results
        ],
    )
