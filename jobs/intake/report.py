"""What an import did, said: as tables for people, as JSON for scripts."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from functools import partial
from typing import Any

from contracts.files.rows import Flagged, Rejected
from contracts.imports.report import ImportReport, Listed
from jobs.language.messages import Messages
from jobs.log.logger import Logger
from jobs.terminal.output import say, show_json, show_rows

_log = Logger("jobs.importing")
ROWS_SHOWN = 50
FINDING_COLUMNS = {"row": "row", "column": "column", "value": "value", "rule": "rule", "reason": "reason"}
CHANGE_COLUMNS = {"row": "row", "subject": "what", "column": "column", "old": "was", "new": "is"}


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
