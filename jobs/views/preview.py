"""The entries of a preview page: one day with all its decisions, or a period with what goes out in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from jobs.app import App
from jobs.pages.preview import Entry
from jobs.runs.decide import waiting_again
from jobs.runs.forecast import planned
from jobs.runs.search import Search, count_candidates
from jobs.terminal.progress import progress
from jobs.views.decisions import gallery_entry


@dataclass(frozen=True, slots=True)
class Period:
    """The days to show, both inclusive, of one contract or of all."""

    first: date
    last: date
    only: str | None = None


def preview_entries(app: App, period: Period, counts: Counter[str]) -> Iterator[Entry]:
    """What the page shows, counted by action on the way."""
    entries = _of_one_day(app, period) if period.first == period.last else _of_days(app, period)
    for entry in entries:
        counts[entry.action] += 1
        yield entry


def _of_one_day(app: App, period: Period) -> Iterator[Entry]:
    for job in app.jobs:
        for batch in app.decider.batches(Search(job, period.first, period.first, period.only), app.clock.now()):
            yield from (gallery_entry(decided, period.first, app.messages) for decided in batch.decided)


def _of_days(app: App, period: Period) -> Iterator[Entry]:
    now = app.clock.now()
    for job in app.jobs:
        search = Search(job, period.first, period.last, period.only)
        with progress(job.name, partial(count_candidates, app.engine, search)) as advance:
            for one in planned(app.records, search, advance):
                for decided in app.decider.with_letters(job, one.contract, [one.decision], (one.day, now)):
                    yield gallery_entry(waiting_again(decided, one.notice), one.day, app.messages)
