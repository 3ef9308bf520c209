"""Months, and the days on which the reseller's office is open."""

from __future__ import annotations

import calendar
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Arithmetic on months never touches days, so no month end can be lost on the way."""

    year: int
    number: int  # 1 … 12

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day lies in."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The 1st."""
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        """The 28th to the 31st."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def plus(self, months: int) -> Month:
        """The month so many months later; earlier for a negative count."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def day(self, number: int) -> date:
        """That day of the month, or its last day where the month is shorter."""
        return min(self.last_day, self.first_day + timedelta(days=number - 1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, slots=True)
class YearlyClosure:
    """Days on which the company is closed each year, both inclusive, as (month, day); may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True, eq=False)  # what is remembered for a calendar is not looked up by its holidays
class BusinessCalendar:
    """Which days are business days: not a weekend, not a public holiday, not a day the company is closed.

    `holidays` and each of `closed` answer `day in …`; where the holidays come from is the caller's affair.
    """

    holidays: Container[date] = frozenset()
    closed: tuple[Container[date], ...] = ()

    def is_business_day(self, day: date) -> bool:
        """Whether the office is open on that day."""
        if day.weekday() >= SATURDAY or day in self.holidays:
            return False
        return not any(day in closure for closure in self.closed)

    def on_or_after(self, day: date) -> date:
        """The day itself, or the next business day."""
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The day itself, or the business day before it."""
        while not self.is_business_day(day):
            day -= ONE_DAY
        return day

    def on_or_after_within(self, day: date, latest: date) -> date:
        """The next business day, but never one past `latest`: then the last business day up to it."""
        shifted = self.on_or_after(day)
        return shifted if shifted <= latest else self.on_or_before(latest)
