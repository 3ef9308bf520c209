"""The book as a feed: each file that lies in the drop folder is imported, reported on and put away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.files.book_file import open_book
from contracts.files.sheet import BookFileError
from contracts.imports.report import ImportReport
from contracts.imports.vanished import Vanished, vanished_lines
from jobs.config.load import ConfigError
from jobs.intake.drop_folder import DONE, FAILED, DropFolder, given_name
from jobs.intake.importing import read_into, report_json, report_text
from jobs.language.messages import Messages
from jobs.log.logger import Logger
from jobs.terminal.output import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.app import App

_log = Logger("jobs.feeding")
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


def drop_folder(app: App) -> DropFolder:
    """The configured drop folder.

    Raises:
        ConfigError: none is configured, or it is not there.
    """
    feed = app.settings.feed
    if not feed.folder:
        raise ConfigError('feed.folder is "", so there is no feed; name the folder that the exports are dropped in')
    found = DropFolder(app.settings.path(feed.folder), timedelta(seconds=feed.settle_seconds))
    found.expect()
    return found


def feed_all(app: App, folder: DropFolder, *, strict: bool) -> Iterator[Fed]:
    """Imports what was left unfinished and what has come to rest, oldest first, for who holds the folder.

    Raises:
        DBAPIError: the database cannot be reached; the file stays for the next time.
        OSError: a file cannot be moved, or its report not be written; the same.
    """
    with app.engine.connect() as connection:
        for taken in _taken(app, folder):
            fed = _imported(app, connection, taken, strict=strict)
            where = FAILED if fed.problem else DONE
            put = folder.path / where / taken.name
            fed = replace(fed, file=given_name(taken), put=put, put_at=app.clock.now())
            folder.put(taken, where, _reports(fed, app.english))
            say_it = _log.warning if fed.is_news else _log.info
            say_it(
                "feed file read",
                file=fed.file,
                put=where,
                problem=fed.problem and fed.problem.code,
                missing=len(fed.missing),
            )
            yield fed


def show_all(app: App, connection: Connection, folder: DropFolder, *, strict: bool) -> Iterator[Fed]:
    """What `feed_all` would do with each file by itself; nothing is written and nothing moved."""
    unfinished = [(file, given_name(file)) for file in folder.left_in_work()]
    for file, name in [*unfinished, *((file, file.name) for file in folder.waiting(app.clock.now()))]:
        yield replace(_imported(app, connection, file, strict=strict, dry_run=True), file=name)


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
        parts.append(f"not in this full export, still in the book: {len(fed.missing)} line(s)\n")
        parts += [f"  {line.contract}/{line.line} {line.company}\n" for line in fed.missing[:_SHOWN]]
        parts += [f"  … and {len(fed.missing) - _SHOWN} more\n"] if len(fed.missing) > _SHOWN else []
    if fed.problem:
        parts.append(f"{fed.file}: failed: {messages.said(fed.problem)}\n")
    return "".join(parts)


def _taken(app: App, folder: DropFolder) -> Iterator[Path]:
    yield from folder.left_in_work()
    for file in folder.waiting(app.clock.now()):
        taken = folder.take(file, app.clock.now())
        if taken is not None:
            yield taken


def _imported(app: App, connection: Connection, file: Path, *, strict: bool, dry_run: bool = False) -> Fed:
    try:
        book = open_book(file, app.catalogue)
        report = read_into(connection, book, strict=strict, dry_run=dry_run)
        if strict and report.rejected_count:
            return Fed(file.name, BookFileError(file, "file.strict"), report)
        if not app.settings.feed.full_export:
            return Fed(file.name, report=report)
        with connection.begin():
            return Fed(file.name, None, report, tuple(vanished_lines(connection, book, app.clock.today())))
    except BookFileError as error:
        return Fed(file.name, error)


def _reports(fed: Fed, messages: Messages) -> dict[str, str]:
    return {
        ".report.json": json.dumps(fed_json(fed, messages), ensure_ascii=False, indent=1, default=plain) + "\n",
        ".report.txt": fed_text(fed, messages),
    }
