"""Seats beyond the catalogue's limits, and items that it does not sell beside others (B5)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.model import OrderKind
from contracts.rules.flag import Flag, Line, is_same_start, of_order

LIMITS = "limits"  # of the catalogue


def order_limits(lines: list[Line]) -> Iterator[Flag]:
    """The catalogue's limits on single orders."""
    for line in of_order(lines, OrderKind.NEW):
        menu, ordered_on = line.sold.menu, line.sold.ordered_on or line.term.first_day
        if menu.no_new_since is not None and ordered_on >= menu.no_new_since:
            yield line.flag(LIMITS, "flag.no-new-orders", menu=menu.code, since=menu.no_new_since)
        seats = sum(other.sold.seats for other in of_order(lines, OrderKind.NEW) if is_same_start(other, line))
        if seats < menu.new_from:
            yield line.flag(LIMITS, "flag.too-few-seats", menu=menu.code, seats=seats, least=menu.new_from)
    for line in of_order(lines, OrderKind.ADDITION):
        menu = line.sold.menu
        if line.sold.seats < menu.addition_from:
            yield line.flag(
                LIMITS, "flag.addition-too-small", menu=menu.code, seats=line.sold.seats, least=menu.addition_from
            )
        if menu.addition_to is not None and line.sold.seats > menu.addition_to:
            yield line.flag(
                LIMITS, "flag.addition-too-large", menu=menu.code, seats=line.sold.seats, most=menu.addition_to
            )


def total_limits(lines: list[Line]) -> Iterator[Flag]:
    """The catalogue's limits on all seats of an item at once, looked at on each day on which some begin."""
    for line, seats in _totals(lines):
        menu = line.sold.menu
        if menu.total_to is not None and seats > menu.total_to:
            facts = {"menu": menu.code, "seats": seats, "day": line.term.first_day, "most": menu.total_to}
            yield line.flag(LIMITS, "flag.too-many-seats", **facts)


def ladders(lines: list[Line]) -> Iterator[Flag]:
    """B5: two of one step of a ladder do not add up."""
    for line, seats in _totals(lines):
        if line.sold.menu.rank and not line.is_base and seats > 1:
            facts = {"menu": line.sold.menu.code, "seats": seats, "day": line.term.first_day}
            yield line.flag("B5", "flag.two-of-a-step", **facts)


def neighbours(lines: list[Line]) -> Iterator[Flag]:
    """B5: an item beside a base licence with which it is not sold."""
    bases = [line for line in lines if line.is_base]
    for line in lines:
        menu = line.sold.menu
        beside = (base for base in bases if base.sold.menu.code in menu.not_beside and _meet(base, line))
        if (base := next(beside, None)) is not None:
            yield line.flag("B5", "flag.not-beside", menu=menu.code, base=base.sold.menu.code)


def _totals(lines: list[Line]) -> Iterator[tuple[Line, int]]:
    """All seats of an item in force on a day on which some begin, with the last line that begins on that day."""
    for index, line in enumerate(lines):
        if not any(is_same_start(other, line) for other in lines[index + 1 :]):
            menu, day = line.sold.menu, line.term.first_day
            yield line, sum(other.sold.seats for other in lines if other.sold.menu == menu and other.term.covers(day))


def _meet(line: Line, other: Line) -> bool:
    return line.term.covers(other.term.first_day) or other.term.covers(line.term.first_day)
