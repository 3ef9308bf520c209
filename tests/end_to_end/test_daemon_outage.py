"""The whole daemon while its database is away: said once, waited for, and made good afterwards."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from functools import cached_property

import pytest

from jobs.installation.notebooks import Notebooks
from jobs.runs.history import Runs
from tests.end_to_end.daemons import PATIENCE, SetClock, StagedApp, an_app, at_work, in_tokyo, statuses, until
from tests.end_to_end.installation import sold
from tests.jobs.log.builders import captured_events

NOON = "2021-09-01T12:00:00"
JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
LAST = "license-release 2021-08-31"


@pytest.fixture
def kigen(kigen):
    """An installation whose database lies in a folder that can be taken away, with a line that is due."""
    (kigen.folder / "db").mkdir()
    kigen.config.write_text(kigen.config.read_text().replace("sqlite:///kigen.db", "sqlite:///db/kigen.db"))
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    return kigen


def named(logs, event):
    return [entry for entry in logs if entry["event"] == event]


def sent(kigen):
    return len(kigen.ledger("status", status="sent"))


def test_a_database_that_goes_away_is_waited_for_and_said_once(kigen):
    clock = SetClock(in_tokyo("2021-08-31T12:00:00"))

    async def story(logs):
        async with at_work(an_app(kigen, clock)):
            await until(lambda: sent(kigen) == 1 and statuses(kigen)[3:] == [(LAST, "done")])
            (kigen.folder / "db").rename(kigen.folder / "elsewhere")
            clock.set(NOON)
            await until(lambda: named(logs, "database away"))
            await asyncio.sleep(0.3)
            (kigen.folder / "elsewhere").rename(kigen.folder / "db")
            await until(lambda: sent(kigen) == 2 and len(statuses(kigen)) == 2 * len(JOBS))

    with captured_events() as logs:
        asyncio.run(story(logs))

    assert len(named(logs, "database away")) == len(named(logs, "database back")) == 1
    assert Counter(statuses(kigen)) == Counter(
        {(f"{job} {day}", "done"): 1 for job in JOBS for day in ("2021-08-31", "2021-09-01")}
    )


class SlowToAnswer(StagedApp):
    """An installation in which an answer of the database can be kept back after the database has given it."""

    @cached_property
    def runs(self):
        return KeptBack(self.engine, Notebooks(self.settings.folder / "runs"))


class KeptBack(Runs):
    def __init__(self, engine, notebooks):
        super().__init__(engine, notebooks)
        self.keeps_back, self.looks = False, 0
        self.has_answered, self.may_tell = threading.Event(), threading.Event()

    def scheduled(self, job, day):
        self.looks += job == JOBS[0]
        found = super().scheduled(job, day)
        if self.keeps_back and job == JOBS[-1]:  # the last one that a look asks about
            self.keeps_back = False
            self.has_answered.set()
            assert self.may_tell.wait(PATIENCE)
        return found


def test_an_answer_that_was_asked_for_before_it_went_away_does_not_end_the_outage(kigen):
    app = an_app(kigen, SetClock(in_tokyo("2021-08-31T12:00:00")), SlowToAnswer)

    async def story(logs):
        async with at_work(app):
            await until(lambda: statuses(kigen)[3:] == [(LAST, "done")])
            app.runs.keeps_back = True
            await until(app.runs.has_answered.is_set)
            (kigen.folder / "db").rename(kigen.folder / "elsewhere")
            await until(lambda: named(logs, "database away"))
            looks = app.runs.looks
            app.runs.may_tell.set()
            await until(lambda: app.runs.looks > looks)  # the answer is told, and the next look begins
            (kigen.folder / "elsewhere").rename(kigen.folder / "db")
            await until(lambda: named(logs, "database back"))

    with captured_events() as logs:
        asyncio.run(story(logs))

    assert len(named(logs, "database away")) == len(named(logs, "database back")) == 1
