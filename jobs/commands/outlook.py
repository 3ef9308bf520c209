"""What lies ahead: `preview`, mails as a page; `forecast`, counts by day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from jobs.cli import Exit
from jobs.commands.options import DAY, table_json_or_csv

LONGEST_PREVIEW_DAYS = 366
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
    from jobs.opening import open_to_read
    from jobs.output import say
    from jobs.previewing import Period, preview_entries
    from notify.gallery import write_gallery

    app = open_to_read(config)
    first = first or app.clock.today()
    last = last or first
    if not first <= last <= first + timedelta(days=LONGEST_PREVIEW_DAYS):
        raise click.UsageError(f"--to: expected a day from {first} to {LONGEST_PREVIEW_DAYS} days later, found {last}")
    counts: Counter[str] = Counter()
    entries = preview_entries(app, Period(first, last, only), counts)
    period = str(first) if first == last else f"{first} … {last}"
    page = write_gallery(folder, entries, title="kigen: preview", made_for=period)
    say(f"{period}: {counts['send']} to send, {counts['hold']} held, {counts['skip']} skipped")
    say(f"page: {page}")
    return Exit.DONE


@click.command(epilog="Example:  kigen forecast --days 90 --format csv")
@click.option("--days", default=31, show_default=True, type=click.IntRange(min=1, max=1100), help="How far to look.")
@click.option("--date", "first", type=DAY, help="From this day instead of today.", metavar="DAY")
@click.option("--only", help="Of this contract only.", metavar="CONTRACT")
@click.option("--lines", is_flag=True, help="A row for each notice instead of one for each day and kind.")
@table_json_or_csv
@click.pass_obj
def forecast(config: Path | None, /, first: date | None, days: int, form: str, **options: Any) -> int:
    """Show which notices go out on which day, if nothing changes. A job that is off that day sends later."""
    from jobs.forecast import each_day, each_notice, planned
    from jobs.opening import open_to_read
    from jobs.output import show_rows

    app = open_to_read(config)
    start = first or app.clock.today()
    last = start + timedelta(days=days - 1)
    found = (one for job in app.jobs for one in planned(app, job, start, last, options["only"]))
    rows = each_notice(found) if options["lines"] else each_day(found)
    columns = NOTICE_COLUMNS if options["lines"] else DAY_COLUMNS
    show_rows(rows, {name: name for name in columns}, form, f"Nothing goes out from {start} to {last}.")
    return Exit.DONE
