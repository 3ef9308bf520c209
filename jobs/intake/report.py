"""What an import did (contracts/imports/report.py), said: as tables for people, as JSON for scripts."""

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
from jobs.terminal.output import say, show_json
from jobs.terminal.speaker import Speaker

ROWS_SHOWN = 50
FINDING_COLUMNS = {"row": "row", "column": "column", "value": "value", "rule": "rule", "reason": "reason"}
CHANGE_COLUMNS = {"row": "row", "subject": "what", "column": "column", "old": "was", "new": "is"}


def show_report(report: ImportReport, form: str, messages: Messages) -> None:
    """Prints what was added, changed, rejected and flagged; the most urgent last."""
    if form == "json":
        show_json(report_json(report, messages))
        return
    speaker = Speaker(messages)
    _show_findings(speaker, "import.changed", report.changes, CHANGE_COLUMNS, asdict)
    for what, found in (("import.flagged", report.flags), ("import.rejected", report.rejections)):
        _show_findings(speaker, what, found, FINDING_COLUMNS, partial(_finding, messages))
    speaker.say(
        "import.rows", file=report.file, rows=report.row_count, added=report.added_count, changed=report.changed_count,
        unchanged=report.unchanged_count, rejected=report.rejected_count, flagged=report.flagged_count,
    )  # fmt: skip
    if not report.written and not report.dry_run:
        speaker.say("file.strict")
        return
    accounts = {"added": report.accounts_added_count, "changed": report.accounts_changed_count}
    speaker.say("import.accounts-dry" if report.dry_run else "import.accounts", **accounts)


def report_text(report: ImportReport, messages: Messages) -> str:
    """The report as people read it."""
    with redirect_stdout(io.StringIO()) as text:
        show_report(report, "table", messages)
    return text.getvalue()


def _finding(messages: Messages, found: Rejected | Flagged) -> dict[str, Any]:
    """A finding with its reason said."""
    return asdict(found) | {"reason": messages.said(found)}


def _show_findings(
    speaker: Speaker, what: str, found: Listed[Any], columns: dict[str, str], row_of: Callable[[Any], dict[str, Any]]
) -> None:
    if not found.total:
        return
    speaker.say(what)
    speaker.rows([row_of(one) for one in found.shown[:ROWS_SHOWN]], columns, "table")
    if found.total > ROWS_SHOWN:
        speaker.say("import.more", count=found.total - ROWS_SHOWN)
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
    values |= {"rows": report.row_count, "flagged": report.flagged_count}
    return {name.removesuffix("_count"): value for name, value in values.items()}
