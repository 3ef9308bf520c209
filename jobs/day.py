"""What `run-job` does: the feed, the jobs in turn, the delivery, the page, the desk's letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from jobs.app import App
from jobs.config.load import ConfigError
from jobs.desk.daily_letter import DailyLetters
from jobs.desk.sections import CONTRACT, MOST
from jobs.desk.sections import JOB as DESK_JOB
from jobs.errors import Exit
from jobs.intake.feed import FeedResult
from jobs.notices.decision import Action, Reason
from jobs.notices.notice import Job
from jobs.pages.preview import write_gallery
from jobs.runs.decide import Batch, Decided
from jobs.runs.history import RunUnderWay
from jobs.runs.records import ledger_key
from jobs.runs.run import RunResult
from jobs.runs.search import Search, count_candidates
from jobs.runs.stopping import Stopped, Stopping
from jobs.terminal.progress import progress
from jobs.views.decisions import decision_json, decision_row, gallery_entry
from jobs.views.desk import desk_entries_to_come
from jobs.views.wording import page_wording
from notify.delivery.delivery import Delivered
from notify.record.values import Status

ROWS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the user asked for. `jobs` is empty for a delivery alone."""

    name: str
    jobs: tuple[str, ...]
    as_of: date
    dry_run: bool = False
    deliver: bool = False
    only: str | None = None
    preview: Path | None = None
    feeds: bool = False  # what lies in the drop folder is imported first
    prints_all: bool = False  # every decision is printed, not only the first that are told
    desk: bool = False  # the sales desk's letter is written, after the delivery


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    request: RunRequest
    feed: FeedResult | None = None
    feed_problem: str = ""  # why the drop folder could not be read; the notices go by the book as it is
    # Decisions to print: all of them, or the first that are told.
    rows: list[dict[str, Any]] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)
    delivered: Delivered | None = None
    is_cut_short: bool = False  # asked to stop before all had been looked at
    waiting: int = 0  # notices still queued when all was done
    page: Path | None = None
    unwritten: list[str] = field(default_factory=list)  # letters that the delivery could not write anew
    # Lines whose closing day passed, said by this run for the first time.
    lapsed: list[str] = field(default_factory=list)
    desk: DailyLetters | None = None  # the sales desk's letters …
    desk_delivered: Delivered | None = None  # … and what became of them
    told_at_once: int = 0  # things that could not wait for the daily letter

    def note(self, batch: Batch, job: Job) -> None:
        """Keeps of a batch what is printed in the end."""
        self.lapsed += _newly_lapsed(batch, job.notice.lapses_for)
        for decided in batch.decided:
            is_told = decided.decision.action is not Action.SKIP
            if self.request.prints_all:
                self.rows.append(decision_json(decided))
            elif is_told and len(self.rows) < ROWS_SHOWN:
                self.rows.append(decision_row(decided))

    @property
    def problems(self) -> list[str]:
        """Letters that could not be written."""
        found = [problem for result in self.results for problem in result.problems]
        return [*found, *(problem for problem in self.unwritten if problem not in found)]

    @property
    def delivery(self) -> dict[str, int]:
        """What became of the mail: handed over in this run, still queued, withdrawn in this run."""
        delivered = self.delivered or Delivered()
        withdrawn = delivered.withdrawn + sum(result.ledger["withdrawn"] for result in self.results)
        return {
            "sent": delivered.sent, "failed": delivered.failed, "in_doubt": delivered.in_doubt,
            "queued": self.waiting, "withdrawn": withdrawn,
        }  # fmt: skip

    @property
    def status(self) -> int:
        """The exit status.

        What was stopped on request is not done, though nothing failed: what was queued stays queued, as when the
        relay cannot be reached, and the next run does the rest.
        """
        delivered = self.delivered
        if self.is_cut_short or (delivered is not None and delivered.stopped):
            return Exit.REFUSED if delivered is not None and delivered.is_refused else Exit.UNREACHABLE
        handed_over = [each for each in (delivered, self.desk_delivered) if each is not None]
        wrong = any(each.failed or each.in_doubt for each in handed_over)
        held = any(result.needs_a_person for result in self.results)
        left = self.feed_problem or (self.feed is not None and self.feed.needs_a_person)
        return Exit.NEEDS_A_PERSON if wrong or held or left or self.problems else Exit.DONE


async def carry_out(app: App, request: RunRequest) -> Outcome:
    """The jobs in turn, with the page to look at where one is wanted, then the delivery."""
    stopping = Stopping()
    with stopping.listening():
        return await _carried_out(app, request, stopping)


async def _carried_out(app: App, request: RunRequest, stopping: Stopping) -> Outcome:
    outcome = Outcome(request)
    if request.feeds:
        await asyncio.to_thread(_feed, app, outcome, stopping.is_requested)
    decided = look_through(app, outcome, stopping.is_requested)
    if request.preview is not None:
        shown = partial(app.daily_letter.shown, request.as_of, app.clock.now())
        to_the_desk = desk_entries_to_come(shown, app.messages) if request.desk else ()
        entries = chain((gallery_entry(one, request.as_of, app.messages) for one in decided), to_the_desk)
        title = app.messages.say("page.run", job=request.name)
        outcome.page = write_gallery(
            request.preview, entries, title=title, made_for=f"{request.as_of}", wording=page_wording(app.messages)
        )
    else:
        for _ in decided:
            pass
    if not request.dry_run:
        if request.desk:
            app.daily_letter.withdraw_earlier(request.as_of, app.clock.now())
        if request.deliver and request.name != DESK_JOB and not stopping.is_requested():
            outcome.delivered = await app.deliveries.deliver(
                request.as_of, request.only, stop=stopping.event, tell=outcome.unwritten.append
            )
        outcome.waiting = app.ledger.counts().get(Status.QUEUED, 0)
    if not stopping.is_requested():
        await _tell_desk(app, outcome, stopping)
    return outcome


def _feed(app: App, outcome: Outcome, is_to_stop: Callable[[], bool]) -> None:
    """Imports first, so that the notices go by today's book. What cannot be imported keeps no notice from its day."""

    def between() -> None:
        if is_to_stop():
            raise Stopped("asked to stop")

    try:
        outcome.feed = app.feed.run(outcome.request.as_of, between=between)
    except Stopped:
        outcome.is_cut_short = True
    except (ConfigError, OSError, RunUnderWay) as problem:
        outcome.feed_problem = str(problem)


async def _tell_desk(app: App, outcome: Outcome, stopping: Stopping) -> None:
    """The desk's letters, last: they tell what the jobs and the delivery left open, and are then handed over."""
    request = outcome.request
    if request.dry_run:
        if request.desk:
            most = None if request.prints_all else MOST
            outcome.desk = app.daily_letter.shown(request.as_of, app.clock.now(), most=most)
        return
    if request.desk:
        outcome.desk = app.daily_letter.run(request.as_of, app.clock.now)
    outcome.told_at_once = app.urgent_letter.queue(request.as_of)  # what the daily letter just told needs no other
    is_open = outcome.delivered is None or not outcome.delivered.stopped
    is_new = outcome.told_at_once or (
        outcome.desk is not None and (outcome.delivered is None or outcome.desk.queued)
    )  # what is not, the delivery before has tried
    if is_new and request.deliver and is_open and not stopping.is_requested():
        delivered = await app.deliveries.deliver(request.as_of, CONTRACT, stop=stopping.event)
        if request.name == DESK_JOB:
            outcome.delivered = delivered
        else:
            outcome.desk_delivered = delivered
    outcome.waiting = app.ledger.counts().get(Status.QUEUED, 0)


def look_through(app: App, outcome: Outcome, is_to_stop: Callable[[], bool] = lambda: False) -> Iterator[Decided]:
    """Runs the jobs in turn, or in a dry run only decides, and gives each decision once; none is kept with its mail.

    When it is to stop, it finishes the batch; the run is recorded as stopped.
    """
    for job in (each for each in app.jobs if each.name in outcome.request.jobs):
        if is_to_stop():
            outcome.is_cut_short = True
        if outcome.is_cut_short:
            return
        yield from _look_through(app, job, outcome, is_to_stop)


def _look_through(app: App, job: Job, outcome: Outcome, is_to_stop: Callable[[], bool]) -> Iterator[Decided]:
    request = outcome.request
    search = _search(app, job, request)
    result = RunResult(job.name, request.as_of, request.dry_run)
    outcome.results.append(result)
    step = app.runner.show(search, result) if request.dry_run else app.runner.run(search, result)
    looked_at, last = 0, ""

    def all_of_it() -> int:
        return looked_at + count_candidates(app.engine, search, after=last)  # a run may settle what it has looked at

    with progress(job.name, all_of_it) as advance:
        for batch in step:
            outcome.note(batch, job)
            yield from batch.decided
            looked_at += len(batch.contracts)
            last = [last, *batch.contracts][-1]
            del batch  # its mails go before the next ones are written, or memory holds twice as many
            advance(looked_at)
            if is_to_stop():
                outcome.is_cut_short = True
                if isinstance(step, Generator):
                    with suppress(Stopped):  # not a failure of this command, but why the run's record ends here
                        step.throw(Stopped(f"asked to stop after {looked_at} contracts"))
                return


def _search(app: App, job: Job, request: RunRequest) -> Search:
    if request.only is not None:
        return Search(job, request.as_of, request.as_of, request.only)
    return app.agenda(job).search(request.as_of)


def _newly_lapsed(batch: Batch, reason: Reason | None) -> list[str]:
    """The lines that get no notice any more for that reason (B2: their window closed), where the ledger is silent."""
    lines = {
        f"{decision.contract}/{decision.line}": None
        for decision in (decided.decision for decided in batch.decided)
        if decision.reason is reason and ledger_key(decision.key) not in batch.record
    }  # fmt: skip
    return list(lines)
