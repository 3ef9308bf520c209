"""The book in a database: the statements on its tables. The same ones serve SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from contracts.addresses import ADDRESS_SEPARATOR
from contracts.catalogue import Catalogue
from contracts.errors import ContractsError
from contracts.model import Account, Contract, ContractLine, OrderKind, Term, line_order
from contracts.rules.flag import Flag
from contracts.rules.loose_ends import LooseEnd
from contracts.store import loose_ends
from contracts.store.flags import keep, take_away
from contracts.store.forgotten import Hashes, hashes_of
from contracts.store.looks import bring_forward
from contracts.store.tables import accounts, contracts, insert_for, lines, pieces

ACCOUNT_COLUMNS = tuple(column.name for column in accounts.columns if column.name != "number")
LINE_COLUMNS = tuple(
    column.name
    for column in lines.columns
    if column.name not in {"contract", "line", "restated"} and "_recorded_" not in column.name
)
_WHAT_IS_SOLD = ("menu", "seats", "starts_on", "term_end")


class UnknownMenuError(ContractsError):
    """A line in the book has a menu item that the catalogue no longer has."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A part of the book as plain rows: what it holds, or is to hold."""

    accounts: dict[str, dict[str, str]]  # account number → its columns
    account_of: dict[str, str]  # contract → account number
    lines: dict[tuple[str, str], dict[str, Any]]  # (contract, line) → the columns that an import may set


class Book:
    """The book of contracts behind one connection. Transactions are the caller's."""

    def __init__(self, connection: sa.Connection, catalogue: Catalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue

    def contract(self, number: str) -> Contract | None:
        """The contract of that number; None where the book has none.

        Raises:
            UnknownMenuError: a line's menu item is not in the catalogue.
        """
        return next(iter(self.contracts([number])), None)

    def contracts(self, numbers: Sequence[str]) -> list[Contract]:
        """The contracts of these numbers in the order given, without those that the book has not.

        Raises:
            UnknownMenuError: a line's menu item is not in the catalogue.
        """
        found = {
            row.number: (row.account, _account(row))
            for row in self._rows_in(
                lambda some: (
                    sa.select(contracts.c.number, contracts.c.account, *(accounts.c[name] for name in ACCOUNT_COLUMNS))
                    .join(accounts)
                    .where(contracts.c.number.in_(some))
                ),
                numbers,
            )
        }
        by_contract: dict[str, list[ContractLine]] = {number: [] for number in found}
        for row in self._rows_in(lambda some: sa.select(lines).where(lines.c.contract.in_(some)), list(found)):
            by_contract[row.contract].append(self._line(row))
        return [
            Contract(
                number, found[number][1], tuple(sorted(by_contract[number], key=lambda line: line_order(line.line)))
            )
            for number in dict.fromkeys(numbers)
            if number in found
        ]

    def record_release(self, contract: str, numbers: Sequence[str], on: date) -> int:
        """Records that the licences of these lines were released on that day; how many lines that changed."""
        return self._record(contract, numbers, "released_recorded_on", on)

    def record_decline(self, contract: str, numbers: Sequence[str], on: date) -> int:
        """Records that the customer said on that day that these lines will not continue; how many that changed."""
        return self._record(contract, numbers, "declined_recorded_on", on)

    def stored(self, account_numbers: Iterable[str], contract_numbers: Iterable[str]) -> Stored:
        """What the book holds of these contracts with all their lines, of these accounts and of the contracts'."""
        account_of = {
            row.number: row.account
            for row in self._rows_in(
                lambda some: sa.select(contracts).where(contracts.c.number.in_(some)), contract_numbers
            )
        }
        return Stored(
            {
                row["number"]: {name: row[name] for name in ACCOUNT_COLUMNS}
                for row in self._mappings_in(
                    lambda some: sa.select(accounts).where(accounts.c.number.in_(some)),
                    {*account_numbers, *account_of.values()},
                )
            },
            account_of,
            {
                (row["contract"], row["line"]): {name: row[name] for name in LINE_COLUMNS}
                for row in self._mappings_in(
                    lambda some: sa.select(lines).where(lines.c.contract.in_(some)), account_of
                )
            },
        )

    def hashes_of_the_forgotten(self, numbers: Iterable[str]) -> Hashes:
        """What is left of people of these accounts who asked to be forgotten."""
        return hashes_of(self._connection, numbers)

    def known_accounts(self, numbers: Iterable[str]) -> set[str]:
        """Those of these account numbers that the book has."""
        rows = self._rows_in(lambda some: sa.select(accounts.c.number).where(accounts.c.number.in_(some)), numbers)
        return {row.number for row in rows}

    def known_contracts(self, numbers: Iterable[str]) -> set[str]:
        """Those of these contract numbers that the book has."""
        rows = self._rows_in(lambda some: sa.select(contracts.c.number).where(contracts.c.number.in_(some)), numbers)
        return {row.number for row in rows}

    def write(self, changes: Stored) -> None:
        """Puts accounts, contracts and lines into the book, new ones and changed ones alike.

        A line of which menu, seats or term change is marked for good: what was said of it before may be wrong by now.
        """
        self._upsert(accounts, [{"number": number, **values} for number, values in changes.accounts.items()])
        self._upsert(contracts, [{"number": number, "account": to} for number, to in changes.account_of.items()])
        self._upsert(lines, [{"contract": key[0], "line": key[1], **values} for key, values in changes.lines.items()])
        take_away(self._connection, {key[0] for key in changes.lines})
        bring_forward(self._connection, {*changes.account_of, *(key[0] for key in changes.lines)}, changes.accounts)

    def keep_flags(self, found: Mapping[str, Collection[Flag]]) -> None:
        """Puts down what these contracts break, by their numbers."""
        keep(self._connection, found)

    def keep_loose_ends(self, found: Mapping[str, Collection[LooseEnd]]) -> None:
        """Puts down where something may be left open in these contracts, by their numbers."""
        loose_ends.keep(self._connection, found)

    def copy_to(self, other: Book, account_numbers: Iterable[str], contract_numbers: Iterable[str]) -> None:
        """Copies these accounts and contracts with all their lines to another book; what that has already stays."""
        found = self.stored(account_numbers, contract_numbers)
        known = other.stored(found.accounts, found.account_of)
        other.write(
            Stored(
                {number: values for number, values in found.accounts.items() if number not in known.accounts},
                {number: to for number, to in found.account_of.items() if number not in known.account_of},
                {key: values for key, values in found.lines.items() if key not in known.lines},
            )
        )

    def _upsert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        for columns, some in groupby(rows, key=tuple):
            insert = insert_for(self._connection)(table)
            keys = [column.name for column in table.primary_key]
            changes = {name: insert.excluded[name] for name in columns if name not in keys}
            if table is lines:
                differ = (lines.c[name].is_distinct_from(insert.excluded[name]) for name in _WHAT_IS_SOLD)
                changes["restated"] = sa.or_(lines.c.restated, *differ)
            self._connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changes), list(some))

    def _record(self, contract: str, numbers: Sequence[str], column: str, on: date) -> int:
        concerned = sa.and_(lines.c.contract == contract, lines.c.line.in_(numbers))
        changed = self._connection.execute(sa.update(lines).where(concerned).values({column: on})).rowcount
        bring_forward(self._connection, [contract])
        return changed

    def _line(self, row: sa.Row[Any]) -> ContractLine:
        menu = self._catalogue.find(row.menu)
        if menu is None:
            raise UnknownMenuError("menu.unknown", line=f"{row.contract}/{row.line}", menu=row.menu)
        return ContractLine(
            contract=row.contract,
            line=row.line,
            menu=menu,
            order=OrderKind(row.order_kind),
            seats=row.seats,
            starts_on=row.starts_on,
            term=Term(row.starts_on, row.term_end) if row.term_end else None,
            ordered_on=row.ordered_on,
            opened_on=row.opened_on,
            declined_on=row.declined_on or row.declined_recorded_on,
            released_on=row.released_on or row.released_recorded_on,
        )

    def _rows_in(self, select: Callable[[list[str]], sa.Select[Any]], values: Iterable[str]) -> Iterator[sa.Row[Any]]:
        for some in pieces(values):
            yield from self._connection.execute(select(some))

    def _mappings_in(
        self, select: Callable[[list[str]], sa.Select[Any]], values: Iterable[str]
    ) -> Iterator[sa.RowMapping]:
        for some in pieces(values):
            yield from self._connection.execute(select(some)).mappings()


def _account(row: sa.Row[Any]) -> Account:
    return Account(
        number=row.account,
        company=row.company,
        owner_name=row.owner_name,
        owner_email=row.owner_email,
        administrator_emails=tuple(part for part in row.administrator_emails.split(ADDRESS_SEPARATOR) if part),
        partner_name=row.partner_name,
        partner_email=row.partner_email,
        language=row.language,
        contact_department=row.contact_department,
        contact_name=row.contact_name,
    )
