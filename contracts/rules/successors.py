"""What takes up where the term of a line ends: rules T5, T8, B3 and B5."""

from __future__ import annotations

from datetime import date

from contracts.calendar import ONE_DAY, Month
from contracts.catalogue import Role
from contracts.model import Contract, ContractLine, OrderKind, Term
from contracts.rules.terms import first_day_outside, is_same_or_higher


def successors(contract: Contract, line: ContractLine) -> tuple[ContractLine, ...]:
    """The lines that continue it: of its family, from the day after its end, under any order (T5, T8).

    A higher step of storage continues a lower one (B5); a lower base licence that was bought anew continues nothing.
    """
    return tuple(other for other in taking_up(contract, line) if not is_bought_anew(other, line))


def taking_up(contract: Contract, line: ContractLine) -> tuple[ContractLine, ...]:
    """All of its family that starts on the day after its end."""
    if line.term is None:
        return ()
    following = line.term.next_day
    return tuple(other for other in contract.lines if other.family == line.family and other.starts_on == following)


def is_bought_anew(line: ContractLine, before: ContractLine) -> bool:
    """Whether a new order of a lower base licence took the place of that one: no continuation, and no cut (B3, T8)."""
    if line.order is not OrderKind.NEW or line.menu.role is not Role.BASE or before.menu.role is not Role.BASE:
        return False
    return not is_same_or_higher(line.menu, before.menu, line.seats)


def last_base_day(contract: Contract, since: date) -> date | None:
    """The last day to which base licences run on from that day without a gap; None where none is there."""
    end = first_day_outside(_base_terms(contract), since)
    return end - ONE_DAY if end != since else None


def later_base(contract: Contract, line: ContractLine) -> date | None:
    """The day on which an option's base licence starts, where that is later in the month of its own start (T7)."""
    bases = _base_terms(contract)
    if line.menu.role is not Role.OPTION or any(term.covers(line.starts_on) for term in bases):
        return None
    later = [term.first_day for term in bases if Month.of(term.first_day) == Month.of(line.starts_on)]
    return min((day for day in later if day > line.starts_on), default=None)


def _base_terms(contract: Contract) -> list[Term]:
    return [line.term for line in contract.lines if line.term is not None and line.menu.role is Role.BASE]
