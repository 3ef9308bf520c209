"""Seats beyond the catalogue's limits."""

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
        if menu.addition_to is not None and line.sold.seats > menu.addition_to:
            yield line.flag(
                LIMITS, "flag.addition-too-large", menu=menu.code, seats=line.sold.seats, most=menu.addition_to
            )


def total_limits(lines: list[Line]) -> Iterator[Flag]:
    """The catalogue's limits on all seats of an item at once, looked at on each day on which some begin."""
    for index, line in enumerate(lines):
        menu, day = line.sold.menu, line.term.first_day
        last_to_start = not any(is_same_start(other, line) for other in lines[index + 1 :])
        if menu.total_to is None or not last_to_start:
            continue
        seats = sum(other.sold.seats for other in lines if other.sold.menu == menu and other.term.covers(day))
        if seats > menu.total_to:
            yield line.flag(LIMITS, "flag.too-many-seats", menu=menu.code, seats=seats, day=day, most=menu.total_to)
