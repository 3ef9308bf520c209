"""Where something may be left open at a term end: an import puts it down, so that not each term is looked at daily."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.model import OrderKind, Term
from contracts.rules.loose_ends import LooseEnd, loose_ends
from tests.contracts.values import (
    CLOSING_DAY,
    PAY_PER_ATTENDEE,
    PRO,
    STORAGE,
    TERM_END,
    WEBINAR,
    a_continuation,
    a_contract,
    a_line,
)

BASE, GOES_ON = a_line("1"), a_continuation("8")
PRO_ANEW = a_continuation("9", PRO, 5, order=OrderKind.NEW)
TICKETS = a_line("3", PAY_PER_ATTENDEE, 600, order=OrderKind.ADDITION, term=Term(date(2021, 8, 1), date(2022, 7, 31)))


def at_the_end(*lines):
    """Line and rule of each loose end at the usual term end."""
    return [(end.line, end.rule) for end in loose_ends(a_contract(*lines)) if end.term_end == TERM_END]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((BASE, GOES_ON), []),  # continued in full
        ((BASE, a_continuation(seats=9)), [("1", "N5")]),  # a cut
        ((BASE, a_line("2", WEBINAR), GOES_ON), [("2", "N5")]),  # an option dropped
        ((BASE, a_line("2", WEBINAR)), []),  # the contract ends as a whole
        ((BASE, TICKETS), []),  # and the tickets with it (T6)
        ((BASE, PRO_ANEW, a_line("2", WEBINAR), a_continuation("8", WEBINAR)), []),  # a person decides (B3, T8)
        ((BASE, a_line("2"), a_continuation(seats=11)), [("1", "N5"), ("2", "N5")]),  # each may hold the record
    ],
)
def test_n5_seats_that_do_not_go_on_leave_a_loose_end(lines, found):
    assert at_the_end(*lines) == found


def test_n5_what_is_continued_after_the_closing_day_was_open_until_then():
    late = a_continuation(ordered_on=date(2022, 1, 10))

    assert at_the_end(BASE, a_line("2", WEBINAR), a_continuation("8", WEBINAR), late) == [("1", "N5")]


def test_n5_what_was_continued_late_and_in_two_orders_was_open_between_them():
    two = (a_continuation(str(number), seats=5, ordered_on=date(2022, 1, number)) for number in (8, 9))

    assert at_the_end(BASE, *two) == [("1", "N5")]


@pytest.mark.parametrize(
    ("opened_on", "found"),
    [(CLOSING_DAY, []), (date(2021, 12, 3), [("2", "B4")]), (None, [("2", "B4")])],
)
def test_b4_storage_runs_on_unless_its_continuation_was_registered_by_the_closing_day(opened_on, found):
    continued = a_continuation("9", STORAGE, 1, opened_on=opened_on)

    assert at_the_end(BASE, a_line("2", STORAGE, 1), GOES_ON, continued) == found


def test_each_term_has_its_own():
    webinar = a_continuation("9", WEBINAR, order=OrderKind.ADDITION)
    third_year = a_line("10", term=Term(date(2023, 2, 1), date(2024, 1, 31)))

    (end,) = loose_ends(a_contract(BASE, GOES_ON, webinar, third_year))

    assert end == LooseEnd("9", date(2023, 1, 31), "N5")
