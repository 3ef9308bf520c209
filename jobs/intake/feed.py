"""The job `feed`: what lies in the drop folder into the book, as a run on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from jobs.app import App
from jobs.daily_jobs import time_of_day
from jobs.intake.book_files import Fed, drop_folder, feed_all
from jobs.monitoring.vitals import utc
from jobs.names import FEED
from jobs.runs.history import Origin
from jobs.runs.stopping import NotYet, Stopped

PATIENCE = timedelta(minutes=30)  # from its time on, for a file that is still being written


@dataclass(slots=True)
class FeedResult:
    """What became of the files, and which are still being written."""

    fed: list[Fed] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """What came out, for the history of runs."""
        reports = [one.report for one in self.fed if one.report is not None]
        return {
            "files": len(self.fed), "failed": sum(bool(one.problem) for one in self.fed),
            "added": sum(each.added_count for each in reports), "changed": sum(each.changed_count for each in reports),
            "rejected": sum(each.rejected_count for each in reports),
            "missing": sum(len(one.missing) for one in self.fed),
        }  # fmt: skip

    @property
    def needs_a_person(self) -> bool:
        """Whether something of a file did not go in."""
        return any(one.needs_a_person for one in self.fed)


def run_feed(  # noqa: PLR0913 — a run, and how it goes on
    app: App,
    as_of: date,
    now: Callable[[], datetime],
    origin: Origin = Origin.ASKED,
    *,
    strict: bool = False,
    between: Callable[[], None] = lambda: None,
) -> FeedResult:
    """Imports every file that has come to rest and records the run. Not called from an event loop.

    A scheduled run waits for a file that is still being written: until half an hour after its time the day is not done
    while one is.

    Raises:
        RunUnderWay: another process runs the feed.
        JobDayDone: the run is a scheduled one, and that of the day is done.
        NotYet: a scheduled run found a file that is still being written.
        ConfigError: no feed is configured, or its folder is not there.
        DBAPIError | OSError: the database, or the folder, cannot be used; what was not put away stays for the next run.
    """
    result = FeedResult()
    run = app.runs.start(FEED, as_of, now(), origin)

    def go_on() -> None:
        app.runs.renew(run, now())
        between()

    try:
        _feed(app, result, strict=strict, go_on=go_on)
        if origin is Origin.SCHEDULED and now() < _due_at(app, as_of) + PATIENCE:
            _expect_whole(result.written)
    except Stopped as request:
        app.runs.finish(run, now(), result.counts, error=str(request), is_stopped=True)
        raise
    except BaseException as error:
        app.runs.finish(run, now(), result.counts, error=f"{type(error).__name__}: {error}")
        raise
    app.runs.finish(run, now(), result.counts)
    return result


def _feed(app: App, result: FeedResult, *, strict: bool, go_on: Callable[[], None]) -> None:
    folder = drop_folder(app)
    folder.prepare()
    with folder.held():
        for one in feed_all(app, folder, strict=strict):
            result.fed.append(one)
            go_on()
        result.written = folder.still_written(app.clock.now())


def _expect_whole(written: list[str]) -> None:
    if written:
        raise NotYet(f"still being written: {', '.join(written)}")


def _due_at(app: App, day: date) -> datetime:
    return utc(day, time_of_day(app, FEED), app.clock.zone)
