"""The files of the book that lie in the drop folder: each is imported, reported on and put away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from contracts.catalogue import Catalogue
from contracts.files.book_file import BookFile, open_book
from contracts.files.sheet import BookFileError
from contracts.imports.book_import import import_book
from contracts.imports.report import ImportReport
from contracts.imports.vanished import Vanished, vanished_lines
from jobs.clock import Clock
from jobs.intake.drop_folder import DONE, FAILED, DropFolder, given_name
from jobs.intake.report import report_json, report_text
from jobs.language.messages import Messages
from jobs.log.logger import Logger
from jobs.terminal.output import plain
from jobs.terminal.progress import progress

_log = Logger("jobs.feed")
_SHOWN = 50  # missing lines that a text names; the report in JSON has more


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of one file: `problem` is why nothing of it is in the book, None where it is."""

    file: str
    problem: BookFileError | None = None
    report: ImportReport | None = None
    missing: tuple[Vanished, ...] = ()
    put: Path | None = None  # where it lies now, and since when; None in a dry run
    put_at: datetime | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether something of it did not go in."""
        return self.problem is not None or (self.report is not None and self.report.rejected_count > 0)

    @property
    def is_news(self) -> bool:
        """Whether the sales desk has to know."""
        return self.needs_a_person or bool(self.missing)


@dataclass(frozen=True, slots=True)
class BookFiles:
    """The files of the drop folder, each a book or a part of it; their reports are written by `messages`.

    With `full_export`, a file names every line that is under way, and those that it lacks are told.
    """

    folder: DropFolder
    catalogue: Catalogue
    languages: Sequence[str]
    full_export: bool
    messages: Messages
    clock: Clock

    def take_in(self, connection: Connection, *, strict: bool) -> Iterator[Fed]:
        """Imports what was left unfinished and what has come to rest, oldest first, for who holds the folder.

        Raises:
            DBAPIError: the database cannot be reached; the file stays for the next time.
            OSError: a file cannot be moved, or its report not be written; the same.
        """
        for taken in self._taken():
            fed = self._imported(connection, taken, strict=strict)
            where = FAILED if fed.problem else DONE
            put = self.folder.path / where / taken.name
            fed = replace(fed, file=given_name(taken), put=put, put_at=self.clock.now())
            self.folder.put(taken, where, _reports(fed, self.messages))
            _log_it(fed, where)
            yield fed

    def preview(self, connection: Connection, *, strict: bool) -> Iterator[Fed]:
        """What `take_in` would do with each file by itself; nothing is written and nothing moved."""
        unfinished = [(file, given_name(file)) for file in self.folder.left_in_work()]
        for file, name in [*unfinished, *((file, file.name) for file in self.folder.waiting(self.clock.now()))]:
            yield replace(self._imported(connection, file, strict=strict, dry_run=True), file=name)

    def _taken(self) -> Iterator[Path]:
        yield from self.folder.left_in_work()
        for file in self.folder.waiting(self.clock.now()):
            taken = self.folder.take(file, self.clock.now())
            if taken is not None:
                yield taken

    def _imported(self, connection: Connection, file: Path, *, strict: bool, dry_run: bool = False) -> Fed:
        try:
            book = open_book(file, self.catalogue, self.languages)
            report = read_into(connection, book, strict=strict, dry_run=dry_run)
            if strict and report.rejected_count:
                return Fed(file.name, BookFileError(file, "file.strict"), report)
            if not self.full_export:
                return Fed(file.name, report=report)
            with connection.begin():
                return Fed(file.name, None, report, tuple(vanished_lines(connection, book, self.clock.today())))
        except BookFileError as error:
            return Fed(file.name, error)


def read_into(connection: Connection, book: BookFile, *, dry_run: bool = False, strict: bool = False) -> ImportReport:
    """Reads an opened file into the book behind the connection, with a bar, or finds out what that would change.

    Raises:
        BookFileError: the file cannot be read to its end; nothing was written.
    """
    with progress("import", book.total) as advance:
        report = import_book(
            connection, book, dry_run=dry_run, strict=strict, progress=lambda done, _total: advance(done)
        )
    _log_report(report)
    return report


def fed_json(fed: Fed, messages: Messages) -> dict[str, Any]:
    """What became of a file, for scripts."""
    problem = fed.problem
    return {
        "file": fed.file,
        "problem": messages.said(problem) if problem else "",
        "code": problem.code if problem else "",
        "values": problem.values if problem else {},
        "put": f"{fed.put.parent.name}/{fed.put.name}" if fed.put else None,
        "put_at": fed.put_at,
        "report": report_json(replace(fed.report, file=fed.file), messages) if fed.report else None,
        "missing": [asdict(line) for line in fed.missing],
    }


def fed_text(fed: Fed, messages: Messages) -> str:
    """What became of a file, for people."""
    parts = [report_text(replace(fed.report, file=fed.file), messages)] if fed.report else []
    if fed.missing:
        parts.append(f"{messages.say('fed.missing', count=len(fed.missing))}\n")
        parts += [f"  {line.contract}/{line.line} {line.company}\n" for line in fed.missing[:_SHOWN]]
    if (more := len(fed.missing) - _SHOWN) > 0:
        parts.append(f"  {messages.say('fed.more', count=more)}\n")
    if fed.problem:
        parts.append(f"{messages.say('fed.failed', file=fed.file, why=fed.problem)}\n")
    return "".join(parts)


def _reports(fed: Fed, messages: Messages) -> dict[str, str]:
    return {
        ".report.json": json.dumps(fed_json(fed, messages), ensure_ascii=False, indent=1, default=plain) + "\n",
        ".report.txt": fed_text(fed, messages),
    }


def _log_it(fed: Fed, where: str) -> None:
    problem = fed.problem.code if fed.problem else ""
    say_it = _log.warning if fed.is_news else _log.info
    say_it("feed file read", file=fed.file, put=where, problem=problem, missing=len(fed.missing))


def _log_report(report: ImportReport) -> None:
    counts = {
        "rows": report.row_count, "added": report.added_count, "changed": report.changed_count,
        "rejected": report.rejected_count, "flagged": report.flagged_count,
    }  # fmt: skip
    say_it = _log.warning if report.rejected_count else _log.info
    say_it("book read", file=report.file, written=report.written, dry_run=report.dry_run, counts=counts)
