"""A book of contracts from a file into the database: only what differs is written, and all of it is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import sqlalchemy as sa

from contracts.files.book_file import BookFile
from contracts.files.rows import Flagged, ParsedRow, RejectedRow, shown
from contracts.imports.comparison import Comparison, Dispute, changes_of
from contracts.imports.forgotten_rows import without_the_forgotten
from contracts.imports.report import ImportReport
from contracts.imports.scratch import Scratch, SeenLine
from contracts.imports.spellings import Spellings, all_twins
from contracts.model import Contract
from contracts.rules.checks import flags
from contracts.rules.flag import Flag
from contracts.rules.loose_ends import loose_ends
from contracts.store.book import Book, Stored, UnknownMenuError

BATCH = 500  # rows that are compared and written together

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
        report = ImportReport(str(book.path), dry_run, strict)
        report.flags.add(*book.flags)
        target = scratch.book(book.catalogue) if dry_run else stored
        running = _Import(stored, target, scratch, report, book.languages[0])
        for rows in _batches(book):
            running.take(rows)
            if progress is not None:
                progress(report.row_count, book.total)
        running.finish()
        report.written = not (dry_run or (strict and report.rejected_count))
        if not report.written:
            transaction.rollback()
    report.flags.shown.sort(key=lambda flag: flag.row or 0)
    return report


class _Import:
    """One import under way: `stored` is the book, `target` what is written to (a copy, in a dry run)."""

    def __init__(self, stored: Book, target: Book, scratch: Scratch, report: ImportReport, language: str) -> None:
        self._stored = stored
        self._target = target
        self._scratch = scratch
        self._report = report
        self._language = language
        # Accounts of which the file says something else than the book, or than itself: settled by the last row.
        self._disputed: dict[str, Dispute] = {}

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
        batch = Comparison(
            report=self._report,
            language=self._language,
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
            contracts = list(self._contracts(numbers))
            found = {contract.number: flags(contract) for contract in contracts}
            self._target.keep_flags(found)
            self._target.keep_loose_ends({contract.number: list(loose_ends(contract)) for contract in contracts})
            for number, broken in found.items():
                self._report.flags.add(*(_flagged(number, flag, rows) for flag in broken))

    def _settle(self, disputed: dict[str, Dispute]) -> None:
        stored = self._target.stored(disputed, ()).accounts
        changed = {}
        for number, dispute in disputed.items():
            changes = changes_of(dispute.row, number, stored[number], dispute.values)
            if changes:
                changed[number] = dispute.values
            if changes and not dispute.is_new:
                self._report.accounts_changed_count += 1
                self._report.changes.add(*changes)
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
            self._report.flags.add(Flagged(None, "menu", menu, "flag.menu-not-in-catalogue", {"line": line}))


def _flagged(number: str, flag: Flag, rows: dict[tuple[str, str], SeenLine]) -> Flagged:
    seen = rows.get((number, flag.line))
    name = shown(f"{number}/{flag.line}")
    return Flagged(seen[0] if seen else None, "line", name, flag.code, flag.values, flag.rule)


def _batches(book: BookFile) -> Iterator[list[ParsedRow | RejectedRow]]:
    rows = iter(book)
    while batch := list(islice(rows, BATCH)):
        yield batch
