"""The decisions about the contracts that a search finds, with the letters that tell them, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.model import Contract
from jobs.notices.decision import Action, Check, Circumstances, Decision, Key, Reason
from jobs.notices.letter import told_together
from jobs.notices.notice import Job
from jobs.runs.compose import Composer
from jobs.runs.grounds import grounds
from jobs.runs.records import OnLedger, Records, Standing, ledger_key
from jobs.runs.search import OPEN, Search, candidate_contracts
from notify.letters.problem import TemplateProblem
from notify.record.values import Draft, Notice

WAITS = (Action.SEND, Action.HOLD)  # what is decided so is open on the ledger


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
    record: OnLedger
    contracts: Mapping[str, Contract]
    versions: Mapping[str, int]  # of the contracts, as the watcher of the search knew them before they were read
    grounds: Mapping[str, str]  # of the contracts about which something is to wait: what that was decided on
    over: Collection[tuple[str, str]]  # contract and line of what has ended: nothing more is to be told of it

    @property
    def unwritten(self) -> set[str]:
        """The contracts of which a letter could not be written."""
        return {one.contract.number for one in self.decided if one.problem}


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides, and writes the letters. `rests_on` is the hash of what all letters rest on beside book and ledger."""

    records: Records
    composer: Composer
    rests_on: Callable[[], str]

    def batches(self, search: Search, now: datetime) -> Iterator[Batch]:
        """The decisions for the candidates of a job on the last day of the search, with their letters, batch by batch.

        Of contracts for which something waits, those are left out that would be decided on the very grounds as before.
        """
        standing = self.records.standing()
        for candidates in candidate_contracts(self.records.engine, search):
            numbers = self._unsettled(search, candidates, standing) if search.open_only else candidates
            yield self._batch(search, numbers, standing, now)

    def _batch(self, search: Search, numbers: Sequence[str], standing: Standing, now: datetime) -> Batch:
        record = self.records.ledger.on_record(numbers)
        seen = self.records.versions(search.watcher, numbers)
        looked_at = self.records.about(numbers, search.last, standing, record)
        decided: list[Decided] = []
        rest_on: dict[str, str] = {}
        over: set[tuple[str, str]] = set()
        for contract, at in looked_at:
            found = self.about(search.job, contract, at, record, now)
            decided += [one for one in found if one.decision.action is not Action.NONE]
            over |= {(contract.number, one.decision.line) for one in found if one.decision.reason is Reason.TERM_OVER}
            if any(one.decision.action in WAITS for one in found):
                rest_on[contract.number] = grounds(self.rests_on(), contract, at)
        return Batch(decided, record, {contract.number: contract for contract, _ in looked_at}, seen, rest_on, over)

    def _unsettled(self, search: Search, numbers: Sequence[str], standing: Standing) -> list[str]:
        """The contracts of which something waits that was not decided on the grounds that it rests on now."""
        record = self.records.ledger.on_record(numbers, checks=False)
        rest_on = {
            contract.number: grounds(self.rests_on(), contract, at)
            for contract, at in self.records.about(numbers, search.last, standing, record)
        }
        waits = (notice for notice in record.values() if notice.status in OPEN and notice.key.kind in search.job.kinds)
        others = {notice.key.contract for notice in waits if notice.grounds != rest_on.get(notice.key.contract)}
        return [number for number in numbers if number in others or number not in rest_on]

    def about(self, job: Job, contract: Contract, at: Circumstances, record: OnLedger, now: datetime) -> list[Decided]:
        """What the job decides about one contract, with the letters; also what comes to nothing that day."""
        found = self.with_letters(job, contract, list(job.decide(contract, at)), (at.as_of, now))
        if not record:
            return found
        return [waiting_again(one, record.get(ledger_key(one.decision.key))) for one in found]

    def with_letters(
        self, job: Job, contract: Contract, decisions: Sequence[Decision], day: tuple[date, datetime]
    ) -> list[Decided]:
        """The decisions, each with the letter that tells it where it has one. `day`: the business day, the instant."""
        letters: dict[Key, Draft | str] = {}
        for group in told_together(decisions, by_contract=job.rules.group_by == "contract"):
            try:
                letter: Draft | str = self.composer.draft(job, group, contract, *day)
            except TemplateProblem as problem:
                letter = f"{contract.number}/{group[0].line}: {group[0].kind} was not written: {problem}"
            letters.update((decision.key, letter) for decision in group)
        return [_decided(contract, decision, letters.get(decision.key)) for decision in decisions]


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
