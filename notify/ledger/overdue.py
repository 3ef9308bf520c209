"""What time has overtaken: claims whose holder is gone, doubts that may be sent again, notices past their last day.

In the caller's transaction; locks are taken on envelopes before notices (see moves).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, bindparam, func, or_, select, update

from notify.ledger.moves import lock_notices, withdraw_messages
from notify.proof.chain import touch, touch_tries
from notify.record.statements import among, has_status
from notify.record.tables import attempts, envelopes, messages, notices
from notify.record.values import InDoubt, Outcome, Status

WINDOW_CLOSED = "window-closed"
LEASE = timedelta(minutes=30)  # how long a claim holds that nobody renews
# No lease ends, and no try is put off, for so long: what lies further ahead was written by a clock that was wrong.
FURTHEST = timedelta(hours=3)

Moved = tuple[Row[Any], Status, datetime | None]  # an envelope, where it goes, when to try it again


@dataclass(frozen=True, slots=True)
class DoubtPolicy:
    """What becomes of envelopes whose outcome is unknown, by kind of notice; what is not named is sent again.

    After `limit` hand-overs with an unknown outcome a person decides: else a relay that always breaks the line after
    taking the mail would be given doubles without end.
    """

    by_kind: Mapping[str, InDoubt | str] = field(default_factory=dict)
    limit: int = 3

    def resends(self, kind: str, doubts: int) -> bool:
        """Whether it is sent again by itself after so many hand-overs with an unknown outcome."""
        return InDoubt(self.by_kind.get(kind, InDoubt.RESEND)) is InDoubt.RESEND and doubts < self.limit


def has_come(instant: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    """Whether a lease is over, or a try due: its instant is past, or further ahead than any right clock sets one."""
    return or_(instant <= now, instant > now + FURTHEST)


def expire_claims(connection: Connection, doubts: DoubtPolicy, now: datetime, gone: Collection[str] = ()) -> int:
    """Ends the claims that ran out or whose owner is gone, and sends again what is in doubt and may be. How many moved.

    Whoever held such a claim may have handed over, before it died, what it had begun: what follows is for the policy
    to say. What it had claimed ahead and not begun is queued as if nothing had been.
    """
    return _expire(connection, doubts, now, gone) + _resend_doubtful(connection, doubts, now)


def withdraw_expired(connection: Connection, as_of: date, now: datetime) -> int:
    """Withdraws what is queued past its last day. How many envelopes."""
    is_late = and_(envelopes.c.status == Status.QUEUED, envelopes.c.not_after < as_of)
    query = select(envelopes.c.message_id).where(is_late).order_by(envelopes.c.id).with_for_update()
    late = connection.execute(query).scalars().all()
    if not late:
        return 0
    lock_notices(connection, set(late))
    told_late = notices.c.message_id.in_(select(envelopes.c.message_id).where(is_late))
    connection.execute(
        update(notices)
        .where(told_late, notices.c.status == Status.QUEUED, notices.c.not_after < as_of)
        .values(status=Status.WITHDRAWN, reason=WINDOW_CLOSED, updated_at=now)
    )
    withdraw_messages(connection, dict.fromkeys(late, WINDOW_CLOSED), now)
    return len(late)


def follow(
    connection: Connection, rows: Sequence[Row[Any]], statuses: Sequence[Status], was: Status, now: datetime
) -> None:
    """A notice stands where its To: envelope does: moves the notices of those rows; when first accepted is kept."""
    moved: dict[Status, list[int]] = {}
    for row, status in zip(rows, statuses, strict=True):
        if row.role == "to":
            moved.setdefault(status, []).append(row.message_id)
    if not moved:
        return
    told_by = {row.message_id for row in rows}
    lock_notices(connection, told_by)
    for status, messages_of_it in moved.items():
        values = {"was": was, "stands": status, "accepted_at": now if status is Status.SENT else None, "at": now}
        connection.execute(_following(connection.dialect.name), {**values, "told_by": messages_of_it})
    if set(statuses) != {Status.SENDING}:  # a claim changes nothing that lasts
        touch(connection, notices.c.message_id, told_by)


@cache  # to put a statement together costs more than to carry it out for a few rows
def _following(database: str) -> Update:
    return (
        update(notices)
        .where(
            among(database, notices.c.message_id, "told_by"),
            has_status(notices.c.status, bindparam("was", type_=notices.c.status.type)),
        )
        .values(
            status=bindparam("stands", type_=notices.c.status.type),
            sent_at=func.coalesce(notices.c.sent_at, bindparam("accepted_at", type_=notices.c.sent_at.type)),
            updated_at=bindparam("at", type_=notices.c.updated_at.type),
        )
    )


def doubts_of(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """How many hand-overs of each envelope ended with an unknown outcome."""
    found = dict.fromkeys(ids, 0)
    if found:
        doubtful = attempts.c.outcome.in_((Outcome.UNKNOWN, Outcome.LOST))
        query = select(attempts.c.envelope_id, func.count()).where(attempts.c.envelope_id.in_(found), doubtful)
        found |= {row[0]: row[1] for row in connection.execute(query.group_by(attempts.c.envelope_id))}
    return found


def _with_kind(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = (
        select(envelopes, messages.c.kind)
        .join_from(envelopes, messages)
        .where(condition)
        .order_by(envelopes.c.id)
        .with_for_update(of=envelopes, skip_locked=True)
    )
    return connection.execute(query).all()


def _expire(connection: Connection, doubts: DoubtPolicy, now: datetime, gone: Collection[str]) -> int:
    is_over = or_(has_come(envelopes.c.lease_until, now), envelopes.c.owner.in_(gone))
    rows = _with_kind(connection, and_(envelopes.c.status == Status.SENDING, is_over))
    if not rows:
        return 0
    begun = _begun(connection, rows)
    earlier = doubts_of(connection, begun)

    def moved(row: Row[Any]) -> Moved:
        if row.id not in begun:
            return row, Status.QUEUED, row.next_attempt_at  # it keeps its place
        is_sent_again = doubts.resends(row.kind, earlier[row.id] + 1)
        return (row, Status.QUEUED, now) if is_sent_again else (row, Status.IN_DOUBT, None)

    _move(connection, [moved(row) for row in rows], Status.SENDING, now)
    _note_lost(connection, [row for row in rows if row.id in begun], now)
    return len(rows)


def _begun(connection: Connection, rows: Sequence[Row[Any]]) -> set[int]:
    """The rows whose present claim has its attempt on record."""
    query = select(attempts.c.envelope_id, attempts.c.number).where(
        attempts.c.envelope_id.in_([row.id for row in rows])
    )
    on_record = {(found.envelope_id, found.number) for found in connection.execute(query)}
    return {row.id for row in rows if (row.id, row.attempt) in on_record}


def _note_lost(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    if not rows:
        return
    connection.execute(
        update(attempts).where(attempts.c.envelope_id == bindparam("row"), attempts.c.number == bindparam("claim")),
        [{"row": row.id, "claim": row.attempt, "finished_at": now, "outcome": Outcome.LOST} for row in rows],
    )
    touch_tries(connection, ((row.id, row.attempt) for row in rows))


def _resend_doubtful(connection: Connection, doubts: DoubtPolicy, now: datetime) -> int:
    rows = _with_kind(
        connection, and_(envelopes.c.status == Status.IN_DOUBT, has_come(envelopes.c.next_attempt_at, now))
    )
    earlier = doubts_of(connection, [row.id for row in rows])
    again = [(row, Status.QUEUED, now) for row in rows if doubts.resends(row.kind, earlier[row.id])]
    _move(connection, again, Status.IN_DOUBT, now)
    return len(again)


def _move(connection: Connection, moved: Sequence[Moved], was: Status, now: datetime) -> None:
    """Ends the rows' claims and moves them."""
    if not moved:
        return
    connection.execute(
        update(envelopes)
        .where(envelopes.c.id == bindparam("row"), envelopes.c.status == was)
        .values(
            status=bindparam("stands", type_=envelopes.c.status.type),
            next_attempt_at=bindparam("again_at", type_=envelopes.c.next_attempt_at.type),
            owner=None,
            lease_until=None,
            updated_at=now,
        ),
        [{"row": row.id, "stands": status, "again_at": again_at} for row, status, again_at in moved],
    )
    touch(connection, envelopes.c.id, (row.id for row, _, _ in moved))
    follow(connection, [row for row, _, _ in moved], [status for _, status, _ in moved], was, now)
