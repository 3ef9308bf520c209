"""The first look: a sample book around today, all jobs for real into a Maildir, and a page of what was decided."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from contracts.calendar import Month
from contracts.files.book_file import open_book
from contracts.imports.report import ImportReport
from jobs.app import App
from jobs.config.load import load_settings
from jobs.database.schema import create_tables
from jobs.day import Outcome, RunRequest
from jobs.demo.book import WORKED_CASES, Row, sample_book, write_book
from jobs.errors import KigenError
from jobs.intake.book_files import read_into
from jobs.language.messages import Messages
from jobs.notices.decision import Action, Decision
from jobs.notices.listing import LETTERS
from jobs.notices.notice import letters_of
from jobs.pages.preview import write_gallery
from jobs.runs.decide import Decided
from jobs.terminal.output import say, show_rows
from jobs.views.decisions import gallery_entry
from jobs.views.outlook import Outlook, all_planned, horizon, write_forecast_page
from jobs.views.wording import page_wording

MARK = "# kigen demo"
CONFIG_TEXT = f"""{MARK}: this folder is made anew by each `kigen demo`
[database]
url = "sqlite:///kigen.db"
[mail]
transport = "maildir"
maildir = "maildir"
"""
# What an earlier demo left, and nothing else, is removed.
OWN_FILES = ("config.toml", "kigen.db", "kigen.db-journal", "book.csv")
MOVED = "CASE-NEW"  # its start moves after it was announced: a second import shows N3


class DemoFolderInUse(KigenError):  # noqa: N818 — named for what is the matter
    """The folder holds something that is no demo; it is left alone."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo did; `decided` are all decisions with their letters, what goes out or is held first."""

    folder: Path
    as_of: date
    first_import: ImportReport
    decided: list[Decided]
    page: Path
    forecast: Path
    messages: Messages


def run_demo(folder: Path) -> Demo:
    """Makes the folder: book.csv, config.toml, kigen.db, maildir/, preview/ and forecast/.

    Raises:
        DemoFolderInUse: it holds something else already.
    """
    _make_room(folder)
    config = folder / "config.toml"
    config.write_text(CONFIG_TEXT, encoding="utf-8")
    app = App(load_settings(config, environment={}))
    create_tables(app.database_url)
    as_of, book = app.clock.today(), folder / "book.csv"
    rows = sample_book(as_of, app.calendar)
    write_book(book, rows)
    first_import = _import(app, book)
    everything = RunRequest("all", tuple(job.name for job in app.jobs), as_of)
    decided = _run(app, everything)
    write_book(book, [_a_month_later(row) if row["contract"] == MOVED else row for row in rows])
    _import(app, book)
    moved = _run(app, replace(everything, only=MOVED))
    decided += [one for one in moved if one.decision.action is Action.SEND]
    decided.sort(key=lambda one: MOST_TELLING_FIRST[one.decision.action])
    entries = (gallery_entry(one, as_of, app.messages) for one in decided)
    page = write_gallery(
        folder / "preview",
        entries,
        title=app.messages.say("page.demo"),
        made_for=str(as_of),
        wording=page_wording(app.messages),
    )
    a_year = Outlook(as_of, as_of + timedelta(days=365))
    forecast = write_forecast_page(
        all_planned(app.jobs, app.records, a_year),
        horizon(app.calendar, a_year, letters_of(app.settings.notices)),
        folder / "forecast",
        app.messages.say("page.demo-forecast"),
        app.messages,
    )
    return Demo(folder, as_of, first_import, decided, page, forecast, app.english)


def _run(app: App, request: RunRequest) -> list[Decided]:
    decided = list(app.day.decide(Outcome(request)))
    asyncio.run(app.deliveries.deliver(request.as_of))
    return decided


def show_demo(demo: Demo) -> None:
    """Says what was read, what was decided and why, and where to look, so that a newcomer understands."""
    report, folder = demo.first_import, demo.folder
    program = sys.argv[0]
    mails = sum(1 for mail in (folder / "maildir" / "new").iterdir() if mail.is_file())
    say(f"A day at a reseller of licences: {demo.as_of}")
    say()
    say("Some lines of the sample book are there to show a rule. This is what became of them:")
    say()
    for contract, expected in WORKED_CASES.items():
        say(f"  {contract:<22} {expected}")
        for outcome in _outcomes(demo, contract):
            say(f"  {'':<22} → {outcome}")
    say()
    say(f"1. {report.row_count} lines of {folder / 'book.csv'} were read; {report.flagged_count} have a remark:")
    for flag in report.flags.shown:
        say(f"     row {flag.row}: {flag.column} {flag.value or '(empty)'}: {demo.messages.said(flag)} ({flag.rule})")
    say()
    say(f"2. Four jobs looked at every line in its time: {_counts(demo)}.")
    say()
    show_rows(_by_kind(demo), KIND_COLUMNS, "table")
    say()
    say(f"3. {mails} mails lie in {folder / 'maildir'}. A second run would send none of them again.")
    say()
    say(f"Look at them    {demo.page.absolute().as_uri()}")
    say(f"Ask why         {program} explain CASE-REDUCED --config {folder / 'config.toml'}")
    say(f"Look ahead      {demo.forecast.absolute().as_uri()}")
    say(f"As a table      {program} forecast --days 90 --config {folder / 'config.toml'}")


KIND_COLUMNS = {"kind": "notice", "send": "sent", "hold": "held", "skip": "skipped", "why": "why skipped or held"}


def _make_room(folder: Path) -> None:
    """Removes an earlier demo, its own files only."""
    if not folder.exists():
        folder.mkdir(parents=True)
        return
    config = folder / "config.toml"
    is_ours = config.is_file() and config.read_text(encoding="utf-8").startswith(MARK)
    if not is_ours and any(folder.iterdir()):
        raise DemoFolderInUse(f"{folder} holds other files; name a folder that is empty or not there yet")
    for name in OWN_FILES:
        (folder / name).unlink(missing_ok=True)
    if is_ours and (folder / "maildir" / "new").is_dir():
        shutil.rmtree(folder / "maildir")


def _import(app: App, book: Path) -> ImportReport:
    with app.engine.connect() as connection:
        return read_into(connection, open_book(book, app.catalogue, app.settings.templates.languages))


def _a_month_later(row: Row) -> Row:
    if not row["term_end"]:
        return row
    starts_on = date.fromisoformat(row["term_start"])
    return row | {"term_start": Month.of(starts_on).plus(1).first_day.isoformat()}


def _counts(demo: Demo) -> str:
    counts = Counter(one.decision.action for one in demo.decided)
    return f"{counts[Action.SEND]} notices to send, {counts[Action.HOLD]} held, {counts[Action.SKIP]} skipped"


def _by_kind(demo: Demo) -> list[dict[str, object]]:
    return [_row_of_kind(kind, [one.decision for one in demo.decided if one.decision.kind == kind]) for kind in LETTERS]


def _row_of_kind(kind: str, decisions: list[Decision]) -> dict[str, object]:
    actions = Counter(decision.action.value for decision in decisions)
    reasons = Counter(decision.reason for decision in decisions if decision.action is not Action.SEND)
    why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return {"kind": kind, "why": why, **actions}


def _outcomes(demo: Demo, contract: str) -> list[str]:
    """What was decided: what goes out or is held; where nothing does, why not."""
    decisions = [one.decision for one in demo.decided if one.decision.contract == contract]
    told = [decision for decision in decisions if decision.action is not Action.SKIP]
    if told:
        return [f"{decision.kind} {decision.occasion} {DONE[decision.action]} ({decision.reason})" for decision in told]
    silent = dict.fromkeys((decision.kind, decision.reason) for decision in decisions)
    return [", ".join(f"no {kind} ({reason})" for kind, reason in silent)] if silent else ["nothing in its time"]


MOST_TELLING_FIRST = {Action.SEND: 0, Action.HOLD: 1, Action.SKIP: 2}
DONE = {Action.SEND: "sent", Action.HOLD: "held"}
