"""What an import has to remember of a file while it reads it: on disk, so that memory does not grow with the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from contracts.catalogue import Catalogue
from contracts.store.book import Book
from contracts.store.tables import metadata

PAGE = 500

_metadata = sa.MetaData()
_lines_seen = sa.Table(
    "lines_seen",
    _metadata,
    sa.Column("contract", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),  # of what the row says of the line
)
_accounts_seen = sa.Table(
    "accounts_seen",
    _metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("is_new", sa.Boolean, nullable=False),  # the book did not have it before this file
)

SeenLine = tuple[int, bytes]  # row number, digest
SeenAccount = tuple[int, bool]  # row number, whether the file brought it


class Scratch:
    """A private SQLite database that is gone when it is closed; it holds a whole book for a dry run.

    SQLite keeps it in memory while it is small and in a nameless file of its own once it grows.
    """

    def __init__(self) -> None:
        self._engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(""), poolclass=StaticPool)
        self._connection = self._engine.connect()
        _metadata.create_all(self._connection)
        metadata.create_all(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()
        self._engine.dispose()

    def book(self, catalogue: Catalogue) -> Book:
        """An empty book in this database."""
        return Book(self._connection, catalogue)

    def remember(self, lines: dict[tuple[str, str], SeenLine], accounts: dict[str, SeenAccount]) -> None:
        """Notes the first row of each line and of each account."""
        if lines:
            rows = [{"contract": key[0], "line": key[1], "row": row, "digest": d} for key, (row, d) in lines.items()]
            self._connection.execute(sa.insert(_lines_seen), rows)
        if accounts:
            numbers = [{"number": number, "row": row, "is_new": new} for number, (row, new) in accounts.items()]
            self._connection.execute(sa.insert(_accounts_seen), numbers)

    def lines_seen(self, contracts: Iterable[str]) -> dict[tuple[str, str], SeenLine]:
        """The lines of these contracts that the file had so far."""
        found = self._connection.execute(sa.select(_lines_seen).where(_lines_seen.c.contract.in_(list(contracts))))
        return {(row.contract, row.line): (row.row, row.digest) for row in found}

    def accounts_seen(self, numbers: Iterable[str]) -> dict[str, SeenAccount]:
        """Those of these accounts that the file had so far."""
        found = self._connection.execute(sa.select(_accounts_seen).where(_accounts_seen.c.number.in_(list(numbers))))
        return {row.number: (row.row, row.is_new) for row in found}

    def contracts_seen(self) -> Iterator[list[str]]:
        """All contracts that the file had, a page at a time."""
        last = ""
        while True:
            numbers = sa.select(_lines_seen.c.contract).distinct().where(_lines_seen.c.contract > last)
            page = list(self._connection.scalars(numbers.order_by(_lines_seen.c.contract).limit(PAGE)))
            if not page:
                return
            yield page
            last = page[-1]
