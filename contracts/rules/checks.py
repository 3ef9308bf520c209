"""What a contract in the book breaks of the domain's rules. It stays in the book; a person is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contracts.calendar import Month
from contracts.catalogue import Role
from contracts.model import Contract, ContractLine, OrderKind, Term
from contracts.rules.terms import closing_day, is_same_or_higher, is_short_remainder, start_day

LIMITS = "limits"  # of the catalogue


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that a line breaks, by the rule's name, and how: a code and its days, numbers and menu codes."""

    rule: str
    line: str
    code: str
    values: Mapping[str, Any]


def flags(contract: Contract) -> list[Flag]:
    """All that the contract breaks, line by line in order; a registration has nothing to break."""
    lines = [_Line(line, line.term) for line in contract.lines if line.term and line.menu.role is not Role.REGISTRATION]
    found = [flag for check in CHECKS for flag in check(lines)]
    order = {line.line: index for index, line in enumerate(contract.lines)}
    return sorted(found, key=lambda flag: order[flag.line])


@dataclass(frozen=True, slots=True)
class _Line:
    """A contract line that has a term."""

    sold: ContractLine
    term: Term

    @property
    def is_base(self) -> bool:
        return self.sold.menu.role is Role.BASE

    def ended_before(self, day: date) -> bool:
        return self.term.next_day == day

    def flag(self, rule: str, code: str, **values: Any) -> Flag:
        return Flag(rule, self.sold.line, code, values)


def _start_days(lines: list[_Line]) -> Iterator[Flag]:
    """T1."""
    for line in lines:
        starts_on = line.term.first_day
        expected = start_day(line.sold.menu, line.sold.order, Month.of(starts_on))
        if starts_on != expected:
            yield line.flag("T1", "flag.start-day", starts=starts_on, expected=expected)


def _term_ends(lines: list[_Line]) -> Iterator[Flag]:
    """T2."""
    for line in lines:
        month_end = Month.of(line.term.last_day).last_day
        if line.term.last_day != month_end:
            yield line.flag("T2", "flag.term-end", ends=line.term.last_day, month_end=month_end)


def _additions_that_end_apart(lines: list[_Line]) -> Iterator[Flag]:
    """T3, save what has a term of its own (T6)."""
    for line in _of(lines, OrderKind.ADDITION):
        ends = _contract_ends(lines, line)
        if ends and line.term.last_day not in ends and not line.sold.menu.own_term:
            yield line.flag("T3", "flag.addition-ends-apart", ends=line.term.last_day, contract=max(ends))


def _contract_ends(lines: list[_Line], addition: _Line) -> set[date]:
    """Where the contract that an addition joins ends: with its base licences, or what else there is."""
    joined = [
        line
        for line in lines
        if line.sold.order is not OrderKind.ADDITION
        and not line.sold.menu.own_term
        and _month_term(line).covers(addition.term.first_day)
    ]
    return {line.term.last_day for line in joined if line.is_base} or {line.term.last_day for line in joined}


def _late_additions(lines: list[_Line]) -> Iterator[Flag]:
    """T4."""
    for line in _of(lines, OrderKind.ADDITION):
        ends = _contract_ends(lines, line) if line.sold.menu.own_term else {line.term.last_day}
        ordered_on = line.sold.ordered_on
        if not ends or ordered_on is None or not is_short_remainder(ordered_on, max(ends)):
            continue
        if not _continues(lines, line, max(ends)):
            yield line.flag("T4", "flag.late-addition", ordered=ordered_on, end=max(ends))


def _continues(lines: list[_Line], line: _Line, term_end: date) -> bool:
    """Whether the line's family is continued after that day; for what has a term of its own, the base licences."""
    return any(
        other.term.first_day == term_end + timedelta(days=1)
        and (other.is_base if line.sold.menu.own_term else other.sold.family == line.sold.family)
        for other in _of(lines, OrderKind.CONTINUATION)
    )


def _continuations_of_nothing(lines: list[_Line]) -> Iterator[Flag]:
    """T5."""
    for line in _of(lines, OrderKind.CONTINUATION):
        if not _continued(lines, line):
            yield line.flag("T5", "flag.continues-nothing", starts=line.term.first_day)


def _options_without_base(lines: list[_Line]) -> Iterator[Flag]:
    """T7. What has a term of its own may outlive the base licences that it started beside (T6)."""
    bases = [_month_term(line) for line in lines if line.is_base]
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


def _late_continuations(lines: list[_Line]) -> Iterator[Flag]:
    """B2. Storage continues by itself after the closing day (B4); a late addition brings its continuation (T4)."""
    for line in _of(lines, OrderKind.CONTINUATION):
        ordered_on = line.sold.ordered_on
        closes_on = closing_day(line.term.first_day - timedelta(days=1))
        if ordered_on is None or ordered_on <= closes_on or line.sold.menu.fixed_after_closing:
            continue
        together = any(
            other.sold.ordered_on == ordered_on and other.ended_before(line.term.first_day)
            for other in _of(lines, OrderKind.ADDITION)
        )
        if not together:
            yield line.flag("B2", "flag.late-continuation", ordered=ordered_on, closing=closes_on)


def _lower_continuations(lines: list[_Line]) -> Iterator[Flag]:
    """B3: the highest base licence of a renewal against the highest of what it renews."""
    continuations = [line for line in _of(lines, OrderKind.CONTINUATION) if line.is_base]
    for line in continuations:
        together = [other for other in continuations if other.term.first_day == line.term.first_day]
        before = max(_continued(lines, line), key=_rank, default=None)
        highest = max(together, key=_rank)
        seats = sum(other.sold.seats for other in together)
        if before is None or is_same_or_higher(highest.sold.menu, before.sold.menu, seats):
            continue
        yield line.flag("B3", "flag.lower-continuation", new=line.sold.menu.code, old=before.sold.menu.code)


def _order_limits(lines: list[_Line]) -> Iterator[Flag]:
    """The catalogue's limits on single orders."""
    for line in _of(lines, OrderKind.NEW):
        menu, ordered_on = line.sold.menu, line.sold.ordered_on or line.term.first_day
        if menu.no_new_since is not None and ordered_on >= menu.no_new_since:
            yield line.flag(LIMITS, "flag.no-new-orders", menu=menu.code, since=menu.no_new_since)
        seats = sum(other.sold.seats for other in _of(lines, OrderKind.NEW) if _same_start(other, line))
        if seats < menu.new_from:
            yield line.flag(LIMITS, "flag.too-few-seats", menu=menu.code, seats=seats, least=menu.new_from)
    for line in _of(lines, OrderKind.ADDITION):
        menu = line.sold.menu
        if menu.addition_to is not None and line.sold.seats > menu.addition_to:
            yield line.flag(
                LIMITS, "flag.addition-too-large", menu=menu.code, seats=line.sold.seats, most=menu.addition_to
            )


def _total_limits(lines: list[_Line]) -> Iterator[Flag]:
    """The catalogue's limits on all seats of an item at once, looked at on each day on which some begin."""
    for index, line in enumerate(lines):
        menu, day = line.sold.menu, line.term.first_day
        last_to_start = not any(_same_start(other, line) for other in lines[index + 1 :])
        if menu.total_to is None or not last_to_start:
            continue
        seats = sum(other.sold.seats for other in lines if other.sold.menu == menu and other.term.covers(day))
        if seats > menu.total_to:
            yield line.flag(LIMITS, "flag.too-many-seats", menu=menu.code, seats=seats, day=day, most=menu.total_to)


def _of(lines: Iterable[_Line], order: OrderKind) -> list[_Line]:
    return [line for line in lines if line.sold.order is order]


def _continued(lines: list[_Line], line: _Line) -> list[_Line]:
    """What the line takes up from: the lines of its family that end on the day before it starts (T5)."""
    return [
        other for other in lines if other.sold.family == line.sold.family and other.ended_before(line.term.first_day)
    ]


def _same_start(line: _Line, other: _Line) -> bool:
    return line.sold.menu == other.sold.menu and line.term.first_day == other.term.first_day


def _rank(line: _Line) -> int:
    return line.sold.menu.rank


def _month_term(line: _Line) -> Term:
    """Its term from the 1st: a Pro that starts on 7 January carries the options that start on the 1st (T1)."""
    return Term(Month.of(line.term.first_day).first_day, line.term.last_day)


CHECKS: tuple[Callable[[list[_Line]], Iterator[Flag]], ...] = (
    _start_days,
    _term_ends,
    _additions_that_end_apart,
    _late_additions,
    _continuations_of_nothing,
    _options_without_base,
    _late_continuations,
    _lower_continuations,
    _order_limits,
    _total_limits,
)
