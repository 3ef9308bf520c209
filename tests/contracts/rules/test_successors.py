"""What takes up where a line ends, and what does not: rules N1, T5, T8, B3 and B5 (contracts.rules.successors)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from contracts.rules.successors import is_bought_anew, last_base_day, later_base, successors
from tests.contracts.values import (
    BUSINESS,
    ENTERPRISE,
    NEXT_DAY,
    PRO,
    REGISTRATION,
    ROOMS,
    TERM_END,
    a_continuation,
    a_contract,
    a_line,
)

CATALOGUE = shipped_catalogue()
NEW, ADDITION = OrderKind.NEW, OrderKind.ADDITION


def test_n1_a_continuation_is_of_the_same_family_and_starts_on_the_next_day():
    ending, following = a_line("1"), a_continuation("2")

    assert successors(a_contract(ending, following), ending) == (following,)


def test_n1_a_higher_base_licence_continues_a_lower_one():
    ending, following = a_line("1", BUSINESS, 49), a_continuation("2", ENTERPRISE, 59)

    assert successors(a_contract(ending, following), ending) == (following,)


def test_n1_an_option_is_not_continued_by_its_base():
    option = a_line("2", ROOMS, 3)

    assert successors(a_contract(a_line("1"), option, a_continuation("3")), option) == ()


def test_t5_a_start_a_month_later_continues_nothing():
    ending, later = a_line("1"), a_continuation("2", term=Term(date(2022, 3, 1), date(2023, 2, 28)))

    assert successors(a_contract(ending, later), ending) == ()


@pytest.mark.parametrize("order", list(OrderKind))
@pytest.mark.parametrize("menu", [BUSINESS, ENTERPRISE])
def test_t8_what_takes_up_on_the_next_day_under_any_order_continues(menu, order):
    """G2(2): Business 49 and 10 more become Enterprise 59, under an addition."""
    ending, following = a_line("1", BUSINESS, 49), a_continuation("2", menu, 59, order=order)

    assert successors(a_contract(ending, following), ending) == (following,)


@pytest.mark.parametrize("menu", ["business", "enterprise-essentials", "education", "education-campus"])
def test_b3_pro_bought_anew_continues_no_higher_base_licence(menu):
    """G2(3): a downgrade to Pro is not to be had; it is bought as a new order."""
    ending, pro = a_line("1", CATALOGUE[menu], 20), a_continuation("2", PRO, 5, order=NEW)

    assert successors(a_contract(ending, pro), ending) == ()
    assert is_bought_anew(pro, ending)


def test_n7_business_bought_anew_below_fifty_goes_on_from_enterprise():
    """D(13): under 50 Enterprise becomes Business in any case."""
    ending, business = a_line("1", ENTERPRISE, 60), a_continuation("2", BUSINESS, 40, order=NEW)

    assert successors(a_contract(ending, business), ending) == (business,)


@pytest.mark.parametrize(
    ("old", "new"),
    [("storage-200gb", "storage-1tb"), ("storage-1tb", "storage-5tb"), ("storage-5tb", "storage-200gb")],
)
@pytest.mark.parametrize("order", list(OrderKind))
def test_b5_any_step_of_storage_continues_any_other_under_any_order(old, new, order):
    ending, following = a_line("1", CATALOGUE[old], 1), a_continuation("2", CATALOGUE[new], 1, order=order)

    assert successors(a_contract(ending, following), ending) == (following,)


def test_what_has_no_term_is_continued_by_nothing():
    registration = a_line("1", REGISTRATION, 1, term=None)

    assert successors(a_contract(registration, a_continuation("2")), registration) == ()


# How long there is a base licence (T7)


@pytest.mark.parametrize(
    ("since", "last_day"),
    [
        (date(2021, 1, 31), None),
        (date(2021, 2, 1), date(2023, 1, 31)),
        (NEXT_DAY, date(2023, 1, 31)),
        (date(2023, 2, 1), None),
    ],
)
def test_t7_the_base_licence_goes_on_for_as_long_as_one_takes_up_from_another(since, last_day):
    assert last_base_day(a_contract(a_line("1"), a_continuation("2")), since) == last_day


def test_t7_a_gap_of_a_month_ends_the_base_licence():
    later = a_continuation("2", term=Term(date(2022, 3, 1), date(2023, 2, 28)))

    assert last_base_day(a_contract(a_line("1"), later), date(2021, 2, 1)) == TERM_END


def test_t7_a_base_licence_that_overlaps_carries_on():
    longer = a_line("2", term=Term(date(2021, 8, 1), date(2022, 7, 31)))

    assert last_base_day(a_contract(a_line("1"), longer), date(2021, 2, 1)) == date(2022, 7, 31)


def test_t7_an_option_is_no_base_licence():
    assert last_base_day(a_contract(a_line("1", ROOMS, 1)), date(2021, 2, 1)) is None


def test_t7_an_option_beside_a_base_licence_that_runs_waits_for_no_later_one():
    option = a_line("3", ROOMS, 1)
    later = a_line("2", term=Term(option.starts_on + timedelta(days=6), TERM_END))

    assert later_base(a_contract(later, option), option) == later.starts_on
    assert later_base(a_contract(a_line("1"), later, option), option) is None
