"""Results: what came of a hand-over. In the caller's transaction.

A result is put on record only while the claim is still its owner's. Locks are taken on envelopes before notices (see
moves).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, update

from notify.ledger.addresses import record_refusals
from notify.ledger.overdue import DoubtPolicy, doubts_of, follow
from notify.proof.chain import touch, touch_tries
from notify.proof.rows import salted
from notify.record.tables import attempts, envelopes
from notify.record.values import Outcome, Result, Status

_STATUS_AFTER = {
    Outcome.ACCEPTED: Status.SENT,
    Outcome.REFUSED: Status.FAILED,
    Outcome.UNMAILABLE: Status.FAILED,
    Outcome.BARRED: Status.FAILED,
    Outcome.MISCONFIGURED: Status.QUEUED,
    Outcome.RELEASED: Status.QUEUED,
    Outcome.UNKNOWN: Status.IN_DOUBT,
}  # an unavailable one is queued or, out of tries, failed

# Made once: to put a statement together costs more than to carry it out for a few rows.
_RECORD = (
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
        first_tried_at=bindparam("first_at", type_=envelopes.c.first_tried_at.type),
        sent_at=bindparam("accepted_at", type_=envelopes.c.sent_at.type),
        owner=None,
        lease_until=None,
        updated_at=bindparam("at", type_=envelopes.c.updated_at.type),
    )
)
_END = (
    update(attempts)
    .where(attempts.c.envelope_id == bindparam("row"), attempts.c.number == bindparam("claim"))
    .values(
        finished_at=bindparam("ended_at", type_=attempts.c.finished_at.type),
        outcome=bindparam("came_of", type_=attempts.c.outcome.type),
        reply=bindparam("said"),
        handed_to=bindparam("used"),
        salt=bindparam("with_salt"),
        handed_to_hash=bindparam("used_hash"),
    )
)


def record(
    connection: Connection, results: Sequence[Result], rows: Mapping[int, Row[Any]], doubts: DoubtPolicy, now: datetime
) -> int:
    """Puts the results on record whose claims are still held; the others change nothing. How many were.

    `rows` are the envelopes still held (claims.held).
    """
    kept = _judged(connection, [result for result in results if result.envelope.id in rows], doubts)
    if not kept:
        return 0
    moved, statuses = [rows[each.envelope.id] for each in kept], [stands_after(each) for each in kept]
    connection.execute(_RECORD, [_recorded(*each, now) for each in zip(kept, moved, statuses, strict=True)])
    connection.execute(_END, [_ended(each, now) for each in kept])
    touch(connection, envelopes.c.id, (each.envelope.id for each in kept))
    touch_tries(connection, ((each.envelope.id, each.envelope.attempt) for each in kept))
    follow(connection, moved, statuses, Status.SENDING, now)
    record_refusals(connection, kept, rows, now)
    return len(kept)


def _judged(connection: Connection, results: Sequence[Result], doubts: DoubtPolicy) -> list[Result]:
    """The results, those of an unknown outcome with no next try where a person is to decide."""
    earlier = doubts_of(connection, [each.envelope.id for each in results if each.outcome is Outcome.UNKNOWN])
    return [
        each
        if each.outcome is not Outcome.UNKNOWN or doubts.resends(each.envelope.kind, earlier[each.envelope.id] + 1)
        else replace(each, next_attempt_at=None)
        for each in results
    ]


def stands_after(result: Result) -> Status:
    """Where an envelope stands that was handed over so."""
    return _STATUS_AFTER.get(result.outcome) or (Status.QUEUED if result.next_attempt_at else Status.FAILED)


def _recorded(result: Result, row: Row[Any], stands: Status, now: datetime) -> dict[str, object]:
    outcome, again_at = result.outcome, result.next_attempt_at
    is_counted = outcome in (Outcome.UNAVAILABLE, Outcome.UNKNOWN)
    if outcome is Outcome.MISCONFIGURED:
        again_at = now  # at once when that is mended, but behind the others of its day
    if outcome is Outcome.RELEASED:
        again_at = row.next_attempt_at
    return {
        "row": row.id,
        "claimed_by": row.owner,
        "claim": row.attempt,
        "stands": stands,
        "said": row.reply if outcome is Outcome.RELEASED else result.reply,
        "again_at": again_at if stands in (Status.QUEUED, Status.IN_DOUBT) else None,
        "tried": int(is_counted),
        "first_at": row.first_tried_at or (now if is_counted else None),
        "accepted_at": row.sent_at or (now if outcome is Outcome.ACCEPTED else None),
        "at": now,
    }


def _ended(result: Result, now: datetime) -> dict[str, object]:
    salt, used_hash = salted(result.handed_to) if result.handed_to else (None, None)
    return {
        "row": result.envelope.id,
        "claim": result.envelope.attempt,
        "ended_at": now,
        "came_of": result.outcome,
        "said": result.reply,
        "used": result.handed_to,
        "with_salt": salt,
        "used_hash": used_hash,
    }
