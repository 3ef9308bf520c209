"""An independent oracle for dates: no date arithmetic, only a table of month lengths and a list of days to count in.

A day is a triple (year, month, day). Whatever the product computes with `timedelta` or month indices is found here by
writing all days down once and walking along the list, one at a time, as a person with a paper calendar would.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date

Day = tuple[int, int, int]

LENGTHS = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
FIRST_YEAR, LAST_YEAR = 2020, 2044
WEDNESDAY = 2  # 2020-01-01 was one
LEAP_YEARS = {2020, 2024, 2028, 2032, 2036, 2040, 2044}


def _length(year: int, month: int) -> int:
    return 29 if month == 2 and year in LEAP_YEARS else LENGTHS[month]


MONTHS = [(year, month) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in LENGTHS]
PAGES = {(year, month): [(year, month, day) for day in range(1, _length(year, month) + 1)] for year, month in MONTHS}
DAYS: list[Day] = [day for page in PAGES.values() for day in page]
PLACE = {day: place for place, day in enumerate(DAYS)}


def triple(day: date) -> Day:
    return (day.year, day.month, day.day)


def day_of(day: Day) -> date:
    return date(*day)


def days_before(day: Day, count: int) -> Day:
    """The day so many places earlier, by walking."""
    place = PLACE[day]
    for _ in range(count):
        place -= 1
    return DAYS[place]


def days_left(earlier: Day, later: Day) -> int:
    """How often one has to turn the page to come from one day to the other."""
    count = 0
    while DAYS[PLACE[earlier] + count] != later:
        count += 1
    return count


def month_before(year: int, month: int, count: int) -> tuple[int, int]:
    """The month so many months earlier, one at a time."""
    for _ in range(count):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return year, month


def days_in(year: int, month: int) -> list[Day]:
    """All days of a month, in order."""
    return PAGES[year, month]


def is_open(day: Day, holidays: Container[date]) -> bool:
    """Whether an office works on that day that closes from 29 December to 3 January."""
    weekday = (PLACE[day] + WEDNESDAY) % 7
    in_new_year = day[1:] in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
    return weekday not in {5, 6} and not in_new_year and day_of(day) not in holidays
