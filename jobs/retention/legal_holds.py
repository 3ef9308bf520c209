"""Legal holds: contracts and accounts of which nothing is purged or forgotten, until a person takes that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, exists, insert, or_, select, update

import contracts.store.tables as book
from jobs.database.tables import legal_holds
from jobs.errors import KigenError


class Of(StrEnum):
    """What a hold is of. A number that the book has not may still be on the ledger, so it is never doubted."""

    CONTRACT = "contract"
    ACCOUNT = "account"


class NoSuchHold(KigenError):  # noqa: N818 - named for what is the matter
    """Nothing holds that number, or something does already."""


@dataclass(frozen=True, slots=True)
class Word:
    """Who says it, when and why."""

    by: str
    at: datetime
    reason: str


class Holds:
    """The holds on record; none is ever deleted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set(self, number: str, word: Word) -> list[Of]:
        """Holds the contract and the account of that number. Which of them the book has.

        Raises:
            NoSuchHold: the book has neither, or it is held already.
        """
        with self._engine.begin() as connection:
            found = _in_the_book(connection, number)
            if not found:
                raise NoSuchHold(f"the book has no contract and no account {number}")
            found = [of for of in found if not _is_held(connection, of, number)]
            if not found:
                raise NoSuchHold(f"{number} is held already; `kigen legal-hold list` shows why")
            values = {"number": number, "reason": word.reason, "set_by": word.by, "set_at": word.at}
            connection.execute(insert(legal_holds), [{"of": of, **values} for of in found])
        return found

    def clear(self, number: str, word: Word) -> list[Of]:
        """Takes the holds of that number back; that there were any stays on record.

        Raises:
            NoSuchHold: nothing is held.
        """
        values = {"cleared_reason": word.reason, "cleared_by": word.by, "cleared_at": word.at}
        query = update(legal_holds).where(legal_holds.c.number == number, _stands()).values(values)
        with self._engine.begin() as connection:
            found = [Of(of) for of in connection.execute(query.returning(legal_holds.c["of"])).scalars()]
        if not found:
            raise NoSuchHold(f"nothing holds {number}; `kigen legal-hold list` shows what is held")
        return found

    def listed(self, *, cleared: bool) -> list[dict[str, Any]]:
        """Those that stand, or with `cleared` all that there ever were, as rows of their table, the latest first."""
        query = select(legal_holds).order_by(legal_holds.c.id.desc())
        with self._engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return [dict(row) for row in connection.execute(query if cleared else query.where(_stands())).mappings()]


def held_contracts() -> list[Select[Any]]:
    """Queries for the numbers of all contracts that are held, themselves or with their account."""
    of, number = legal_holds.c["of"], legal_holds.c.number
    by_themselves = select(number).where(of == Of.CONTRACT, _stands())
    accounts = select(number).where(of == Of.ACCOUNT, _stands())
    return [by_themselves, select(book.contracts.c.number).where(book.contracts.c.account.in_(accounts))]


def why_held(connection: Connection, account: str) -> list[str]:
    """The holds that stand in the way of forgetting an account, a few words each."""
    of, number = legal_holds.c["of"], legal_holds.c.number
    its = select(book.contracts.c.number).where(book.contracts.c.account == account)
    is_its = or_(and_(of == Of.ACCOUNT, number == account), and_(of == Of.CONTRACT, number.in_(its)))
    query = select(legal_holds).where(is_its, _stands()).order_by(legal_holds.c.id)
    return [f"{row.of} {row.number} since {row.set_at:%Y-%m-%d}: {row.reason}" for row in connection.execute(query)]


def _in_the_book(connection: Connection, number: str) -> list[Of]:
    tables = {Of.CONTRACT: book.contracts, Of.ACCOUNT: book.accounts}
    return [
        of
        for of, table in tables.items()
        if connection.execute(select(exists().where(table.c.number == number))).scalar()
    ]


def _is_held(connection: Connection, of: Of, number: str) -> bool:
    stands = and_(legal_holds.c["of"] == of, legal_holds.c.number == number, _stands())
    return bool(connection.execute(select(exists().where(stands))).scalar())


def _stands() -> Any:
    return legal_holds.c.cleared_at.is_(None)
