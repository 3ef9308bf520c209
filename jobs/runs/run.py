"""One job for one day: decide, then queue or show. Each is the same decisions with another last step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from jobs.clock import Clock
from jobs.notices.decision import Action, Reason
from jobs.notices.notice import Job
from jobs.runs.agenda import Agenda
from jobs.runs.decide import Batch, Decided, Decider
from jobs.runs.history import Origin
from jobs.runs.records import ledger_key
from jobs.runs.search import OPEN, Search, count_candidates
from notify.ledger.reconcile import is_passed_over_already
from notify.record.values import Notice, Reconciled, Status, Wanted

MOVED = "moved"  # withdrawn because what it was about has another date now, or is gone
UNWRITTEN = "letter-failed"  # withdrawn because nobody can tell whether it would still be said like this


@dataclass(slots=True)
class RunResult:
    """What came out of one job on one day."""

    job: str
    as_of: date
    dry_run: bool
    counts: Counter[str] = field(default_factory=Counter)  # by action
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)  # by action and reason
    ledger: Counter[str] = field(default_factory=Counter)  # how many notices the ledger moved where
    problems: list[str] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Counts what a batch decided."""
        for decided in batch.decided:
            action = decided.decision.action
            self.counts[action] += 1
            self.reasons[action, decided.decision.reason] += 1
            if decided.problem:
                self.problems.append(decided.problem)

    @property
    def on_record(self) -> dict[str, int]:
        """What came out, as the history of runs has it."""
        return {**self.counts, **self.ledger}

    @property
    def needs_a_person(self) -> bool:
        """Whether something is held or could not be written."""
        return bool(self.counts[Action.HOLD] or self.problems)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of notices that waited: how many moved where, and a sentence for each letter not written."""

    moved: Reconciled
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs jobs: what is decided is what the ledger ought to say."""

    jobs: Collection[Job]
    decider: Decider
    agenda: Callable[[Job], Agenda]
    clock: Clock

    def show(self, search: Search, result: RunResult, between: Callable[[], None] = lambda: None) -> Iterator[Batch]:
        """Decides and writes the letters, batch by batch, and leaves it at that: a dry run."""
        for batch in self.decider.batches(search, self.clock.now()):
            result.add(batch)
            yield batch
            del batch  # its mails go before the next ones are written, or memory holds twice as many
            between()

    def run(
        self,
        search: Search,
        result: RunResult,
        origin: Origin = Origin.ASKED,
        between: Callable[[], None] = lambda: None,
    ) -> Iterator[Batch]:
        """Makes the ledger agree with what ought to be true on that day, batch by batch, and records the run.

        `between` is called after each batch, and may end it there with Stopped.

        Raises:
            RunUnderWay: another process runs this job, or took it over because this one was silent for too long.
            JobDayDone: the run is a scheduled one, and that of the day is done.
        """
        if search.only is not None and origin is Origin.ASKED:
            origin = Origin.ONE_CONTRACT
        runs, job = self.decider.records.runs, search.job.name
        with runs.recorded(job, search.last, self.clock.now, origin, lambda: result.on_record) as renew:
            yield from self._run(search, result, renew, between)

    def _run(
        self, search: Search, result: RunResult, renew: Callable[[], None], between: Callable[[], None]
    ) -> Iterator[Batch]:
        agenda = self.agenda(search.job)
        agenda.begin(search)
        for batch in self.decider.batches(search, self.clock.now()):
            result.add(batch)
            result.ledger.update(asdict(self._reconciled(batch, search)))
            agenda.put_off(search, batch.contracts, batch.unwritten, batch.versions)
            renew()
            yield batch
            del batch  # its mails go before the next ones are written, or memory holds twice as many
            between()
        agenda.finish(search)

    def _reconciled(self, batch: Batch, search: Search) -> Reconciled:
        """What the ledger moved; what it said already when the batch was decided is not said to it again."""
        changes = wanted(batch, search)
        news = [change for change in changes if not is_passed_over_already(change, batch.record.get(change.key))]
        moved = self.decider.records.ledger.reconcile(news, self.clock.now())
        return moved + Reconciled(unchanged=len(changes) - len(news))

    def count_ahead(self, search: Search, after: str) -> int:
        """How many contracts are still to be looked at after this one."""
        return count_candidates(self.decider.records.engine, search, after)

    def settle_waiting(
        self, as_of: date, only: str | None = None, between: Callable[[], None] = lambda: None
    ) -> Settled:
        """Decides once more on every notice that waits: to the owner as registered on the day of sending (P1).

        What was decided on the very grounds of today stays as it is (jobs/runs/grounds.py). What is no longer true is
        withdrawn, what would be said differently is written anew. A contract of which something was about a day that
        moved is looked at by the next run: this one may have taken for told what a lost delivery had left.
        `between` is called after each batch, and may end it there with an exception.
        """
        problems: list[str] = []
        moved = Reconciled()
        for job in self.jobs:
            search = Search(job, as_of, as_of, only, open_only=True)
            for batch in self.decider.batches(search, self.clock.now()):
                waiting = {key for key, notice in batch.record.items() if notice.status in OPEN}
                changes = [change for change in wanted(batch, search) if change.key in waiting]
                moved += self.decider.records.ledger.reconcile(changes, self.clock.now())
                self.agenda(job).look_again({change.key.contract for change in changes if change.reason == MOVED})
                problems += [
                    one.problem for one in batch.decided if one.problem and ledger_key(one.decision.key) in waiting
                ]
                between()
        return Settled(moved, tuple(problems))


def wanted(batch: Batch, search: Search) -> list[Wanted]:
    """What the ledger ought to say after this batch: each decision, and the end of what is no longer about anything."""
    changes = [wanted_of(each, search.last, batch.grounds) for each in batch.decided if _is_for_the_ledger(each)]
    decided_keys = {change.key for change in changes} | {ledger_key(d.decision.key) for d in batch.decided}
    gone = [
        notice
        for key, notice in batch.record.items()
        if notice.status in OPEN and key.kind in search.job.kinds and key not in decided_keys
        and notice.as_of <= search.last
    ]  # fmt: skip
    failed = {ledger_key(decided.decision.key) for decided in batch.decided if decided.problem}
    unwritten = [batch.record[key] for key in failed & batch.record.keys() if batch.record[key].status is Status.QUEUED]
    return [
        *changes,
        *(_withdrawn(notice, search.last, _why_gone(notice, batch)) for notice in gone),
        *(_withdrawn(notice, search.last, UNWRITTEN) for notice in unwritten),
    ]


def _why_gone(notice: Notice, batch: Batch) -> str:
    return Reason.TERM_OVER if (notice.key.contract, notice.key.line) in batch.over else MOVED


def _is_for_the_ledger(decided: Decided) -> bool:
    """A notice that is there already stays as it is; one whose letter failed is tried again by the next run."""
    return decided.decision.reason is not Reason.ALREADY_SENT and not decided.problem


_LEDGER_ACTION = {Action.SEND: "queue", Action.SKIP: "skip", Action.HOLD: "hold"}


def wanted_of(decided: Decided, as_of: date, grounds: Mapping[str, str]) -> Wanted:
    """What the ledger ought to say of this decision. `grounds`: by contract, what it was decided on."""
    decision = decided.decision
    return Wanted(
        key=ledger_key(decision.key),
        action=_LEDGER_ACTION[decision.action],
        reason=decision.reason,
        due_on=decision.due_on,
        not_after=decision.not_after,
        as_of=as_of,
        checks=[check.as_data for check in decision.checks],
        draft=decided.draft,
        grounds=grounds.get(decision.contract, ""),
    )


def _withdrawn(notice: Notice, as_of: date, reason: str) -> Wanted:
    return Wanted(
        key=notice.key, action="withdraw", reason=reason, due_on=notice.due_on, not_after=notice.not_after,
        as_of=as_of, checks=notice.checks, draft=None,
    )  # fmt: skip
