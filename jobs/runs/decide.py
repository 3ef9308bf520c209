"""The decisions about the contracts that a search finds, with the letters that tell them, batch by batch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.model import Contract
from contracts.store.book import Book
from contracts.store.looks import versions
from jobs.app import App
from jobs.notices.decision import Action, Check, Circumstances, Decision, Key, Kind, Reason, Recorded
from jobs.notices.listing import Job
from jobs.runs.grounds import grounds
from jobs.runs.search import OPEN, Search, candidate_contracts
from notify.letters.problem import TemplateProblem
from notify.record.values import Draft, Notice, NoticeKey

WAITS = (Action.SEND, Action.HOLD)  # what is decided so is open on the ledger
_Known = tuple[date | None, frozenset[str]]  # the baseline, and the addresses that are not written to
_CUSTOMERS_KINDS = frozenset(Kind)


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
    grounds: Mapping[str, str]  # of the contracts about which something is to wait: what that was decided on
    over: Collection[tuple[str, str]]  # contract and line of what has ended: nothing more is to be told of it

    @property
    def unwritten(self) -> set[str]:
        """The contracts of which a letter could not be written."""
        return {one.contract.number for one in self.decided if one.problem}


def batches(app: App, search: Search, now: datetime) -> Iterator[Batch]:
    """The decisions for the candidates of a job on the last day of the search, with their letters, batch by batch.

    Of contracts for which something waits, those are left out that would be decided on the very grounds as before.
    """
    known = app.runs.baseline(), app.ledger.bounced()
    for candidates in candidate_contracts(app.engine, search):
        numbers = _unsettled(app, search, candidates, known) if search.open_only else candidates
        record = app.ledger.on_record(numbers)
        seen = versions_of(app, search, numbers)
        looked_at = _with_circumstances(app, search, numbers, record, known)
        decided: list[Decided] = []
        rest_on: dict[str, str] = {}
        over: set[tuple[str, str]] = set()
        for contract, at in looked_at:
            found = decided_about(app, search.job, contract, at, record, now)
            decided += [one for one in found if one.decision.action is not Action.NONE]
            over |= {(contract.number, one.decision.line) for one in found if one.decision.reason is Reason.TERM_OVER}
            if any(one.decision.action in WAITS for one in found):
                rest_on[contract.number] = grounds(app.letters_rest_on, contract, at)
        yield Batch(decided, record, {contract.number: contract for contract, _ in looked_at}, seen, rest_on, over)


def _with_circumstances(
    app: App, search: Search, numbers: Sequence[str], record: Mapping[NoticeKey, Notice], known: _Known
) -> list[tuple[Contract, Circumstances]]:
    """The contracts of those numbers, each with what its decisions may know of the last day of the search."""
    records = by_contract(record)
    return [
        (contract, Circumstances(search.last, records.get(contract.number, {}), *known))
        for contract in contracts_of(app, numbers)
    ]


def _unsettled(app: App, search: Search, numbers: Sequence[str], known: _Known) -> list[str]:
    """The contracts of which something waits that was not decided on the grounds that it rests on now."""
    record = app.ledger.on_record(numbers, checks=False)
    rest_on = {
        contract.number: grounds(app.letters_rest_on, contract, at)
        for contract, at in _with_circumstances(app, search, numbers, record, known)
    }
    waits = (notice for notice in record.values() if notice.status in OPEN and notice.key.kind in search.job.kinds)
    others = {notice.key.contract for notice in waits if notice.grounds != rest_on.get(notice.key.contract)}
    return [number for number in numbers if number in others or number not in rest_on]


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
    if not record:
        return found
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
    check = Check("", "approved-other-words", passed=False)
    decision = decided.decision
    held = replace(decision, action=Action.HOLD, reason=Reason.AWAITING_APPROVAL, checks=(*decision.checks, check))
    return replace(decided, decision=held)


def ledger_key(key: Key) -> NoticeKey:
    """The identity of a notice as the ledger spells it."""
    return NoticeKey(key.kind, key.contract, key.line, key.occasion)
