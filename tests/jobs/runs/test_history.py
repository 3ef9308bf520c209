"""The history of runs, and one run of a job at a time."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from jobs.database.engines import create_engine_for
from jobs.database.tables import metadata, runs
from jobs.installation.notebooks import Notebooks
from jobs.log.logger import bound_facts, unbind
from jobs.runs.history import LEASE, JobDayDone, Origin, RunFilter, Runs, RunTakenOver, RunUnderWay
from tests.postgres import database_url

pytestmark = pytest.mark.usefixtures("each_database")

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)
TODAY = date(2021, 9, 1)
JOB = "renewal-notice"


@pytest.fixture
def engine(tmp_path):
    engine = create_engine_for(database_url(tmp_path))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def history(engine, tmp_path):
    yield Runs(engine, Notebooks(tmp_path / "here"))
    unbind("run", "job", "as_of")  # of runs that a test left under way


@pytest.fixture
def elsewhere(engine, tmp_path):
    """Another installation on the same database; for all that can be seen, of the same host and process number."""
    return Runs(engine, Notebooks(tmp_path / "elsewhere"))


def lease_of(engine, run):
    with engine.connect() as connection:
        return connection.execute(sa.select(runs.c.lease_until).where(runs.c.id == run)).scalar_one()


def outcomes(history):
    return [run.outcome for run in history.latest(10)]


def test_a_run_is_on_record_with_what_came_out(history):
    run = history.start(JOB, TODAY, NOW)
    history.finish(run, NOW + timedelta(seconds=2), {"send": 3})

    (found,) = history.latest(10)

    assert (found.job, found.as_of, found.outcome, found.counts) == (JOB, TODAY, "done", {"send": 3})
    assert (found.started_at, found.finished_at) == (NOW, NOW + timedelta(seconds=2))
    assert found.owner == f"{socket.gethostname()}:{os.getpid()}"


def test_a_run_that_failed_is_on_record_with_its_error(history):
    run = history.start(JOB, TODAY, NOW)
    history.finish(run, NOW, {}, error="ValueError: no")

    assert [(found.outcome, found.error) for found in history.latest(1)] == [("failed", "ValueError: no")]


def test_a_second_run_of_a_job_is_refused_while_the_first_is_alive(history):
    history.start(JOB, TODAY, NOW)

    with pytest.raises(RunUnderWay, match=f"{JOB} is being run by {socket.gethostname()}"):
        history.start(JOB, TODAY + timedelta(days=1), NOW + timedelta(minutes=1))
    assert outcomes(history) == ["running"]


def test_another_job_may_run_at_the_same_time(history):
    history.start(JOB, TODAY, NOW)

    assert history.start("license-release", TODAY, NOW)


def test_a_job_may_run_again_when_it_is_done(history):
    history.finish(history.start(JOB, TODAY, NOW), NOW, {})

    history.start(JOB, TODAY, NOW)

    assert outcomes(history) == ["running", "done"]


def test_a_run_of_another_installation_holds_until_its_lease_is_over_whatever_its_host_is_called(elsewhere, history):
    elsewhere.start(JOB, TODAY, NOW)

    with pytest.raises(RunUnderWay, match=socket.gethostname()):
        history.start(JOB, TODAY, NOW + LEASE - timedelta(seconds=1))
    history.start(JOB, TODAY, NOW + LEASE)
    assert outcomes(history) == ["running", "died"]


def test_a_run_that_says_it_is_alive_holds_longer(elsewhere, history):
    run = elsewhere.start(JOB, TODAY, NOW)
    elsewhere.renew(run, NOW + LEASE / 2)

    with pytest.raises(RunUnderWay):
        history.start(JOB, TODAY, NOW + LEASE)


def test_a_run_says_that_it_is_alive_when_a_third_of_its_lease_is_over_and_not_before(engine, history):
    run = history.start(JOB, TODAY, NOW)

    history.renew(run, NOW + LEASE / 4)
    assert lease_of(engine, run) == NOW + LEASE
    history.renew(run, NOW + LEASE / 2)
    assert lease_of(engine, run) == NOW + LEASE / 2 + LEASE


def test_a_lease_that_was_given_by_a_clock_far_ahead_holds_nobody_up(elsewhere, history):
    elsewhere.start(JOB, TODAY, NOW + timedelta(days=19))

    history.start(JOB, TODAY, NOW)

    assert outcomes(history) == ["running", "died"]


def left_by_the_dead(engine, history):
    """What is left of a run whose process is gone: its row, and a notebook with a lock that nobody holds."""
    run = history.start(JOB, TODAY, NOW)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE runs RENAME TO hidden"))
    with pytest.raises(sa.exc.DBAPIError):
        history.finish(run, NOW, {})
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE hidden RENAME TO runs"))


def test_a_run_of_this_installation_that_nobody_works_at_any_more_is_taken_over_at_once(engine, history, tmp_path):
    left_by_the_dead(engine, history)

    run = history.start(JOB, TODAY, NOW + timedelta(seconds=1))

    died = history.latest(10)[1]
    assert (died.outcome, died.finished_at) == ("died", NOW + timedelta(seconds=1))
    assert died.error
    history.finish(run, NOW, {})
    assert list((tmp_path / "here").iterdir()) == []


def test_a_scheduled_run_that_is_done_is_not_begun_again_for_its_day(history):
    history.finish(history.start(JOB, TODAY, NOW, Origin.SCHEDULED), NOW, {})

    with pytest.raises(JobDayDone, match=f"{JOB} for 2021-09-01 is done"):
        history.start(JOB, TODAY, NOW, Origin.SCHEDULED)
    assert history.start(JOB, TODAY + timedelta(days=1), NOW, Origin.SCHEDULED)


def test_a_run_that_a_person_asked_for_does_not_answer_for_its_day_and_may_follow_one_that_does(history):
    for origin in (Origin.ASKED, Origin.SCHEDULED, Origin.ASKED):
        history.finish(history.start(JOB, TODAY, NOW, origin), NOW, {})

    assert outcomes(history) == ["done"] * 3


@pytest.mark.parametrize("how", [{"error": "ValueError: no"}, {"error": "asked to stop", "is_stopped": True}])
def test_a_scheduled_run_that_did_not_come_to_its_end_is_begun_again(history, how):
    history.finish(history.start(JOB, TODAY, NOW, Origin.SCHEDULED), NOW, {}, **how)

    assert history.start(JOB, TODAY, NOW, Origin.SCHEDULED)


def test_the_database_itself_refuses_a_second_running_row_of_a_job_and_a_second_one_that_answers_for_a_day(engine):
    row = {"as_of": TODAY, "started_at": NOW, "lease_until": NOW, "owner": "x", "counts": {}}
    running = {"job": JOB, "outcome": "running", "origin": "asked"}
    done = {"job": "license-release", "outcome": "done", "origin": "scheduled"}

    for values in (running, done):
        with engine.begin() as connection:
            connection.execute(sa.insert(runs).values(row | values))
        with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
            connection.execute(sa.insert(runs).values(row | values | {"as_of": TODAY}))


def test_of_many_that_begin_a_job_at_the_same_moment_one_does(engine, tmp_path):
    def begin(_):
        try:
            return Runs(engine, Notebooks(tmp_path)).start(JOB, TODAY, NOW, Origin.SCHEDULED)
        except RunUnderWay:
            return None

    with ThreadPoolExecutor(8) as threads:
        begun = [run for run in threads.map(begin, range(24)) if run is not None]

    assert len(begun) == 1


def test_a_run_that_was_taken_over_is_told_so_and_changes_nothing_any_more(elsewhere, history):
    run = history.start(JOB, TODAY, NOW)
    elsewhere.start(JOB, TODAY, NOW + LEASE)

    with pytest.raises(RunTakenOver):
        history.renew(run, NOW + LEASE)
    history.finish(run, NOW + LEASE, {"send": 3})

    assert outcomes(history) == ["running", "died"]


def test_runs_are_listed_by_job_by_day_and_by_how_they_ended(history):
    history.finish(history.start(JOB, TODAY, NOW), NOW, {}, error="no")
    history.finish(history.start("license-release", TODAY + timedelta(days=1), NOW), NOW, {})

    def listed(**which):
        return [run.id for run in history.listed(RunFilter(**which), 10)]

    assert listed() == [2, 1]
    assert (listed(job=JOB), listed(since=TODAY + timedelta(days=1)), listed(failed=True)) == ([1], [2], [1])


def test_the_latest_runs_come_first_and_can_be_of_one_job(history):
    for job in (JOB, "license-release", JOB):
        history.finish(history.start(job, TODAY, NOW), NOW, {})

    assert [run.job for run in history.latest(2)] == [JOB, "license-release"]
    assert [run.id for run in history.listed(RunFilter(JOB), 10)] == [3, 1]


def test_the_baseline_is_the_one_set_last(history):
    assert history.baseline() is None

    history.set_baseline(TODAY, NOW)
    history.set_baseline(date(2021, 8, 1), NOW)

    assert history.baseline() == date(2021, 8, 1)


# What the log says


@pytest.fixture
def said(caplog):
    """The records so far: level, event, facts."""
    for name in ("jobs", "jobs.runs"):  # a command in this process may have quietened the second
        caplog.set_level("DEBUG", name)
    return lambda: [(each.levelname, each.getMessage(), each.facts) for each in caplog.records]


def test_a_runs_beginning_and_end_are_said_with_counts_and_seconds(history, said):
    run = history.start(JOB, TODAY, NOW)
    history.finish(run, NOW, {"send": 2, "skip": 0})

    (_, started, first), (_, finished, last) = said()
    assert (started, first) == ("run started", {"run": run, "job": JOB, "as_of": TODAY})
    assert finished == "run finished"
    assert last.pop("seconds") >= 0
    assert last == {"run": run, "job": JOB, "as_of": TODAY, "counts": {"send": 2}}


def test_between_them_each_event_knows_the_run(history):
    run = history.start(JOB, TODAY, NOW)
    assert bound_facts()["run"] == run

    history.finish(run, NOW, {})
    assert bound_facts() == {}


@pytest.mark.parametrize(
    ("ending", "level", "event"),
    [({"error": "boom"}, "ERROR", "run failed"), ({"error": "asked to", "is_stopped": True}, "INFO", "run stopped")],
)
def test_why_a_run_ended_early_is_said(history, said, ending, level, event):
    history.finish(history.start(JOB, TODAY, NOW), NOW, {}, **ending)

    assert said()[-1][:2] == (level, event)
    assert said()[-1][2]["reason"] == ending["error"]
