"""Pay-per-attendee tickets: when they lapse (T6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts.catalogue import Role
from contracts.model import Contract, ContractLine
from contracts.rules.successors import last_base_day, successors
from contracts.rules.terms import closing_day


def tickets_end(contract: Contract, line: ContractLine) -> date | None:
    """The last day of the tickets of a line, as orders stand: their own, or the base licence's where that is earlier.

    None for what has no term. Without a base licence at their start they have their own.
    """
    if line.term is None:
        return None
    base_end = last_base_day(contract, line.term.first_day) if line.menu.own_term else None
    return line.term.last_day if base_end is None else min(base_end, line.term.last_day)


def dies_with_base(contract: Contract, line: ContractLine, as_of: date) -> bool:
    """Whether it is certain by then that the base licence ends before the tickets do (T6, B2)."""
    ends_on = tickets_end(contract, line) if line.menu.own_term else None
    if ends_on is None or line.term is None or ends_on == line.term.last_day:
        return False
    return as_of > closing_day(ends_on) or _is_base_declined(contract, ends_on, as_of)


def is_lapsing(contract: Contract, line: ContractLine, as_of: date) -> bool:
    """Whether it is certain by then that what is left of the tickets lapses on `tickets_end`."""
    ends_on = tickets_end(contract, line)
    if ends_on is None or line.term is None or not line.menu.own_term:
        return False
    if ends_on < line.term.last_day:
        return dies_with_base(contract, line, as_of)
    return not successors(contract, line) and (as_of > closing_day(ends_on) or line.is_declined(as_of))


def tickets_beside(contract: Contract, term_end: date) -> Iterator[ContractLine]:
    """The tickets that lapse on that day unless a base licence goes on (T6)."""
    for line in contract.lines:
        outlives = line.term is not None and line.menu.own_term and line.term.first_day <= term_end < line.term.last_day
        if outlives and tickets_end(contract, line) == term_end:
            yield line


def _is_base_declined(contract: Contract, term_end: date, as_of: date) -> bool:
    bases = [line for line in contract.lines if line.menu.role is Role.BASE]
    ending = [line for line in bases if line.term is not None and line.term.last_day == term_end]
    return bool(ending) and all(line.is_declined(as_of) for line in ending)
