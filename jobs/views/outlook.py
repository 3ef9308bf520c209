"""What is foretold in the forms that users see: a table of days with totals, and a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from contracts.calendar import BusinessCalendar
from jobs.language.messages import Messages
from jobs.notices.decision import Action
from jobs.notices.notice import Job
from jobs.pages.outlook import Horizon, write_forecast
from jobs.pages.preview import Entry
from jobs.runs.decide import Decider, waiting_again
from jobs.runs.forecast import Planned, planned
from jobs.runs.records import Records
from jobs.runs.search import Search, count_candidates
from jobs.terminal.progress import progress
from jobs.views.decisions import entry_of, gallery_entry
from jobs.views.wording import page_wording

HELD, ALL = "held", "all"


@dataclass(frozen=True, slots=True)
class Outlook:
    """The days to look at, both inclusive, for one contract or for all."""

    first: date
    last: date
    only: str | None = None


def all_planned(jobs: Iterable[Job], records: Records, outlook: Outlook) -> Iterator[Planned]:
    """What all jobs send or hold in those days, with a bar for each job while a person waits."""
    for job in jobs:
        search = Search(job, outlook.first, outlook.last, outlook.only)
        with progress(job.name, partial(count_candidates, records.engine, search)) as advance:
            yield from planned(records, search, advance)


def entries_of(
    jobs: Iterable[Job], decider: Decider, outlook: Outlook, now: datetime, messages: Messages
) -> Iterator[Entry]:
    """The same as a page shows it, with the letter that would tell it."""
    records = decider.records
    for job in jobs:
        for one in all_planned([job], records, outlook):
            for decided in decider.with_letters(job, one.contract, [one.decision], (one.day, now)):
                yield gallery_entry(waiting_again(decided, one.notice), one.day, messages)


def day_table(
    notices: Iterable[Planned], calendar: BusinessCalendar, kinds: Iterable[str], messages: Messages
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows and headings of a table for people: days, a sum for each month where there are several, and for all."""
    days: dict[date, Counter[str]] = {}
    for one in notices:
        days.setdefault(one.day, Counter()).update(_counted_as(one))
    total: Counter[str] = sum(days.values(), Counter())
    columns = [column for column in (*kinds, HELD, ALL) if total[column]]
    months = sorted({day.replace(day=1) for day in days})
    rows: list[dict[str, Any]] = []
    for month in months:
        here = {day: counts for day, counts in sorted(days.items()) if day.replace(day=1) == month}
        rows += [{"day": day, "weekday": _weekday(day, calendar, messages), **counts} for day, counts in here.items()]
        if len(months) > 1:
            rows.append(
                {"day": f"{month:%Y-%m}", "weekday": messages.say("forecast.sum"), **sum(here.values(), Counter())}
            )
    if rows:
        rows.append({"day": messages.say("forecast.total"), **total})
    headings = {column: messages.name("kind", column).replace("-", "\n") for column in columns}
    return rows, {"day": "day", "weekday": "weekday", **headings}


def write_forecast_page(
    planned: Iterable[Planned], shown: Horizon, folder: Path, title: str, messages: Messages
) -> Path:
    """The page of what goes out in those days; the path of its `index.html`.

    Raises:
        PageError: the folder cannot become the page.
    """
    notices = (entry_of(one.day, one.decision, one.contract.account, messages) for one in planned)
    made_for = f"{shown.first} … {shown.last}"
    return write_forecast(folder, notices, shown, title=title, made_for=made_for, wording=page_wording(messages))


def horizon(calendar: BusinessCalendar, outlook: Outlook, kinds: Iterable[str]) -> Horizon:
    """The days of the page, with why some of them are none for business."""
    days = (outlook.first + timedelta(days=count) for count in range((outlook.last - outlook.first).days + 1))
    closed = {day: why for day in days if (why := _why_closed(day, calendar)) is not None}
    return Horizon(outlook.first, outlook.last, closed, tuple(kinds))


def _counted_as(one: Planned) -> Iterator[str]:
    yield one.decision.kind
    yield ALL
    if one.decision.action is Action.HOLD:
        yield HELD


def _weekday(day: date, calendar: BusinessCalendar, messages: Messages) -> str:
    why, weekday = _why_closed(day, calendar), messages.name("weekday", f"{day:%a}")
    return messages.say("part.closed", weekday=weekday, why=why) if why else weekday


def _why_closed(day: date, calendar: BusinessCalendar) -> str | None:
    """Why a day is no business day: a holiday's name, "closed", nothing to say of a weekend; None where it is."""
    if calendar.is_business_day(day):
        return None
    if day in calendar.holidays:
        named = calendar.holidays.get(day) if isinstance(calendar.holidays, Mapping) else None
        return str(named or "holiday")
    return "closed" if any(day in closure for closure in calendar.closed) else ""
