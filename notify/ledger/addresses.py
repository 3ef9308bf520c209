"""Addresses that are not written to (N8), until a person says that they work again. In the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, exists, insert, select, update

from notify.proof.chain import touch
from notify.proof.rows import salted
from notify.record.tables import attempts, envelopes, marked_addresses
from notify.record.values import NotPossible, Outcome, Status


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
