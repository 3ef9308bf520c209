"""Months and business days (contracts.calendar), against a paper calendar (date_oracle)."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import BusinessCalendar, Month, YearlyClosure
from tests.contracts.oracle import DAYS, MONTHS, day_of, days_in, is_open, month_before, triple
from tests.contracts.values import month

NEW_YEAR = YearlyClosure((12, 29), (1, 3))
JAPAN = holidays.country_holidays("JP", years=range(2020, 2045))
OFFICE = BusinessCalendar(JAPAN, (NEW_YEAR,))
SPAN = [(year, number) for year, number in MONTHS if 2024 <= year <= 2040]
SPAN_DAYS = [day for day in DAYS if 2024 <= day[0] <= 2040]
dates = st.dates(date(2021, 1, 1), date(2043, 12, 31))


# Months


def test_a_month_knows_its_first_and_last_day_in_every_year():
    for year, number in SPAN:
        written_down = days_in(year, number)
        assert triple(Month(year, number).first_day) == written_down[0]
        assert triple(Month(year, number).last_day) == written_down[-1]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 11, 12, 13, 25])
def test_going_back_by_months_never_loses_a_month_end(count):
    for year, number in SPAN:
        earlier = Month(year, number).plus(-count)
        assert (earlier.year, earlier.number) == month_before(year, number, count)
        assert earlier.plus(count) == Month(year, number)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(1, date(2023, 2, 1)), (28, date(2023, 2, 28)), (29, date(2023, 2, 28)), (31, date(2023, 2, 28))],
)
def test_a_day_that_a_month_lacks_is_its_last_day(day, expected):
    assert Month(2023, 2).day(day) == expected


def test_the_29th_of_february_is_there_in_a_leap_year():
    assert Month(2024, 2).day(30) == date(2024, 2, 29)


def test_months_are_ordered_as_time_runs():
    assert sorted([month("2022-02"), month("2021-12"), month("2022-01")]) == [
        month("2021-12"),
        month("2022-01"),
        month("2022-02"),
    ]


def test_a_month_is_written_with_four_and_two_figures():
    assert str(Month(2022, 1)) == "2022-01"


def test_the_month_of_a_day_is_the_one_it_lies_in():
    assert Month.of(date(2024, 2, 29)) == Month(2024, 2)


# The company's own closed days


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2025, 12, 28), False),
        (date(2025, 12, 29), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), True),
        (date(2026, 1, 3), True),
        (date(2026, 1, 4), False),
        (date(2026, 6, 15), False),
    ],
)
def test_a_closure_may_run_over_new_year(day, closed):
    assert (day in NEW_YEAR) is closed


@pytest.mark.parametrize(
    ("day", "closed"),
    [(date(2026, 8, 12), False), (date(2026, 8, 13), True), (date(2026, 8, 15), True), (date(2026, 8, 16), False)],
)
def test_a_closure_within_a_year_includes_both_its_ends(day, closed):
    assert (day in YearlyClosure((8, 13), (8, 15))) is closed


def test_what_is_no_date_lies_in_no_closure():
    assert "12-30" not in NEW_YEAR


# Business days


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 8, 1), "a Saturday"),
        (date(2026, 8, 2), "a Sunday"),
        (date(2026, 8, 11), "Mountain Day"),
        (date(2026, 5, 6), "in lieu of Constitution Day, a Sunday"),
        (date(2026, 9, 22), "between two holidays"),
        (date(2026, 12, 29), "the company is closed"),
    ],
)
def test_the_office_is_closed_on(day, reason):
    assert not OFFICE.is_business_day(day), reason


def test_every_day_of_2024_to_2040_is_a_business_day_just_where_the_oracle_says():
    wrong = [day for day in SPAN_DAYS if OFFICE.is_business_day(day_of(day)) is not is_open(day, JAPAN)]
    assert wrong == []


def test_the_first_business_day_of_each_month_is_the_first_that_the_oracle_finds_open():
    for year, number in SPAN:
        expected = next(day for day in days_in(year, number) if is_open(day, JAPAN))
        assert triple(OFFICE.on_or_after(Month(year, number).first_day)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01", date(2026, 1, 5)),  # New Year, then a weekend
        ("2027-05", date(2027, 5, 6)),  # a weekend, then three holidays
        ("2026-08", date(2026, 8, 3)),
        ("2026-09", date(2026, 9, 1)),
    ],
)
def test_the_first_business_day_of(text, expected):
    assert OFFICE.on_or_after(month(text).first_day) == expected


def test_a_month_end_that_is_no_business_day_moves_to_the_one_before():
    for year, number in SPAN:
        expected = next(day for day in reversed(days_in(year, number)) if is_open(day, JAPAN))
        assert triple(OFFICE.on_or_before(Month(year, number).last_day)) == expected


@given(dates)
def test_a_shift_ends_on_a_business_day_and_passes_over_none(day):
    later, earlier = OFFICE.on_or_after(day), OFFICE.on_or_before(day)

    passed = [earlier + timedelta(days=n) for n in range(1, (later - earlier).days)]
    assert OFFICE.is_business_day(later)
    assert OFFICE.is_business_day(earlier)
    assert earlier <= day <= later
    assert not any(OFFICE.is_business_day(day) for day in passed)


@given(dates, st.integers(0, 40))
def test_a_shift_never_crosses_the_legal_latest_day(day, room):
    latest = day + timedelta(days=room)

    shifted = OFFICE.on_or_after_within(day, latest)

    assert shifted <= latest
    assert OFFICE.is_business_day(shifted)


@given(dates, st.integers(15, 40))
def test_a_shift_with_room_enough_is_the_plain_shift(day, room):
    assert OFFICE.on_or_after_within(day, day + timedelta(days=room)) == OFFICE.on_or_after(day)


def test_a_shift_without_room_turns_back_to_the_last_business_day():
    saturday, sunday = date(2026, 8, 1), date(2026, 8, 2)

    assert OFFICE.on_or_after_within(saturday, latest=sunday) == date(2026, 7, 31)


def test_a_day_already_past_the_latest_day_turns_back_as_well():
    assert OFFICE.on_or_after_within(date(2026, 8, 5), latest=date(2026, 8, 4)) == date(2026, 8, 4)


def test_without_holidays_and_closures_only_weekends_are_closed():
    bare = BusinessCalendar()

    assert bare.is_business_day(date(2026, 1, 1))
    assert not bare.is_business_day(date(2026, 1, 3))
