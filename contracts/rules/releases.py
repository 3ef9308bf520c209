"""Releases that are due and that nobody has recorded, before the term end and after it: the surplus is billed (N5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.model import Contract, ContractLine
from contracts.rules.seats import FamilyChange, seats_to_release, term_change
from contracts.rules.terms import continuation_term

BILLED_MONTHS = 12  # for as long as a renewal is billed, its surplus is


@dataclass(frozen=True, slots=True)
class Unreleased:
    """Seats of a family that end on that day and are not on record as taken off their users. `line` is its first."""

    line: ContractLine
    term_end: date
    seats: int


def releases_due(contract: Contract, as_of: date, until: date) -> Iterator[Unreleased]:
    """What is to be released by a term end up to `until`, and what was to be by one of the last year (N5).

    A contract that ends as a whole needs no release, and where a lower base licence was bought anew a person decides.
    """
    known = contract.known_on(as_of)
    for term_end in sorted({line.term.last_day for line in known.lines if line.term is not None}):
        change = term_change(known, term_end, as_of)
        if term_end > until or _is_long_past(term_end, as_of) or not change.goes_on or change.anew:
            continue
        for family in change.families:
            seats = seats_to_release(family, term_end, as_of) if family.ending else 0
            if seats and not _is_recorded(family, as_of):
                yield Unreleased(family.ending[0], term_end, seats)


def _is_recorded(family: FamilyChange, as_of: date) -> bool:
    return any(line.is_released(as_of) for line in family.ending)


def _is_long_past(term_end: date, as_of: date) -> bool:
    return as_of > continuation_term(term_end, BILLED_MONTHS).last_day
