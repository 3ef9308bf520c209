"""One job for one day: decide, then queue, show or explain. Each is the same decisions with another last step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime

from contracts.looks import versions
from contracts.model import Contract
from contracts.store import Book
from jobs.app import App
from jobs.candidates import Search, candidate_contracts
from jobs.decision import Action, Check, Circumstances, Decision, Key, Kind, Reason, Recorded
from jobs.job_list import Job
from jobs.runs import Origin
from jobs.stopping import Stopped
from notify.ledger import Draft, Notice, NoticeKey, Status, Wanted
from notify.rendering import TemplateProblem

OPEN = (Status.QUEUED, Status.HELD)
_CUSTOMERS_KINDS = frozenset(Kind)
MOVED = "moved"  # withdrawn because what it was about has another date now, or is gone
UNWRITTEN = "letter-failed"  # withdrawn because nobody can tell whether it would still be said like this


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, the contract it is about, and the letter that tells it; `problem` where the letter failed."""

    contract: Contract
    decision: Decision
    draft: Draft | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was decided for some contracts, with what the ledger said of them."""

    decided: Sequence[Decided]
    record: Mapping[NoticeKey, Notice]
    contracts: Mapping[str, Contract]
    versions: Mapping[str, int]  # of the contracts, as the watcher of the search knew them before they were read

    @property
    def unwritten(self) -> set[str]:
        """The contracts of which a letter could not be written."""
        return {one.contract.number for one in self.decided if one.problem}


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
    def needs_a_person(self) -> bool:
        """Whether something is held or could not be written."""
        return bool(self.counts[Action.HOLD] or self.problems)


def show_job(app: App, search: Search, now: datetime, result: RunResult) -> Iterator[Batch]:
    """Decides and writes the letters, batch by batch, and leaves it at that: a dry run."""
    for batch in batches(app, search, now):
        result.add(batch)
        yield batch


def run_job(
    app: App, search: Search, now: Callable[[], datetime], result: RunResult, origin: Origin = Origin.ASKED
) -> Generator[Batch]:
    """Makes the ledger agree with what ought to be true on that day, batch by batch, and records the run.

    A caller that wants it to end after a batch throws Stopped into it.

    Raises:
        RunUnderWay: another process runs this job, or took it over because this one was silent for too long.
        JobDayDone: the run is a scheduled one, and that of the day is done.
        TemplateProblem: a configured directory of templates is not there.
        ConfigError: the configured logo cannot be used.
    """
    _ = app.composer  # what no letter can be written with is said before a run is on record
    if search.only is not None and origin is Origin.ASKED:
        origin = Origin.ONE_CONTRACT
    run = app.runs.start(search.job.name, search.last, now(), origin)
    agenda = app.agenda(search.job)
    try:
        agenda.begin(search)
        for batch in batches(app, search, now()):
            result.add(batch)
            result.ledger.update(asdict(app.ledger.reconcile(wanted(batch, search), now())))
            agenda.put_off(search, batch.contracts, batch.unwritten, batch.versions)
            app.runs.renew(run, now())
            yield batch
        agenda.finish(search)
    except Stopped as request:
        app.runs.finish(run, now(), dict(result.counts) | dict(result.ledger), error=str(request), is_stopped=True)
        raise
    except BaseException as error:
        app.runs.finish(run, now(), dict(result.counts), error=f"{type(error).__name__}: {error}")
        raise
    app.runs.finish(run, now(), dict(result.counts) | dict(result.ledger))


def reconcile_waiting(
    app: App,
    as_of: date,
    now: Callable[[], datetime],
    only: str | None = None,
    between: Callable[[], None] = lambda: None,
) -> list[str]:
    """Decides once more on every notice that waits: to the owner as registered on the day of sending (P1).

    What is no longer true is withdrawn, what would be said differently is written anew. What could not be written is
    returned, a sentence each. `between` is called after each batch, and may end it there with an exception.
    """
    problems: list[str] = []
    for job in app.jobs:
        search = Search(job, as_of, as_of, only, open_only=True)
        for batch in batches(app, search, now()):
            waiting = {key for key, notice in batch.record.items() if notice.status in OPEN}
            changes = [change for change in wanted(batch, search) if change.key in waiting]
            app.ledger.reconcile(changes, now())
            problems += [
                one.problem for one in batch.decided if one.problem and ledger_key(one.decision.key) in waiting
            ]
            between()
    return problems


def batches(app: App, search: Search, now: datetime) -> Iterator[Batch]:
    """The decisions for the candidates of a job on the last day of the search, with their letters, batch by batch."""
    baseline, bounced = app.runs.baseline(), app.ledger.bounced()
    for numbers in candidate_contracts(app.engine, search):
        record = app.ledger.on_record(numbers)
        records = by_contract(record)
        decided: list[Decided] = []
        seen = versions_of(app, search, numbers)
        contracts = {contract.number: contract for contract in contracts_of(app, numbers)}
        for contract in contracts.values():
            at = Circumstances(search.last, records.get(contract.number, {}), baseline, bounced)
            found = decided_about(app, search.job, contract, at, record, now)
            decided += [one for one in found if one.decision.action is not Action.NONE]
        yield Batch(decided, record, contracts, seen)


def versions_of(app: App, search: Search, numbers: Sequence[str]) -> dict[str, int]:
    """What the watcher of the search knows of these contracts; nothing where it watches nothing."""
    if not search.watcher:
        return {}
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        return versions(connection, search.watcher, numbers)


def decided_about(  # noqa: PLR0913, PLR0917 — all that one contract's decisions and letters depend on
    app: App, job: Job, contract: Contract, at: Circumstances, record: Mapping[NoticeKey, Notice], now: datetime
) -> list[Decided]:
    """What the job decides about one contract, with the letters that tell it; also what comes to nothing that day."""
    found = with_letters(app, job, contract, list(job.decide(contract, at)), (at.as_of, now))
    return [waiting_again(one, record.get(ledger_key(one.decision.key))) for one in found]


def contracts_of(app: App, numbers: Sequence[str]) -> list[Contract]:
    """The contracts of those numbers, as the book has them."""
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        return Book(connection, app.catalogue).contracts(numbers)


def recorded(notice: Notice) -> Recorded:
    """What a decision may know of a notice on the ledger."""
    return Recorded(notice.status, notice.sent_at or notice.updated_at, is_approved=notice.approved_at is not None)


def by_contract(record: Mapping[NoticeKey, Notice]) -> dict[str, dict[Key, Recorded]]:
    """What the ledger says, for each contract, as decisions may know it."""
    found: dict[str, dict[Key, Recorded]] = {}
    for key, notice in record.items():
        if key.kind not in _CUSTOMERS_KINDS:
            continue  # the desk's own mail, where a contract is called as the desk is
        own = Key(Kind(key.kind), key.contract, key.line, key.occasion)
        found.setdefault(key.contract, {})[own] = recorded(notice)
    return found


def with_letters(
    app: App, job: Job, contract: Contract, decisions: Sequence[Decision], day: tuple[date, datetime]
) -> list[Decided]:
    """The decisions, each with the letter that tells it where it has one. `day` is the business day and the instant."""
    letters: dict[Key, Draft | str] = {}
    composer = app.composer  # a directory of templates that is not there fails the run, not each letter
    for group in _groups(decisions, by_contract=app.groups_by_contract(job)):
        try:
            letter: Draft | str = composer.draft(group, contract, *day)
        except TemplateProblem as problem:
            letter = f"{contract.number}/{group[0].line}: {group[0].kind} was not written: {problem}"
        letters.update((decision.key, letter) for decision in group)
    return [_decided(contract, decision, letters.get(decision.key)) for decision in decisions]


def wanted(batch: Batch, search: Search) -> list[Wanted]:
    """What the ledger ought to say after this batch: each decision, and the end of what is no longer about anything."""
    changes = [_wanted(decided, search.last) for decided in batch.decided if _is_for_the_ledger(decided)]
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
        *(_withdrawn(notice, search.last, MOVED) for notice in gone),
        *(_withdrawn(notice, search.last, UNWRITTEN) for notice in unwritten),
    ]


def _groups(decisions: Sequence[Decision], *, by_contract: bool) -> list[list[Decision]]:
    """The decisions that are to be told, those of one mail together."""
    groups: dict[object, list[Decision]] = {}
    for decision in decisions:
        told = decision.action is Action.SEND or decision.reason is Reason.AWAITING_APPROVAL
        if told:
            alike = (decision.kind, decision.occasion, decision.action, decision.reference)
            groups.setdefault(alike if by_contract else decision.key, []).append(decision)
    return list(groups.values())


def _decided(contract: Contract, decision: Decision, letter: Draft | str | None) -> Decided:
    if isinstance(letter, str):
        return Decided(contract, decision, problem=letter)
    return Decided(contract, decision, letter)


def waiting_again(decided: Decided, notice: Notice | None) -> Decided:
    """The decision; held once more where a person approved a letter that said something else."""
    draft = decided.draft
    if notice is None or notice.approved_at is None or draft is None or draft.facts_hash == notice.facts_hash:
        return decided
    check = Check("", "what a person approved said something else", passed=False)
    decision = decided.decision
    held = replace(decision, action=Action.HOLD, reason=Reason.AWAITING_APPROVAL, checks=(*decision.checks, check))
    return replace(decided, decision=held)


def _is_for_the_ledger(decided: Decided) -> bool:
    """A notice that is there already stays as it is; one whose letter failed is tried again by the next run."""
    return decided.decision.reason is not Reason.ALREADY_SENT and not decided.problem


_LEDGER_ACTION = {Action.SEND: "queue", Action.SKIP: "skip", Action.HOLD: "hold"}


def _wanted(decided: Decided, as_of: date) -> Wanted:
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
    )


def _withdrawn(notice: Notice, as_of: date, reason: str) -> Wanted:
    return Wanted(
        key=notice.key, action="withdraw", reason=reason, due_on=notice.due_on, not_after=notice.not_after,
        as_of=as_of, checks=notice.checks, draft=None,
    )  # fmt: skip


def ledger_key(key: Key) -> NoticeKey:
    """The identity of a notice as the ledger spells it."""
    return NoticeKey(key.kind, key.contract, key.line, key.occasion)
