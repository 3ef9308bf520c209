"""The story of one day: the feed is read, each job decides and queues, mail is delivered, the desk is told.

`run-job` goes through it from beginning to end, the daemon runs each job at its own time; a dry run, a page and the
demo look at what is decided on the way. Which jobs a day has stands here, and the order of those that are due together;
at what time each is due is `at` of its table in config.toml.

Notices never wait long for the book. A feed that failed keeps none from its day, for a notice that is not sent ends a
contract: they go by the book as it is, the failed run is on record, and a person is told. While a file is still being
written, or another process reads, the daemon waits for the feed's patience; a run that was asked for does not wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from jobs.clock import Clock
from jobs.config.settings import Settings
from jobs.database.failures import sentence_and_status
from jobs.desk.daily_letter import DailyLetter, DailyLetters
from jobs.desk.sections import CONTRACT, KEPT
from jobs.desk.urgent_letter import UrgentLetter
from jobs.errors import Exit, KigenError
from jobs.intake.feed import PATIENCE, Feed, FeedResult
from jobs.log.logger import Logger
from jobs.notices.decision import Reason
from jobs.notices.listing import DESK, FEED, PURGE
from jobs.notices.notice import Job
from jobs.retention.purge import Purge
from jobs.runs.decide import Batch, Decided
from jobs.runs.deliver import Deliveries
from jobs.runs.history import Origin, RunUnderWay
from jobs.runs.late_mail import LateMail, say_late
from jobs.runs.records import ledger_key
from jobs.runs.run import Runner, RunResult
from jobs.runs.search import Search
from jobs.runs.stopping import NotYet, Stopped, Stopping
from jobs.terminal.progress import progress
from notify.delivery.delivery import Delivered
from notify.ledger.late import NONE_LATE, Late
from notify.ledger.ledger import Ledger
from notify.record.values import Status

_log = Logger("jobs.day")


def daily_jobs(settings: Settings, notices: Iterable[str]) -> list[str]:
    """The jobs of a day by name, in the order in which those run that are due together."""
    is_on = {FEED: bool(settings.feed.folder), PURGE: settings.jobs.purge.on, DESK: settings.jobs.operator_digest.on}
    return [job for job in (FEED, *notices, PURGE, DESK) if is_on.get(job, True)]


def is_waited_for(feed: Exception, since: datetime, now: datetime) -> bool:
    """Whether the day's notices wait for a feed that ended so: where it is under way, for its patience at most."""
    return isinstance(feed, (NotYet, RunUnderWay)) and now < since + PATIENCE


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked for. `jobs` are jobs of notices; none for a delivery or the desk's letter alone."""

    name: str
    jobs: tuple[str, ...]
    as_of: date
    dry_run: bool = False
    deliver: bool = False
    now: bool = False  # what waits for its next try is tried at once
    only: str | None = None
    looks_anew: bool = False  # at all of the book, what was looked at before as well
    feeds: bool = False  # what lies in the drop folder is imported first
    desk: bool = False  # the sales desk's letter is written, after the delivery
    most: int | None = KEPT  # of what a dry run keeps of each section of that letter; None: all of it


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    request: RunRequest
    feed: FeedResult | None = None
    feed_problem: str = ""  # why the drop folder could not be read; the notices go by the book as it is
    results: list[RunResult] = field(default_factory=list)
    delivered: Delivered | None = None
    is_cut_short: bool = False  # asked to stop before all had been looked at
    waiting: int = 0  # notices still queued when all was done
    late: Late = NONE_LATE  # what has waited for too long, where mail was to be delivered
    unwritten: list[str] = field(default_factory=list)  # letters that the delivery could not write anew
    # Lines whose closing day passed, said by this run for the first time.
    lapsed: list[str] = field(default_factory=list)
    desk: DailyLetters | None = None  # the sales desk's letters …
    desk_delivered: Delivered | None = None  # … and what became of them
    told_at_once: int = 0  # things that could not wait for the daily letter

    @property
    def problems(self) -> list[str]:
        """Letters that could not be written."""
        found = [problem for result in self.results for problem in result.problems]
        return [*found, *(problem for problem in self.unwritten if problem not in found)]

    @property
    def delivery(self) -> dict[str, int]:
        """What became of the mail: handed over in this run, still queued, withdrawn or too late in this run."""
        delivered = self.delivered or Delivered()
        return {
            "sent": delivered.sent, "failed": delivered.failed, "in_doubt": delivered.in_doubt, "queued": self.waiting,
            "withdrawn": delivered.withdrawn + sum(result.ledger["withdrawn"] for result in self.results),
            "lapsed": delivered.lapsed + sum(result.ledger["lapsed"] for result in self.results),
        }  # fmt: skip

    @property
    def _deliveries(self) -> list[Delivered]:
        """All mail's, and the one of the desk's letters that came after it."""
        return [each for each in (self.delivered, self.desk_delivered) if each is not None]

    @property
    def stopped(self) -> str:
        """Why mail stays queued that was to be handed over; "" where none does."""
        return next((each.stopped for each in self._deliveries if each.stopped), "")

    @property
    def status(self) -> int:
        """The exit status.

        What was stopped on request is not done, though nothing failed: what was queued stays queued, as when the
        relay cannot be reached, and the next run does the rest. Mail that waits for too long is no success either.
        """
        if self.is_cut_short or self.stopped or self.late.count:
            return Exit.REFUSED if any(each.is_refused for each in self._deliveries) else Exit.UNREACHABLE
        wrong = any(each.failed or each.in_doubt for each in self._deliveries) or self.delivery["lapsed"]
        held = any(result.needs_a_person for result in self.results)
        left = self.feed_problem or (self.feed is not None and self.feed.needs_a_person)
        return Exit.NEEDS_A_PERSON if wrong or held or left or self.problems else Exit.DONE


Look = Callable[[Iterator[Decided]], object]  # at the decisions while they are made, each given once


class NoSuchJob(KigenError):  # noqa: N818 — named for what is the matter
    """A job that a day does not have."""


@dataclass(frozen=True, slots=True)
class Day:
    """The day's work with all that do it; `feed` None where there is no drop folder."""

    feed: Feed | None
    runner: Runner
    deliveries: Deliveries
    daily_letter: DailyLetter
    urgent_letter: UrgentLetter
    purge: Purge
    ledger: Ledger
    late_mail: LateMail
    clock: Clock

    async def run(self, request: RunRequest, stopping: Stopping, look: Look = lambda _decided: None) -> Outcome:
        """The whole story. What `look` leaves of the decisions is decided all the same.

        Raises:
            NoSuchJob: one is asked for that no notice has.
        """
        outcome = Outcome(request)
        await asyncio.to_thread(self._read_feed, outcome, stopping)
        decided = self.decide(outcome, stopping.is_requested)
        look(decided)
        for _ in decided:
            pass
        await self._deliver(outcome, stopping)
        await self._tell_desk(outcome, stopping)
        if request.deliver and not request.dry_run:
            outcome.late = self.late_mail.found(request.as_of)
            say_late(outcome.late)
        return outcome

    def run_scheduled(self, job: str, as_of: date, go_on: Callable[[], None]) -> None:
        """One job of the day, as its scheduled run on record. `go_on` may end it with Stopped.

        Raises:
            RunUnderWay: another process is at it.
            JobDayDone: that of the day is done.
            NotYet: what it needs is not there yet; it is worth another look in a moment.
            NoSuchJob: a day has no such job.
        """
        if job == FEED and self.feed is not None:
            self.feed.run(as_of, Origin.SCHEDULED, between=go_on)
        elif job == PURGE:
            self.purge.run(as_of, Origin.SCHEDULED, between=go_on)
        elif job == DESK:
            go_on()
            self.daily_letter.run(as_of, self.clock.now, Origin.SCHEDULED)
        else:
            self.deliveries.settle()
            search = self.runner.agenda(self._of_notices(job)).search(as_of)
            for _ in self.runner.run(search, RunResult(job, as_of, dry_run=False), Origin.SCHEDULED, go_on):
                pass

    def _of_notices(self, name: str) -> Job:
        for job in self.runner.jobs:
            if job.name == name:
                return job
        raise NoSuchJob(f"{name}: there is no such job here")

    def _read_feed(self, outcome: Outcome, stopping: Stopping) -> None:
        """First, so that the notices go by today's book. What cannot be read keeps none of them from its day."""

        def go_on() -> None:
            if stopping.is_requested():
                raise Stopped("asked to stop")

        if self.feed is None or not outcome.request.feeds:
            return
        try:
            outcome.feed = self.feed.run(outcome.request.as_of, between=go_on)
        except Stopped:
            outcome.is_cut_short = True
        except Exception as problem:  # noqa: BLE001 — whatever it is: on record, told, and said in the end
            foreseen = sentence_and_status(problem)
            outcome.feed_problem = foreseen[0] if foreseen else f"{type(problem).__name__}: {problem}"
            if not foreseen:
                _log.error("feed failed, the notices go by the book as it is", cause=problem)

    def decide(self, outcome: Outcome, is_to_stop: Callable[[], bool] = lambda: False) -> Iterator[Decided]:
        """Runs the jobs in turn, or in a dry run only decides; gives each decision once and keeps none with its mail.

        When it is to stop, it finishes the batch; the run is recorded as stopped.
        """
        for job in map(self._of_notices, outcome.request.jobs):
            outcome.is_cut_short = outcome.is_cut_short or is_to_stop()
            if outcome.is_cut_short:
                return
            try:
                yield from self._decide(job, outcome, is_to_stop)
            except Stopped:  # not a failure of whoever asked, but why the run's record ends here
                outcome.is_cut_short = True

    def _decide(self, job: Job, outcome: Outcome, is_to_stop: Callable[[], bool]) -> Iterator[Decided]:
        request = outcome.request
        if not request.dry_run:
            self.deliveries.settle()  # what a dead process had begun is sent, or was not: that is decided by
        search = self._search(job, request)
        result = RunResult(job.name, request.as_of, request.dry_run)
        outcome.results.append(result)
        looked_at, last = 0, ""

        def go_on() -> None:
            if is_to_stop():
                raise Stopped(f"asked to stop after {looked_at} contracts")

        def all_of_it() -> int:  # a run may settle what it has looked at
            return looked_at + self.runner.count_ahead(search, after=last)

        runner = self.runner
        step = runner.show(search, result, go_on) if request.dry_run else runner.run(search, result, between=go_on)
        with progress(job.name, all_of_it) as advance:
            for batch in step:
                outcome.lapsed += _newly_lapsed(batch, job.notice.lapses_for)
                yield from batch.decided
                looked_at += len(batch.contracts)
                if batch.contracts:
                    last = list(batch.contracts)[-1]
                del batch  # its mails go before the next ones are written, or memory holds twice as many
                advance(looked_at)

    def _search(self, job: Job, request: RunRequest) -> Search:
        if request.only is not None or request.looks_anew:
            return Search(job, request.as_of, request.as_of, request.only)
        return self.runner.agenda(job).search(request.as_of)

    async def _deliver(self, outcome: Outcome, stopping: Stopping) -> None:
        request = outcome.request
        if request.dry_run:
            return
        if request.desk and not stopping.is_requested():  # its letters of earlier days are about to be told anew
            self.daily_letter.withdraw_earlier(request.as_of, self.clock.now())
        if request.now:
            self.ledger.outbox.hurry(self.clock.now(), request.only)
        if request.deliver and request.name != DESK and not stopping.is_requested():
            outcome.delivered = await self.deliveries.deliver(
                request.as_of, request.only, stop=stopping.event, tell=outcome.unwritten.append
            )
        outcome.waiting = self._waiting()

    async def _tell_desk(self, outcome: Outcome, stopping: Stopping) -> None:
        """Last: the desk's letters tell what the jobs and the delivery left open, and are then handed over."""
        request = outcome.request
        if stopping.is_requested():
            return
        if request.dry_run:
            if request.desk:
                outcome.desk = self.daily_letter.shown(request.as_of, self.clock.now(), most=request.most)
            return
        if request.desk:
            outcome.desk = self.daily_letter.run(request.as_of, self.clock.now)
        outcome.told_at_once = self.urgent_letter.queue(request.as_of)  # what the daily letter told needs no other
        if _is_news(outcome) and request.deliver and not stopping.is_requested():
            delivered = await self.deliveries.deliver(request.as_of, CONTRACT, stop=stopping.event)
            if request.name == DESK:
                outcome.delivered = delivered
            else:
                outcome.desk_delivered = delivered
        outcome.waiting = self._waiting()

    def _waiting(self) -> int:
        return self.ledger.counts().get(Status.QUEUED, 0)


def _is_news(outcome: Outcome) -> bool:
    """Whether there is something for the desk that the delivery before has not tried, and that may leave."""
    delivered, desk = outcome.delivered, outcome.desk
    if outcome.stopped:
        return False
    return bool(outcome.told_at_once) or (desk is not None and (delivered is None or bool(desk.queued)))


def _newly_lapsed(batch: Batch, reason: Reason | None) -> list[str]:
    """The lines that get no notice any more for that reason (B2: their window closed), where the ledger is silent."""
    lines = {
        f"{decision.contract}/{decision.line}": None
        for decision in (decided.decision for decided in batch.decided)
        if decision.reason is reason and ledger_key(decision.key) not in batch.record
    }  # fmt: skip
    return list(lines)
