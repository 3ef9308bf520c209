"""What lies ahead: `preview`, mails as a page; `forecast`, counts by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from jobs.app import App
from jobs.cli.access import open_to_read, speaker_of
from jobs.cli.options import DAY, table_json_or_csv
from jobs.day import Outcome, RunRequest
from jobs.errors import Exit
from jobs.language.messages import Said
from jobs.notices.notice import letters_of
from jobs.pages.preview import Entry, write_gallery
from jobs.runs.forecast import each_day, each_notice
from jobs.views.decisions import gallery_entry
from jobs.views.outlook import Outlook, all_planned, day_table, entries_of, horizon, write_forecast_page
from jobs.views.wording import page_wording

T = TypeVar("T")
LONGEST_PREVIEW_DAYS = 366
DAYS_OF_TABLE, DAYS_OF_PAGE = 31, 366
DAY_COLUMNS = ("day", "weekday", "kind", "action", "notices")
NOTICE_COLUMNS = ("day", "kind", "action", "reason", "line", "occasion", "company", "to")


@click.command(epilog="Example:  kigen preview --to 2026-12-31 /tmp/december")
@click.argument("folder", type=click.Path(path_type=Path), default="preview", metavar="[DIR]")
@click.option("--date", "first", type=DAY, help="The day to show; today where left out.", metavar="DAY")
@click.option("--to", "last", type=DAY, help="Show every day up to this one.", metavar="DAY")
@click.option("--only", help="Of this contract only.", metavar="CONTRACT")
@click.pass_obj
def preview(config: Path | None, /, folder: Path, first: date | None, last: date | None, only: str | None) -> int:
    """Write the mails that would be sent as a page to look at; nothing is written to the database.

    For one day the page shows also what is held or skipped, and why. DIR is ./preview where left out.
    """
    app = open_to_read(config)
    first = first or app.clock.today()
    last = last or first
    if not first <= last <= first + timedelta(days=LONGEST_PREVIEW_DAYS):
        raise click.UsageError(f"--to: expected a day from {first} to {LONGEST_PREVIEW_DAYS} days later, found {last}")
    counts: Counter[str] = Counter()
    period = str(first) if first == last else f"{first} … {last}"
    entries = _of_one_day(app, first, only) if first == last else _of_days(app, Outlook(first, last, only))
    page = write_gallery(
        folder,
        _counted(entries, counts, lambda entry: entry.action),
        title=app.messages.say("page.preview"),
        made_for=period,
        wording=page_wording(app.messages),
    )
    speaker_of(app).say(
        "preview.counts", period=(first, last), send=counts["send"], hold=counts["hold"], skip=counts["skip"]
    )
    speaker_of(app).say("run.page", page=page)
    return Exit.DONE


def _of_one_day(app: App, day: date, only: str | None) -> Iterator[Entry]:
    """All decisions of the day, told as a run would and kept by nobody."""
    request = RunRequest("preview", tuple(job.name for job in app.jobs), day, dry_run=True, only=only, looks_anew=True)
    return (gallery_entry(decided, day, app.messages) for decided in app.day.decide(Outcome(request)))


def _of_days(app: App, period: Outlook) -> Iterator[Entry]:
    return entries_of(app.jobs, app.decider, period, app.clock.now(), app.messages)


def _counted(shown: Iterator[T], counts: Counter[str], action: Callable[[T], str]) -> Iterator[T]:
    """The same, counted by action on the way."""
    for one in shown:
        counts[action(one)] += 1
        yield one


@click.command(epilog="Example:  kigen forecast --days 366 --page /tmp/outlook")
@click.option("--days", type=click.IntRange(min=1, max=1100), help="How far to look: 31 if not given, 366 for a page.")
@click.option("--date", "first", type=DAY, help="From this day instead of today.", metavar="DAY")
@click.option("--only", help="Of this contract only.", metavar="CONTRACT")
@click.option("--lines", is_flag=True, help="A row for each notice instead of one for each day.")
@click.option("--page", type=click.Path(path_type=Path), help="Write a page with a calendar instead.", metavar="DIR")
@table_json_or_csv
@click.pass_obj
def forecast(
    config: Path | None, /, first: date | None, days: int | None, page: Path | None, form: str, **options: Any
) -> int:
    """Show which notices go out on which day, if nothing changes. A job that is off that day sends later."""
    if page is not None and (form != "table" or options["lines"]):
        raise click.UsageError("--page writes a page; leave out --lines and --format")
    app = open_to_read(config)
    start = first or app.clock.today()
    last = start + timedelta(days=(days or (DAYS_OF_TABLE if page is None else DAYS_OF_PAGE)) - 1)
    outlook = Outlook(start, last, options["only"])
    if page is not None:
        _write_forecast(app, outlook, page)
    else:
        _show_forecast(app, outlook, form, lines=options["lines"])
    return Exit.DONE


def _show_forecast(app: App, outlook: Outlook, form: str, *, lines: bool) -> None:
    found, said = all_planned(app.jobs, app.records, outlook), speaker_of(app)
    empty = Said("forecast.nothing", {"first": outlook.first, "last": outlook.last})
    if form == "table" and not lines:
        said.rows(*day_table(found, app.calendar, letters_of(app.settings.notices), said.messages), form, empty)
        return
    rows, columns = (each_notice(found), NOTICE_COLUMNS) if lines else (each_day(found), DAY_COLUMNS)
    said.rows(rows, {name: name for name in columns}, form, empty)


def _write_forecast(app: App, outlook: Outlook, folder: Path) -> None:

    counts: Counter[str] = Counter()
    noted = _counted(all_planned(app.jobs, app.records, outlook), counts, lambda one: one.decision.action)
    shown = horizon(app.calendar, outlook, letters_of(app.settings.notices))
    page = write_forecast_page(noted, shown, folder, app.messages.say("page.forecast"), app.messages)
    period = (outlook.first, outlook.last)
    speaker_of(app).say("forecast.counts", period=period, send=counts["send"], hold=counts["hold"])
    speaker_of(app).say("run.page", page=page)
