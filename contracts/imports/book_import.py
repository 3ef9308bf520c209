"""A book of contracts from a file into the database: only what differs is written, and all of it is accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa

from contracts.files.book_file import BookFile
from contracts.files.rows import Flagged, ParsedRow, Rejected, RejectedRow, shown
from contracts.imports.forgotten_rows import without_the_forgotten
from contracts.imports.report import Changed, Findings, ImportReport
from contracts.imports.scratch import Scratch, SeenAccount, SeenLine
from contracts.imports.spellings import Spellings, all_twins
from contracts.model import Contract
from contracts.rules.checks import Flag, flags
from contracts.store.book import ACCOUNT_COLUMNS, LINE_COLUMNS, Book, Stored, UnknownMenuError

BATCH = 500  # rows that are compared and written together
NEW_ACCOUNT = dict.fromkeys(ACCOUNT_COLUMNS, "") | {"language": "ja"}
NEW_LINE: dict[str, Any] = dict.fromkeys(LINE_COLUMNS)
FILE_COLUMN = {"starts_on": "term_start", "order_kind": "order"}  # where the file's word is another than the table's

Progress = Callable[[int, int | None], None]


def import_book(
    connection: sa.Connection,
    book: BookFile,
    *,
    dry_run: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Makes the book in the database agree with the file, as far as the file speaks of it.

    One transaction, begun here, holds the whole import: a job sees the book before it or after it, and a crash leaves
    it as it was. With `strict` one rejected row undoes everything. With `dry_run` the connection is only read from, and
    the same steps are taken on a copy of the contracts concerned. `progress` is called with the rows done, and about
    how many there are.

    Raises:
        BookFileError: the file cannot be read to its end; nothing was written.
    """
    with Scratch() as scratch, connection.begin() as transaction:
        stored = Book(connection, book.catalogue)
        findings = Findings()
        findings.flags.add(*book.flags)
        running = _Import(stored, scratch.book(book.catalogue) if dry_run else stored, scratch, findings)
        for rows in _batches(book):
            running.take(rows)
            if progress is not None:
                progress(findings.rows, book.total)
        running.finish()
        written = not (dry_run or (strict and findings.rejected))
        if not written:
            transaction.rollback()
    return findings.report(str(book.path), dry_run=dry_run, strict=strict, written=written)


class _Import:
    """One import under way: `stored` is the book, `target` what is written to (a copy, in a dry run)."""

    def __init__(self, stored: Book, target: Book, scratch: Scratch, findings: Findings) -> None:
        self._stored = stored
        self._target = target
        self._scratch = scratch
        self._findings = findings
        # Accounts of which the file says something else than the book, or than itself: settled by the last row.
        self._disputed: dict[str, _Dispute] = {}

    def take(self, rows: list[ParsedRow | RejectedRow]) -> None:
        """Compares these rows with the book and writes what differs."""
        parsed = [row for row in rows if isinstance(row, ParsedRow)]
        accounts, contracts = {row.account for row in parsed}, {row.contract for row in parsed}
        twins = all_twins([*accounts, *contracts])
        if self._target is not self._stored:
            self._stored.copy_to(self._target, {*accounts, *twins}, {*contracts, *twins})
        hashes = self._stored.hashes_of_the_forgotten(accounts)
        known = self._target.stored(accounts, contracts)
        unknown_accounts, unknown_contracts = accounts - known.accounts.keys(), contracts - known.account_of.keys()
        batch = _Batch(
            findings=self._findings,
            disputed=self._disputed,
            known=known,
            lines_seen=self._scratch.lines_seen(contracts),
            accounts_seen=self._scratch.accounts_seen(accounts),
            accounts=Spellings([*known.accounts, *self._target.known_accounts(all_twins(unknown_accounts))]),
            contracts=Spellings([*known.account_of, *self._target.known_contracts(all_twins(unknown_contracts))]),
            lines=Spellings(known.lines),
        )
        for row in rows:
            batch.take(without_the_forgotten(row, hashes) if isinstance(row, ParsedRow) else row)
        self._target.write(batch.changes)
        self._scratch.remember(batch.lines_new_to_file, batch.accounts_new_to_file)

    def finish(self) -> None:
        """Settles the disputed accounts, then looks at every contract of the file as a whole."""
        disputed = iter(self._disputed.items())
        while some := dict(islice(disputed, BATCH)):
            self._settle(some)
        for numbers in self._scratch.contracts_seen():
            rows = self._scratch.lines_seen(numbers)
            found = {contract.number: flags(contract) for contract in self._contracts(numbers)}
            self._target.keep_flags(found)
            for number, broken in found.items():
                self._findings.flags.add(*(_flagged(number, flag, rows) for flag in broken))

    def _settle(self, disputed: dict[str, _Dispute]) -> None:
        stored = self._target.stored(disputed, ()).accounts
        changed = {}
        for number, dispute in disputed.items():
            changes = _changes(dispute.row, number, stored[number], dispute.values)
            if changes:
                changed[number] = dispute.values
            if changes and not dispute.is_new:
                self._findings.accounts_changed += 1
                self._findings.changes.add(*changes)
        self._target.write(Stored(changed, {}, {}))

    def _contracts(self, numbers: list[str]) -> Iterator[Contract]:
        try:
            yield from self._target.contracts(numbers)
        except UnknownMenuError:
            for number in numbers:
                yield from self._contract(number)

    def _contract(self, number: str) -> Iterator[Contract]:
        try:
            yield from self._target.contracts([number])
        except UnknownMenuError as error:
            menu, line = (shown(error.values[name]) for name in ("menu", "line"))
            self._findings.flags.add(Flagged(None, "menu", menu, "flag.menu-not-in-catalogue", {"line": line}))


@dataclass(slots=True)
class _Dispute:
    row: int  # the last that speaks of the account
    values: dict[str, str]
    is_new: bool  # the file itself brought the account


@dataclass(slots=True)
class _Batch:
    """Some rows against what the book and the file so far say of their accounts and contracts."""

    findings: Findings
    disputed: dict[str, _Dispute]
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
        """The row's outcome goes to the findings, what must be written to the changes."""
        if isinstance(row, RejectedRow):
            self.findings.reject(*row.problems)
            return
        problem = self._problem(row)
        if problem is not None:
            self.findings.reject(problem)
            return
        self.findings.flags.add(*row.flags, *self._surplus_zeros(row))
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
            self.findings.accounts_added += 1
            self.changes.accounts[row.account] = self.known.accounts[row.account] = NEW_ACCOUNT | row.account_values
            self.accounts.add(row.account)
        first = self.accounts_seen.get(row.account)
        if first is None:
            first = (row.row, current is None)
            self.accounts_seen[row.account] = self.accounts_new_to_file[row.account] = first
        elif current is not None:
            self._flag_disagreement(row, current, first[0])
        if current is not None and current != current | row.account_values:
            self.disputed[row.account] = _Dispute(row.row, current | row.account_values, first[1])

    def _account(self, number: str) -> dict[str, str] | None:
        dispute = self.disputed.get(number)
        return dispute.values if dispute is not None else self.known.accounts.get(number)

    def _flag_disagreement(self, row: ParsedRow, current: dict[str, str], first_row: int) -> None:
        for column, value in row.account_values.items():
            if value != current[column]:
                values = {"account": shown(row.account), "row": first_row, "before": shown(current[column])}
                self.findings.flags.add(Flagged(row.row, column, shown(value), "flag.account-said-otherwise", values))

    def _take_line(self, row: ParsedRow) -> None:
        key = (row.contract, row.line)
        first = self.lines_seen.get(key)
        if first is not None:
            self.findings.unchanged += 1
            self.findings.flags.add(
                Flagged(row.row, "line", shown(row.line), "flag.line-said-before", {"row": first[0]})
            )
            return
        self.lines_seen[key] = self.lines_new_to_file[key] = (row.row, _digest(row))
        self._compare_line(row, key)

    def _compare_line(self, row: ParsedRow, key: tuple[str, str]) -> None:
        old = self.known.lines.get(key)
        new = (NEW_LINE if old is None else old) | row.line_values
        if old == new:
            self.findings.unchanged += 1
            return
        self.changes.lines[key] = self.known.lines[key] = new
        if old is None:
            self.findings.added += 1
            self.lines.add(key)
        else:
            self.findings.changed += 1
            self.findings.changes.add(*_changes(row.row, f"{row.contract}/{row.line}", old, new))


def _digest(row: ParsedRow) -> bytes:
    return hashlib.blake2b(repr(sorted(row.line_values.items())).encode(), digest_size=16).digest()


def _changes(row: int, subject: str, old: dict[str, Any], new: dict[str, Any]) -> list[Changed]:
    return [
        Changed(row, shown(subject), FILE_COLUMN.get(column, column), shown(old[column]), shown(new[column]))
        for column in old
        if old[column] != new[column]
    ]


def _flagged(number: str, flag: Flag, rows: dict[tuple[str, str], SeenLine]) -> Flagged:
    seen = rows.get((number, flag.line))
    name = shown(f"{number}/{flag.line}")
    return Flagged(seen[0] if seen else None, "line", name, flag.code, flag.values, flag.rule)


def _batches(book: BookFile) -> Iterator[list[ParsedRow | RejectedRow]]:
    rows = iter(book)
    while batch := list(islice(rows, BATCH)):
        yield batch
