"""Terms that break a rule: where they start and end, and what they stand beside (T1, T2, T3, T7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts.calendar import Month
from contracts.model import OrderKind, Term
from contracts.rules.flag import Flag, Line, month_term, of_order
from contracts.rules.terms import start_day


def start_days(lines: list[Line]) -> Iterator[Flag]:
    """T1."""
    for line in lines:
        starts_on = line.term.first_day
        expected = start_day(line.sold.menu, line.sold.order, Month.of(starts_on))
        if starts_on != expected:
            yield line.flag("T1", "flag.start-day", starts=starts_on, expected=expected)


def term_ends(lines: list[Line]) -> Iterator[Flag]:
    """T2."""
    for line in lines:
        month_end = Month.of(line.term.last_day).last_day
        if line.term.last_day != month_end:
            yield line.flag("T2", "flag.term-end", ends=line.term.last_day, month_end=month_end)


def additions_that_end_apart(lines: list[Line]) -> Iterator[Flag]:
    """T3, save what has a term of its own (T6)."""
    for line in of_order(lines, OrderKind.ADDITION):
        ends = contract_ends(lines, line)
        if ends and line.term.last_day not in ends and not line.sold.menu.own_term:
            yield line.flag("T3", "flag.addition-ends-apart", ends=line.term.last_day, contract=max(ends))


def contract_ends(lines: list[Line], addition: Line) -> set[date]:
    """Where the contract that an addition joins ends: with its base licences, or what else there is."""
    joined = [
        line
        for line in lines
        if line.sold.order is not OrderKind.ADDITION
        and not line.sold.menu.own_term
        and month_term(line).covers(addition.term.first_day)
    ]
    return {line.term.last_day for line in joined if line.is_base} or {line.term.last_day for line in joined}


def options_without_base(lines: list[Line]) -> Iterator[Flag]:
    """T7. What has a term of its own may outlive the base licences that it started beside (T6)."""
    bases = [month_term(line) for line in lines if line.is_base]
    for line in lines:
        if line.is_base:
            continue
        last_day = line.term.first_day if line.sold.menu.own_term else line.term.last_day
        gap = _first_day_outside(bases, line.term.first_day, last_day)
        if gap == line.term.first_day:
            yield line.flag("T7", "flag.no-base", day=gap)
        elif gap is not None:
            yield line.flag("T7", "flag.base-not-continued", end=line.term.last_day, day=gap)


def _first_day_outside(terms: list[Term], first_day: date, last_day: date) -> date | None:
    """The first of these days that no term covers; None where all are covered."""
    day = first_day
    while day <= last_day:
        covering = [term.next_day for term in terms if term.covers(day)]
        if not covering:
            return day
        day = max(covering)
    return None
