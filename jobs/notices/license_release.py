"""Release reminders (N5–N7): where a renewal continues only part of the seats, until the release is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from contracts.calendar import BusinessCalendar
from contracts.model import Contract, ContractLine
from contracts.rules.seats import FamilyChange, TermChange, seats_to_release, term_change
from jobs.notices.conditions import Addressing, Condition, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Check, Circumstances, Decision, Kind, Reason, Value

KIND = Kind.LICENSE_RELEASE


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """How many days before the term end to remind; a day that is no business day moves to the one before."""

    days_before: tuple[int, ...] = (30, 7, 1)
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)
    addressing: Addressing = field(default_factory=Addressing)


def decisions(contract: Contract, rules: ReleaseRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each family of the contract whose term ends, for each of the configured days."""
    for line in contract.known_on(at.as_of).lines:
        if line.term is None:
            yield not_applicable(KIND, line, Reason.NOT_ITS_KIND, "N5", "no-term-to-end")
        elif line.term.last_day < at.as_of:
            yield not_applicable(KIND, line, Reason.TERM_OVER, "N5", "term-over", end=line.term.last_day)
        else:
            yield from _decisions_of_line(contract, line, line.term.last_day, rules, at)


def due_day(term_end: date, days_before: int, rules: ReleaseRules) -> date:
    """The day on which the reminder is due: so many days before the term end, or the business day before that (N5)."""
    return rules.calendar.on_or_before(term_end - timedelta(days=days_before))


def due_days(term_end: date, rules: ReleaseRules) -> list[date]:
    """The days on which reminders of that term end are due, one for each of the configured days."""
    return [due_day(term_end, days, rules) for days in rules.days_before]


def days_of_interest(contract: Contract, rules: ReleaseRules) -> Iterator[date]:
    """The days on which a decision about this contract may become another."""
    for line in contract.lines:
        if line.term is not None:
            yield from due_days(line.term.last_day, rules)
            yield line.term.last_day + timedelta(days=1)


def _decisions_of_line(
    contract: Contract, line: ContractLine, term_end: date, rules: ReleaseRules, at: Circumstances
) -> Iterator[Decision]:
    change = term_change(contract, term_end, at.as_of)
    family = change.of(line.family)
    if family is None or family.ending[0] != line:
        first = family.ending[0].line if family else "?"
        seats = {"line": first, "family": line.family}
        yield not_applicable(KIND, line, Reason.NOT_ITS_KIND, "N5", "other-line-speaks", **seats)
        return
    for days in sorted(rules.days_before, reverse=True):
        due_on = due_day(term_end, days, rules)
        draft = Decision(
            KIND, line.contract, line.line, f"{term_end}/{days}d", Action.NONE, Reason.NOT_DUE,
            due_on=due_on, not_after=term_end, reference=term_end, checks=(_reckoned(term_end, days, due_on),),
        )  # fmt: skip
        conditions = _conditions(change, family, due_on, rules, at)
        yield settled(draft, conditions, rules.addressing, contract.account, at)


def _reckoned(term_end: date, days: int, due_on: date) -> Check:
    day = term_end - timedelta(days=days)
    values: dict[str, Value] = {"days": days, "end": term_end}
    if day == due_on:
        return Check("N5", "days-before-end", True, values)
    return Check("N5", "days-before-end-moved", True, values | {"day": day, "due": due_on})


def _conditions(
    change: TermChange, family: FamilyChange, due_on: date, rules: ReleaseRules, at: Circumstances
) -> Iterator[Condition]:
    released = [line.released_on for line in family.ending if line.released_on and line.is_released(at.as_of)]
    if released:
        yield skip_when(True, Reason.RELEASED, "N5", "released", day=released[0])
    else:
        yield skip_when(False, Reason.RELEASED, "N5", "not-released")
    yield _whole_contract_ends(change)
    yield _nothing_to_release(change, family, at)
    due_too = [day for day in due_days(change.term_end, rules) if due_on < day <= at.as_of]
    if due_too:
        yield skip_when(True, Reason.SUPERSEDED, "N5", "later-reminder-due", day=max(due_too))
    else:
        yield skip_when(False, Reason.SUPERSEDED, "N5", "no-later-reminder-due")


def _whole_contract_ends(change: TermChange) -> Condition:
    found = "contract-goes-on" if change.goes_on else "contract-ends"
    check = Check("N5", found, change.goes_on, {"end": change.term_end})
    return Condition(not change.goes_on, Action.SKIP, Reason.NOTHING_TO_RELEASE, check)


def _nothing_to_release(change: TermChange, family: FamilyChange, at: Circumstances) -> Condition:
    seats = seats_to_release(family, change.term_end, at.as_of)
    values: dict[str, Value] = {
        "ending": family.ending_seats, "family": family.family, "end": change.term_end,
        "continuing": family.continuing_seats, "count": seats,
    }  # fmt: skip
    return skip_when(seats == 0, Reason.NOTHING_TO_RELEASE, "N5", "seats-to-release", **values)
