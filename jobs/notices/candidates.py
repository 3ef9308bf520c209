"""Which lines a kind of notice has something to say about, and on which days that may become something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contracts.calendar import ONE_DAY, BusinessCalendar
from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.terms import closing_day
from jobs.notices.rules import OpeningRules


@dataclass(frozen=True, slots=True)
class EndingTerms:
    """The lines whose term ends so near that a notice is due.

    `due_days` of a later end are never earlier ones. `closes_on` is the last day on which the notice is told.
    """

    due_days: Callable[[date, Any, BusinessCalendar], Sequence[date]]
    closes_on: Callable[[date], date] = lambda term_end: term_end

    def last_end(self, by: date, rules: Any, calendar: BusinessCalendar) -> date:
        """The latest term end with a due day by the given day."""
        end = by
        while min(self.due_days(end + ONE_DAY, rules, calendar), default=date.max) <= by:
            end += ONE_DAY
        return end

    def turns(self, contract: Contract, rules: Any, calendar: BusinessCalendar) -> Iterator[date]:
        """The days on which a decision about this contract may become another."""
        for term_end in {line.term.last_day for line in contract.lines if line.term is not None}:
            yield from self.due_days(term_end, rules, calendar)
            yield from (closing_day(term_end) + ONE_DAY, self.closes_on(term_end) + ONE_DAY, term_end + ONE_DAY)


@dataclass(frozen=True, slots=True)
class Openings:
    """The lines of these orders, once their service is opened (or registered) and for so long as that is announced."""

    orders: tuple[OrderKind, ...]

    @staticmethod
    def last_day(line: ContractLine, opened_on: date, rules: OpeningRules) -> date:
        """The last day on which it is told: so many days after opening or start, whichever is later."""
        return max(opened_on, line.starts_on) + timedelta(days=rules.late_days)

    @staticmethod
    def first_day(on: date, rules: Any) -> date:
        """The earliest opening, or start, that is still told on that day."""
        return on - timedelta(days=rules.late_days)

    def turns(self, contract: Contract, rules: Any, _calendar: BusinessCalendar) -> Iterator[date]:
        """The days on which a decision about this contract may become another."""
        for line in contract.lines:
            if line.opened_on is not None:
                yield from (line.opened_on, self.last_day(line, line.opened_on, rules) + ONE_DAY)
            if line.term is not None:
                yield line.term.last_day + ONE_DAY
