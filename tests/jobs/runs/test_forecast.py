"""What goes out on which day from now on: the production decisions, each day as if the days before had happened."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.rules.terms import term_of
from jobs.runs.forecast import each_day, each_notice, plan
from tests.contracts.values import a_continuation, a_line
from tests.jobs.builders import a_mailable_contract, every_job, on

JOBS = {job.name: job for job in every_job()}
A_YEAR_LATER = date(2022, 7, 1)


def planned(job, contract, first, last=A_YEAR_LATER, **circumstances):
    return list(plan(JOBS[job], contract, on(first, **circumstances), last))


def days(job, contract, first, last=A_YEAR_LATER, **circumstances):
    return [(str(one.day), one.decision.occasion) for one in planned(job, contract, first, last, **circumstances)]


def test_each_notice_is_foretold_once_and_on_its_day():
    assert days("renewal-notice", a_mailable_contract(a_line()), date(2021, 7, 1)) == [
        ("2021-08-02", "2022-01/5m"),
        ("2021-09-01", "2022-01/4m"),
    ]


def test_what_is_late_today_is_foretold_for_today():
    assert days("renewal-notice", a_mailable_contract(a_line()), date(2021, 8, 20)) == [
        ("2021-08-20", "2022-01/5m"),
        ("2021-09-01", "2022-01/4m"),
    ]


def test_what_was_sent_is_not_foretold_again():
    contract = a_mailable_contract(a_line())
    sent = on(date(2021, 8, 20), ("renewal-notice", "2022-01/5m"))

    found = plan(JOBS["renewal-notice"], contract, sent, A_YEAR_LATER)

    assert [one.decision.occasion for one in found] == ["2022-01/4m"]


def test_first_and_last_day_are_both_looked_at():
    contract = a_mailable_contract(a_line())

    assert days("renewal-notice", contract, date(2021, 8, 2), date(2021, 9, 1)) == [
        ("2021-08-02", "2022-01/5m"),
        ("2021-09-01", "2022-01/4m"),
    ]
    assert days("renewal-notice", contract, date(2021, 8, 3), date(2021, 8, 31)) == [("2021-08-03", "2022-01/5m")]


def test_an_order_that_lies_ahead_ends_the_notices_from_its_day_on():  # N1
    contract = a_mailable_contract(a_line(), a_continuation(ordered_on=date(2021, 8, 20)))

    assert days("renewal-notice", contract, date(2021, 7, 1)) == [("2021-08-02", "2022-01/5m")]


def test_an_opening_that_lies_ahead_is_foretold_for_its_day():  # N2
    contract = a_mailable_contract(a_line(term=term_of(date(2021, 9, 1), 12), opened_on=date(2021, 8, 25)))

    assert days("service-start", contract, date(2021, 8, 1)) == [("2021-08-25", "2021-09-01")]


def test_release_reminders_are_foretold_on_business_days():  # N5
    contract = a_mailable_contract(a_line(seats=49), a_continuation(seats=30, ordered_on=date(2021, 10, 1)))

    assert [day for day, _ in days("license-release", contract, date(2021, 12, 1))] == [
        "2021-12-28",
        "2022-01-24",
        "2022-01-28",
    ]


def test_a_notice_that_will_be_held_is_foretold_once_as_held():  # N8
    contract = a_mailable_contract(a_line(), owner_email="")

    found = planned("renewal-notice", contract, date(2021, 8, 10), date(2021, 8, 31))

    assert [(one.day, one.decision.action) for one in found] == [(date(2021, 8, 10), "hold")]


def test_what_was_due_before_the_baseline_is_not_foretold():
    contract = a_mailable_contract(a_line())

    assert days("renewal-notice", contract, date(2021, 8, 20), baseline=date(2021, 8, 20)) == [
        ("2021-09-01", "2022-01/4m")
    ]


@pytest.fixture
def notices():
    lines = a_line("1"), a_line("2", seats=3)
    return planned("renewal-notice", a_mailable_contract(*lines), date(2021, 7, 1))


def test_the_table_by_day_counts_notices(notices):
    assert each_day(notices) == [
        {"day": date(2021, 8, 2), "weekday": "Mon", "kind": "renewal-notice", "action": "send", "notices": 2},
        {"day": date(2021, 9, 1), "weekday": "Wed", "kind": "renewal-notice", "action": "send", "notices": 2},
    ]


def test_the_table_by_notice_names_each_line_and_whom_it_goes_to(notices):
    rows = each_notice(notices)

    assert [(row["line"], row["occasion"], row["to"]) for row in rows[:2]] == [
        ("K-0001/1", "2022-01/5m", ["owner@example.co.jp"]),
        ("K-0001/2", "2022-01/5m", ["owner@example.co.jp"]),
    ]
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
