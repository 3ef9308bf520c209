"""Takes texts and addresses of ended notices off the ledger, a piece at a time.

What stays is the fact: key, decision, times, tries, the server's answer, bounces, and the hashes of what was taken
away, so that the chain still holds. Nothing that is queued, held, in doubt or under way is touched, nor any mail that a
notice still open was once told by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, update

from notify.ledger.transaction import Transactions
from notify.proof.chain import touch, touch_tries
from notify.record.tables import attempts, bounces, envelopes, marked_addresses, message_notices, messages, notices
from notify.record.values import Status

AT_ONCE = 200  # mails in one transaction: a delivery waits no longer than for that
_OPEN = (Status.QUEUED, Status.SENDING, Status.HELD, Status.IN_DOUBT)


class Part(StrEnum):
    """What is taken off a mail. With its addresses goes its text, which names them."""

    TEXT = "text"
    ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Limit:
    """What last changed before these instants may go, of one kind; None: all of it stays."""

    kind: str
    texts_before: datetime | None
    addresses_before: datetime | None

    def before(self, part: Part) -> datetime | None:
        """Of that part."""
        return self.texts_before if part is Part.TEXT else self.addresses_before


@dataclass(frozen=True, slots=True)
class Where:
    """Which contracts, as queries for their numbers: only these, where given, and none of those that are spared."""

    only: Select[Any] | None = None
    spared: Sequence[Select[Any]] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """How many mails of a kind lose that part now, and when the oldest was written."""

    kind: str
    part: Part
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Piece:
    """The mails that lost that part in one transaction; `last` is where the next piece begins, None at the end."""

    count: int = 0
    last: int | None = None


class Mails:
    """The mails of a ledger and the addresses that they marked, of which texts and names go after their time."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def due(self, limits: Iterable[Limit], where: Where) -> list[Due]:
        """What of ended notices may go by now, where there is any."""
        with self._transactions.reading() as connection:
            return list(_due(connection, limits, where))

    def take(self, limit: Limit, part: Part, where: Where, after: int, now: datetime) -> Piece:
        """Takes that part off the next mails after the row `after`; stopped at any moment, nothing is half done."""
        return self._transactions.writing("purge", now, lambda connection: _take(connection, limit, part, where, after))

    def marked(self) -> frozenset[str]:
        """All addresses that are, or were, not written to."""
        query = select(marked_addresses.c.address).where(marked_addresses.c.address.is_not(None))
        with self._transactions.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def owners_written_to(self, contracts: Select[Any]) -> frozenset[str]:
        """The addresses that letters of these contracts were for, as far as kept; `contracts`: a query for numbers."""
        query = (
            select(envelopes.c.address)
            .join(message_notices, message_notices.c.message_id == envelopes.c.message_id)
            .join(notices, notices.c.id == message_notices.c.notice_id)
            .where(notices.c.contract.in_(contracts), envelopes.c.role == "to", envelopes.c.address.is_not(None))
        )
        with self._transactions.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def forget_marks(self, of: Collection[str], now: datetime) -> int:
        """Takes these addresses out of those that are, or were, not written to. How many marks that were."""
        marks = marked_addresses.c.address.in_(list(of))
        return self._transactions.writing("purge", now, lambda connection: _take_marks(connection, marks))


def _due(connection: Connection, limits: Iterable[Limit], where: Where) -> Iterator[Due]:
    for limit, part in product(limits, Part):
        conditions = _conditions(limit, part, where)
        if conditions is None:
            continue
        query = select(func.count(), func.min(messages.c.created_at)).where(*conditions)
        count, oldest = connection.execute(query).one()
        if count:
            yield Due(limit.kind, part, count, oldest)


def _take(connection: Connection, limit: Limit, part: Part, where: Where, after: int) -> Piece:
    conditions = _conditions(limit, part, where)
    if conditions is None:
        return Piece()
    query = select(messages.c.id).where(*conditions).order_by(messages.c.id).limit(AT_ONCE)
    found = connection.execute(query.where(messages.c.id > after)).scalars().all()
    if not found:
        return Piece()
    # Whoever sends a mail again locks its envelopes first; under their lock it is known whether anybody does.
    of_them = select(envelopes.c.id).where(envelopes.c.message_id.in_(found)).order_by(envelopes.c.id)
    connection.execute(of_them.with_for_update()).all()
    ids = connection.execute(query.where(messages.c.id.in_(found))).scalars().all()
    _take_text(connection, ids)
    if part is Part.ADDRESSES:
        _take_addresses(connection, ids)
    return Piece(len(ids), found[-1])


def _conditions(limit: Limit, part: Part, where: Where) -> list[ColumnElement[bool]] | None:
    before = limit.before(part)
    if before is None:
        return None
    of_message = envelopes.c.message_id == messages.c.id
    of_notice = message_notices.join(notices, notices.c.id == message_notices.c.notice_id)
    told = select(notices.c.id).select_from(of_notice).where(message_notices.c.message_id == messages.c.id)
    found = [
        messages.c.kind == limit.kind,
        messages.c.created_at < before,
        messages.c.raw.is_not(None) if part is Part.TEXT else _names_somebody(),
        ~exists().where(of_message, or_(envelopes.c.status.in_(_OPEN), envelopes.c.updated_at >= before)),
        ~told.where(notices.c.status.in_(_OPEN)).exists(),
        *(~told.where(notices.c.contract.in_(spared)).exists() for spared in where.spared),
    ]
    if where.only is not None:
        found.append(told.where(notices.c.contract.in_(where.only)).exists())
    return found


def _names_somebody() -> ColumnElement[bool]:
    redirected = and_(attempts.c.envelope_id == envelopes.c.id, attempts.c.handed_to != "")
    return exists().where(
        envelopes.c.message_id == messages.c.id,
        or_(envelopes.c.address.is_not(None), exists().where(redirected)),
    )


def _take_text(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(update(messages).where(messages.c.id.in_(ids)).values(raw=None, subject="", salt=None))
    touch(connection, messages.c.id, ids)


def _take_addresses(connection: Connection, ids: Sequence[int]) -> None:
    of_them = select(envelopes.c.id).where(envelopes.c.message_id.in_(ids))
    redirected = and_(attempts.c.envelope_id.in_(of_them), attempts.c.handed_to != "")
    ended = update(attempts).where(redirected).values(handed_to="", salt=None)
    tries = connection.execute(ended.returning(attempts.c.envelope_id, attempts.c.number)).all()
    touch_tries(connection, ((row.envelope_id, row.number) for row in tries))
    connection.execute(update(envelopes).where(envelopes.c.message_id.in_(ids)).values(address=None, salt=None))
    touch(connection, envelopes.c.message_id, ids)
    came_back = select(bounces.c.id).where(bounces.c.envelope_id.in_(of_them))
    # One that stands is still needed: without it the address would be written to again.
    cleared = marked_addresses.c.cleared_at.is_not(None)
    _take_marks(connection, and_(marked_addresses.c.bounce_id.in_(came_back), cleared))


def _take_marks(connection: Connection, condition: ColumnElement[bool]) -> int:
    query = update(marked_addresses).where(condition, marked_addresses.c.address.is_not(None))
    rows = connection.execute(query.values(address=None, salt=None).returning(marked_addresses.c.id)).scalars().all()
    touch(connection, marked_addresses.c.id, rows)
    return len(rows)
