"""Releases that are due and not recorded stay with the desk, also after the end (N5, book 04)."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.model import OrderKind, Term
from contracts.rules.releases import Unreleased, releases_due
from tests.contracts.values import (
    PAY_PER_ATTENDEE,
    PRO,
    ROOMS,
    STORAGE,
    TERM_END,
    WEBINAR,
    a_continuation,
    a_contract,
    a_line,
)

BUSINESS_49 = a_line("1", seats=49)
REST = a_continuation("9", seats=30)
IN_TIME = date(2022, 1, 24)


def due(*lines, as_of=IN_TIME, until=TERM_END):
    return [(found.line.line, found.seats) for found in releases_due(a_contract(*lines), as_of, until)]


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        (date(2021, 12, 28), True),
        (TERM_END, True),
        (date(2022, 2, 1), True),  # the surplus is billed
        (date(2023, 1, 31), True),
        (date(2023, 2, 1), False),  # the renewal is over as well
    ],
)
def test_n5_seats_that_end_are_due_until_their_release_is_recorded_also_after_the_end(as_of, told):
    found = list(releases_due(a_contract(BUSINESS_49, REST), as_of, TERM_END))

    assert found == ([Unreleased(BUSINESS_49, TERM_END, 19)] if told else [])


def test_n5_a_term_end_that_is_further_away_is_not_looked_at_yet():
    assert due(BUSINESS_49, REST, until=date(2022, 1, 30)) == []


@pytest.mark.parametrize(("released_on", "told"), [(date(2022, 1, 24), False), (date(2022, 1, 25), True)])
def test_n5_a_release_recorded_on_any_line_of_the_family_settles_it(released_on, told):
    lines = a_line("1", seats=40), a_line("2", seats=9, released_on=released_on)

    assert due(*lines, REST) == ([("1", 19)] if told else [])  # it goes by the first


def test_n5_each_family_is_due_by_itself():
    lines = [BUSINESS_49, a_line("2", WEBINAR, 3), a_line("3", ROOMS, 2)]

    assert due(*lines, REST, a_continuation("10", WEBINAR, 1)) == [("1", 19), ("2", 2), ("3", 2)]


@pytest.mark.parametrize(
    "lines",
    [
        [BUSINESS_49],
        [BUSINESS_49, a_continuation("9", seats=49)],
        [BUSINESS_49, a_continuation("9", PRO, 5, order=OrderKind.NEW)],
        [a_line("1"), a_line("2", STORAGE, 1, declined_on=date(2021, 10, 1)), a_continuation("9")],
        [a_line("1"), a_line("2", PAY_PER_ATTENDEE, 600), a_continuation("9")],
    ],
    ids=["it ends as a whole", "all goes on", "T8: Pro bought anew", "D(13): storage", "T6: tickets"],
)
def test_n5_nothing_is_due_where_nothing_is_to_be_released(lines):
    assert due(*lines) == []


def test_n5_a_release_of_the_year_before_is_still_due_beside_the_next():
    second, third = (
        a_continuation("9", seats=30),
        a_continuation("10", seats=10, term=Term(date(2023, 2, 1), date(2024, 1, 31))),
    )

    assert due(BUSINESS_49, second, third, as_of=date(2023, 1, 24), until=date(2023, 1, 31)) == [("1", 19), ("9", 20)]


def test_n5_what_is_only_added_at_a_term_end_has_nothing_to_release():
    assert due(BUSINESS_49, REST, a_continuation("8", WEBINAR, 1)) == [("1", 19)]
