"""Addresses that the relay refused at once because nobody is there: as if the mail had come back.

In the caller's transaction, after its results are on record.

Whether a server says "no such user" while it is handed a mail or an hour later is its own affair: either is on record
as a bounce, marks the address, holds the notice and is told to the sales desk (N8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from notify.bounces.values import BounceClass
from notify.bounces.words import class_of, status_in
from notify.ledger.addresses import is_cleared_since, mark
from notify.ledger.moves import lock_notices
from notify.proof.chain import touch
from notify.record.statements import has_status, insert_ignoring
from notify.record.tables import attempts, bounces, notices
from notify.record.values import Outcome, Result, Status

OWNER_BOUNCED = "owner-bounced"
_REFUSED_AT_ONCE = "refusal"


def record_refusals(
    connection: Connection, results: Sequence[Result], rows: Mapping[int, Row[Any]], now: datetime
) -> None:
    """Puts on record what follows for the addresses that are gone. `rows` are the envelopes as they were claimed."""
    gone = [each for each in results if _says_that_nobody_is_there(each)]
    for each in sorted(gone, key=lambda result: result.envelope.id):
        envelope = rows[each.envelope.id]
        bounce = _inserted(connection, each, now)
        if envelope.role == "to":
            hold(connection, envelope.message_id, Status.FAILED, now)
        if bounce is not None and not is_cleared_since(connection, envelope.address, _started_at(connection, envelope)):
            mark(connection, envelope.address, bounce, now)


def hold(connection: Connection, message: int, stands: Status, now: datetime) -> list[int]:
    """Holds what the mail told and nobody read. When it was sent stays on record, and so does the mail."""
    told = and_(notices.c.message_id == message, has_status(notices.c.status, stands))
    lock_notices(connection, [message])
    ids = list(connection.execute(select(notices.c.id).where(told).order_by(notices.c.id)).scalars())
    values = {"status": Status.HELD, "reason": OWNER_BOUNCED, "message_id": None, "resent_at": None, "updated_at": now}
    connection.execute(update(notices).where(notices.c.id.in_(ids)).values(values))
    touch(connection, notices.c.id, ids)
    return ids


def _says_that_nobody_is_there(result: Result) -> bool:
    """What was redirected says nothing of the owner's address."""
    if result.outcome is not Outcome.REFUSED or result.handed_to:
        return False
    return class_of(status_in(result.reply), result.reply) is BounceClass.HARD


def _inserted(connection: Connection, result: Result, now: datetime) -> int | None:
    values = {
        "envelope_id": result.envelope.id,
        "report": f"{_REFUSED_AT_ONCE} {result.envelope.attempt}",
        "bounce_class": BounceClass.HARD,
        "status": status_in(result.reply),
        "diagnostic": result.reply,
        "matched_by": _REFUSED_AT_ONCE,
        "reported_at": now,
        "received_at": now,
    }
    query = insert_ignoring(connection, bounces).values(values).returning(bounces.c.id)
    row = connection.execute(query).scalar_one_or_none()
    touch(connection, bounces.c.id, [row] if row is not None else [])
    return row


def _started_at(connection: Connection, envelope: Row[Any]) -> datetime:
    query = select(attempts.c.started_at).where(
        attempts.c.envelope_id == envelope.id, attempts.c.number == envelope.attempt
    )
    started_at: datetime = connection.execute(query).scalar_one()
    return started_at
