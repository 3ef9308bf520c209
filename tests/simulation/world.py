"""The world outside of the program: customers, what they ordered, and how that gets into the book."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

import sqlalchemy as sa

from contracts.catalogue import Catalogue
from contracts.files.book_file import open_book
from contracts.imports.book_import import import_book
from contracts.store.book import Book, Stored

FAMILY_OF = {"pro": "base", "business": "base", "enterprise-essentials": "base"}  # other items are their own family
FACTS = ("ordered_on", "opened_on", "declined_on", "released_on")


@dataclass(slots=True)
class Line:
    """A contract line as the sales desk sees it."""

    contract: str
    line: str
    menu: str
    order: str
    seats: int
    starts_on: date
    term_end: date
    ordered_on: date | None
    opened_on: date | None = None
    declined_on: date | None = None
    released_on: date | None = None
    by_command: set[str] = field(default_factory=set)  # facts recorded with `kigen decline|release`, not in the book

    @property
    def family(self) -> str:
        return FAMILY_OF.get(self.menu, self.menu)

    def __str__(self) -> str:
        term = f"{self.starts_on}..{self.term_end}"
        return f"line {self.line} {self.order} {self.seats} {self.menu} {term}, opened {self.opened_on}"

    def is_known(self, day: date) -> bool:
        return self.ordered_on is None or self.ordered_on <= day

    @property
    def in_book(self) -> dict[str, object]:
        facts = {name: None if name in self.by_command else getattr(self, name) for name in FACTS}
        term = {"starts_on": self.starts_on, "term_end": self.term_end}
        return {"menu": self.menu, "order_kind": self.order, "seats": self.seats, **term, **facts}


@dataclass(slots=True)
class Customer:
    """One account with one contract. `owner` is as the book has it: perhaps empty or malformed."""

    contract: str
    account: str
    owner: str
    language: str
    lines: list[Line] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)  # every address it ever had

    @property
    def administrator(self) -> str:
        return f"admin.{self.contract.lower()}@example.co.jp"

    def own(self, address: str) -> None:
        self.owner = address
        self.owners.append(address)

    def line(self, number: str) -> Line:
        return next(line for line in self.lines if line.line == number)

    def next_number(self) -> str:
        return str(len(self.lines) + 1)

    def continuations(self, line: Line) -> list[Line]:
        """All that takes up where the line ends, under any order (T8), known yet or not."""
        return [
            other
            for other in self.lines
            if other.family == line.family and (other.starts_on - line.term_end).days == 1
        ]  # fmt: skip

    @property
    def in_book(self) -> dict[str, str]:
        return {
            "company": f"株式会社{self.contract}", "owner_name": "", "owner_email": self.owner,
            "administrator_emails": self.administrator, "partner_name": "", "partner_email": "",
            "language": self.language,
        }  # fmt: skip


class Office:
    """Keeps the book: by importing a file, or by writing what changed, and with the commands for people."""

    def __init__(self, folder: Path, catalogue: Catalogue, rng: Random) -> None:
        self._file = folder / "book.csv"
        self._catalogue = catalogue
        self._rng = rng

    def enter(self, engine: sa.Engine, customers: list[Customer]) -> None:
        """Brings the book up to date for these customers."""
        if self._rng.random() < 0.15:
            self._import(engine, customers)
        else:
            self._write(engine, customers)
        with engine.begin() as connection:
            book = Book(connection, self._catalogue)
            for line in (line for customer in customers for line in customer.lines):
                if "declined_on" in line.by_command and line.declined_on:
                    book.record_decline(line.contract, [line.line], line.declined_on)
                if "released_on" in line.by_command and line.released_on:
                    book.record_release(line.contract, [line.line], line.released_on)

    def _write(self, engine: sa.Engine, customers: list[Customer]) -> None:
        accounts = {customer.account: customer.in_book for customer in customers}
        numbers = {customer.contract: customer.account for customer in customers}
        lines = {(line.contract, line.line): line.in_book for customer in customers for line in customer.lines}
        with engine.begin() as connection:
            Book(connection, self._catalogue).write(Stored(accounts, numbers, lines))

    def _import(self, engine: sa.Engine, customers: list[Customer]) -> None:
        rows = [
            {"account_number": customer.account, "contract": customer.contract, "line": line.line}
            | customer.in_book
            | {("term_start" if name == "starts_on" else name): value for name, value in line.in_book.items()}
            for customer in customers
            for line in customer.lines
        ]
        for row in rows:
            row["order"] = row.pop("order_kind")
        with self._file.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        with engine.connect() as connection:
            report = import_book(connection, open_book(self._file, self._catalogue))
        if report.rejected_count:
            raise AssertionError(f"the book of the simulation was rejected: {report.rejections}")
