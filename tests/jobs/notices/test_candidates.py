"""Which lines a notice has something to say about, and on which days that may become something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import BusinessCalendar, YearlyClosure
from contracts.model import OrderKind, Term
from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.notices.candidates import Openings
from jobs.notices.rules import OpeningRules
from jobs.runs.agenda import next_turn, turns
from tests.contracts.values import BUSINESS, ROOMS, a_continuation, a_line
from tests.jobs.builders import a_job, a_mailable_contract, every_job, on

FIRST, LAST = date(2021, 1, 1), date(2022, 12, 31)
days = st.dates(FIRST, LAST)
ENDING = st.one_of(
    st.builds(
        partial(a_job, renewal_notice.NOTICE),
        months_before=st.sampled_from([(5, 4), (2,), (3, 12), ()]),
        day=st.sampled_from(["first-business-day", 1, 15, 31]),
    ),
    st.builds(partial(a_job, license_release.NOTICE), days_before=st.sampled_from([(30, 7, 1), (0,), (90, 3), ()])),
)
OPENING = st.builds(
    a_job, st.sampled_from([service_start.NOTICE, extension_confirmation.NOTICE]), late_days=st.integers(0, 40)
)


@st.composite
def lines(draw, number):
    start = draw(days)
    term = Term(start, start + timedelta(days=draw(st.integers(0, 500))))
    facts = {name: draw(st.none() | days) for name in ("ordered_on", "opened_on", "declined_on", "released_on")}
    order, menu = draw(st.sampled_from(OrderKind)), draw(st.sampled_from([BUSINESS, ROOMS]))
    return a_line(str(number), menu, draw(st.integers(1, 20)), order=order, term=term, **facts)


@st.composite
def contracts(draw):
    found = [draw(lines(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    if draw(st.booleans()):  # a continuation that takes up where the first line ends
        after = Term(found[0].term.next_day, found[0].term.next_day + timedelta(days=364))
        found.append(replace(found[0], line="9", order=OrderKind.CONTINUATION, term=after, starts_on=after.first_day))
    return a_mailable_contract(*found)


def answers(job, contract, day):
    """What the job says of the contract on that day, but for how late it says it."""
    return {
        (decision.key, decision.action, decision.to, "" if decision.action == "send" else decision.reason)
        for decision in job.decide(contract, on(day))
    }


@given(ENDING | OPENING, contracts(), days)
def test_a_decision_becomes_another_only_on_a_turn(job, contract, day):
    changed = answers(job, contract, day) != answers(job, contract, day - timedelta(days=1))

    assert not changed or day in turns(job, contract)


@pytest.mark.parametrize("job", every_job(), ids=lambda job: job.name)
def test_through_three_years_each_day_that_changes_a_decision_is_a_turn(job):
    lines = a_line(opened_on=date(2021, 1, 20)), a_line("2", ROOMS), a_continuation("3", opened_on=date(2021, 11, 1))
    contract = a_mailable_contract(*lines)
    days = [date(2021, 1, 1) + timedelta(days=number) for number in range(3 * 365)]

    changed = [day for before, day in pairwise(days) if answers(job, contract, before) != answers(job, contract, day)]

    assert changed
    assert set(changed) <= turns(job, contract)


@given(ENDING, days, st.integers(0, 800))
def test_the_latest_end_of_which_something_is_due_is_neither_too_early_nor_too_late(job, day, later):
    end = day + timedelta(days=later)
    contract = a_mailable_contract(a_line(term=Term(day - timedelta(days=10), end), opened_on=None))

    comes = [decision.reason for decision in job.decide(contract, on(day)) if decision.occasion]

    last_end = job.notice.looks_at.last_end(day, job.rules, job.calendar)
    assert (end <= last_end) == any(reason != "not-due" for reason in comes) or later == 0


def test_n5_a_reminder_that_a_long_closure_moves_far_forward_is_found_on_its_day():
    summer = BusinessCalendar(closed=(YearlyClosure((7, 1), (8, 31)),))
    job = a_job(license_release.NOTICE, summer, days_before=(0,))

    assert job.notice.looks_at.last_end(date(2022, 6, 30), job.rules, summer) == date(2022, 8, 31)


def test_n2_the_earliest_opening_that_is_still_told_lies_as_many_days_back_as_is_configured():
    assert Openings.first_day(date(2021, 10, 1), OpeningRules(late_days=30)) == date(2021, 9, 1)


def test_the_next_turn_is_the_first_after_the_day_and_none_after_the_last():
    contract = a_mailable_contract(a_line())  # ends on 2022-01-31
    renewal = a_job(renewal_notice.NOTICE)

    assert next_turn(renewal, contract, date(2021, 8, 2)) == date(2021, 9, 1)  # N1
    assert next_turn(renewal, contract, date(2021, 9, 1)) == date(2021, 12, 3)  # B1: the closing day is 2021-12-02
    assert next_turn(renewal, contract, date(2022, 2, 1)) is None
