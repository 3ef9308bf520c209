"""Renewal notices (N1): 5 and 4 months before the end month, until the customer decides or the window closes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from contracts.calendar import BusinessCalendar, Month
from contracts.catalogue import Role
from contracts.model import Contract, ContractLine
from contracts.rules.successors import is_bought_anew, taking_up
from contracts.rules.terms import closing_day, continuation_term, purchase_window
from contracts.rules.tickets import dies_with_base, tickets_beside, tickets_end
from jobs.notices.candidates import EndingTerms
from jobs.notices.changes import seats_by_item
from jobs.notices.conditions import Condition, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Check, Circumstances, Decision, Reason, Value
from jobs.notices.letter import term_data
from jobs.notices.notice import CalendarEntry, Data, Letter, Notice, Subject
from jobs.notices.rules import DISTINCT, DayOfMonth, NoticeRules
from jobs.notices.samples import BUSINESS, an_item

NAME = "renewal-notice"


class RenewalRules(NoticeRules):
    """When a renewal notice is due: months before the end month, and the day in that month."""

    months_before: Annotated[tuple[Annotated[int, Field(ge=2, le=24)], ...], DISTINCT] = (5, 4)
    day: DayOfMonth = None  # moved to a business day within its month
    renewal_months: Annotated[int, Field(ge=1, le=120)] = 12  # the length of continuation that the letter dates (T5)

    def reckoned(self, months: int, end_month: Month) -> Check:
        """The arithmetic of the due day, for explanations."""
        values: dict[str, Value] = {"month": str(end_month.plus(-months)), "count": months, "end": str(end_month)}
        if self.day is None:
            return Check("N1", "first-business-day", True, values)
        return Check("N1", "day-of-month", True, values | {"day": self.day})


def decisions(contract: Contract, rules: RenewalRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each line of the contract, for each of the configured months."""
    known = contract.known_on(at.as_of)
    for line in known.lines:
        if line.term is None:
            yield not_applicable(NAME, line, Reason.NOT_ITS_KIND, "", "no-term-to-end")
        elif line.term.last_day < at.as_of:
            yield not_applicable(NAME, line, Reason.TERM_OVER, "B2", "term-over", end=line.term.last_day)
        elif (lapsed := tickets_end(known, line)) is not None and lapsed < at.as_of:
            yield not_applicable(NAME, line, Reason.TERM_OVER, "T6", "lapsed-with-base", day=lapsed)
        else:
            yield from _decisions_of_line(known, line, line.term.last_day, rules, at)


def due_day(term_end: date, months_before: int, rules: RenewalRules, calendar: BusinessCalendar) -> date:
    """The day on which the notice is due (N1). A shift to a business day stays in its month and in the window (B1)."""
    month = Month.of(term_end).plus(-months_before)
    wanted = month.first_day if rules.day is None else month.day(rules.day)
    return calendar.on_or_after_within(wanted, min(month.last_day, closing_day(term_end)))


def due_days(term_end: date, rules: RenewalRules, calendar: BusinessCalendar) -> list[date]:
    """The days on which notices about that term end are due, one for each of the configured months."""
    return [due_day(term_end, months, rules, calendar) for months in rules.months_before]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One of the notices about a term end: what follows from the rules alone."""

    occasion: str
    due_on: date
    not_after: date
    checks: tuple[Check, ...]


@lru_cache(1000)  # many lines have one term end
def _turns(term_end: date, rules: RenewalRules, calendar: BusinessCalendar) -> tuple[_Turn, ...]:
    end_month = Month.of(term_end)
    return tuple(
        _Turn(
            f"{end_month}/{months}m",
            due_day(term_end, months, rules, calendar),
            closing_day(term_end),
            (rules.reckoned(months, end_month),),
        )
        for months in sorted(set(rules.months_before), reverse=True)
    )


def _decisions_of_line(
    known: Contract, line: ContractLine, term_end: date, rules: RenewalRules, at: Circumstances
) -> Iterator[Decision]:
    turns = _turns(term_end, rules, at.calendar)
    due_days = tuple([turn.due_on for turn in turns])
    decided = (*_customer_decided(known, line, at), _window_closed(term_end, at.as_of))
    for turn in turns:
        draft = Decision(
            NAME, line.contract, line.line, turn.occasion, Action.NONE, Reason.NOT_DUE,
            due_on=turn.due_on, not_after=turn.not_after, reference=term_end, checks=turn.checks,
        )  # fmt: skip
        conditions = (*decided, _superseded(turn.due_on, due_days, at.as_of))
        yield settled(draft, conditions, rules, known.account, at)


def _customer_decided(known: Contract, line: ContractLine, at: Circumstances) -> Iterator[Condition]:
    following = taking_up(known, line)
    if ordered := tuple([other.line for other in following if not is_bought_anew(other, line)]):
        yield skip_when(True, Reason.CONTINUED, "N1", "continued", lines=ordered)
    else:
        yield skip_when(False, Reason.CONTINUED, "N1", "not-continued")
    if following and not ordered:
        anew = tuple([other.line for other in following])
        yield skip_when(True, Reason.BOUGHT_ANEW, "T8", "bought-anew", lines=anew)
    if line.declined_on is not None and line.is_declined(at.as_of):
        yield skip_when(True, Reason.DECLINED, "N1", "declined", day=line.declined_on)
    else:
        yield skip_when(False, Reason.DECLINED, "N1", "not-declined")
    if dies_with_base(known, line, at.as_of):
        yield skip_when(True, Reason.LAPSES, "T6", "lapses-with-base", day=tickets_end(known, line) or at.as_of)


@lru_cache(1000)
def _window_closed(term_end: date, as_of: date) -> Condition:
    window = purchase_window(term_end)
    days = {"first": window.first_day, "last": window.last_day, "end": term_end}
    return skip_when(as_of > window.last_day, Reason.WINDOW_CLOSED, "B1", "purchase-window", **days)


@lru_cache(1000)
def _superseded(due_on: date, due_days: tuple[date, ...], as_of: date) -> Condition:
    due_too = [day for day in due_days if due_on < day <= as_of]
    if not due_too:
        return skip_when(False, Reason.SUPERSEDED, "N1", "no-later-notice-due")
    return skip_when(True, Reason.SUPERSEDED, "N1", "later-notice-due", day=max(due_too))


def facts(subject: Subject, rules: RenewalRules) -> Data:
    """What the letter says of its own (L1)."""
    term_end = subject.reference
    closes_on = closing_day(term_end)
    new_term = continuation_term(term_end, rules.renewal_months)
    return {
        "closing_day": closes_on,
        "reaches_by": _last_office_day(closes_on, subject.calendar),
        "days_left": (closes_on - subject.as_of).days,
        "term_end": term_end,
        "new_term": term_data(new_term) | {"months": rules.renewal_months},
        "is_base": any(line.menu.role is Role.BASE for line in subject.lines),
        "is_storage": any(line.menu.fixed_after_closing for line in subject.lines),
        "beside_storage": _beside_storage(subject),
        "tickets_lapse": _tickets(subject, term_end),
        "minimum": _minimum(subject),
        "not_sold_anew": _not_sold_anew(subject),
    }


def _last_office_day(closes_on: date, calendar: BusinessCalendar) -> date | None:
    """The last day by which a form reaches somebody, where nobody works on the closing day (B1); else None."""
    return None if calendar.is_business_day(closes_on) else calendar.on_or_before(closes_on)


def _tickets(subject: Subject, term_end: date) -> list[Data]:
    """The tickets that die with the base licences of the letter, should these not be continued (T6)."""
    if not any(line.menu.role is Role.BASE for line in subject.lines):
        return []
    return seats_by_item(tickets_beside(subject.contract, term_end), subject.language)


def _minimum(subject: Subject) -> Data | None:
    """Below which number of seats the base licence becomes which other one (N7); None where there is no such number."""
    menu = next((line.menu for line in subject.lines if line.menu.falls_to), None)
    if menu is None:
        return None
    lower = subject.catalogue[menu.falls_to]
    names = {"menu": menu.name(subject.language), "to_menu": lower.name(subject.language)}
    return names | {"minimum": menu.minimum}


def _beside_storage(subject: Subject) -> list[str]:
    """The items that end without an order, where the letter speaks of storage, which runs on, as well (B2, B4)."""
    others = [line.menu.name(subject.language) for line in subject.lines if not line.menu.fixed_after_closing]
    return list(dict.fromkeys(others)) if len(others) < len(subject.lines) else []


def _not_sold_anew(subject: Subject) -> list[str]:
    """The items of which there will be no new order, should they not be continued (D(13))."""
    menus = [line.menu for line in subject.lines if line.menu.no_new_since and line.menu.no_new_since <= subject.as_of]
    return list(dict.fromkeys(menu.name(subject.language) for menu in menus))


def sample(language: str) -> Data:
    """Facts of a letter that has much to say."""
    return {
        "as_of": date(2021, 9, 1),
        "items": [an_item(BUSINESS[language], 49, date(2021, 2, 1), date(2022, 1, 31))],
        "closing_day": date(2021, 12, 2),
        "reaches_by": None,
        "days_left": 92,
        "term_end": date(2022, 1, 31),
        "new_term": {"start": date(2022, 2, 1), "end": date(2023, 1, 31), "months": 12},
        "is_base": True,
        "is_storage": False,
        "beside_storage": [],
        "tickets_lapse": [],
        "minimum": None,
        "not_sold_anew": [],
    }


NOTICE = Notice(
    NAME,
    RenewalRules,
    decisions,
    EndingTerms(due_days, closing_day),
    letters=(
        Letter(
            NAME,
            facts,
            sample,
            CalendarEntry("closing", day="closing_day", is_deadline=True),
            must_say=("closing_day", "term_end"),
        ),
    ),
    lapses_for=Reason.WINDOW_CLOSED,
)
