"""Importing a book file: opened, read into the database with a bar, and reported."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine

from contracts.files.book_file import BookFile
from contracts.files.rows import Flagged, Rejected
from contracts.imports.book_import import import_book
from contracts.imports.report import ImportReport, Listed
from contracts.store.tables import metadata
from jobs.app import App
from jobs.cli.opening import open_to_read, open_to_write
from jobs.config.load import load_settings
from jobs.database.engines import sqlite_file
from jobs.language.messages import Messages
from jobs.log.logger import Logger
from jobs.terminal.output import say, show_json, show_rows
from jobs.terminal.progress import progress

_log = Logger("jobs.importing")
ROWS_SHOWN = 50
FINDING_COLUMNS = {"row": "row", "column": "column", "value": "value", "rule": "rule", "reason": "reason"}
CHANGE_COLUMNS = {"row": "row", "subject": "what", "column": "column", "old": "was", "new": "is"}


def read_into(connection: Connection, book: BookFile, *, dry_run: bool = False, strict: bool = False) -> ImportReport:
    """Reads an opened file into the book behind the connection, with a bar, or finds out what that would change.

    Raises:
        BookFileError: the file cannot be read to its end; nothing was written.
    """
    with progress("import", book.total) as advance:
        report = import_book(
            connection, book, dry_run=dry_run, strict=strict, progress=lambda done, _total: advance(done)
        )
    _say(report)
    return report


def show_report(report: ImportReport, form: str, messages: Messages) -> None:
    """Prints what was added, changed, rejected and flagged; the most urgent last."""
    if form == "json":
        show_json(report_json(report, messages))
        return
    _show_findings("changed", report.changes, CHANGE_COLUMNS, asdict)
    for what, found in (("flagged", report.flags), ("rejected", report.rejections)):
        _show_findings(what, found, FINDING_COLUMNS, partial(_finding, messages))
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


def report_text(report: ImportReport, messages: Messages) -> str:
    """The report as people read it."""
    with redirect_stdout(io.StringIO()) as text:
        show_report(report, "table", messages)
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


def _finding(messages: Messages, found: Rejected | Flagged) -> dict[str, Any]:
    """A finding with its reason said."""
    return asdict(found) | {"reason": messages.said(found)}


def _show_findings(
    what: str, found: Listed[Any], columns: dict[str, str], row_of: Callable[[Any], dict[str, Any]]
) -> None:
    if not found.total:
        return
    say(f"{what}:")
    show_rows([row_of(one) for one in found.shown[:ROWS_SHOWN]], columns, "table")
    if found.total > ROWS_SHOWN:
        say(f"… and {found.total - ROWS_SHOWN} more; --format json shows them")
    say()


def report_json(report: ImportReport, messages: Messages) -> dict[str, Any]:
    """The report as scripts read it."""
    values = asdict(report)
    said = partial(_finding, messages)
    for name, row_of in (("changes", asdict), ("rejections", said), ("flags", said)):
        listed = getattr(report, name)
        values[name] = [row_of(one) for one in listed.shown]
        if listed.more:
            values[f"{name}_not_shown"] = listed.more
    values["rows"] = values.pop("row_count")
    return {name.removesuffix("_count"): value for name, value in values.items()}
