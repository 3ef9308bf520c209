"""The entries of a preview page for a period: what goes out in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from jobs.language.messages import Messages
from jobs.notices.notice import Job
from jobs.pages.preview import Entry
from jobs.runs.decide import Decider, waiting_again
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


def entries_of(
    jobs: Iterable[Job], decider: Decider, period: Period, now: datetime, messages: Messages
) -> Iterator[Entry]:
    """Each notice that goes out or is held, with the letter that would tell it."""
    records = decider.records
    for job in jobs:
        search = Search(job, period.first, period.last, period.only)
        with progress(job.name, partial(count_candidates, records.engine, search)) as advance:
            for one in planned(records, search, advance):
                for decided in decider.with_letters(job, one.contract, [one.decision], (one.day, now)):
                    yield gallery_entry(waiting_again(decided, one.notice), one.day, messages)
