"""Why a line gets which notice when, or none: the production decisions with all their checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from contracts.model import Contract, ContractLine
from jobs.notices.decision import Circumstances, Decision
from jobs.notices.notice import Job
from jobs.runs.book_entries import find_lines
from jobs.runs.decide import Decided, Decider
from jobs.runs.records import OnLedger, by_contract, ledger_key
from notify.record.values import Notice


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision about a line, with what the ledger says of it; `problem` where its letter cannot be written."""

    job: str
    decision: Decision
    notice: Notice | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about one line on one day."""

    contract: Contract
    line: ContractLine
    as_of: date
    decisions: tuple[Explained, ...]
    earlier: tuple[Notice, ...]  # on the ledger for other occasions


def explanations(jobs: Iterable[Job], decider: Decider, text: str, as_of: date, now: datetime) -> Iterator[Explanation]:
    """For the line, or each line of the contract, that `CONTRACT[/LINE]` names: every notice and why.

    The letters are written as a run would, so that what a person approved and what cannot be written is seen.

    Raises:
        NoSuchLine: the book has none of that name.
    """
    records = decider.records
    contract, line = find_lines(records.engine, records.catalogue, text)
    record = records.ledger.on_record([contract.number])
    at = Circumstances(as_of, by_contract(record, records.zone).get(contract.number, {}), *records.standing())
    decided = [(job.name, one) for job in jobs for one in decider.about(job, contract, at, record, now)]
    for one in (line,) if line is not None else contract.lines:
        about = [entry for entry in decided if entry[1].decision.line == one.line]
        yield _explanation(contract, one, as_of, about, record)


def _explanation(
    contract: Contract,
    line: ContractLine,
    as_of: date,
    decided: list[tuple[str, Decided]],
    record: OnLedger,
) -> Explanation:
    keys = [ledger_key(one.decision.key) for _, one in decided]
    found = tuple(
        Explained(job, one.decision, record.get(key), one.problem)
        for (job, one), key in zip(decided, keys, strict=True)
    )
    earlier = tuple(notice for key, notice in record.items() if key.line == line.line and key not in keys)
    return Explanation(contract, line, as_of, found, earlier)
