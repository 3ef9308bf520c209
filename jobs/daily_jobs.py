"""The daily jobs that decide on no notices: each has its time, and its runs are on record, like any other job's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from jobs.notices.listing import DESK, FEED, PURGE
from jobs.runs.history import Origin

if TYPE_CHECKING:
    from jobs.app import App


class Doing(Protocol):
    """Carries a chore out for a day, records the run, and tells in counts what came out. Runs in a thread.

    `between` is called where it can be interrupted, and may end it there with an exception.

    Raises:
        RunUnderWay: another process is at it.
        JobDayDone: the run is a scheduled one, and that of the day is done.
        NotYet: what it needs is not there yet; it is worth another look in a moment.
    """

    def __call__(
        self, app: App, as_of: date, now: Callable[[], datetime], origin: Origin, between: Callable[[], None]
    ) -> Mapping[str, int]:
        """Does it."""


@dataclass(frozen=True, slots=True)
class Chore:
    """A daily job beside those that write notices. It goes before them where they build on what it does."""

    name: str
    is_on: Callable[[App], bool]
    do: Doing
    goes_first: bool = False


def chores(app: App) -> tuple[Chore, ...]:
    """Those that the configuration wants."""
    return tuple(chore for chore in _ALL if chore.is_on(app))


def daily_jobs(app: App) -> list[str]:
    """All jobs of a day by name, in the order in which they run."""
    wanted = chores(app)
    first = [chore.name for chore in wanted if chore.goes_first]
    last = [chore.name for chore in wanted if not chore.goes_first]
    return [*first, *(job.name for job in app.jobs), *last]


def time_of_day(app: App, job: str) -> str:
    """The configured time of day of a job, like "09:00"."""
    return str(getattr(app.settings.jobs, job.replace("-", "_")).at)


def _feed(
    app: App, as_of: date, now: Callable[[], datetime], origin: Origin, between: Callable[[], None]
) -> Mapping[str, int]:
    del now
    return app.feed.run(as_of, origin, between=between).counts


def _purge(
    app: App, as_of: date, now: Callable[[], datetime], origin: Origin, between: Callable[[], None]
) -> Mapping[str, int]:
    del now
    return app.purge.run(as_of, origin, between=between)


def _tell_desk(
    app: App, as_of: date, now: Callable[[], datetime], origin: Origin, between: Callable[[], None]
) -> Mapping[str, int]:
    between()
    return app.daily_letter.run(as_of, now, origin).counts


_ALL = (
    Chore(FEED, lambda app: bool(app.settings.feed.folder), _feed, goes_first=True),
    Chore(PURGE, lambda app: app.settings.jobs.purge.on, _purge),
    Chore(DESK, lambda app: app.settings.jobs.operator_digest.on, _tell_desk),
)
