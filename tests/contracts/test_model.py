"""The values of the book (contracts.model): what counts on which day, and what continues what."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.model import Term, line_order
from tests.contracts.values import (
    NEXT_DAY,
    ROOMS,
    a_continuation,
    a_contract,
    a_line,
)

DAY = date(2021, 9, 1)
DAY_BEFORE, DAY_AFTER = date(2021, 8, 31), date(2021, 9, 2)


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2021, 1, 31), False),
        (date(2021, 2, 1), True),
        (date(2022, 1, 31), True),
        (date(2022, 2, 1), False),
    ],
)
def test_a_term_covers_its_first_and_its_last_day(day, covered):
    assert Term(date(2021, 2, 1), date(2022, 1, 31)).covers(day) is covered


def test_t5_the_day_after_a_term_is_the_day_its_continuation_starts():
    assert Term(date(2021, 2, 1), date(2022, 1, 31)).next_day == NEXT_DAY


@pytest.mark.parametrize(
    ("fact", "asked"),
    [
        ("ordered_on", "is_ordered"),
        ("opened_on", "is_opened"),
        ("declined_on", "is_declined"),
        ("released_on", "is_released"),
    ],
)
def test_a_fact_counts_from_its_own_day_on(fact, asked):
    def holds(as_of: date) -> bool:
        return getattr(a_line(**{fact: DAY}), asked)(as_of)

    assert (holds(DAY_BEFORE), holds(DAY), holds(DAY_AFTER)) == (False, True, True)


@pytest.mark.parametrize("asked", ["is_opened", "is_declined", "is_released"])
def test_what_has_no_date_has_not_happened(asked):
    assert getattr(a_line(), asked)(DAY) is False


def test_a_row_without_an_order_date_was_ordered_before_it_was_known():
    assert a_line(ordered_on=None).is_ordered(date(2000, 1, 1))


def test_a_line_reads_as_contract_and_number():
    assert str(a_line("3")) == "K-0001/3"


def test_a_contract_finds_its_line_by_number():
    contract = a_contract(a_line("1"), a_line("2", ROOMS))

    assert contract.line("2") == a_line("2", ROOMS)
    assert contract.line("7") is None


def test_a_contract_as_known_on_a_day_leaves_out_what_was_ordered_later():
    contract = a_contract(a_line("1"), a_continuation("2", ordered_on=DAY_AFTER))

    assert [line.line for line in contract.known_on(DAY).lines] == ["1"]
    assert [line.line for line in contract.known_on(DAY_AFTER).lines] == ["1", "2"]


def test_line_numbers_are_ordered_as_people_read_them():
    assert sorted(["10", "2", "b", "1", "a", "²"], key=line_order) == ["1", "2", "10", "a", "b", "²"]
