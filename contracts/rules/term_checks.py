"""Terms that break a rule: where they start and end, and what they stand beside (T1, T2, T3, T6, T7, T8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.calendar import Month
from contracts.model import OrderKind, Term
from contracts.rules.flag import Flag, Line, is_below, month_term, of_order
from contracts.rules.terms import first_day_outside, start_day, term_of

LONGEST_OWN_TERM = 12  # months for which pay-per-attendee tickets are valid (T6)


def start_days(lines: list[Line]) -> Iterator[Flag]:
    """T1. An option starts with its base licence where that starts later in its month (T7)."""
    late_bases = {line.term.first_day for line in lines if line.is_base and line.term.first_day == _start_day(line)}
    for line in lines:
        starts_on, expected = line.term.first_day, _start_day(line)
        if starts_on != expected and (line.is_base or starts_on not in late_bases):
            yield line.flag("T1", "flag.start-day", starts=starts_on, expected=expected)


def _start_day(line: Line) -> date:
    return start_day(line.sold.menu, line.sold.order, Month.of(line.term.first_day))


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
    """T7; and what has a term of its own dies with the base licences that it started beside (T6)."""
    bases = [line.term for line in lines if line.is_base]
    for line in lines:
        gap = first_day_outside(bases, line.term.first_day)
        if line.is_base or gap > line.term.last_day:
            continue
        if gap == line.term.first_day:
            yield _without_base(line, bases)
        elif line.sold.menu.own_term:
            yield line.flag("T6", "flag.lapses-with-base", end=line.term.last_day, seats=line.sold.seats, day=gap)
        else:
            yield line.flag("T7", "flag.base-not-continued", end=line.term.last_day, day=gap)


def _without_base(line: Line, bases: list[Term]) -> Flag:
    """Nothing to stand beside on its first day: for good, or until a base licence starts later in that month."""
    starts_on = line.term.first_day
    later = [term.first_day for term in bases if starts_on < term.first_day <= Month.of(starts_on).last_day]
    if later:
        return line.flag("T7", "flag.option-before-base", starts=starts_on, base=min(later))
    return line.flag("T7", "flag.no-base", day=starts_on)


def own_terms(lines: list[Line]) -> Iterator[Flag]:
    """T6: tickets are valid for twelve months from their own start."""
    for line in lines:
        longest = term_of(line.term.first_day, LONGEST_OWN_TERM).last_day
        if line.sold.menu.own_term and line.term.last_day > longest:
            yield line.flag("T6", "flag.own-term-too-long", ends=line.term.last_day, longest=longest)


def changes_in_mid_term(lines: list[Line]) -> Iterator[Flag]:
    """T8, and the same on a ladder (B5): what is lower ends on the day before, and must not wait for its renewal."""
    for line in lines:
        if line.is_base and line.sold.order is not OrderKind.ADDITION:
            continue
        below = [other for other in lines if is_below(other, line)]
        waits = [other for other in below if other.sold.menu.upgrade_at_renewal]
        running = [other for other in below if other.term.covers(line.term.first_day) and _moves_as_a_whole(other)]
        starts_on = line.term.first_day
        if any(other.term.covers(starts_on) or other.ended_before(starts_on) for other in waits):
            yield line.flag("T8", "flag.upgrade-before-renewal", old=waits[0].sold.menu.code, new=line.sold.menu.code)
        elif running:
            yield _runs_on(line, running[0])


def _moves_as_a_whole(line: Line) -> bool:
    """A base licence of which there are no more than so many, and a step of a ladder."""
    return line.sold.menu.total_to is not None or not line.is_base


def _runs_on(line: Line, lower: Line) -> Flag:
    rule, day = "T8" if line.is_base else "B5", line.term.first_day - timedelta(days=1)
    return line.flag(rule, "flag.lower-runs-on", old=lower.sold.menu.code, line=lower.sold.line, day=day)
