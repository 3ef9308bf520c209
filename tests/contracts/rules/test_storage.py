"""Recording storage: what goes, and what runs on (B4, B5, D(13) ④)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from contracts.rules.seats import term_change
from contracts.rules.storage import storage_that_goes, storage_that_runs_on
from tests.contracts.values import CLOSING_DAY, ROOMS, TERM_END, a_continuation, a_contract, a_line

STEPS = [shipped_catalogue()[code] for code in ("storage-200gb", "storage-1tb", "storage-5tb")]
SMALL, MIDDLE, LARGE = STEPS
ONE_DAY = timedelta(days=1)
AFTER_CLOSING = CLOSING_DAY + ONE_DAY
ORDERED = {"ordered_on": date(2021, 8, 10)}


def running_on(*lines, as_of=AFTER_CLOSING):
    return [(found.line.line, found.term) for found in storage_that_runs_on(a_contract(*lines), as_of)]


def gone(*lines, as_of=AFTER_CLOSING):
    change = term_change(a_contract(*lines), TERM_END, as_of).of("storage")
    return storage_that_goes(change, TERM_END, as_of)


# What runs on (book 16)


@pytest.mark.parametrize("menu", STEPS, ids=lambda menu: menu.code)
@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        (CLOSING_DAY, False),  # it can still be ended that day
        (AFTER_CLOSING, True),
        (TERM_END, True),
        (date(2022, 2, 1), True),
        (date(2023, 1, 31), True),
        (date(2023, 2, 1), False),  # the year is over
    ],
)
def test_b4_storage_that_was_not_ended_in_time_runs_on_for_a_year_from_its_closing_day_on(menu, as_of, told):
    lines = a_line("1"), a_line("2", menu, 1), a_continuation("3")

    assert running_on(*lines, as_of=as_of) == ([("2", Term(date(2022, 2, 1), date(2023, 1, 31)))] if told else [])


@pytest.mark.parametrize("menu", [MIDDLE, LARGE])
def test_b4_it_runs_on_until_its_continuation_is_registered(menu):
    lines = a_line("1"), a_line("2", MIDDLE, 1), a_continuation("3")
    registered_on = date(2022, 1, 10)
    continuation = a_continuation("4", menu, 1, opened_on=registered_on)

    assert running_on(*lines, continuation, as_of=registered_on - ONE_DAY) != []
    assert running_on(*lines, continuation, as_of=registered_on) == []


@pytest.mark.parametrize(("declined_on", "told"), [(CLOSING_DAY, False), (AFTER_CLOSING, True)])
def test_b4_storage_declined_by_the_closing_day_ends_and_later_runs_on(declined_on, told):
    lines = a_line("1"), a_line("2", MIDDLE, 1, declined_on=declined_on), a_continuation("3")

    assert bool(running_on(*lines, as_of=date(2022, 1, 10))) is told


def test_t7_storage_does_not_run_on_without_a_base_licence():
    assert running_on(a_line("1"), a_line("2", MIDDLE, 1)) == []


def test_b4_only_storage_runs_on():
    assert running_on(a_line("1"), a_line("2", ROOMS, 1), a_continuation("3")) == []


# What goes (books 07 and 10)


@pytest.mark.parametrize("old", STEPS, ids=lambda menu: menu.code)
@pytest.mark.parametrize("new", STEPS, ids=lambda menu: menu.code)
def test_b5_capacity_goes_where_a_lower_step_takes_up(old, new):
    found = gone(a_line("1"), a_line("2", old, 1), a_continuation("3"), a_continuation("4", new, 1, **ORDERED))

    assert found == ((old, new) if new.rank < old.rank else None)


@pytest.mark.parametrize(("declined_on", "found"), [(None, None), (CLOSING_DAY, (MIDDLE, None)), (AFTER_CLOSING, None)])
def test_b4_storage_goes_as_a_whole_where_it_was_declined_in_time(declined_on, found):
    lines = a_line("1"), a_line("2", MIDDLE, 1, declined_on=declined_on), a_continuation("3")

    assert gone(*lines, as_of=date(2022, 1, 10)) == found


def test_b4_within_the_window_a_decline_of_a_later_day_does_not_count_yet():
    lines = a_line("1"), a_line("2", MIDDLE, 1, declined_on=date(2021, 10, 1)), a_continuation("3")

    assert gone(*lines, as_of=date(2021, 9, 30)) is None
    assert gone(*lines, as_of=date(2021, 10, 1)) == (MIDDLE, None)


def test_b4_where_the_higher_of_two_was_declined_the_lower_stays():
    higher = a_line("3", LARGE, 1, order=OrderKind.ADDITION, declined_on=CLOSING_DAY)

    assert gone(a_line("1"), a_line("2", SMALL, 1), higher, a_continuation("4")) == (LARGE, SMALL)
