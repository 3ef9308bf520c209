"""The job `feed`: what lies in the drop folder into the book, as a run on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine

from jobs.clock import Clock
from jobs.intake.book_files import BookFiles, Fed
from jobs.notices.listing import FEED
from jobs.runs.history import Origin, Runs
from jobs.runs.stopping import NotYet

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


@dataclass(frozen=True, slots=True)
class Feed:
    """Brings the drop folder's files into the book; its time of day is `at`."""

    files: BookFiles
    engine: Engine
    runs: Runs
    at: time
    clock: Clock

    def run(
        self,
        as_of: date,
        origin: Origin = Origin.ASKED,
        *,
        strict: bool = False,
        between: Callable[[], None] = lambda: None,
    ) -> FeedResult:
        """Imports every file that has come to rest and records the run. Not called from an event loop.

        A scheduled run waits for a file that is still being written: until half an hour after its time the day is not
        done while one is. `between` is called after each file, and may end it.

        Raises:
            RunUnderWay: another process runs the feed.
            JobDayDone: the run is a scheduled one, and that of the day is done.
            NotYet: a scheduled run found a file that is still being written.
            ConfigError: its folder is not there.
            DBAPIError | OSError: the database, or the folder, cannot be used; what was not put away stays for the next
                run.
        """
        result = FeedResult()
        with self.runs.recorded(FEED, as_of, self.clock.now, origin, lambda: result.counts) as renew:
            self._take_in(result, (renew, between), strict=strict)
            if origin is Origin.SCHEDULED and result.written and self.clock.now() < self._waits_until(as_of):
                raise NotYet(f"still being written: {', '.join(result.written)}")
        return result

    def _take_in(self, result: FeedResult, after_each: Sequence[Callable[[], None]], *, strict: bool) -> None:
        folder = self.files.folder
        folder.prepare()
        with folder.held(), self.engine.connect() as connection:
            for one in self.files.take_in(connection, strict=strict):
                result.fed.append(one)
                for call in after_each:
                    call()
            result.written = folder.still_written(self.clock.now())

    def _waits_until(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.clock.zone).astimezone(UTC) + PATIENCE
