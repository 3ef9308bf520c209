"""When all is well and when it is not: from what the database tells, at one instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.monitoring.health import problems
from notify.ledger.late import Late
from notify.ledger.switches import Pause
from notify.record.values import Status
from tests.jobs.monitoring.builders import EXPECTED, NOW, TODAY, job_done_for, vitals

YESTERDAY = TODAY - timedelta(days=1)


def names(found, expected=EXPECTED, fenced=""):
    return [problem.name for problem in problems(found, expected, fenced)]


def test_all_is_well():
    assert names(vitals()) == []


@pytest.mark.parametrize(
    ("at", "done_for", "found"),
    [
        ("08:59", YESTERDAY, []),  # before its time yesterday's run is the latest there can be
        ("09:59", YESTERDAY, []),  # its time has come, and it may take an hour
        ("10:00", YESTERDAY, ["job-overdue"]),
        ("10:00", TODAY, []),
        ("08:59", YESTERDAY - timedelta(days=1), ["job-overdue"]),  # a whole day is missing
        ("10:00", TODAY + timedelta(days=1), []),  # run ahead by a person
        ("08:59", None, []),  # set up this morning
        ("10:00", None, ["job-overdue"]),
    ],
)
def test_a_job_is_overdue_when_its_time_and_the_grace_passed_and_its_day_is_not_done(at, done_for, found):
    hour, minute = map(int, at.split(":"))
    now = datetime(2021, 9, 1, hour, minute, tzinfo=EXPECTED.timetable.zone).astimezone(UTC)
    jobs = {"renewal-notice": job_done_for(done_for)}

    assert names(vitals(now=now, jobs=jobs)) == found


def test_a_job_without_any_run_is_overdue_once_its_time_passed():
    assert names(vitals(jobs={})) == ["job-overdue"]


@pytest.mark.parametrize("outcome", ["failed", "died"])
def test_a_last_run_that_failed_is_a_problem_and_says_why(outcome):
    run = replace(job_done_for(TODAY), latest=job_done_for(None, outcome=outcome, error="no template").latest)

    (problem,) = problems(vitals(jobs={"renewal-notice": run}), EXPECTED)

    assert problem.name == "run-failed"
    assert "no template" in problem.sentence


def test_a_run_that_was_stopped_on_request_is_no_problem_by_itself():
    run = replace(job_done_for(TODAY), latest=job_done_for(None, outcome="stopped").latest)

    assert names(vitals(jobs={"renewal-notice": run})) == []


def test_mail_that_waits_for_too_long_is_a_problem_that_says_how_much_since_when_and_what_was_answered():
    (problem,) = problems(vitals(late=Late(12, NOW, "450 4.7.1 Greylisted, come back")), EXPECTED)

    assert (problem.name, problem.is_failure) == ("mail-late", True)
    said = "12 mail(s) wait for too long, the oldest since 2021-09-01 03:00 UTC: 450 4.7.1 Greylisted, come back"
    assert problem.sentence == said


AN_HOUR_AGO, TWO_HOURS_AGO = NOW - timedelta(hours=1), NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"due_since": TWO_HOURS_AGO, "waiting": 3}, ["queue-stuck"]),
        ({"due_since": AN_HOUR_AGO, "waiting": 3}, ["queue-stuck"]),
        ({"due_since": NOW - timedelta(minutes=59), "waiting": 3}, []),
        ({"due_since": TWO_HOURS_AGO, "waiting": 3, "last_try_at": NOW}, []),  # slow, and at work
        ({"due_since": TWO_HOURS_AGO, "waiting": 3, "last_try_at": TWO_HOURS_AGO}, ["queue-stuck"]),
        ({"due_since": TWO_HOURS_AGO, "waiting": 3, "pause": Pause(AN_HOUR_AGO, "me", "")}, []),  # a person wants it so
    ],
)
def test_the_queue_is_stuck_when_what_is_due_waits_and_nothing_is_tried(facts, found):
    assert names(vitals(**facts)) == found


def test_a_pause_becomes_a_problem_when_it_lasts():
    assert names(vitals(pause=Pause(NOW - timedelta(hours=23), "me", ""))) == []

    (problem,) = problems(vitals(pause=Pause(NOW - timedelta(hours=24), "me", "wrong prices")), EXPECTED)
    assert problem.name == "paused"
    assert "wrong prices" in problem.sentence


def test_a_doubt_is_a_problem_only_where_a_person_settles_it():
    found = vitals(notices={("renewal-notice", Status.IN_DOUBT): 2})
    waits = replace(EXPECTED, waits_for_a_person=frozenset({"renewal-notice"}))

    assert names(found) == []
    (problem,) = problems(found, waits)
    assert (problem.name, problem.is_failure) == ("in-doubt", False)


def test_the_fence_comes_first():
    assert names(vitals(jobs={}), fenced="the database belongs to another installation")[0] == "fenced"


def test_days_are_those_of_the_contracts_zone_not_of_the_host():
    late_evening_in_london = datetime(2021, 8, 31, 23, 30, tzinfo=UTC)  # 08:30 of September 1st in Tokyo

    assert EXPECTED.last_day_of("renewal-notice", late_evening_in_london) == date(2021, 8, 31)
