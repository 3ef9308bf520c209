"""Which job days are due: a pure function of the times in config.toml, the clock and what is on record.

A day of a job has come once its time of day has passed in the configured zone. Only the newest day that has come
counts: its run finds everything that is still true, however many days nothing ran. So a clock that is set, a host that
slept and a daemon that was down need no code of their own. Which jobs, in which order: jobs/day.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # after a failed run

_A_DAY = timedelta(days=1)
_LOOKED_BACK = 3  # days: a zone that moves over the date line leaves one out


class Attempt(Protocol):
    """What is on record of a run; instants are aware."""

    @property
    def outcome(self) -> str:
        """running, done, failed, stopped, died."""

    @property
    def started_at(self) -> datetime:
        """When it began."""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended; None while it runs."""


@dataclass(frozen=True, slots=True)
class JobDay:
    """A run that ought to be: this job for that day."""

    job: str
    day: date


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each job runs, in the order of the jobs, and in which zone these times of day are meant."""

    zone: ZoneInfo
    times: Mapping[str, time]

    def due_at(self, job: str, day: date) -> datetime:
        """The instant at which the job's day has come, UTC.

        A time that a change to summer time leaves out comes when it would have come without the change; one that
        comes twice is the first of the two.
        """
        return datetime.combine(day, self.times[job], tzinfo=self.zone).astimezone(UTC)

    def newest(self, job: str, now: datetime) -> JobDay:
        """The newest day of the job that has come."""
        today = now.astimezone(self.zone).date()
        days = (today - _A_DAY * back for back in range(_LOOKED_BACK))
        return JobDay(job, next(day for day in days if self.due_at(job, day) <= now))

    def next_at(self, now: datetime) -> datetime:
        """When the next day of any job comes."""
        today = now.astimezone(self.zone).date()
        days = [today + _A_DAY * ahead for ahead in range(_LOOKED_BACK)]
        comings = (self.due_at(job, day) for job in self.times for day in days)
        return min(at for at in comings if at > now)


def due_days(
    table: Timetable, record: Callable[[JobDay], Sequence[Attempt]], now: datetime, since: datetime
) -> Iterator[JobDay]:
    """The job days that ought to run now, in the order of the jobs.

    `record` gives the scheduled runs of a job day, oldest first. A failed one is tried again after a pause that grows;
    failures of before `since`, the start of the daemon or of its present configuration, are no reason to wait.
    """
    for job in table.times:
        day = table.newest(job, now)
        found = record(day)
        if not any(run.outcome == "done" for run in found) and not is_waiting(found, now, since):
            yield day


def is_waiting(of_day: Sequence[Attempt], now: datetime, since: datetime) -> bool:
    """Whether the pause after the last failed run is not over."""
    failed = [run for run in of_day if run.outcome == "failed" and run.started_at >= since]
    if not failed or failed[-1].finished_at is None:
        return False
    ended_at = failed[-1].finished_at
    # A failure that lies ahead is of before the clock was set back: nobody waits for its hour to come again.
    return ended_at <= now < ended_at + PAUSES[min(len(failed), len(PAUSES)) - 1]
