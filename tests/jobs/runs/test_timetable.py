"""Which job days are due, judged by an oracle that walks through all minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runs.history import Run
from jobs.runs.timetable import JobDay, Timetable, due_days

TOKYO = ZoneInfo("Asia/Tokyo")
JOB = "renewal-notice"
ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=365 * 30)).map(
    lambda since: datetime(2010, 1, 1, tzinfo=UTC) + since
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def a_table(at="09:00", zone="Asia/Tokyo", **others):
    wanted = {JOB: at, **{name.replace("_", "-"): text for name, text in others.items()}}
    return Timetable(ZoneInfo(zone), {job: time.fromisoformat(text) for job, text in wanted.items()})


def in_tokyo(text):
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)


def a_run(outcome, ended_at=LONG_AGO, took=timedelta(seconds=1)):
    return Run(1, JOB, date(2021, 9, 1), ended_at - took, ended_at, "host:1", outcome, {}, "", "scheduled")


def due(now, *record, table=None, since=LONG_AGO):
    """The days that are due, where each day has this record."""
    return [str(each.day) for each in due_days(table or a_table(), lambda _: record, now, since)]


# An oracle of another make: it looks at a wall clock, minute by minute.


def newest_by_the_wall(zone, at, now):
    """Goes back minute by minute to the first one at which the wall shows `at`, or has just skipped it."""
    minute = now.replace(second=0, microsecond=0)
    while True:
        wall, before = (t.astimezone(zone).replace(tzinfo=None) for t in (minute, minute - timedelta(minutes=1)))
        for day in (wall.date(), wall.date() - timedelta(days=1)):
            if before < datetime.combine(day, at) <= wall:
                return day, wall == datetime.combine(day, at)
        minute -= timedelta(minutes=1)


@given(st.sampled_from(ZONES), times, instants)
def test_the_newest_day_is_the_last_whose_time_the_wall_clock_showed(name, at, now):
    zone = ZoneInfo(name)
    table = Timetable(zone, {JOB: at})

    found = table.newest(JOB, now).day
    day, is_shown = newest_by_the_wall(zone, at, now)

    # What summer time leaves out comes up to a day after the wall skipped it (an hour; at the date line a day).
    assert found == day or (not is_shown and found < day and table.due_at(JOB, day) > now)


@given(st.sampled_from(ZONES), times, instants, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_as_time_goes_on_the_newest_day_never_goes_back_and_each_day_comes(name, at, now, later):
    table = Timetable(ZoneInfo(name), {JOB: at})

    first, then = table.newest(JOB, now).day, table.newest(JOB, now + later).day

    assert first <= then <= first + later + timedelta(days=2)


@given(st.sampled_from(ZONES), st.lists(times, min_size=1, max_size=3), instants)
def test_the_next_time_is_the_first_at_which_something_new_is_due(name, ats, now):
    table = Timetable(ZoneInfo(name), {f"job-{n}": at for n, at in enumerate(ats)})

    def newest(at):
        return [table.newest(job, at) for job in table.times]

    next_at = table.next_at(now)

    assert newest(next_at - timedelta(microseconds=1)) == newest(now)
    assert newest(next_at) != newest(now)


@given(
    st.sampled_from(ZONES), times, instants, st.lists(st.timedeltas(-timedelta(days=2), timedelta(days=3)), max_size=30)
)
def test_however_the_clock_is_set_each_day_is_run_once_at_most(name, at, now, steps):
    table = Timetable(ZoneInfo(name), {JOB: at})
    done = []

    def record(day):
        return [a_run("done")] if day in done else []

    for step in steps:
        now += step
        found = list(due_days(table, record, now, LONG_AGO))
        assert not set(found) & set(done)
        done += found
        assert not list(due_days(table, record, now, LONG_AGO))

    assert len(done) == len(set(done))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2021-09-01T08:59:59", "2021-08-31"),
        ("2021-09-01T09:00:00", "2021-09-01"),
        ("2021-09-01T23:59:59", "2021-09-01"),
        ("2021-09-02T08:00:00", "2021-09-01"),
    ],
)
def test_a_day_counts_once_its_time_has_passed(now, expected):
    assert due(in_tokyo(now)) == [expected]


def test_a_day_that_is_done_is_not_due_again():
    assert due(in_tokyo("2021-09-01T10:00:00"), a_run("failed"), a_run("done")) == []


@pytest.mark.parametrize("outcome", ["died", "stopped"])
def test_a_day_whose_run_did_not_come_to_its_end_is_due(outcome):
    now = in_tokyo("2021-09-01T10:00:00")

    assert due(now, a_run(outcome, now)) == ["2021-09-01"]


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (50, 60)])
def test_a_failed_run_is_tried_again_after_a_pause_that_grows_and_is_bounded(failures, minutes):
    ended_at = in_tokyo("2021-09-01T10:00:00")
    record = [a_run("failed", ended_at)] * failures

    assert due(ended_at + timedelta(minutes=minutes, seconds=-1), *record) == []
    assert due(ended_at + timedelta(minutes=minutes), *record) == ["2021-09-01"]


def test_a_newer_day_does_not_wait_for_the_failures_of_the_one_before():
    now = in_tokyo("2021-09-02T09:00:00")
    record = {JobDay(JOB, date(2021, 9, 1)): [a_run("failed", now)] * 4}

    assert [each.day for each in due_days(a_table(), lambda day: record.get(day, []), now, LONG_AGO)] == [
        date(2021, 9, 2)
    ]


def test_failures_of_before_the_start_are_no_reason_to_wait():
    now = in_tokyo("2021-09-01T10:00:00")

    assert due(now, a_run("failed", now), since=now) == ["2021-09-01"]


def test_a_failure_that_lies_ahead_since_the_clock_was_set_back_is_no_reason_to_wait():
    now = in_tokyo("2021-09-01T10:00:00")

    assert due(now, a_run("failed", now + timedelta(hours=1))) == ["2021-09-01"]


def test_jobs_are_due_in_their_order_each_by_its_own_time():
    table = a_table("09:00", service_start="09:05", license_release="08:00")

    found = list(due_days(table, lambda _: [], in_tokyo("2021-09-01T09:01:00"), LONG_AGO))

    assert [(each.job, each.day.day) for each in found] == [(JOB, 1), ("service-start", 31), ("license-release", 1)]


def test_a_time_that_summer_time_leaves_out_comes_once_and_one_that_comes_twice_counts_once():
    table = a_table("02:30", "Europe/Berlin")

    assert table.due_at(JOB, date(2024, 3, 31)) == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)  # 03:30 in summer time
    assert table.due_at(JOB, date(2024, 10, 27)) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)  # the first 02:30


def test_the_day_that_samoa_left_out_holds_nothing_up():
    table = a_table("09:00", "Pacific/Apia")
    before, after = datetime(2011, 12, 30, 18, 59, tzinfo=UTC), datetime(2011, 12, 30, 19, 0, tzinfo=UTC)

    assert (table.newest(JOB, before).day, table.newest(JOB, after).day) == (date(2011, 12, 29), date(2011, 12, 31))
