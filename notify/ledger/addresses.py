"""Addresses that are not written to (N8), until a person says that they work again. In the caller's transaction.

Mail to them came back, or the relay refused them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, insert, select, update

from notify.bounces.values import BounceClass
from notify.bounces.words import class_of, status_in
from notify.ledger.moves import lock_notices
from notify.proof.chain import touch
from notify.proof.rows import salted
from notify.record.statements import has_status, insert_ignoring
from notify.record.tables import attempts, bounces, envelopes, marked_addresses, notices
from notify.record.values import NotPossible, Outcome, Result, Status

OWNER_BOUNCED = "owner-bounced"
_REFUSED_AT_ONCE = "refusal"


def bounced(connection: Connection) -> frozenset[str]:
    """Addresses that are not written to: mail to them came back for good, or the relay refused them.

    An owner's that was refused counts until its mail is sent again or cancelled; either ends when a person clears it.
    """
    marked = select(marked_addresses.c.address).where(marked_addresses.c.cleared_at.is_(None))
    found = frozenset(connection.execute(marked).scalars()) | _refused(connection)
    return found - {None}  # those that were purged


def standing_marks(connection: Connection) -> dict[str, int]:
    """The addresses that are marked, each with its mark's row: marked again after it was cleared, it has another."""
    query = select(marked_addresses.c.address, marked_addresses.c.id)
    stands = and_(marked_addresses.c.cleared_at.is_(None), marked_addresses.c.address.is_not(None))
    return {row.address: row.id for row in connection.execute(query.where(stands))}


def mark(connection: Connection, address: str, bounce: int, now: datetime) -> bool:
    """Marks the address; whether it was not marked before."""
    stands = and_(marked_addresses.c.address == address, marked_addresses.c.cleared_at.is_(None))
    if connection.execute(select(exists().where(stands))).scalar_one():
        return False
    _insert(connection, address, bounce_id=bounce, marked_at=now)
    return True


def is_cleared_since(connection: Connection, address: str, handed_over_at: datetime) -> bool:
    """Whether a person said after that instant that the address works: an older mail says nothing against it."""
    since = and_(marked_addresses.c.address == address, marked_addresses.c.cleared_at >= handed_over_at)
    return bool(connection.execute(select(exists().where(since))).scalar_one())


def clear(connection: Connection, address: str, by: str, now: datetime) -> None:
    """Puts on record that the address works again: from now on it is written to.

    Raises:
        NotPossible: nothing stands against it.
    """
    if address not in bounced(connection):
        raise NotPossible(f"nothing stands against {address}: `kigen bounce --list` shows what came back")
    stands = and_(marked_addresses.c.address == address, marked_addresses.c.cleared_at.is_(None))
    ended = {"cleared_at": now, "cleared_by": by}
    query = update(marked_addresses).where(stands).values(ended).returning(marked_addresses.c.id)
    rows = connection.execute(query).scalars().all()
    touch(connection, marked_addresses.c.id, rows)
    if not rows:
        _insert(connection, address, marked_at=now, **ended)


def record_refusals(
    connection: Connection, results: Sequence[Result], rows: Mapping[int, Row[Any]], now: datetime
) -> None:
    """Puts on record what follows for the addresses that the relay refused because nobody is there.

    Whether a server says "no such user" while it is handed a mail or an hour later is its own affair: either is on
    record as a bounce, marks the address, holds the notice and is told to the sales desk (N8). `rows` are the envelopes
    as they were claimed.
    """
    gone = [each for each in results if _says_that_nobody_is_there(each)]
    for each in sorted(gone, key=lambda result: result.envelope.id):
        envelope = rows[each.envelope.id]
        bounce = put_bounce(
            connection,
            now,
            envelope_id=each.envelope.id,
            report=f"{_REFUSED_AT_ONCE} {each.envelope.attempt}",
            bounce_class=BounceClass.HARD,
            status=status_in(each.reply),
            diagnostic=each.reply,
            matched_by=_REFUSED_AT_ONCE,
            reported_at=now,
        )
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


def put_bounce(connection: Connection, now: datetime, **values: object) -> int | None:
    """Puts a mail that came back on record; its row, None where it is there already."""
    query = insert_ignoring(connection, bounces).values(received_at=now, **values).returning(bounces.c.id)
    row = connection.execute(query).scalar_one_or_none()
    touch(connection, bounces.c.id, [row] if row is not None else [])
    return row


def _insert(connection: Connection, address: str, **values: object) -> None:
    salt, address_hash = salted(address)
    values |= {"address": address, "salt": salt, "address_hash": address_hash}
    query = insert(marked_addresses).values(values).returning(marked_addresses.c.id)
    touch(connection, marked_addresses.c.id, connection.execute(query).scalars())


def _refused(connection: Connection) -> frozenset[str]:
    cleared = exists().where(
        marked_addresses.c.address == envelopes.c.address, marked_addresses.c.cleared_at >= attempts.c.started_at
    )
    last = (attempts.c.envelope_id == envelopes.c.id) & (attempts.c.number == envelopes.c.attempt)
    query = (
        select(envelopes.c.address)
        .join_from(envelopes, attempts, last)
        .where(
            envelopes.c.status == Status.FAILED,
            envelopes.c.role == "to",  # of a refused copy nobody is told, so nobody could say that it works
            attempts.c.outcome == Outcome.REFUSED,
            attempts.c.handed_to == "",
            ~cleared,
        )
    )
    return frozenset(connection.execute(query).scalars())


def _says_that_nobody_is_there(result: Result) -> bool:
    """What was redirected says nothing of the owner's address."""
    if result.outcome is not Outcome.REFUSED or result.handed_to:
        return False
    return class_of(status_in(result.reply), result.reply) is BounceClass.HARD


def _started_at(connection: Connection, envelope: Row[Any]) -> datetime:
    query = select(attempts.c.started_at).where(
        attempts.c.envelope_id == envelope.id, attempts.c.number == envelope.attempt
    )
    started_at: datetime = connection.execute(query).scalar_one()
    return started_at
