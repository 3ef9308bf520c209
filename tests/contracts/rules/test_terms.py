"""Rules T1 to T6 and B1 to B3 (contracts.rules.terms): the worked cases, then all month ends against the oracle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import Month
from contracts.model import OrderKind, Term
from contracts.rules.terms import (
    closing_day,
    continuation_term,
    is_same_or_higher,
    is_short_remainder,
    purchase_window,
    start_day,
    term_of,
)
from tests.contracts.oracle import MONTHS, day_of, days_before, days_in, days_left, month_before, triple
from tests.contracts.values import BUSINESS, ENTERPRISE, PAY_PER_ATTENDEE, PRO, ROOMS, month

MONTH_ENDS = [days_in(year, number)[-1] for year, number in MONTHS if 2024 <= year <= 2040]


def months_of(term):
    """How many months the term counts, the month of its start and of its end included (T2)."""
    first, last = Month.of(term.first_day), Month.of(term.last_day)
    return (last.year - first.year) * 12 + last.number - first.number + 1


# T1: the start day


@pytest.mark.parametrize(
    ("menu", "order", "start_month", "expected"),
    [
        (PRO, OrderKind.NEW, "2026-01", date(2026, 1, 7)),
        (PRO, OrderKind.ADDITION, "2026-01", date(2026, 1, 1)),
        (PRO, OrderKind.CONTINUATION, "2026-01", date(2026, 1, 1)),
        (PRO, OrderKind.NEW, "2026-02", date(2026, 2, 1)),
        (PRO, OrderKind.NEW, "2025-12", date(2025, 12, 1)),
        (BUSINESS, OrderKind.NEW, "2026-01", date(2026, 1, 1)),
        (ROOMS, OrderKind.NEW, "2026-01", date(2026, 1, 1)),
    ],
)
def test_t1_only_a_new_order_of_pro_in_january_starts_on_the_7th(menu, order, start_month, expected):
    assert start_day(menu, order, month(start_month)) == expected


# T2: the term end


@pytest.mark.parametrize(
    ("starts_on", "months", "last_day"),
    [
        (date(2021, 3, 1), 12, date(2022, 2, 28)),
        (date(2026, 1, 7), 12, date(2026, 12, 31)),  # counted from the month, not from the day
        (date(2021, 2, 1), 12, date(2022, 1, 31)),
        (date(2023, 3, 1), 12, date(2024, 2, 29)),
        (date(2024, 2, 29), 1, date(2024, 2, 29)),
        (date(2026, 5, 1), 1, date(2026, 5, 31)),
        (date(2026, 5, 1), 36, date(2029, 4, 30)),
    ],
)
def test_t2_a_term_ends_on_the_last_day_of_its_last_month(starts_on, months, last_day):
    assert term_of(starts_on, months) == Term(starts_on, last_day)


def test_t2_twelve_months_end_on_the_day_before_the_same_month_a_year_on():
    for year, number, _ in MONTH_ENDS:
        first = (year, number, 1)
        day_before_next_year = days_before((year + 1, number, 1), 1)
        assert triple(term_of(day_of(first), 12).last_day) == day_before_next_year


@pytest.mark.parametrize("months", [0, -1])
def test_t2_a_term_has_at_least_one_month(months):
    with pytest.raises(ValueError, match="at least 1 month"):
        term_of(date(2026, 1, 1), months)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(1, 60))
def test_t2_the_months_of_a_term_are_those_it_was_made_of(starts_on, months):
    assert months_of(term_of(starts_on, months)) == months


# T3: an addition ends with its contract


def test_t3_an_addition_to_a_contract_counts_the_months_that_are_left():
    assert months_of(Term(date(2021, 8, 1), date(2022, 1, 31))) == 6
    assert term_of(date(2021, 8, 1), 6).last_day == term_of(date(2021, 2, 1), 12).last_day


@given(st.integers(0, 200), st.integers(2, 36), st.data())
def test_t3_an_addition_of_whole_months_can_end_with_the_contract_from_any_month_on(start, months, data):
    contract_term = term_of(Month(2024, 1).plus(start).first_day, months)
    joined = Month.of(contract_term.first_day).plus(data.draw(st.integers(0, months - 1))).first_day

    left = months_of(Term(joined, contract_term.last_day))

    assert term_of(joined, left).last_day == contract_term.last_day


# T4: a short remainder


@pytest.mark.parametrize(
    ("ordered_on", "is_short"),
    [
        (date(2021, 12, 2), False),  # 60 days remain
        (date(2021, 12, 3), True),  # 59
        (date(2022, 1, 31), True),
        (date(2021, 8, 1), False),
    ],
)
def test_t4_a_remainder_is_short_under_sixty_days(ordered_on, is_short):
    assert is_short_remainder(ordered_on, date(2022, 1, 31)) is is_short


def test_t4_the_remainder_turns_short_at_every_month_end_when_the_oracle_counts_fewer_than_sixty_days():
    for end in MONTH_ENDS:
        for count in (59, 60, 61):
            ordered_on = days_before(end, count)
            assert is_short_remainder(day_of(ordered_on), day_of(end)) is (days_left(ordered_on, end) < 60)


# T5: the continuation


@pytest.mark.parametrize(
    ("term_end", "expected"),
    [
        (date(2022, 1, 31), Term(date(2022, 2, 1), date(2023, 1, 31))),
        (date(2023, 2, 28), Term(date(2023, 3, 1), date(2024, 2, 29))),
        (date(2024, 2, 29), Term(date(2024, 3, 1), date(2025, 2, 28))),
        (date(2026, 12, 31), Term(date(2027, 1, 1), date(2027, 12, 31))),  # January: the 1st, as it is no new order
    ],
)
def test_t5_a_continuation_takes_up_on_the_day_after_and_ends_by_its_own_length(term_end, expected):
    assert continuation_term(term_end, 12) == expected


def test_t5_no_day_lies_between_a_term_and_its_continuation_at_any_month_end():
    for end in MONTH_ENDS:
        new_term = continuation_term(day_of(end), 12)
        assert days_before(triple(new_term.first_day), 1) == end
        assert days_before((end[0] + 1, *triple(new_term.first_day)[1:]), 1)[1] == end[1]


# T6: pay-per-attendee has a term of its own


def test_t6_pay_per_attendee_counts_its_twelve_months_from_its_own_start_and_may_outlive_the_contract():
    contract_end = date(2026, 9, 30)

    own_term = term_of(date(2026, 3, 1), 12)

    assert PAY_PER_ATTENDEE.own_term
    assert own_term.last_day == date(2027, 2, 28)
    assert own_term.last_day > contract_end


# B1: the purchase window


@pytest.mark.parametrize(
    ("term_end", "window"),
    [
        (date(2022, 1, 31), Term(date(2021, 7, 1), date(2021, 12, 2))),
        (date(2024, 2, 29), Term(date(2023, 8, 1), date(2023, 12, 31))),
        (date(2027, 2, 28), Term(date(2026, 8, 1), date(2026, 12, 30))),
    ],
)
def test_b1_the_window_runs_from_the_sixth_month_before_to_sixty_days_before(term_end, window):
    assert purchase_window(term_end) == window


def test_b1_at_every_month_end_the_window_opens_with_the_sixth_month_before():
    for end in MONTH_ENDS:
        year, number = month_before(end[0], end[1], 6)
        assert triple(purchase_window(day_of(end)).first_day) == days_in(year, number)[0]


def test_b1_at_every_month_end_the_window_closes_sixty_walked_days_before():
    for end in MONTH_ENDS:
        assert triple(purchase_window(day_of(end)).last_day) == days_before(end, 60)
        assert triple(closing_day(day_of(end))) == days_before(end, 60)


def test_b1_the_closing_day_itself_is_in_the_window_and_the_day_after_is_not():
    window = purchase_window(date(2022, 1, 31))

    assert window.covers(date(2021, 12, 2))
    assert not window.covers(date(2021, 12, 3))
    assert not window.covers(date(2021, 6, 30))


@pytest.mark.parametrize(
    ("term_end", "notice_months"),
    [
        (date(2022, 1, 31), ("2021-08", "2021-09")),
        (date(2024, 2, 29), ("2023-09", "2023-10")),
        (date(2027, 2, 28), ("2026-09", "2026-10")),
    ],
)
def test_n1_the_notice_months_are_the_fifth_and_the_fourth_before_the_end_month(term_end, notice_months):
    end_month = Month.of(term_end)

    assert (str(end_month.plus(-5)), str(end_month.plus(-4))) == notice_months


@pytest.mark.parametrize("count", [5, 4])
def test_n1_at_every_month_end_the_notice_month_is_the_oracles_and_lies_within_the_window(count):
    for end in MONTH_ENDS:
        notice_month = Month.of(day_of(end)).plus(-count)
        window = purchase_window(day_of(end))

        assert (notice_month.year, notice_month.number) == month_before(end[0], end[1], count)
        assert window.covers(notice_month.first_day)
        assert window.covers(notice_month.last_day)


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_b1_the_same_window_holds_for_an_end_within_a_month(term_end):
    window = purchase_window(term_end)

    assert (term_end - window.last_day) == timedelta(days=60)
    assert months_of(Term(window.first_day, term_end)) == 7


# B3: the same base licence or a higher one


@pytest.mark.parametrize(
    ("menu", "than", "seats", "expected"),
    [
        (BUSINESS, BUSINESS, 10, True),
        (ENTERPRISE, BUSINESS, 59, True),
        (BUSINESS, PRO, 10, True),
        (PRO, BUSINESS, 9, False),
        (PRO, ENTERPRISE, 9, False),
        (BUSINESS, ENTERPRISE, 50, False),
        (BUSINESS, ENTERPRISE, 49, True),  # below the minimum it falls there anyway (N7)
    ],
)
def test_b3_a_continuation_is_the_same_base_licence_or_a_higher_one(menu, than, seats, expected):
    assert is_same_or_higher(menu, than, seats) is expected
