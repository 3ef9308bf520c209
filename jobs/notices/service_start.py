"""Service-start notices (N2), with which the contract comes into being, and changed starts (N3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from contracts.model import Contract, ContractLine, OrderKind
from jobs.notices.conditions import Addressing, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Check, Circumstances, Decision, Key, Kind, Reason, Record, Value

START = Kind.SERVICE_START
CHANGE = Kind.SERVICE_START_CHANGE


@dataclass(frozen=True, slots=True)
class StartRules:
    """How long after opening or start, whichever is later, a start is still worth announcing."""

    late_days: int = 30
    addressing: Addressing = field(default_factory=Addressing)


def decisions(contract: Contract, rules: StartRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each new order and addition of the contract."""
    for line in contract.known_on(at.as_of).lines:
        if line.order is OrderKind.CONTINUATION:
            yield not_applicable(START, line, Reason.NOT_ITS_KIND, "N2", "is-continuation")
        elif line.term is None:
            yield not_applicable(START, line, Reason.NOT_ITS_KIND, "N2", "is-registration")
        elif line.opened_on is None:
            yield not_applicable(START, line, Reason.NOT_OPENED, "N2", "no-opening")
        elif line.opened_on > at.as_of:
            yield not_applicable(START, line, Reason.NOT_OPENED, "N2", "opens-later", day=line.opened_on)
        elif line.term.last_day < at.as_of:
            yield not_applicable(START, line, Reason.TERM_OVER, "N2", "term-over", end=line.term.last_day)
        else:
            yield _decision_of_line(contract, line, line.opened_on, rules, at)


def days_of_interest(contract: Contract, rules: StartRules) -> Iterator[date]:
    """The days on which a decision about this contract may become another."""
    for line in contract.lines:
        if line.opened_on is not None:
            yield line.opened_on
            yield _last_day(line, line.opened_on, rules) + timedelta(days=1)
        if line.term is not None:
            yield line.term.last_day + timedelta(days=1)


def last_told(line: ContractLine, record: Record) -> Key | None:
    """The notice that told the customer this line's start most recently; None where none did."""
    told = [
        (recorded.at, key.occasion, key)
        for key, recorded in record.items()
        if key.kind in (START, CHANGE) and (key.contract, key.line) == (line.contract, line.line) and recorded.went_out
    ]
    return max(told, key=lambda entry: entry[:2])[2] if told else None


def told_start(key: Key) -> date:
    """The start date that a notice told."""
    return date.fromisoformat(key.occasion.partition("/")[0])


def _last_day(line: ContractLine, opened_on: date, rules: StartRules) -> date:
    return max(opened_on, line.starts_on) + timedelta(days=rules.late_days)


def _decision_of_line(
    contract: Contract, line: ContractLine, opened_on: date, rules: StartRules, at: Circumstances
) -> Decision:
    not_after = _last_day(line, opened_on, rules)
    told = last_told(line, at.record)
    draft = Decision(
        START, line.contract, line.line, str(line.starts_on), Action.NONE, Reason.NOT_DUE,
        due_on=max(opened_on, line.ordered_on or opened_on), not_after=not_after, reference=line.starts_on,
    )  # fmt: skip
    if told is not None and told_start(told) == line.starts_on:
        draft = replace(draft, kind=told.kind, occasion=told.occasion)
    elif told is not None:
        draft = _change(draft, told_start(told), line, at)
    until: dict[str, Value] = {"last": not_after, "days": rules.late_days}
    closed = skip_when(at.as_of > not_after, Reason.WINDOW_CLOSED, "N2", "start-announced-until", **until)
    return settled(draft, (closed,), rules.addressing, contract.account, at)


def _change(draft: Decision, told: date, line: ContractLine, at: Circumstances) -> Decision:
    """The announcement of a moved start: due at once, and ahead of the earlier of the two dates (N3)."""
    check = Check("N3", "told-otherwise", True, {"told": told, "now": line.starts_on})
    due_on = min(at.as_of, min(told, line.starts_on) - timedelta(days=1))
    occasion = _occasion(line, at.record)
    return replace(draft, kind=CHANGE, occasion=occasion, due_on=due_on, reference=told, checks=(check,))


def _occasion(line: ContractLine, record: Record) -> str:
    """The new start date; counted where the start came back to a date that was announced as a change before."""
    day = str(line.starts_on)
    times = sum(
        1
        for key, recorded in record.items()
        if key.kind is CHANGE and (key.contract, key.line) == (line.contract, line.line)
        and key.occasion.partition("/")[0] == day and recorded.went_out
    )  # fmt: skip
    return f"{day}/{times + 1}" if times else day
