"""A clock that is far off sends no letters that end or prolong contracts: a person is asked first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.clock import Clock
from jobs.database.engines import create_engine_for
from jobs.database.tables import metadata
from jobs.installation.notebooks import Notebooks
from jobs.runs.history import Runs
from jobs.runs.last_day import doubt_of_today
from notify.delivery.lease import seconds_gone
from tests.end_to_end.daemons import SetClock
from tests.postgres import database_url

pytestmark = pytest.mark.usefixtures("each_database")

TOKYO = ZoneInfo("Asia/Tokyo")
MORNING = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
LAST = date(2026, 12, 1)
A_DAY = timedelta(days=1)


@pytest.fixture
def engine(tmp_path):
    engine = create_engine_for(database_url(tmp_path))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def run_on(engine, tmp_path):
    """A run for that day, by a clock of its own day or of another one."""
    history = Runs(engine, Notebooks(tmp_path))

    def run(day, at=MORNING):
        history.finish(history.start("renewal-notice", day, at), at, {})

    return run


def doubt(engine, days):
    return doubt_of_today(engine, SetClock(MORNING + days * A_DAY), 40)


def test_a_fresh_installation_has_no_last_run_to_be_far_from(engine):
    assert doubt(engine, 0) == ""


@pytest.mark.parametrize(("days", "is_asked"), [(-2, True), (-1, False), (0, False), (40, False), (41, True)])
def test_a_person_is_asked_where_the_clock_stands_before_the_last_run_or_far_behind_it(engine, run_on, days, is_asked):
    run_on(LAST)

    assert bool(doubt(engine, days)) is is_asked


def test_the_sentence_names_both_days_and_what_to_do(engine, run_on):
    run_on(LAST)

    said = doubt(engine, 400)

    assert "it is 2028-01-05 by the clock, but the last run was on 2026-12-01" in said
    assert "run-job all --date 2028-01-05 --force" in said


def test_a_run_for_another_day_than_its_own_says_nothing_of_the_clock(engine, run_on):
    run_on(LAST)
    run_on(date(2030, 1, 1))

    assert doubt(engine, 1) == ""


def test_a_person_who_has_run_that_day_is_asked_no_more(engine, run_on):
    run_on(LAST)
    run_on(LAST + 400 * A_DAY, MORNING + 400 * A_DAY)

    assert doubt(engine, 401) == ""


@pytest.mark.parametrize(("ahead", "is_asked"), [(timedelta(0), False), (timedelta(days=19), True)])
def test_a_machine_whose_day_is_not_the_servers_asks(engine, ahead, is_asked):
    clock = Clock(TOKYO)
    clock.hear(clock.now() + ahead, seconds_gone())

    assert bool(doubt_of_today(engine, clock, 40)) is is_asked
