"""N2, with which the contract comes into being, and N3, a start that moved after it was announced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from contracts.model import OrderKind
from contracts.rules.terms import term_of
from jobs.notices.decision import Recorded
from jobs.notices.rules import OpeningRules
from jobs.notices.service_start import decisions
from tests.contracts.values import REGISTRATION, a_continuation, a_line
from tests.jobs.builders import a_mailable_contract, on, silence, told

RULES = OpeningRules()
START = date(2021, 9, 1)


def a_new_line(starts_on=START, **changes):
    return a_line(
        **{"term": term_of(starts_on, 12), "ordered_on": date(2021, 8, 1), "opened_on": date(2021, 8, 25)} | changes
    )


def decided(contract, at, rules=RULES):
    return told(decisions(contract, rules, at))


def test_a_new_order_is_announced_once_it_is_opened():
    assert decided(a_mailable_contract(a_new_line()), on(date(2021, 8, 25))) == [("2021-09-01", "send", "due")]


def test_an_addition_is_announced_too():
    contract = a_mailable_contract(a_new_line(order=OrderKind.ADDITION))

    assert decided(contract, on(date(2021, 8, 25))) == [("2021-09-01", "send", "due")]


def test_what_is_not_opened_yet_is_not_announced():
    found = list(decisions(a_mailable_contract(a_new_line()), RULES, on(date(2021, 8, 24))))

    assert silence(found) == ["not-opened"]


def test_an_order_dated_later_than_the_day_is_not_confirmed_yet():
    contract = a_mailable_contract(a_new_line(ordered_on=date(2021, 8, 26)))

    assert list(decisions(contract, RULES, on(date(2021, 8, 25)))) == []


def test_a_continuation_is_no_start_but_an_extension():
    found = list(
        decisions(a_mailable_contract(a_continuation(opened_on=date(2021, 11, 1))), RULES, on(date(2021, 11, 1)))
    )

    assert silence(found) == ["not-its-kind"]


def test_the_registration_starts_no_service_of_its_own():
    contract = a_mailable_contract(a_new_line(menu=REGISTRATION, term=None))

    assert silence(decisions(contract, RULES, on(date(2021, 8, 25)))) == ["not-its-kind"]


def test_a_start_is_still_announced_thirty_days_after_the_later_of_opening_and_start():
    assert decided(a_mailable_contract(a_new_line()), on(date(2021, 10, 1))) == [("2021-09-01", "send", "late")]


def test_what_began_longer_ago_is_not_announced_any_more():
    assert decided(a_mailable_contract(a_new_line()), on(date(2021, 10, 2))) == [
        ("2021-09-01", "skip", "window-closed")
    ]


def test_a_start_is_looked_at_until_the_last_day_of_its_term():
    contract = a_mailable_contract(a_new_line())

    assert decided(contract, on(date(2022, 8, 31))) == [("2021-09-01", "skip", "window-closed")]
    assert silence(decisions(contract, RULES, on(date(2022, 9, 1)))) == ["term-over"]


@pytest.mark.parametrize(("ordered_on", "due_on"), [(None, date(2021, 8, 25)), (date(2021, 8, 27), date(2021, 8, 27))])
def test_a_start_is_due_once_it_is_opened_and_ordered(ordered_on, due_on):
    (decision,) = decisions(a_mailable_contract(a_new_line(ordered_on=ordered_on)), RULES, on(date(2021, 8, 27)))

    assert (decision.action, decision.due_on) == ("send", due_on)


def test_what_was_told_of_another_line_does_not_count():
    second = a_new_line(line="2")

    (decision,) = decisions(a_mailable_contract(second), RULES, on(date(2021, 8, 25), ("service-start", "2021-10-01")))

    assert (decision.kind, decision.action) == ("service-start", "send")


def test_a_start_is_announced_once():
    at = on(date(2021, 9, 2), ("service-start", "2021-09-01"))

    assert decided(a_mailable_contract(a_new_line()), at) == [("2021-09-01", "skip", "already-sent")]


def test_a_start_that_moved_before_it_was_announced_is_announced_with_its_new_date():
    moved = a_mailable_contract(a_new_line(date(2021, 10, 1)))

    assert [(d.kind, d.occasion) for d in decisions(moved, RULES, on(date(2021, 8, 26)))] == [
        ("service-start", "2021-10-01")
    ]


def test_a_start_that_moved_after_it_was_announced_is_announced_as_a_change():  # N3
    moved = a_mailable_contract(a_new_line(date(2021, 10, 1)))

    (decision,) = decisions(moved, RULES, on(date(2021, 8, 27), ("service-start", "2021-09-01")))

    assert (decision.kind, decision.occasion) == ("service-start-change", "2021-10-01")
    assert decision.reference == date(2021, 9, 1)  # the date that was told
    assert all(check.passed for check in decision.checks)


def test_a_change_is_announced_ahead_of_the_earlier_of_the_two_dates():  # N3
    brought_forward = a_mailable_contract(a_new_line(date(2021, 9, 1)))
    told_october = ("service-start", "2021-10-01")

    in_time = next(decisions(brought_forward, RULES, on(date(2021, 8, 31), told_october)))
    too_late_to_be_ahead = next(decisions(brought_forward, RULES, on(date(2021, 9, 1), told_october)))

    assert (in_time.due_on, in_time.reason) == (date(2021, 8, 31), "due")
    assert (too_late_to_be_ahead.due_on, too_late_to_be_ahead.reason) == (date(2021, 8, 31), "late")


def test_a_change_is_announced_once():
    moved = a_mailable_contract(a_new_line(date(2021, 10, 1)))
    at = on(date(2021, 8, 28), ("service-start", "2021-09-01"), ("service-start-change", "2021-10-01"))

    assert decided(moved, at) == [("2021-10-01", "skip", "already-sent")]


def test_a_start_that_moves_back_to_the_date_first_told_is_a_change_again():
    back = a_mailable_contract(a_new_line(date(2021, 9, 1)))
    at = on(date(2021, 8, 29), ("service-start", "2021-09-01"), ("service-start-change", "2021-10-01"))

    (decision,) = decisions(back, RULES, at)

    assert (decision.kind, decision.occasion, decision.action) == ("service-start-change", "2021-09-01", "send")


def test_a_start_that_moves_to_a_date_announced_as_a_change_before_is_said_again():
    again = a_mailable_contract(a_new_line(date(2021, 10, 1)))
    history = [
        ("service-start", "2021-09-01"),
        ("service-start-change", "2021-10-01"),
        ("service-start-change", "2021-09-01"),
    ]

    (decision,) = decisions(again, RULES, on(date(2021, 8, 30), *history))
    more = ("service-start-change", "2021-10-01/2"), ("service-start-change", "2021-09-01/2")
    (third,) = decisions(again, RULES, on(date(2021, 8, 30), *history, *more))

    assert (decision.occasion, decision.action) == ("2021-10-01/2", "send")
    assert (third.occasion, third.action) == ("2021-10-01/3", "send")


def test_an_announcement_that_may_have_arrived_counts_as_told():
    told_perhaps = on(date(2021, 8, 27), ("service-start", "2021-09-01"))
    key, recorded = next(iter(told_perhaps.record.items()))
    in_doubt = replace(told_perhaps, record={key: Recorded("in-doubt", recorded.at)})

    (decision,) = decisions(a_mailable_contract(a_new_line(date(2021, 10, 1))), RULES, in_doubt)

    assert decision.kind == "service-start-change"


def test_an_announcement_still_queued_was_not_told_and_gives_way_to_the_new_date():
    waiting = on(date(2021, 8, 27), ("service-start", "2021-09-01"))
    key, recorded = next(iter(waiting.record.items()))
    queued = replace(waiting, record={key: Recorded("queued", recorded.at)})

    (decision,) = decisions(a_mailable_contract(a_new_line(date(2021, 10, 1))), RULES, queued)

    assert (decision.kind, decision.occasion) == ("service-start", "2021-10-01")


# N3, whatever the day of opening is by then (book 05)


@pytest.mark.parametrize("opened_on", [date(2021, 9, 25), None, date(2021, 8, 25), date(2021, 8, 20)], ids=str)
@pytest.mark.parametrize(("starts_on", "day"), [(date(2021, 10, 1), date(2021, 8, 27)), (date(2021, 9, 1), None)])
def test_n3_a_start_that_was_told_and_moves_is_announced_whatever_becomes_of_the_opening(starts_on, day, opened_on):
    told_start = date(2021, 9, 1) if day else date(2021, 11, 1)  # moved later, or brought forward
    as_of = day or date(2021, 8, 31)
    moved = a_mailable_contract(a_new_line(starts_on, opened_on=opened_on))

    (decision,) = decisions(moved, RULES, on(as_of, ("service-start", str(told_start))))

    assert (decision.kind, decision.action, decision.reason) == ("service-start-change", "send", "due")
    assert (decision.due_on, decision.reference) == (as_of, told_start)


@pytest.mark.parametrize("opened_on", [date(2021, 9, 25), None], ids=str)
def test_n3_it_is_announced_once_whatever_becomes_of_the_opening(opened_on):
    moved = a_mailable_contract(a_new_line(date(2021, 10, 1), opened_on=opened_on))
    told_both = on(date(2021, 8, 28), ("service-start", "2021-09-01"), ("service-start-change", "2021-10-01"))

    assert silence(decisions(moved, RULES, told_both)) == ["not-opened"]


@pytest.mark.parametrize("opened_on", [date(2021, 9, 25), None], ids=str)
def test_n2_a_start_that_was_not_told_waits_for_its_opening(opened_on):
    moved = a_mailable_contract(a_new_line(date(2021, 10, 1), opened_on=opened_on))

    assert silence(decisions(moved, RULES, on(date(2021, 8, 28)))) == ["not-opened"]
