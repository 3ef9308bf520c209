"""The whole daemon with a clock that tests set: each job day once, each notice once, whatever the clock does.

The oracle is `run-job all`, run by hand on the same days with the same book.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.end_to_end.daemons import SetClock, an_app, at_work, in_tokyo, statuses, until
from tests.end_to_end.installation import Installation, kind_of, sold, text_of
from tests.jobs.log.builders import captured_events

JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
LONG_AGO = {"ordered_on": "2020-06-01", "opened_on": "2020-06-20"}
FIRST_DAY = date(2021, 7, 28)


def a_book():
    """Lines with something to hear in summer 2021: renewals, starts, an extension, releases, and one that is late."""
    reduced = {"line": "2", "order": "continuation", "months": "12", "term_start": "2021-09-01", "seats": "12"}
    return [
        sold("K-DEC", **LONG_AGO, term_start="2021-01-01"),
        sold("K-JAN", **LONG_AGO, term_start="2021-02-01"),
        sold("K-FEB", **LONG_AGO, term_start="2021-03-01"),
        sold("K-NEW", term_start="2021-08-01", ordered_on="2021-07-02", opened_on="2021-07-26"),
        sold("K-REDUCES", **LONG_AGO, term_start="2020-09-01", seats="20"),
        sold("K-REDUCES", **reduced, ordered_on="2021-06-01", opened_on="2021-07-30"),
        sold("K-NOBODY", **LONG_AGO, term_start="2021-02-01", owner_email=""),
    ]  # fmt: skip


@pytest.fixture
def book(kigen):
    kigen.bring(*a_book())
    return kigen


def by_hand(folder, days, config="", hour=12):
    """What lies in the inbox after `run-job all` on these days."""
    other = Installation(folder / "by-hand", config)
    other.bring(*a_book())
    for day in days:
        at = in_tokyo(f"{day}T{hour:02}:00:00").replace(tzinfo=None).isoformat()
        assert other.ask("run-job", "all", at=at).status in {0, 1}
    return told(other)


def told(kigen):
    """Of each mail, whose it is, of which kind, and with which words; those of two occasions differ."""
    return Counter((mail["Delivered-To"], kind_of(mail), text_of(mail)) for mail in kigen.inbox)


def is_quiet(kigen, app, clock):
    """Whether each job has done its newest day, and nothing is queued that could go out, or on its way."""

    def check():
        done = {run.job for run in app.runs.latest(50) if run.outcome == "done" and run.as_of == newest(app, run.job)}
        is_waiting = app.ledger.outbox.due(clock.now(), clock.today()) or app.ledger.outbox.holders()
        return done == set(JOBS) and not is_waiting

    def newest(app, job):
        return app.timetable.newest(job, clock.now()).day

    return check


def lived(kigen, instants, zone="Asia/Tokyo"):
    """A daemon through these wall times, one after the other, each until nothing is left to do."""

    async def story():
        clock = SetClock(in_tokyo(instants[0]))
        app = an_app(kigen, clock)
        clock.set(instants[0])
        async with at_work(app):
            for instant in instants:
                clock.set(instant)
                await until(is_quiet(kigen, app, clock))

    asyncio.run(story())


def noons(first, count):
    return [f"{first + timedelta(days=n)}T12:00:00" for n in range(count)]


def events(logs):
    return {each["event"] for each in logs}


def doubles(counted):
    return [each for each, count in counted.items() if count > 1]


def test_each_job_runs_at_its_time_once_a_day_for_that_day(book):
    async def story():
        clock = SetClock(in_tokyo("2021-09-01T08:59:59"))
        app = an_app(book, clock)
        seen = []
        async with at_work(app):
            for instant in ("08:59:59", "09:00:00", "09:05:00", "09:10:00", "23:59:59"):
                clock.set(f"2021-09-01T{instant}")
                await until(is_quiet(book, app, clock))
                seen.append(len(statuses(book)))
        return seen

    assert asyncio.run(story()) == [4, 5, 7, 8, 8]  # yesterday's, then today's
    assert statuses(book) == [(f"{job} {day}", "done") for day in ("2021-08-31", "2021-09-01") for job in JOBS]


@pytest.mark.parametrize("down", [3, 38])
def test_after_days_of_silence_what_is_still_true_goes_out_once(book, tmp_path, down):
    back_on = FIRST_DAY + timedelta(days=2 + down)

    lived(book, noons(FIRST_DAY, 2))
    lived(book, [f"{back_on}T12:00:00"])

    days = [FIRST_DAY, FIRST_DAY + timedelta(days=1), back_on]
    assert told(book) == by_hand(tmp_path, days)
    assert not doubles(told(book))
    assert statuses(book) == [(f"{job} {day}", "done") for day in days for job in JOBS]


@pytest.mark.parametrize("down", [3, 38])
def test_a_daemon_that_comes_back_early_in_the_morning_sends_nothing_that_is_over(book, tmp_path, down):
    """It catches up for yesterday, and the delivery decides once more for today."""
    yesterday = FIRST_DAY + timedelta(days=2 + down)
    today = yesterday + timedelta(days=1)

    lived(book, noons(FIRST_DAY, 2))
    lived(book, [f"{today}T07:00:00", f"{today}T12:00:00"])

    assert told(book) == by_hand(tmp_path, [FIRST_DAY, FIRST_DAY + timedelta(days=1), today])
    assert not doubles(told(book))


STEADY = noons(FIRST_DAY, 8)


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    """What a clock that just goes on leads to."""
    return by_hand(tmp_path_factory.mktemp("steady"), [FIRST_DAY + timedelta(days=n) for n in range(8)])


JUMPS = {
    "an hour back, before the time": {3: ["2021-07-31T09:30:00", "2021-07-31T08:30:00"]},
    "an hour back, over the time": {3: ["2021-07-31T09:20:00", "2021-07-31T08:20:00", "2021-07-31T09:20:00"]},
    "an hour forward": {3: ["2021-07-31T08:30:00", "2021-07-31T09:30:00"]},
    "a day back": {5: ["2021-08-02T12:00:00", "2021-08-01T12:00:00", "2021-08-02T12:00:00"]},
    "a day back, and asleep for a while": {4: ["2021-08-01T12:00:00", "2021-07-31T12:00:00", "2021-08-01T23:00:00"]},
}


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_is_set_leads_to_the_same_notices_once(book, steady, jump):
    instants = [part for n, noon in enumerate(STEADY) for part in (*JUMPS[jump].get(n, ()), noon)]

    lived(book, instants)

    assert told(book) == steady
    assert not [each for each, count in Counter(statuses(book)).items() if count > 1]


def test_a_clock_that_was_a_day_ahead_says_each_notice_once_all_the_same(book, steady):
    """What it says too early cannot be called back; it is not said again on its day."""
    lived(book, [*STEADY[:4], "2021-08-01T12:00:00", *STEADY[3:]])

    assert {each[:2] for each in told(book)} == {each[:2] for each in steady}
    assert told(book).total() == steady.total()


@pytest.mark.parametrize("far", ["1970-01-02T12:00:00", "2021-12-01T12:00:00"])
def test_where_the_clock_is_far_from_the_last_run_nothing_is_run_or_sent_before_a_person_has_run_that_day(book, far):
    lived(book, noons(FIRST_DAY, 1))
    before, heard = statuses(book), told(book)

    async def story():
        clock = SetClock(in_tokyo(far))
        app = an_app(book, clock)
        with captured_events() as logs:
            async with at_work(app):
                await until(
                    lambda: [each for each in logs if each["event"] == "no job is run before the clock is looked at"]
                )
                await until(lambda: [each for each in logs if each["event"] == "delivery waits"])
                assert (statuses(book), told(book)) == (before, heard)
                runs = an_app(book, clock).runs
                runs.finish(runs.start("renewal-notice", clock.today(), clock.now()), clock.now(), {})
                await until(is_quiet(book, app, clock))

    asyncio.run(story())

    assert len(statuses(book)) == 2 * len(before) + 1


def test_a_suspended_host_catches_up_when_it_wakes(book, tmp_path):
    lived(book, [STEADY[0], "2021-08-03T15:00:00"])

    assert told(book) == by_hand(tmp_path, [FIRST_DAY, date(2021, 8, 3)])


def test_a_zone_with_summer_time_runs_each_day_once_through_both_changes(kigen):
    times = "".join(f'[jobs.{job}]\nat = "02:30"\n' for job in JOBS)
    kigen.configure(times + "[installation]\nmost_days_off = 366\n")
    kigen.config.write_text('timezone = "Europe/Berlin"\n' + kigen.config.read_text())
    kigen.bring(*a_book())
    spring = ["2021-03-27T12:00:00", "2021-03-28T01:59:00", "2021-03-28T03:29:00", "2021-03-28T03:30:00"]
    autumn = ["2021-10-30T12:00:00", "2021-10-31T02:29:00", "2021-10-31T02:30:00", "2021-10-31T03:30:00"]

    lived(kigen, [*spring, *autumn])

    days = ["2021-03-27", "2021-03-28", "2021-10-30", "2021-10-31"]
    assert statuses(kigen) == [(f"{job} {day}", "done") for day in days for job in JOBS]
    assert not doubles(told(kigen))
