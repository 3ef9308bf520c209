"""Three daemons on one PostgreSQL through a month of days: one is killed now and then, and the server is restarted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from cli_builders import Installation, sold
from daemon_builders import DRIVER, in_tokyo, stop, wait_until
from daemon_driver import set_clock
from postgres_builders import a_server, execute
from psycopg import sql

JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
DAYS = [date(2021, 8, 1) + timedelta(days=count) for count in range(33)]
LINES = 60
KILLED_ON = 10  # days on which the third daemon is killed at a moment that chance chooses
RESTARTED_ON = DAYS[16]


class Machine:
    """One of several machines: a folder with its own configuration and state, and a daemon that works there."""

    def __init__(self, shared, name, url):
        self.kigen = Installation(shared / name, url=url)
        self._clock, self._maildir = shared / "clock", shared / "maildir"
        self.daemon = None

    def start(self):
        out = (self.kigen.folder / "daemon.log").open("ab")
        self.daemon = subprocess.Popen(
            [sys.executable, str(DRIVER), str(self.kigen.config), str(self._clock)],
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONUTF8": "1", "KIGEN_MAIL__MAILDIR": str(self._maildir)},
        )
        out.close()

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def stop(self):
        if self.daemon is not None:
            stop(self.daemon)


class Month:
    """What the three machines have done, read behind the program's back."""

    def __init__(self, url):
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)

    def _rows(self, statement):
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]

    @property
    def runs(self):
        return [(f"{job} {day}", outcome) for job, day, outcome in self._rows("SELECT job, as_of, outcome FROM runs")]

    @property
    def machines_that_ran(self):
        return {owner for (owner,) in self._rows("SELECT DISTINCT split_part(owner, '#', 1) FROM runs")}

    def is_over(self, day):
        """Whether every job of the day is done, and no mail waits or is on its way."""
        done = {run for run, outcome in self.runs if outcome == "done"}
        waits = self._rows("SELECT 1 FROM envelopes WHERE status NOT IN ('sent', 'withdrawn') LIMIT 1")
        return not waits and all(f"{job} {day}" in done for job in JOBS)


@pytest.fixture
def server():
    with a_server() as server:
        execute(server.url(), sql.SQL("CREATE DATABASE kigen"))
        yield server


@pytest.fixture
def machines(server, tmp_path):
    found = [Machine(tmp_path, name, server.url("kigen")) for name in ("one", "two", "three")]
    found[0].kigen.bring(*a_book())
    for machine in found:
        assert machine.kigen.ask("adopt", "--yes").status == 0
    set_clock(tmp_path / "clock", in_tokyo("2021-07-31T12:00:00"))
    with ExitStack() as stack:
        for machine in found:
            stack.callback(machine.stop)
        yield found


def a_book():
    """Lines that all have their renewal notices in August and September 2021."""
    long_ago = {"ordered_on": "2020-06-01", "opened_on": "2020-06-20"}
    return [sold(f"K-{number:02}", **long_ago, term_start="2021-02-01") for number in range(LINES)]


def test_every_notice_arrives_once_and_every_job_day_is_done_once(machines, server, tmp_path):
    rng = Random(20210801)  # noqa: S311 - it is to be repeatable, not secret
    killed_on = {DAYS[1], DAYS[31], *rng.sample(DAYS, KILLED_ON - 2)}  # the two days of mail among them
    month = Month(server.url("kigen"))
    began_at = time.monotonic()
    for machine in machines:
        machine.start()

    for day in DAYS:
        set_clock(tmp_path / "clock", in_tokyo(f"{day}T12:00:00"))
        if day in killed_on:
            time.sleep(rng.uniform(0.0, 0.6))
            machines[2].kill()
            machines[2].start()
        if day == RESTARTED_ON:
            server.stop()
            server.start()
            # A run that broke with the server is tried again after minutes: they go by.
            set_clock(tmp_path / "clock", in_tokyo(f"{day}T18:00:00"))
        wait_until(lambda day=day: month.is_over(day))

    mails = inbox(tmp_path)
    finished = Counter(run for run, outcome in month.runs if outcome == "done")
    unfinished = sum(outcome != "done" for _, outcome in month.runs)
    sys.stdout.write(
        f"\n{len(DAYS)} days, {len(month.runs)} runs ({unfinished} not done) by {len(month.machines_that_ran)} "
        f"processes, {sum(mails.values())} mails, {len(killed_on)} kills, {time.monotonic() - began_at:.0f} s\n"
    )
    assert mails == Counter({(f"k-{number:02}", "renewal-notice"): 2 for number in range(LINES)})
    assert finished == Counter({f"{job} {day}": 1 for day in DAYS for job in JOBS})


def inbox(folder):
    """The letters in the Maildir that the machines share; each mail is another one."""
    shared = Installation(folder / "reader")
    (shared.folder / "maildir").symlink_to(folder / "maildir")
    ids = [mail["Message-ID"] for mail in shared.inbox]
    assert len(set(ids)) == len(ids)
    return Counter(shared.letters)
