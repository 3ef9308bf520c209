"""What the sample book is made of: a customer, what was sold to them, and the rows of a book file that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from contracts.calendar import BusinessCalendar, Month
from contracts.rules.terms import closing_day, continuation_term

ORDERED_DAYS_AHEAD = 25  # of the start of service
OPENED_DAYS_AHEAD = 6
PRO_JANUARY_START = 7  # T1, as the shipped catalogue has it
JANUARY = 1


@dataclass(frozen=True, slots=True)
class Customer:
    """The columns of a row that tell whose it is, by the names of the book file."""

    account_number: str
    company: str
    owner_name: str
    owner_email: str
    administrator_emails: str = ""
    partner_name: str = ""
    partner_email: str = ""
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class Sale:
    """One menu item sold for one term: the rest of a row, by the names of the book file."""

    menu: str
    order: str
    seats: int
    term_start: date
    term_end: date | None  # None for the registration, which has no term
    ordered_on: date | None = None
    opened_on: date | None = None
    declined_on: date | None = None
    released_on: date | None = None

    @property
    def end(self) -> date:
        """Its term end, for what has a term."""
        if self.term_end is None:
            raise ValueError(f"{self.menu} has no term")
        return self.term_end


def rows_of(contract: str, customer: Customer, sales: Sequence[Sale]) -> list[dict[str, str]]:
    """One row for each sale, the lines numbered from 1."""
    return [
        asdict(customer) | {"contract": contract, "line": str(number)} | _texts(sale)
        for number, sale in enumerate(sales, start=1)
    ]


def _texts(sale: Sale) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in asdict(sale).items()}


@dataclass(frozen=True, slots=True)
class SalesDesk:
    """What a sales desk would have written down by `as_of`. It works on business days and knows nothing of tomorrow."""

    as_of: date
    calendar: BusinessCalendar

    @property
    def month(self) -> Month:
        """The month that `as_of` lies in."""
        return Month.of(self.as_of)

    @property
    def notice_month(self) -> Month:
        """The latest month whose first business day has come: the one whose reminders to renew are due (N1)."""
        begun = self.calendar.on_or_after(self.month.first_day) <= self.as_of
        return self.month if begun else self.month.plus(-1)

    def ago(self, days: int) -> date:
        """The business day so many days ago, or the one before it."""
        return self.calendar.on_or_before(self.as_of - timedelta(days=days))

    def new(self, menu: str, seats: int, end: Month, months: int = 12) -> Sale:
        """A new order that ends with that month (T1, T2), opened if its time has come."""
        first = end.plus(1 - months)
        is_pro_in_january = menu == "pro" and first.number == JANUARY
        return self._opened("new", menu, seats, first.day(PRO_JANUARY_START if is_pro_in_january else 1), end)

    def addition(self, menu: str, seats: int, to: Sale, months_left: int) -> Sale:
        """An addition for the last months of a sale that it joins (T3)."""
        end = Month.of(to.end)
        return self._opened("addition", menu, seats, end.plus(1 - months_left).first_day, end)

    def registration(self, beside: Sale) -> Sale:
        """The one-off system registration that came with a new order."""
        first_day = Month.of(beside.term_start).first_day
        return replace(beside, menu="registration", seats=1, term_start=first_day, term_end=None)

    def continuation(self, of: Sale, seats: int, menu: str = "", days_ahead: int = 15) -> Sale:
        """A continuation for twelve months (T5), ordered so many days ahead of the closing day, not yet registered."""
        term = continuation_term(of.end, 12)
        ordered_on = self.calendar.on_or_before(closing_day(of.end) - timedelta(days=days_ahead))
        return Sale(menu or of.menu, "continuation", seats, term.first_day, term.last_day, ordered_on)

    def _opened(self, order: str, menu: str, seats: int, starts_on: date, end: Month) -> Sale:
        ordered_on = self.calendar.on_or_before(starts_on - timedelta(days=ORDERED_DAYS_AHEAD))
        opened_on = self.calendar.on_or_before(starts_on - timedelta(days=OPENED_DAYS_AHEAD))
        return Sale(
            menu,
            order,
            seats,
            starts_on,
            end.last_day,
            ordered_on=ordered_on,
            opened_on=opened_on if opened_on <= self.as_of else None,
        )
