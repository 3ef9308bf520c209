"""The dates that follow from a line's term (rules T and B). Each function cites its rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from contracts.calendar import Month
from contracts.catalogue import MenuItem
from contracts.model import OrderKind, Term

CLOSING_DAYS = 60  # "60 days before the end, that day included" (B1)
WINDOW_MONTHS = 6
JANUARY = 1


def start_day(menu: MenuItem, order: OrderKind, month: Month) -> date:
    """The day of that month on which the service starts (T1): the 1st, save what the catalogue says of January."""
    if order is OrderKind.NEW and month.number == JANUARY:
        return month.day(menu.january_start_day)
    return month.first_day


def term_of(starts_on: date, months: int) -> Term:
    """The term of so many months, counted from the month that the service starts in, not from the day (T2).

    Raises:
        ValueError: `months` is less than 1.
    """
    if months < 1:
        raise ValueError(f"a term has at least 1 month, not {months}")
    return Term(starts_on, Month.of(starts_on).plus(months - 1).last_day)


@lru_cache(1000)  # many lines have one term end
def continuation_term(term_end: date, months: int) -> Term:
    """The term of a continuation: from the day after the term end, whenever it was bought (T5)."""
    return term_of(term_end + timedelta(days=1), months)


def closing_day(term_end: date) -> date:
    """Last day on which the continuation can be bought (B1)."""
    return term_end - timedelta(days=CLOSING_DAYS)


def purchase_window(term_end: date) -> Term:
    """First and last day on which the continuation can be bought (B1): from the 6th month before the end month."""
    return Term(Month.of(term_end).plus(-WINDOW_MONTHS).first_day, closing_day(term_end))


def first_day_outside(terms: Iterable[Term], since: date) -> date:
    """The first day from that one on that none of the terms covers (T7)."""
    for term in sorted(terms, key=lambda term: term.first_day):
        if term.first_day <= since:
            since = max(since, term.next_day)
    return since


def is_short_remainder(ordered_on: date, term_end: date) -> bool:
    """Whether so little of the contract remains that an addition needs the continuation ordered with it (T4)."""
    return ordered_on > closing_day(term_end)


def is_same_or_higher(menu: MenuItem, than: MenuItem, seats: int) -> bool:
    """Whether a base licence may continue another (B3).

    Falling from Enterprise to Business is allowed below Enterprise's minimum: there it is what happens anyway (N7).
    """
    if menu.rank >= than.rank:
        return True
    return menu.code == than.falls_to and seats < than.minimum
