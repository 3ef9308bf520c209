"""What was sold in the sample book, as the sales desk of a reseller would have written it down by a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from contracts.calendar import BusinessCalendar, Month
from contracts.rules.terms import closing_day

ORDERED_DAYS_AHEAD = 25  # of the month in which service starts
OPENED_DAYS_AHEAD = 6
CONTINUED_DAYS_AHEAD = 15  # of the closing day
PRO_JANUARY_START = 7  # T1, as the shipped catalogue has it
JANUARY = 1


@dataclass(frozen=True, slots=True)
class Sale:
    """One menu item sold for one term: the columns of a row that tell what, by the names of the book file."""

    menu: str
    order: str
    seats: int
    term_start: date
    term_end: date | None  # None for the registration, which has no term
    ordered_on: date | None = None
    opened_on: date | None = None
    declined_on: date | None = None
    released_on: date | None = None


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

    def sale(self, menu: str, seats: int, end: Month, months: int = 12, order: str = "new") -> Sale:
        """What ends with that month (T1 to T5), opened if its time has come; the registration has no end."""
        if order == "continuation":
            return self.continuation(menu, seats, end)
        month = end.plus(1 - months)
        is_pro_in_january = menu == "pro" and month.number == JANUARY
        return Sale(
            menu,
            order,
            seats,
            term_start=month.day(PRO_JANUARY_START if is_pro_in_january else 1),
            term_end=None if menu == "registration" else end.last_day,
            ordered_on=self.calendar.on_or_before(month.first_day - timedelta(days=ORDERED_DAYS_AHEAD)),
            opened_on=self.known(month.first_day - timedelta(days=OPENED_DAYS_AHEAD)),
        )

    def continuation(self, menu: str, seats: int, end: Month, days_ahead: int = CONTINUED_DAYS_AHEAD) -> Sale:
        """Twelve more months (T5), ordered so many days ahead of the closing day, not yet registered."""
        first_day = end.plus(-11).first_day
        closes_on = closing_day(first_day - timedelta(days=1))
        ordered_on = self.calendar.on_or_before(closes_on - timedelta(days=days_ahead))
        return Sale(menu, "continuation", seats, first_day, end.last_day, ordered_on)

    def known(self, day: date) -> date | None:
        """The business day on or before that day; None while it is still to come."""
        business_day = self.calendar.on_or_before(day)
        return business_day if business_day <= self.as_of else None
