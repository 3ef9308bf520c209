"""What is remarked on: a flag, the lines that it is found on, and how lines stand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.calendar import ONE_DAY, Month
from contracts.catalogue import Role
from contracts.model import ContractLine, OrderKind, Term


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that a line breaks, by the rule's name, and how: a code and its days, numbers and menu codes."""

    rule: str
    line: str
    code: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A contract line that has a term."""

    sold: ContractLine
    term: Term

    @property
    def is_base(self) -> bool:
        """Whether it is a base licence."""
        return self.sold.menu.role is Role.BASE

    def ended_before(self, day: date) -> bool:
        """Whether its last day is the one before."""
        return self.term.next_day == day

    def flag(self, rule: str, code: str, **values: Any) -> Flag:
        """What is remarked on it."""
        return Flag(rule, self.sold.line, code, values)


def of_order(lines: Iterable[Line], order: OrderKind) -> list[Line]:
    """Those of the lines that came by such an order."""
    return [line for line in lines if line.sold.order is order]


def continued(lines: list[Line], line: Line) -> list[Line]:
    """What the line takes up from: the lines of its family that end on the day before it starts (T5)."""
    return [
        other for other in lines if other.sold.family == line.sold.family and other.ended_before(line.term.first_day)
    ]


def taking_up(lines: list[Line], family: str, term_end: date) -> list[Line]:
    """What of that family goes on after that day, under any order (T5, T8)."""
    return [line for line in lines if line.sold.family == family and line.term.first_day - term_end == ONE_DAY]


def is_below(line: Line, other: Line) -> bool:
    """Whether it is a lower item of the same family: a base licence, or a step of a ladder (T8, B5)."""
    return line.sold.family == other.sold.family and 0 < line.sold.menu.rank < other.sold.menu.rank


def is_same_start(line: Line, other: Line) -> bool:
    """Whether both are of one menu item and start on one day."""
    return line.sold.menu == other.sold.menu and line.term.first_day == other.term.first_day


def month_term(line: Line) -> Term:
    """Its term from the 1st: a Pro that starts on 7 January carries the options that start on the 1st (T1)."""
    return Term(Month.of(line.term.first_day).first_day, line.term.last_day)
