"""When pay-per-attendee tickets lapse (T6, D(13) Zoom Events 1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.model import OrderKind, Term
from contracts.rules.tickets import dies_with_base, is_lapsing, tickets_beside, tickets_end
from tests.contracts.values import (
    CLOSING_DAY,
    PAY_PER_ATTENDEE,
    ROOMS,
    TERM_END,
    a_continuation,
    a_contract,
    a_line,
)

ONE_DAY = timedelta(days=1)
OWN_END = date(2022, 7, 31)
TICKETS = a_line("2", PAY_PER_ATTENDEE, 600, order=OrderKind.ADDITION, term=Term(date(2021, 8, 1), OWN_END))


@pytest.mark.parametrize(
    ("lines", "ends_on"),
    [
        ([a_line("1")], TERM_END),
        ([a_line("1"), a_continuation("3")], OWN_END),
        ([a_line("1"), a_continuation("3", order=OrderKind.NEW)], OWN_END),
        ([a_line("1"), a_line("3", ROOMS, 1), a_continuation("4", ROOMS, 1)], TERM_END),
        ([], OWN_END),
    ],
    ids=["not continued", "continued", "bought anew", "an option goes on alone", "no base licence at all"],
)
def test_t6_tickets_end_with_the_base_licence_or_by_themselves(lines, ends_on):
    assert tickets_end(a_contract(*lines, TICKETS), TICKETS) == ends_on


def test_t6_what_has_no_term_of_its_own_ends_when_it_ends():
    assert tickets_end(a_contract(a_line("1"), a_line("2", ROOMS, 1)), a_line("2", ROOMS, 1)) == TERM_END


@pytest.mark.parametrize(
    ("as_of", "declined_on", "is_certain"),
    [
        (CLOSING_DAY, None, False),
        (CLOSING_DAY + ONE_DAY, None, True),
        (date(2021, 10, 1), date(2021, 10, 1), True),
        (date(2021, 9, 30), date(2021, 10, 1), False),
    ],
)
def test_t6_they_die_with_a_base_licence_that_was_declined_or_not_continued_in_time(as_of, declined_on, is_certain):
    contract = a_contract(a_line("1", declined_on=declined_on), TICKETS)

    assert dies_with_base(contract, TICKETS, as_of) is is_certain
    assert is_lapsing(contract, TICKETS, as_of) is is_certain


def test_t6_a_base_licence_of_earlier_years_need_not_have_been_declined():
    before = a_line("0", term=Term(date(2020, 2, 1), date(2021, 1, 31)))
    contract = a_contract(before, a_line("1", declined_on=date(2021, 10, 1)), TICKETS)

    assert dies_with_base(contract, TICKETS, date(2021, 10, 1))


def test_t6_they_do_not_die_with_a_base_licence_that_goes_on():
    contract = a_contract(a_line("1"), a_continuation("3"), TICKETS)

    assert not dies_with_base(contract, TICKETS, date(2022, 1, 31))


@pytest.mark.parametrize(
    ("more", "as_of", "lapse"),
    [
        ([], CLOSING_DAY, False),
        ([], CLOSING_DAY + ONE_DAY, True),
        ([a_continuation("4", PAY_PER_ATTENDEE, 600)], TERM_END, False),
    ],
    ids=["still to be continued", "not continued in time", "continued"],
)
def test_t6_what_is_left_of_tickets_lapses_at_their_own_end_unless_they_are_continued(more, as_of, lapse):
    """Book 09."""
    tickets = a_line("2", PAY_PER_ATTENDEE, 600)
    contract = a_contract(a_line("1"), tickets, a_continuation("3"), *more)

    assert is_lapsing(contract, tickets, as_of) is lapse


def test_t6_a_licence_never_lapses_as_tickets_do():
    assert not is_lapsing(a_contract(a_line("1")), a_line("1"), TERM_END)


def test_t6_the_tickets_beside_a_base_licence_that_would_lapse_with_it():
    ends_before = a_line("3", PAY_PER_ATTENDEE, 600)
    contract = a_contract(a_line("1"), TICKETS, ends_before)

    assert list(tickets_beside(contract, TERM_END)) == [TICKETS]
    assert list(tickets_beside(a_contract(*contract.lines, a_continuation("4")), TERM_END)) == []
