"""Importing a book file: opened, read into the database with a bar, and reported."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine

from contracts.files.book_file import BookFile, open_book
from contracts.imports.book_import import import_book
from contracts.imports.report import ImportReport, Listed
from contracts.store.tables import metadata
from jobs.app import App
from jobs.cli.opening import open_to_read, open_to_write
from jobs.config.load import load_settings
from jobs.database.engines import sqlite_file
from jobs.log.logger import Logger
from jobs.terminal.output import say, show_json, show_rows
from jobs.terminal.progress import progress

_log = Logger("jobs.importing")
ROWS_SHOWN = 50
FINDING_COLUMNS = {"row": "row", "column": "column", "value": "value", "rule": "rule", "reason": "reason"}
CHANGE_COLUMNS = {"row": "row", "subject": "what", "column": "column", "old": "was", "new": "is"}


def import_file(config: Path | None, file: Path, *, dry_run: bool, strict: bool) -> ImportReport:
    """Reads the file into the book, or in a dry run finds out what that would change.

    Raises:
        BookFileError: the file cannot be read; nothing was written.
    """
    book = open_book(file, App(load_settings(config)).catalogue)
    with book_connection(config, dry_run=dry_run) as connection:
        return read_into(connection, book, dry_run=dry_run, strict=strict)


def read_into(connection: Connection, book: BookFile, *, dry_run: bool = False, strict: bool = False) -> ImportReport:
    """Reads an opened file into the book behind the connection, with a bar."""
    with progress("import", book.total) as advance:
        report = import_book(
            connection, book, dry_run=dry_run, strict=strict, progress=lambda done, _total: advance(done)
        )
    _say(report)
    return report


def show_report(report: ImportReport, form: str) -> None:
    """Prints what was added, changed, rejected and flagged; the most urgent last."""
    if form == "json":
        show_json(report_json(report))
        return
    _show_findings("changed", report.changes, CHANGE_COLUMNS)
    _show_findings("flagged", report.flags, FINDING_COLUMNS)
    _show_findings("rejected", report.rejections, FINDING_COLUMNS)
    say(
        f"{report.file}: {report.row_count} rows: {report.added_count} added, {report.changed_count} changed, "
        f"{report.unchanged_count} unchanged, {report.rejected_count} rejected; {report.flagged_count} flags"
    )
    accounts = f"accounts: {report.accounts_added_count} added, {report.accounts_changed_count} changed"
    if report.dry_run:
        say(f"{accounts} (dry run: nothing was written)")
    elif not report.written:
        say("--strict: a row was rejected, so nothing was written")
    else:
        say(accounts)


def report_text(report: ImportReport) -> str:
    """The report as people read it."""
    with redirect_stdout(io.StringIO()) as text:
        show_report(report, "table")
    return text.getvalue()


def _say(report: ImportReport) -> None:
    counts = {
        "rows": report.row_count, "added": report.added_count, "changed": report.changed_count,
        "rejected": report.rejected_count, "flagged": report.flagged_count,
    }  # fmt: skip
    say_it = _log.warning if report.rejected_count else _log.info
    say_it("book read", file=report.file, written=report.written, dry_run=report.dry_run, counts=counts)


@contextmanager
def book_connection(config: Path | None, *, dry_run: bool) -> Iterator[Connection]:
    """A connection to the book; in a dry run one that cannot write, to an empty book where there is none yet."""
    if not dry_run:
        with open_to_write(config).engine.connect() as connection:
            yield connection
    elif _is_missing(config):
        empty = create_engine("sqlite://")  # before the first import the book is empty
        with empty.begin() as connection:
            metadata.create_all(connection)
        try:
            with empty.connect() as connection:
                yield connection
        finally:
            empty.dispose()
    else:
        with open_to_read(config).engine.connect() as connection:
            yield connection


def _is_missing(config: Path | None) -> bool:
    file = sqlite_file(App(load_settings(config)).database_url)
    return file is not None and not file.exists()


def _show_findings(what: str, found: Listed[Any], columns: dict[str, str]) -> None:
    if not found.total:
        return
    say(f"{what}:")
    show_rows([asdict(one) for one in found.shown[:ROWS_SHOWN]], columns, "table")
    if found.total > ROWS_SHOWN:
        say(f"… and {found.total - ROWS_SHOWN} more; --format json shows them")
    say()


def report_json(report: ImportReport) -> dict[str, Any]:
    """The report as scripts read it."""
    values = asdict(report)
    for name in ("changes", "rejections", "flags"):
        listed = values.pop(name)
        values[name] = list(listed["shown"])
        if listed["more"]:
            values[f"{name}_not_shown"] = listed["more"]
    values["rows"] = values.pop("row_count")
    return {name.removesuffix("_count"): value for name, value in values.items()}
