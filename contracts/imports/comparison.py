"""Rows of a file against the book: what must be written, and what is to be told of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.files.rows import Flagged, ParsedRow, Rejected, RejectedRow, shown
from contracts.imports.report import Changed, ImportReport
from contracts.imports.scratch import SeenAccount, SeenLine
from contracts.imports.spellings import Spellings
from contracts.store.book import ACCOUNT_COLUMNS, LINE_COLUMNS, Stored

NEW_ACCOUNT = dict.fromkeys(ACCOUNT_COLUMNS, "")
NEW_LINE: dict[str, Any] = dict.fromkeys(LINE_COLUMNS)
FILE_COLUMN = {"starts_on": "term_start", "order_kind": "order"}  # where the file's word is another than the table's


@dataclass(slots=True)
class Dispute:
    """What the file says of an account that the book, or an earlier row, has otherwise: settled by its last row."""

    row: int  # the last that speaks of the account
    values: dict[str, str]
    is_new: bool  # the file itself brought the account


@dataclass(slots=True)
class Comparison:
    """Some rows against what the book and the file so far say of their accounts and contracts.

    It writes into what it is given: what a row says is known, seen and disputed for the rows after it.
    """

    report: ImportReport
    language: str  # of a new account that is not given one
    disputed: dict[str, Dispute]
    known: Stored
    lines_seen: dict[tuple[str, str], SeenLine]
    accounts_seen: dict[str, SeenAccount]
    accounts: Spellings[str]
    contracts: Spellings[str]
    lines: Spellings[tuple[str, str]]
    changes: Stored = field(default_factory=lambda: Stored({}, {}, {}))
    lines_new_to_file: dict[tuple[str, str], SeenLine] = field(default_factory=dict)
    accounts_new_to_file: dict[str, SeenAccount] = field(default_factory=dict)

    def take(self, row: ParsedRow | RejectedRow) -> None:
        """The row's outcome goes to the report, what must be written to the changes."""
        if isinstance(row, RejectedRow):
            self.report.reject(*row.problems)
            return
        problem = self._problem(row)
        if problem is not None:
            self.report.reject(problem)
            return
        self.report.flags.add(*row.flags, *self._surplus_zeros(row))
        self._take_account(row)
        if row.contract not in self.known.account_of:
            self.changes.account_of[row.contract] = self.known.account_of[row.contract] = row.account
            self.contracts.add(row.contract)
        self._take_line(row)

    def _problem(self, row: ParsedRow) -> Rejected | None:
        """Why the row cannot be, beside the others; None where it can."""
        account = self.known.account_of.get(row.contract, row.account)
        if account != row.account:
            values = {"contract": shown(row.contract), "account": shown(account)}
            return Rejected(row.row, "account_number", shown(row.account), "row.two-accounts", values)
        for column, value, other in self._other_spellings(row):
            if len(other) > len(value):
                return Rejected(row.row, column, shown(value), "row.zeros-lost", {"other": shown(other)})
        first = self.lines_seen.get((row.contract, row.line))
        if first is not None and first[1] != _digest(row):
            return Rejected(row.row, "line", shown(row.line), "row.same-line", {"row": first[0]})
        return None

    def _surplus_zeros(self, row: ParsedRow) -> list[Flagged]:
        return [
            Flagged(row.row, column, shown(value), "flag.zeros-added", {"other": shown(other)})
            for column, value, other in self._other_spellings(row)
        ]

    def _other_spellings(self, row: ParsedRow) -> Iterator[tuple[str, str, str]]:
        """Column, value, and the known number that differs from it in nothing but zeros in front."""
        if row.account not in self.known.accounts and (other := self.accounts.like(row.account)):
            yield "account_number", row.account, other
        if row.contract not in self.known.account_of and (other := self.contracts.like(row.contract)):
            yield "contract", row.contract, other
        key = (row.contract, row.line)
        if key not in self.known.lines and (other_key := self.lines.like(key)):
            yield "line", row.line, other_key[1]

    def _take_account(self, row: ParsedRow) -> None:
        current = self._account(row.account)
        if current is None:
            self.report.accounts_added_count += 1
            new = NEW_ACCOUNT | {"language": self.language} | row.account_values
            self.changes.accounts[row.account] = self.known.accounts[row.account] = new
            self.accounts.add(row.account)
        first = self.accounts_seen.get(row.account)
        if first is None:
            first = (row.row, current is None)
            self.accounts_seen[row.account] = self.accounts_new_to_file[row.account] = first
        elif current is not None:
            self._flag_disagreement(row, current, first[0])
        if current is not None and current != current | row.account_values:
            self.disputed[row.account] = Dispute(row.row, current | row.account_values, first[1])

    def _account(self, number: str) -> dict[str, str] | None:
        dispute = self.disputed.get(number)
        return dispute.values if dispute is not None else self.known.accounts.get(number)

    def _flag_disagreement(self, row: ParsedRow, current: dict[str, str], first_row: int) -> None:
        for column, value in row.account_values.items():
            if value != current[column]:
                values = {"account": shown(row.account), "row": first_row, "before": shown(current[column])}
                self.report.flags.add(Flagged(row.row, column, shown(value), "flag.account-said-otherwise", values))

    def _take_line(self, row: ParsedRow) -> None:
        key = (row.contract, row.line)
        first = self.lines_seen.get(key)
        if first is not None:
            self.report.unchanged_count += 1
            self.report.flags.add(Flagged(row.row, "line", shown(row.line), "flag.line-said-before", {"row": first[0]}))
            return
        self.lines_seen[key] = self.lines_new_to_file[key] = (row.row, _digest(row))
        self._compare_line(row, key)

    def _compare_line(self, row: ParsedRow, key: tuple[str, str]) -> None:
        old = self.known.lines.get(key)
        new = (NEW_LINE if old is None else old) | row.line_values
        if old == new:
            self.report.unchanged_count += 1
            return
        self.changes.lines[key] = self.known.lines[key] = new
        if old is None:
            self.report.added_count += 1
            self.lines.add(key)
        else:
            self.report.changed_count += 1
            self.report.changes.add(*changes_of(row.row, f"{row.contract}/{row.line}", old, new))


def _digest(row: ParsedRow) -> bytes:
    return hashlib.blake2b(repr(sorted(row.line_values.items())).encode(), digest_size=16).digest()


def changes_of(row: int, subject: str, old: dict[str, Any], new: dict[str, Any]) -> list[Changed]:
    """Each column that is another one now, by the name that files have for it."""
    return [
        Changed(row, shown(subject), FILE_COLUMN.get(column, column), shown(old[column]), shown(new[column]))
        for column in old
        if old[column] != new[column]
    ]
