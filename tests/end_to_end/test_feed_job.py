"""The feed as a job of the day: before the notices, by the daemon and by `run-job`, each file once, on record."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import time

import pytest

from jobs.config.settings import Settings
from jobs.notices.listing import NAMES
from jobs.runs.history import Origin
from tests.contracts.builders import a_csv
from tests.end_to_end.daemons import PACE, SetClock, a_daemon, an_app, at_work, in_tokyo, statuses, until, wait_until
from tests.end_to_end.installation import Installation, sold, text_of
from tests.jobs.log.builders import captured_events

DAY = "2021-09-01"
DESK = Settings().sender.sales_desk.email
TAKEN = "20210901T000000Z-book.csv"
KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from jobs.intake import book_files as feeding
from jobs.cli.access import open_to_write
from jobs.runs.history import Origin
feeding._reports = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
app, now = open_to_write(Path(sys.argv[1])), datetime(2021, 9, 1, tzinfo=UTC)
app.__dict__["clock"] = SimpleNamespace(now=lambda: now, zone=app.clock.zone)
app.feed.run(now.date(), Origin.SCHEDULED)
"""


@pytest.fixture
def kigen(tmp_path):
    found = Installation(tmp_path, '[feed]\nfolder = "drop"\n')
    (tmp_path / "drop").mkdir()
    assert found.ask("db", "upgrade").status == 0
    return found


def drop(kigen, *rows, name="book.csv", at="2021-09-01T08:00:00"):
    file = a_csv(kigen.folder / "drop", *rows, name=name)
    written_at = in_tokyo(at).timestamp()
    os.utime(file, (written_at, written_at))
    return file


def due(contract="K-1", **row):
    """A line whose second renewal notice is due on the first of September."""
    return sold(contract, term_start="2021-02-01", **row)


def lies_in(kigen, folder=""):
    return sorted(file.name for file in (kigen.folder / "drop" / folder).iterdir() if file.is_file())


def to_owners(kigen):
    return [mail for mail in kigen.inbox if mail["Delivered-To"] != DESK]


def to_desk(kigen):
    return [text_of(mail) for mail in kigen.inbox if mail["Delivered-To"] == DESK]


def lived(kigen, *instants):
    """A daemon through these wall times, at each until something holds."""

    async def story():
        clock = SetClock(in_tokyo(instants[0][0]))
        async with at_work(an_app(kigen, clock)):
            for instant, holds in instants:
                clock.set(instant)
                await until(holds)

    asyncio.run(story())


def done(kigen, job="license-release", day=DAY):
    return lambda: (f"{job} {day}", "done") in statuses(kigen)


# By hand


def test_run_job_feed_is_kigen_feed_and_on_record(kigen):
    drop(kigen, due())

    said = kigen.ask("run-job", "feed", "--format", "json", at="2021-09-01T00:00:00Z")

    assert (said.status, [one["file"] for one in said.json]) == (0, ["book.csv"])
    (run,) = kigen.ask("runs", "--job", "feed", "--format", "json").json
    assert (run["as_of"], run["outcome"], run["counts"]["added"]) == (DAY, "done", 1)


def test_run_job_all_imports_first_so_that_the_notices_go_by_todays_book(kigen):
    drop(kigen, due())

    said = kigen.ask("run-job", "all", "--format", "json", at="2021-09-01T03:00:00Z")

    assert (said.status, said.json["feed"][0]["report"]["added"]) == (0, 1)
    assert [mail["Delivered-To"] for mail in kigen.inbox] == ["k-1@example.co.jp"]


def test_a_drop_folder_that_is_not_there_keeps_no_notice_from_its_day(kigen):
    kigen.bring(due())
    (kigen.folder / "drop").rmdir()

    said = kigen.ask("run-job", "all", "--format", "json", at="2021-09-01T03:00:00Z")

    assert (said.status, "is no folder" in said.json["feed_problem"]) == (1, True)
    assert len(kigen.inbox) == 1


def test_a_feed_that_fails_as_nobody_foresaw_keeps_no_notice_from_its_day(kigen, monkeypatch):
    kigen.bring(due())
    drop(kigen, due())

    def broken(*_args, **_options):
        raise RuntimeError("nobody foresaw it")

    monkeypatch.setattr("jobs.intake.book_files.read_into", broken)
    said = kigen.ask("run-job", "all", "--format", "json", at="2021-09-01T03:00:00Z")

    assert (said.status, said.json["feed_problem"]) == (1, "RuntimeError: nobody foresaw it")
    assert len(kigen.inbox) == 1
    assert (f"feed {DAY}", "failed") in statuses(kigen)


def test_while_another_process_imports_a_run_that_was_asked_for_goes_by_the_book_as_it_is(kigen):
    kigen.bring(due())
    clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
    an_app(kigen, clock).runs.start("feed", clock.today(), clock.now(), Origin.SCHEDULED)

    said = kigen.ask("run-job", "all", "--format", "json", at="2021-09-01T03:00:00Z")

    assert (said.status, "is being run by" in said.json["feed_problem"]) == (1, True)
    assert len(kigen.inbox) == 1


@pytest.mark.parametrize("options", [["--only", "K-1"], ["--dry-run"], ["--date", "2021-08-31"]])
def test_a_run_of_all_jobs_that_is_not_the_days_own_imports_nothing(kigen, options):
    drop(kigen, due())

    kigen.ask("run-job", "all", *options, at="2021-09-01T00:00:00Z")

    assert lies_in(kigen) == ["book.csv"]


@pytest.mark.parametrize("option", ["--only=K-1", "--date=2021-09-01", "--preview=x", "--no-deliver", "--force"])
def test_2_the_feed_takes_what_lies_there_now_for_the_whole_book(kigen, option):
    said = kigen.ask("run-job", "feed", option)

    assert (said.status, option.partition("=")[0] + ": the feed takes" in said.err) == (2, True)


# By the daemon


def test_the_daemon_imports_before_the_notices_are_decided_on(kigen):
    drop(kigen, due())

    lived(kigen, ("2021-09-01T12:00:00", lambda: done(kigen)() and to_owners(kigen)))

    assert statuses(kigen) == [(f"{job} {DAY}", "done") for job in ("feed", *NAMES)]


def test_the_daemon_tells_the_desk_of_rejected_rows(kigen):
    drop(kigen, due(), due("K-2", seats="none"))

    lived(kigen, ("2021-09-01T08:50:00", lambda: to_desk(kigen)))

    (told,) = to_desk(kigen)
    assert "3 行目 ライセンス数" in told


def test_a_file_that_is_being_written_at_its_time_is_imported_a_little_later_that_day(kigen):
    drop(kigen, due(), at="2021-09-01T08:49:50")

    lived(
        kigen,
        ("2021-09-01T08:50:00", done(kigen, "license-release", "2021-08-31")),
        ("2021-09-01T08:51:00", done(kigen, "feed")),
    )

    assert [outcome for run, outcome in statuses(kigen) if run == f"feed {DAY}"] == ["stopped", "done"]
    assert len(lies_in(kigen, "done")) == 3


def test_a_file_that_is_written_for_ever_does_not_keep_the_day_open(kigen):
    drop(kigen, due(), at="2021-09-01T09:19:59")

    lived(kigen, ("2021-09-01T09:20:00", done(kigen, "feed")))

    assert lies_in(kigen) == ["book.csv"]


def test_two_daemons_on_one_folder_take_each_file_once(kigen):
    names = [f"{number}.csv" for number in range(4)]
    for number, name in enumerate(names):
        drop(kigen, due(f"K-{number}"), name=name)

    with a_daemon(kigen, "2021-09-01T12:00:00"), a_daemon(kigen, "2021-09-01T12:00:00"):
        wait_until(lambda: done(kigen)() and len(to_owners(kigen)) == len(names))

    assert Counter(statuses(kigen)) == Counter((f"{job} {DAY}", "done") for job in ("feed", *NAMES))
    assert [name[-5:] for name in lies_in(kigen, "done") if name.endswith(".csv")] == names


def test_while_another_process_imports_the_days_notices_wait_for_its_book(kigen):
    kigen.bring(due())

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
        app, other = an_app(kigen, clock), an_app(kigen, clock)
        run = other.runs.start("feed", clock.today(), clock.now(), Origin.SCHEDULED)
        async with at_work(app):
            await asyncio.sleep(20 * PACE.heartbeat)
            assert statuses(kigen) == [(f"feed {DAY}", "running")]
            other.runs.finish(run, clock.now(), {})
            await until(done(kigen))

    asyncio.run(story())


def test_another_process_that_imports_for_too_long_keeps_no_notice_from_its_day(kigen):
    kigen.bring(due())

    async def story(logs):
        clock = SetClock(in_tokyo("2021-09-01T09:10:00"))
        app, other = an_app(kigen, clock), an_app(kigen, clock)
        run = other.runs.start("feed", clock.today(), clock.now(), Origin.SCHEDULED)
        async with at_work(app):
            await until(lambda: [each for each in logs if each["event"] == "run left to another"])
            for minutes in (9, 9, 9, 2):
                clock.go_on(minutes=minutes)
                other.runs.renew(run, clock.now())
            assert statuses(kigen) == [(f"feed {DAY}", "running")]
            clock.go_on(minutes=1)
            await until(done(kigen))
            assert statuses(kigen)[0] == (f"feed {DAY}", "running")
            other.runs.finish(run, clock.now(), {})

    with captured_events() as logs:
        asyncio.run(story(logs))


def test_while_a_file_is_being_written_the_days_notices_wait_for_it_as_long_as_the_feed_does(kigen):
    kigen.configure('[feed]\nfolder = "drop"\nsettle_seconds = 3600\n')
    kigen.bring(due())
    drop(kigen, due("K-2"), at="2021-09-01T08:49:00")

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T09:19:00"))
        async with at_work(an_app(kigen, clock)):
            await until(lambda: (f"feed {DAY}", "stopped") in statuses(kigen))
            await asyncio.sleep(20 * PACE.heartbeat)
            assert {run for run, _ in statuses(kigen)} == {f"feed {DAY}"}
            clock.set("2021-09-01T09:20:00")
            await until(lambda: done(kigen)() and to_owners(kigen))

    asyncio.run(story())

    assert len(to_owners(kigen)) == 1


def test_what_a_killed_run_had_taken_is_taken_up_by_the_daemon_and_told_once(kigen):
    drop(kigen, due(), due("K-2", seats="none"))
    died = subprocess.run([sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(kigen.config)], check=False, timeout=60)
    assert (died.returncode, lies_in(kigen, "work")) == (-signal.SIGKILL, [TAKEN])

    lived(kigen, ("2021-09-01T12:00:00", lambda: done(kigen)() and to_desk(kigen)))
    kigen.ask("feed", at="2021-09-01T04:00:00Z")

    assert [outcome for run, outcome in statuses(kigen) if run == f"feed {DAY}"] == ["died", "done", "done"]
    assert (len(lies_in(kigen, "done")), lies_in(kigen, "work")) == (3, [])
    assert len(to_desk(kigen)) == 1


def test_a_folder_that_is_not_there_fails_the_run_and_the_other_jobs_go_on(kigen):
    (kigen.folder / "drop").rmdir()

    lived(kigen, ("2021-09-01T12:00:00", done(kigen)))

    assert statuses(kigen) == [(f"feed {DAY}", "failed"), *((f"{job} {DAY}", "done") for job in NAMES)]


# Seen from outside


def test_health_knows_the_feeds_time_like_any_jobs(kigen):
    app = an_app(kigen, SetClock(in_tokyo("2021-09-01T10:00:00")))

    assert app.timetable.times["feed"] == time(8, 50)
    assert any(problem.sentence == "feed was never done" for problem in app.look.taken().problems)


def test_without_a_folder_there_is_no_such_job(kigen):
    kigen.configure("")

    assert "feed" not in an_app(kigen, SetClock(in_tokyo("2021-09-01T10:00:00"))).timetable.times
