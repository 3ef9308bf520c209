"""What goes out on which day from now on, if nothing changes: the production decisions, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from contracts.model import Contract
from jobs.notices.decision import Action, Circumstances, Decision, Key, Recorded
from jobs.notices.notice import Job
from jobs.runs.agenda import turns
from jobs.runs.records import Records, ledger_key
from jobs.runs.search import Search, candidate_contracts
from notify.record.values import Notice


@dataclass(frozen=True, slots=True)
class Planned:
    """A notice that goes out, or is held, on a day to come."""

    day: date
    contract: Contract
    decision: Decision
    notice: Notice | None = None  # what the ledger says of it today


def planned(
    records: Records, search: Search, advance: Callable[[int], None] = lambda _looked_at: None
) -> Iterator[Planned]:
    """What a job sends or holds on the days of the search, contract by contract.

    `advance` hears how many contracts have been looked at.
    """
    standing, looked_at = records.standing(), 0
    for numbers in candidate_contracts(records.engine, search):
        record = records.ledger.on_record(numbers)
        for contract, at in records.about(numbers, search.first, standing, record):
            for one in plan(search.job, contract, at, search.last):
                yield replace(one, notice=record.get(ledger_key(one.decision.key)))
            looked_at += 1
            advance(looked_at)


def plan(job: Job, contract: Contract, at: Circumstances, last: date) -> Iterator[Planned]:
    """What the job does about one contract from `at.as_of` to `last`: each day as if the days before had happened."""
    record = dict(at.record)
    held: set[Key] = set()
    for day in _days(job, contract, at.as_of, last):
        for decision in job.decide(contract, replace(at, as_of=day, record=record)):
            if decision.action is Action.SEND:
                record[decision.key] = Recorded("sent", datetime.combine(day, time.min, tzinfo=UTC))
                yield Planned(day, contract, decision)
            elif decision.action is Action.HOLD and decision.key not in held:
                held.add(decision.key)
                yield Planned(day, contract, decision)


def _days(job: Job, contract: Contract, first: date, last: date) -> list[date]:
    return sorted(day for day in {first, *turns(job, contract)} if first <= day <= last)


def each_day(notices: Iterable[Planned]) -> list[dict[str, Any]]:
    """How many notices of each kind go out, or are held, on each day."""
    counted = Counter((one.day, one.decision.kind, one.decision.action) for one in notices)
    return [
        {"day": day, "weekday": f"{day:%a}", "kind": kind, "action": action, "notices": count}
        for (day, kind, action), count in sorted(counted.items())
    ]


def each_notice(notices: Iterable[Planned]) -> list[dict[str, Any]]:
    """Each notice with its line, by day."""
    rows = [
        {
            "day": one.day,
            "kind": one.decision.kind,
            "action": one.decision.action,
            "reason": one.decision.reason,
            "line": f"{one.decision.contract}/{one.decision.line}",
            "occasion": one.decision.occasion,
            "company": one.contract.account.company,
            "to": list(one.decision.to),
        }
        for one in notices
    ]
    return sorted(rows, key=lambda row: (row["day"], row["kind"], row["line"], row["occasion"]))
