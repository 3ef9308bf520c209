"""The book of contracts: `import`, `release`, `decline`, `baseline`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from contracts.files.book_file import open_book
from jobs.app import App
from jobs.cli.access import book_connection, open_to_read, open_to_write, speaker_of, spoken_language
from jobs.cli.options import DAY, table_or_json
from jobs.config.load import load_settings
from jobs.errors import Exit
from jobs.intake.book_files import read_into
from jobs.intake.report import show_report
from jobs.language.messages import Messages, Said
from jobs.runs.book_entries import record_decline, record_release
from jobs.runs.decide import Decided
from jobs.runs.forecast import planned
from jobs.runs.search import Search
from jobs.terminal.output import say
from jobs.views.decisions import decision_row


@click.command("import", epilog="Example:  kigen import contracts.csv --dry-run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report what would change; write nothing.")
@click.option("--strict", is_flag=True, help="Take all rows or none.")
@table_or_json
@click.pass_obj
def import_book(config: Path | None, /, file: Path, form: str, **options: bool) -> int:
    """Read the book of contracts from FILE, CSV (UTF-8 or CP932) or XLSX.

    Importing the same file again changes nothing. A row that cannot be is rejected with its reason, the others go in;
    a row that breaks a rule of the contracts goes in and is flagged with the rule's name.
    """
    app = App(load_settings(config))
    book = open_book(file, app.catalogue, app.settings.templates.languages)
    with book_connection(config, dry_run=options["dry_run"]) as connection:
        report = read_into(connection, book, dry_run=options["dry_run"], strict=options["strict"])
    language = "en" if form == "json" else spoken_language()
    show_report(report, form, Messages(language, book.catalogue))
    return Exit.NEEDS_A_PERSON if report.rejected_count else Exit.DONE


@click.command(epilog="Example:  kigen release K-0001/3 --on 2022-01-28")
@click.argument("contract_or_line", metavar="CONTRACT[/LINE]")
@click.option("--on", "day", type=DAY, help="The day it was done; today where left out.", metavar="DAY")
@click.pass_obj
def release(config: Path | None, /, contract_or_line: str, day: date | None) -> int:
    """Record that licences were released: the family of that line, or every family of the contract."""
    app = open_to_write(config)
    say(record_release(app.engine, app.catalogue, contract_or_line, _past(app, day)))
    return Exit.DONE


@click.command(epilog="Example:  kigen decline K-0001 --on 2021-11-10")
@click.argument("contract_or_line", metavar="CONTRACT[/LINE]")
@click.option("--on", "day", type=DAY, help="The day the customer said so; today where left out.", metavar="DAY")
@click.pass_obj
def decline(config: Path | None, /, contract_or_line: str, day: date | None) -> int:
    """Record that the customer will not continue: that line, or every line of the contract."""
    app = open_to_write(config)
    say(record_decline(app.engine, app.catalogue, contract_or_line, _past(app, day)))
    return Exit.DONE


@click.command(epilog="Example:  kigen baseline 2026-12-01")
@click.argument("day", type=DAY)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what it is about.")
@table_or_json
@click.pass_obj
def baseline(config: Path | None, /, day: date, form: str, **options: bool) -> int:
    """Say from which DAY on this installation is responsible.

    What was due before is another system's business: on record, not sent. Shows first which notices that is.
    """
    columns = {"kind": "kind", "line": "line", "occasion": "occasion", "due_on": "due", "company": "company"}
    app = open_to_read(config)
    rows = list(_before_baseline(app, day))
    speaker_of(app).rows(rows, columns, form, Said("baseline.none", {"day": day}))
    if options["dry_run"]:
        return Exit.DONE
    if not options["yes"]:
        click.confirm(
            f"Leave these {len(rows)} to the system before and be responsible from {day}?", abort=True, err=True
        )
    app = open_to_write(config)
    app.runs.set_baseline(day, app.clock.now())
    if form == "table":
        speaker_of(app).say("baseline.done", day=day, count=len(rows))
    return Exit.DONE


def _before_baseline(app: App, day: date) -> Iterator[dict[str, Any]]:
    """The notices that would go out today and were due before that day."""
    today = app.clock.today()
    for job in app.jobs:
        for one in planned(app.records, Search(job, today, today)):
            if one.decision.due_on is not None and one.decision.due_on < day:
                yield decision_row(Decided(one.contract, one.decision))


def _past(app: App, day: date | None) -> date:
    """The day, or today.

    Raises:
        click.UsageError: the day has not come yet.
    """
    today = app.clock.today()
    if day is not None and day > today:
        raise click.UsageError(f"--on {day} has not come yet, today is {today}")
    return day or today
