"""Continuations that break a rule: too early or late, of nothing, of too little (T4, T5, B1, B2, B3, B4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts.calendar import ONE_DAY
from contracts.model import OrderKind
from contracts.rules.flag import Flag, Line, continued, is_below, of_order, taking_up
from contracts.rules.term_checks import contract_ends
from contracts.rules.terms import closing_day, is_same_or_higher, is_short_remainder, purchase_window


def late_additions(lines: list[Line]) -> Iterator[Flag]:
    """T4: without a continuation that carries the seats of the addition itself."""
    for line in of_order(lines, OrderKind.ADDITION):
        ends = contract_ends(lines, line) if line.sold.menu.own_term else {line.term.last_day}
        ordered_on = line.sold.ordered_on
        if not ends or ordered_on is None or not is_short_remainder(ordered_on, max(ends)):
            continue
        if not _is_carried(lines, line, ordered_on, max(ends)):
            yield line.flag("T4", "flag.late-addition", ordered=ordered_on, end=max(ends))


def _is_carried(lines: list[Line], line: Line, ordered_on: date, term_end: date) -> bool:
    """Whether a continuation has room for it: all seats go on, or those do that were ordered since it was.

    What was ordered before the addition continues what there was by then. What has a term of its own needs the base
    licences only.
    """
    if line.sold.menu.own_term:
        return any(other.is_base and other.term.first_day - term_end == ONE_DAY for other in lines)
    family = line.sold.family
    continuing = taking_up(lines, family, term_end)
    ending = [other for other in lines if other.sold.family == family and other.term.last_day == term_end]
    if continuing and _seats(continuing) >= _seats(ending):
        return True
    late = [other for other in of_order(ending, OrderKind.ADDITION) if _is_ordered_since(other, ordered_on)]
    since = [other for other in continuing if _is_ordered_since(other, ordered_on)]
    return bool(since) and _seats(since) >= _seats(late)


def _is_ordered_since(line: Line, day: date) -> bool:
    return line.sold.ordered_on is None or line.sold.ordered_on >= day


def _seats(lines: list[Line]) -> int:
    return sum(line.sold.seats for line in lines)


def continuations_of_nothing(lines: list[Line]) -> Iterator[Flag]:
    """T5."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        if not continued(lines, line):
            yield line.flag("T5", "flag.continues-nothing", starts=line.term.first_day)


def early_continuations(lines: list[Line]) -> Iterator[Flag]:
    """B1: the window in which the continuation can be bought was not open."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        opens_on = purchase_window(line.term.first_day - ONE_DAY).first_day
        if line.sold.ordered_on is not None and line.sold.ordered_on < opens_on:
            yield line.flag("B1", "flag.early-continuation", ordered=line.sold.ordered_on, opens=opens_on)


def late_continuations(lines: list[Line]) -> Iterator[Flag]:
    """B2. Storage continues by itself after the closing day (B4); a late addition brings its continuation (T4)."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        ordered_on = line.sold.ordered_on
        closes_on = closing_day(line.term.first_day - ONE_DAY)
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


def lower_new_orders(lines: list[Line]) -> Iterator[Flag]:
    """B3, T8: a lower base licence bought anew is no continuation of a higher one; a person says what has to go."""
    for line in of_order(lines, OrderKind.NEW):
        before = max(continued(lines, line), key=_rank, default=None)
        if not line.is_base or before is None or is_same_or_higher(line.sold.menu, before.sold.menu, line.sold.seats):
            continue
        yield line.flag("B3", "flag.lower-bought-anew", new=line.sold.menu.code, old=before.sold.menu.code)


def late_storage_cuts(lines: list[Line]) -> Iterator[Flag]:
    """B4: after the closing day a lower step of storage is not to be had, nor its end."""
    for line in of_order(lines, OrderKind.CONTINUATION):
        ordered_on, closes_on = line.sold.ordered_on, closing_day(line.term.first_day - ONE_DAY)
        before = max(continued(lines, line), key=_rank, default=None)
        is_cut = line.sold.menu.fixed_after_closing and before is not None and is_below(line, before)
        if before is not None and is_cut and ordered_on is not None and ordered_on > closes_on:
            yield line.flag(
                "B4", "flag.late-storage-cut", ordered=ordered_on, closing=closes_on, old=before.sold.menu.code
            )
