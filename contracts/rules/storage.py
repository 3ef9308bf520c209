"""Recording storage: what goes where a term ends, and what runs on because nobody ended it in time (B4, B5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.catalogue import MenuItem
from contracts.model import Contract, ContractLine, Term
from contracts.rules.seats import FamilyChange
from contracts.rules.successors import last_base_day, successors
from contracts.rules.terms import closing_day, continuation_term

RUNS_ON_MONTHS = 12  # "continued for a year" (D(13) ④)


@dataclass(frozen=True, slots=True)
class RunsOn:
    """A line of storage that was not ended in time, and the term for which it goes on (B4)."""

    line: ContractLine
    term: Term


def storage_that_runs_on(contract: Contract, as_of: date) -> Iterator[RunsOn]:
    """The storage that goes on for a year since its closing day passed, until its continuation is registered (B4).

    Told from the day after the closing day to the end of that year. Storage dies with the base licence (T7).
    """
    known = contract.known_on(as_of)
    for line in known.lines:
        if line.term is None or not line.menu.fixed_after_closing:
            continue
        closes_on, term = closing_day(line.term.last_day), continuation_term(line.term.last_day, RUNS_ON_MONTHS)
        is_settled = line.is_declined(closes_on) or any(other.is_opened(as_of) for other in successors(known, line))
        if closes_on < as_of <= term.last_day and not is_settled and _has_base(known, term.first_day):
            yield RunsOn(line, term)


def storage_that_goes(change: FamilyChange, term_end: date, as_of: date) -> tuple[MenuItem, MenuItem | None] | None:
    """The step that ends of a family of storage, and the lower one that goes on, if any; None where none is lost.

    What nobody continued stays, save what was declined by its closing day (B4, B5).
    """
    until = min(as_of, closing_day(term_end))
    stays = change.continuing or tuple(line for line in change.ending if not line.is_declined(until))
    before = max((line.menu for line in change.ending), key=_step)
    after = max((line.menu for line in stays), key=_step, default=None)
    return (before, after) if after is None or after.rank < before.rank else None


def _has_base(contract: Contract, day: date) -> bool:
    return last_base_day(contract, day) is not None


def _step(menu: MenuItem) -> int:
    return menu.rank
