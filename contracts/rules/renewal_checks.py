"""Continuations that break a rule: ordered too late, of nothing, of a lower item (T4, T5, B2, B3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.model import OrderKind
from contracts.rules.flag import Flag, Line, continued, of_order
from contracts.rules.term_checks import contract_ends
from contracts.rules.terms import closing_day, is_same_or_higher, is_short_remainder


def late_additions(lines: list[Line]) -> Iterator[Flag]:
    """T4."""
    for line in of_order(lines, OrderKind.ADDITION):
        ends = contract_ends(lines, line) if line.sold.menu.own_term else {line.term.last_day}
        ordered_on = line.sold.ordered_on
        if not ends or ordered_on is None or not is_short_remainder(ordered_on, max(ends)):
            continue
        if not _continues(lines, line, max(ends)):
            yield line.flag("T4", "flag.late-addition", ordered=ordered_on, end=max(ends))


def _continues(lines: list[Line], line: Line, term_end: date) -> bool:
    """Whether the line's family is continued after that day; for what has a term of its own, the base licences."""
    return any(
        other.term.first_day == term_end + timedelta(days=1)
        and (other.is_base if line.sold.menu.own_term else other.sold.family == line.sold.family)
        for other in of_order(lines, OrderKind.CONTINUATION)
    )


def continuations_of_nothing(lines: list[Line]) -> Iterator[Flag]:
    """T5."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        if not continued(lines, line):
            yield line.flag("T5", "flag.continues-nothing", starts=line.term.first_day)


def late_continuations(lines: list[Line]) -> Iterator[Flag]:
    """B2. Storage continues by itself after the closing day (B4); a late addition brings its continuation (T4)."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        ordered_on = line.sold.ordered_on
        closes_on = closing_day(line.term.first_day - timedelta(days=1))
        if ordered_on is None or ordered_on <= closes_on or line.sold.menu.fixed_after_closing:
            continue
        together = any(
            other.sold.ordered_on == ordered_on and other.ended_before(line.term.first_day)
            for other in of_order(lines, OrderKind.ADDITION)
        )
        if not together:
            yield line.flag("B2", "flag.late-continuation", ordered=ordered_on, closing=closes_on)


def lower_continuations(lines: list[Line]) -> Iterator[Flag]:
    """B3: the highest base licence of a renewal against the highest of what it renews."""
    continuations = [line for line in of_order(lines, OrderKind.CONTINUATION) if line.is_base]
    for line in continuations:
        together = [other for other in continuations if other.term.first_day == line.term.first_day]
        before = max(continued(lines, line), key=_rank, default=None)
        highest = max(together, key=_rank)
        seats = sum(other.sold.seats for other in together)
        if before is None or is_same_or_higher(highest.sold.menu, before.sold.menu, seats):
            continue
        yield line.flag("B3", "flag.lower-continuation", new=line.sold.menu.code, old=before.sold.menu.code)


def _rank(line: Line) -> int:
    return line.sold.menu.rank
