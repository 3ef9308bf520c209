"""Term ends at which something may be left open: a release that nobody recorded, storage that runs on (N5, B4).

Which it is on a day, that day's facts decide. This says where to look, on whatever day: an import puts it down, so that
nobody has to look at each term of the last year every day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.calendar import ONE_DAY
from contracts.model import Contract, ContractLine
from contracts.rules.seats import FamilyChange, seats_to_release, term_change
from contracts.rules.successors import successors
from contracts.rules.terms import closing_day

RELEASE, RUNS_ON = "N5", "B4"


@dataclass(frozen=True, slots=True)
class LooseEnd:
    """A line at whose term end something may be left open, by the rule that asks for it."""

    line: str
    term_end: date
    rule: str


def loose_ends(contract: Contract) -> Iterator[LooseEnd]:
    """Beside these lines, none is found by `releases_due` from the closing day on, nor by `storage_that_runs_on`."""
    term_ends = sorted({line.term.last_day for line in contract.lines if line.term is not None})
    for term_end in term_ends[:-1]:  # nothing goes on after the last of them, and most contracts have but one
        losing = {line.line: line for family in _losing(contract, term_end) for line in family.ending}
        yield from (LooseEnd(line, term_end, RELEASE) for line in losing)
    yield from (
        LooseEnd(line.line, line.term.last_day, RUNS_ON)
        for line in contract.lines
        if line.term is not None and line.menu.fixed_after_closing and not _is_registered(contract, line)
    )


def _losing(contract: Contract, term_end: date) -> Iterator[FamilyChange]:
    """Each family that has, on some day, seats to be released by that one."""
    for day in _days_of_news(contract, term_end):
        change = term_change(contract, term_end, day)
        if change.goes_on and not change.anew:
            yield from (
                family for family in change.families if family.ending and seats_to_release(family, term_end, day)
            )


def _days_of_news(contract: Contract, term_end: date) -> list[date]:
    """Days on which another thing is known of what ends and of what goes on: when it closed, and each order since."""
    closed = closing_day(term_end) + ONE_DAY
    near = {term_end, term_end + ONE_DAY}
    orders = {
        line.ordered_on
        for line in contract.lines
        if line.ordered_on is not None and line.term is not None and not near.isdisjoint(_ends_of(line))
    }
    return sorted({max(day, closed) for day in (closed, *orders, date.max)})


def _ends_of(line: ContractLine) -> set[date]:
    return {line.term.first_day, line.term.last_day} if line.term is not None else set()


def _is_registered(contract: Contract, line: ContractLine) -> bool:
    """Whether its continuation was by the closing day, so that nothing ran on."""
    closes_on = closing_day(line.term.last_day) if line.term is not None else date.max
    return any(other.is_ordered(closes_on) and other.is_opened(closes_on) for other in successors(contract, line))
