"""Rules N5, N6, N7 and B4 (contracts.rules.seats): what happens to the seats where a term ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.model import ContractLine, OrderKind, Term
from contracts.rules.seats import TermChange, seats_to_release, term_change
from tests.contracts.values import (
    BUSINESS,
    CLOSING_DAY,
    ENTERPRISE,
    PAY_PER_ATTENDEE,
    PRO,
    REGISTRATION,
    ROOMS,
    STORAGE,
    TERM_END,
    WEBINAR,
    a_continuation,
    a_contract,
    a_line,
)

ONE_DAY = timedelta(days=1)
AFTER_CLOSING = CLOSING_DAY + ONE_DAY
OUTLIVING = Term(date(2021, 6, 1), date(2022, 5, 31))


def change_of(*lines: ContractLine, as_of: date = AFTER_CLOSING) -> TermChange:
    return term_change(a_contract(*lines), TERM_END, as_of)


def to_release(family: str, *lines: ContractLine, as_of: date = AFTER_CLOSING) -> int:
    change = change_of(*lines, as_of=as_of).of(family)
    assert change is not None
    return seats_to_release(change, TERM_END, as_of)


# N5: seats are compared per family


def test_n5_business_49_continued_as_30_releases_19():
    assert to_release("base", a_line("1", seats=49), a_continuation("2", seats=30)) == 19


def test_n5_business_40_and_an_addition_of_9_continued_as_49_release_nothing():
    ending = (
        a_line("1", seats=40),
        a_line("2", seats=9, order=OrderKind.ADDITION, term=Term(date(2021, 8, 1), TERM_END)),
    )

    assert to_release("base", *ending, a_continuation("3", seats=49)) == 0


def test_n5_an_upgrade_from_business_49_to_enterprise_59_releases_nothing():
    assert to_release("base", a_line("1", BUSINESS, 49), a_continuation("2", ENTERPRISE, 59)) == 0


def test_n5_a_continuation_in_two_lines_counts_together():
    continued = a_continuation("2", seats=20), a_continuation("3", seats=10)

    assert to_release("base", a_line("1", seats=49), *continued) == 19


def test_n5_an_option_is_compared_by_itself_and_not_with_the_base():
    lines = a_line("1"), a_line("2", ROOMS, 5), a_continuation("3", seats=30), a_continuation("4", ROOMS, 3)

    assert to_release("rooms", *lines) == 2
    assert to_release("base", *lines) == 0


def test_n5_an_option_dropped_beside_a_continued_base_is_a_reduction_to_nothing():
    assert to_release("rooms", a_line("1"), a_line("2", ROOMS, 3), a_continuation("3")) == 3


def test_n5_an_option_that_nothing_continues_yet_is_not_dropped_while_the_window_is_open():
    lines = a_line("1"), a_line("2", ROOMS, 3), a_continuation("3")

    assert to_release("rooms", *lines, as_of=CLOSING_DAY) == 0
    assert to_release("rooms", *lines, as_of=AFTER_CLOSING) == 3


def test_n5_a_declined_option_is_dropped_at_once():
    lines = a_line("1"), a_line("2", ROOMS, 3, declined_on=date(2021, 10, 1)), a_continuation("3")

    assert to_release("rooms", *lines, as_of=date(2021, 9, 30)) == 0
    assert to_release("rooms", *lines, as_of=date(2021, 10, 1)) == 3


def test_n5_within_the_window_only_the_declined_lines_of_a_family_are_dropped():
    lines = a_line("1"), a_line("2", ROOMS, 3, declined_on=date(2021, 10, 1)), a_line("3", ROOMS, 4)

    assert to_release("rooms", *lines, as_of=CLOSING_DAY) == 3
    assert to_release("rooms", *lines, as_of=AFTER_CLOSING) == 7


def test_n5_an_order_of_a_later_day_does_not_count_yet():
    lines = a_line("1", seats=49), a_continuation("2", seats=49, ordered_on=date(2021, 12, 1))

    assert change_of(*lines, as_of=date(2021, 11, 30)).of("base").continuing_seats == 0
    assert change_of(*lines, as_of=date(2021, 12, 1)).of("base").continuing_seats == 49


def test_n5_lines_that_end_on_another_day_are_not_compared():
    lines = a_line("1", seats=20), a_line("2", WEBINAR, 1, term=OUTLIVING), a_continuation("3", seats=20)

    assert change_of(*lines).of("webinar") is None


def test_n5_what_takes_up_without_anything_ending_is_no_ending_family():
    change = change_of(a_line("1"), a_continuation("2"), a_continuation("3", ROOMS, 2))

    assert change.of("rooms") is None
    assert [family.family for family in change.families] == ["base", "rooms"]


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
)
def test_n5_the_seats_to_release_are_what_is_over_once_all_that_continues_is_seated(ending, continuing):
    lines = [a_line(f"{n}", seats=seats) for n, seats in enumerate(ending)]
    lines += [a_continuation(f"c{n}", seats=seats) for n, seats in enumerate(continuing)]
    users = [user for seats in ending for user in range(seats)]
    for _ in range(sum(continuing)):
        users = users[1:]

    assert to_release("base", *lines) == len(users)


# N5: whether the contract goes on at all


def test_n5_a_contract_that_ends_as_a_whole_does_not_go_on():
    assert not change_of(a_line("1"), a_line("2", ROOMS, 3)).goes_on


def test_n5_a_contract_goes_on_when_anything_takes_up_on_the_next_day():
    assert change_of(a_line("1"), a_continuation("2")).goes_on


def test_n5_a_contract_goes_on_when_a_line_runs_across_the_day():
    assert change_of(a_line("1", ROOMS, 3), a_line("2", term=OUTLIVING)).goes_on


def test_t6_pay_per_attendee_dies_with_the_base_and_keeps_no_contract_going():
    assert not change_of(a_line("1"), a_line("2", PAY_PER_ATTENDEE, 100, term=OUTLIVING)).goes_on


def test_a_registration_has_no_term_and_keeps_no_contract_going():
    assert not change_of(a_line("1"), a_line("2", REGISTRATION, 1, term=None)).goes_on


# N5: only what is assigned to users is released (books 09 and 10)


@pytest.mark.parametrize("menu", [STORAGE, PAY_PER_ATTENDEE], ids=["storage", "tickets"])
@pytest.mark.parametrize("declined_on", [None, CLOSING_DAY, AFTER_CLOSING])
def test_n5_tickets_and_storage_are_never_released(menu, declined_on):
    lines = a_line("1"), a_line("2", menu, 600, declined_on=declined_on), a_continuation("3")

    assert to_release(menu.family, *lines, as_of=date(2022, 1, 24)) == 0
    assert to_release(menu.family, *lines, a_continuation("4", menu, 1), as_of=date(2022, 1, 24)) == 0


def test_n6_tickets_that_are_used_up_are_no_cut():
    lines = a_line("1", seats=20), a_line("2", PAY_PER_ATTENDEE, 600), a_continuation("3", seats=30)

    assert not change_of(*lines).is_mixed


# T8: a lower base licence bought anew (book 15)


@pytest.mark.parametrize("seats", [5, 9])
def test_t8_pro_bought_anew_after_business_is_no_cut_and_no_continuation(seats):
    pro = a_continuation("2", PRO, seats, order=OrderKind.NEW)
    change = change_of(a_line("1", seats=20), pro)

    assert (change.anew, change.goes_on) == ((pro,), False)
    assert change.of("base").continuing == ()


def test_b2_any_other_option_can_be_declined_after_the_closing_day_and_is_dropped_either_way():
    lines = a_line("1"), a_line("2", ROOMS, 3, declined_on=AFTER_CLOSING), a_continuation("3")

    assert to_release("rooms", *lines, as_of=date(2022, 1, 24)) == 3


# N6: a cut and an addition in one renewal


@pytest.mark.parametrize(
    ("continued", "is_mixed"),
    [
        ({"base": 30, "rooms": 3}, True),  # seats added to the base, rooms cut
        ({"base": 10, "rooms": 6}, True),
        ({"base": 30, "rooms": 6}, False),
        ({"base": 10, "rooms": 3}, False),
        ({"base": 20, "rooms": 5}, False),
    ],
)
def test_n6_a_renewal_is_mixed_when_it_both_cuts_and_adds(continued, is_mixed):
    ending = a_line("1", seats=20), a_line("2", ROOMS, 5)
    taking_up = a_continuation("3", seats=continued["base"]), a_continuation("4", ROOMS, continued["rooms"])

    assert change_of(*ending, *taking_up).is_mixed is is_mixed


def test_n6_an_option_that_is_new_with_the_renewal_is_an_addition():
    assert change_of(a_line("1", seats=20), a_continuation("2", seats=15), a_continuation("3", WEBINAR, 1)).is_mixed


# N7: below the minimum


@pytest.mark.parametrize(
    ("menu", "seats", "falls"),
    [
        (ENTERPRISE, 49, True),
        (BUSINESS, 45, True),  # the order already names what it falls to
        (ENTERPRISE, 50, False),
        (ENTERPRISE, 51, False),
        (ENTERPRISE, 1, True),
    ],
)
def test_n7_enterprise_renewed_under_fifty_falls_to_business(menu, seats, falls):
    change = change_of(a_line("1", ENTERPRISE, 60), a_continuation("2", menu, seats))

    assert change.falls_to == ((ENTERPRISE, seats) if falls else None)


def test_n7_seats_that_reach_the_minimum_in_two_lines_do_not_fall():
    change = change_of(
        a_line("1", ENTERPRISE, 60), a_continuation("2", ENTERPRISE, 30), a_continuation("3", ENTERPRISE, 20)
    )

    assert change.falls_to is None


def test_n7_a_contract_that_ends_does_not_fall_to_anything():
    assert change_of(a_line("1", ENTERPRISE, 60), a_line("2", ROOMS, 1)).falls_to is None


def test_n7_business_has_nothing_to_fall_to():
    assert change_of(a_line("1", BUSINESS, 49), a_continuation("2", BUSINESS, 30)).falls_to is None
