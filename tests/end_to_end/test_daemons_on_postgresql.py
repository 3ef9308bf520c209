"""Three machines on one PostgreSQL through a month of days: whoever has work in hand is killed, or loses the server.

Each machine has a host name of its own, so that the others know nothing of a dead one but its lease. They share a clock
that is moved on by more than a lease where only what a dead machine had in hand is left. A process is stopped before it
is looked at, and killed only where a run or a mail is in its hands at that moment: each kill hits.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta

import psycopg
import pytest
from psycopg import sql

from tests.end_to_end.daemon_driver import set_clock
from tests.end_to_end.daemons import DRIVER, PATIENCE, in_tokyo, stop
from tests.end_to_end.installation import Installation, sold
from tests.postgres import a_server, execute, libpq

JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
DAYS = [date(2021, 8, 1) + timedelta(days=count) for count in range(33)]
MAIL_DAYS = (date(2021, 8, 2), date(2021, 9, 1))
RESTARTED_ON = MAIL_DAYS[1]  # the server, while someone has mail in hand
LINES = 60
RUNS_HIT = 4  # kills while a run is in hand: every second of them by a machine that comes back only the next day
UNRECORDED = 3  # mails that one crash may leave in doubt
MORE_THAN_A_LEASE = timedelta(minutes=31)

RUNS, MAILS = "a run", "mail"
IN_HAND = {
    RUNS: "SELECT owner FROM runs WHERE outcome = 'running'",
    MAILS: """SELECT a.owner FROM attempts a JOIN envelopes e ON e.id = a.envelope_id AND e.attempt = a.number
              WHERE e.status = 'sending' AND a.outcome IS NULL""",
}


class Machine:
    """A folder with its own configuration and state, a host name, and a daemon that works there."""

    def __init__(self, shared, name, url):
        self.name = name
        self.kigen = Installation(shared / name, f"[delivery]\nclaims = 5\nunrecorded = {UNRECORDED}\n", url=url)
        self._clock, self._maildir = shared / "clock", shared / "maildir"
        self.daemon = None

    def start(self):
        with (self.kigen.folder / "daemon.log").open("ab") as out:
            self.daemon = subprocess.Popen(
                [sys.executable, str(DRIVER), str(self.kigen.config), str(self._clock), self.name],
                stdout=out,
                stderr=out,
                env={**os.environ, "PYTHONUTF8": "1", "KIGEN_MAIL__MAILDIR": str(self._maildir)},
            )

    @property
    def owner(self):
        """As whom it holds runs and mails, without the mark."""
        return f"{self.name}:{self.daemon.pid}"

    def hold(self):
        """It does nothing any more, until it is let go."""
        self.daemon.send_signal(signal.SIGSTOP)

    def let_go(self):
        self.daemon.send_signal(signal.SIGCONT)

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def stop(self):
        if self.daemon is not None:
            stop(self.daemon)


class Month:
    """The days as they go by: what the machines do, read behind the program's back, and what is done to them."""

    def __init__(self, server, machines, clock):
        self._server, self._machines, self._clock = server, machines, clock
        self._connection = None
        self._now = in_tokyo(f"{DAYS[0]}T00:00:00")
        self.kills = Counter()
        self.waited_out = 0  # dead machines whose run of the day another one took over

    def rows(self, statement, *values):
        if self._connection is None:
            self._connection = psycopg.connect(libpq(self._server.url("kigen")), autocommit=True)
        return self._connection.execute(statement, values).fetchall()

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def begin(self, day):
        self._set(in_tokyo(f"{day}T12:00:00"))

    def _set(self, instant):
        self._now = instant
        set_clock(self._clock, instant)

    def is_over(self, day):
        """Whether every job of the day is done, and no mail waits or is on its way."""
        done = {job for (job,) in self.rows("SELECT job FROM runs WHERE outcome = 'done' AND as_of = %s", day)}
        return done == set(JOBS) and not self.rows("SELECT 1 FROM envelopes WHERE status NOT IN ('sent', 'withdrawn')")

    def held_with(self, what, day):
        """A machine that was stopped with that in its hands; None where the day is over before one was met."""
        give_up_at = time.monotonic() + PATIENCE
        while not self.is_over(day):
            assert time.monotonic() < give_up_at, f"nobody had {what} in hand on {day}"
            for owner in self._owners(what):
                for machine in (each for each in self._machines if each.owner == owner):
                    machine.hold()
                    if self._has_in_hand(what, machine):
                        return machine
                    machine.let_go()
            time.sleep(0.002)
        return None

    def _has_in_hand(self, what, machine):
        return machine.owner in self._owners(what)

    def _owners(self, *what):
        """The processes that have that in hand."""
        return {owner.partition("#")[0] for each in what for (owner,) in self.rows(IN_HAND[each])}

    def kill_with(self, what, day):
        """Kills a machine that has that in hand. Which one; None where none was met."""
        if machine := self.held_with(what, day):
            machine.kill()
            assert self._has_in_hand(what, machine)
            self.kills[what] += 1
        return machine

    def lose_the_server(self, day):
        """Restarts the server while a machine has mail in hand."""
        machine = self.held_with(MAILS, day)
        assert machine is not None
        self.close()
        self._server.stop()
        self._server.start()
        machine.let_go()

    def see_through(self, day):
        """Until the day is over. The clock goes on by more than a lease where nobody who lives has anything in hand."""
        give_up_at = time.monotonic() + PATIENCE
        while not self.is_over(day):
            assert time.monotonic() < give_up_at, f"{day} does not come to its end"
            if self._is_quiet():
                self._set(self._now + MORE_THAN_A_LEASE)
            time.sleep(0.01)

    def _is_quiet(self):
        """Whether for a while, in which each daemon looks several times, nobody who lives had anything in hand."""
        alive = {machine.owner for machine in self._machines if machine.daemon.poll() is None}
        for _ in range(10):
            if alive & self._owners(*IN_HAND):
                return False
            time.sleep(0.05)
        return True

    def note_who_took_over(self, dead, day):
        """Counts the dead machine where another host did what it had in hand on that day, a lease later.

        One machine may have several runs in hand, and runs that it lost on an earlier day, with the server.
        """
        taken = """SELECT 1 FROM runs died JOIN runs done USING (job, as_of)
                   WHERE died.outcome = 'died' AND split_part(died.owner, '#', 1) = %s AND as_of = %s
                     AND done.outcome = 'done' AND split_part(done.owner, ':', 1) <> %s"""
        self.waited_out += bool(self.rows(taken, dead.owner, day, dead.name))


@pytest.fixture
def server():
    with a_server() as server:
        execute(server.url(), sql.SQL("CREATE DATABASE kigen"))
        yield server


@pytest.fixture
def machines(server, tmp_path, monkeypatch):
    found = [Machine(tmp_path, name, server.url("kigen")) for name in ("one", "two", "three")]
    found[0].kigen.bring(*a_book())
    for machine in found:
        monkeypatch.setattr(socket, "gethostname", lambda name=machine.name: name)
        assert machine.kigen.ask("adopt", "--yes").status == 0
    set_clock(tmp_path / "clock", in_tokyo("2021-07-31T12:00:00"))
    with ExitStack() as stack:
        for machine in found:
            stack.callback(machine.stop)
            machine.start()
        yield found


def a_book():
    """Lines that all have their renewal notices in August and September 2021."""
    long_ago = {"ordered_on": "2020-06-01", "opened_on": "2020-06-20"}
    return [sold(f"K-{number:02}", **long_ago, term_start="2021-02-01") for number in range(LINES)]


def test_every_notice_arrives_once_and_every_job_day_is_done_once(machines, server, tmp_path, request):
    month = Month(server, machines, tmp_path / "clock")
    request.addfinalizer(month.close)
    began_at = time.monotonic()

    for day in DAYS:
        month.begin(day)
        if day in MAIL_DAYS:
            at_once = month.kill_with(MAILS, day)
            at_once.start()
        if day == RESTARTED_ON:
            month.lose_the_server(day)
        later = month.kill_with(RUNS, day) if day not in MAIL_DAYS and month.kills[RUNS] < RUNS_HIT else None
        if later is not None and month.kills[RUNS] % 2:
            later.start()
            later = None
        month.see_through(day)
        if later is not None:
            month.note_who_took_over(later, day)
            later.start()

    say(month, time.monotonic() - began_at)
    assert month.kills == {MAILS: len(MAIL_DAYS), RUNS: RUNS_HIT}
    assert month.waited_out == RUNS_HIT // 2
    done = "SELECT job, as_of FROM runs WHERE outcome = 'done'"
    assert Counter(month.rows(done)) == Counter({(job, day): 1 for day in DAYS for job in JOBS})
    told = "SELECT contract, occasion FROM notices WHERE status = 'sent' AND kind = 'renewal-notice'"
    occasions = ("2022-01/5m", "2022-01/4m")
    assert Counter(month.rows(told)) == Counter(
        {(f"K-{number:02}", occasion): 1 for number in range(LINES) for occasion in occasions}
    )
    assert_doubles_only_where_one_is_allowed(month, tmp_path)


def assert_doubles_only_where_one_is_allowed(month, folder):
    """Each letter is there once, and once more at most for each try of it whose outcome nobody could know."""
    shared = Installation(folder / "reader")
    (shared.folder / "maildir").symlink_to(folder / "maildir")
    arrived = Counter(mail["Message-ID"].strip("<>") for mail in shared.inbox)
    doubtful = """SELECT m.message_id, count(*) FILTER (WHERE a.outcome IN ('unknown', 'lost'))
                  FROM messages m JOIN envelopes e ON e.message_id = m.id JOIN attempts a ON a.envelope_id = e.id
                  WHERE e.status = 'sent' GROUP BY m.message_id"""
    doubts = dict(month.rows(doubtful))
    assert arrived.keys() == doubts.keys()
    assert not {each: count for each, count in arrived.items() if count > 1 + doubts[each]}
    assert sum(doubts.values()) <= UNRECORDED * (len(MAIL_DAYS) + 1)


def say(month, seconds):
    outcomes = dict(month.rows("SELECT outcome, count(*) FROM runs GROUP BY outcome"))
    doubts = month.rows("SELECT outcome, count(*) FROM attempts WHERE outcome <> 'accepted' GROUP BY outcome")
    sys.stdout.write(
        f"\n{len(DAYS)} days, runs {outcomes}, kills {dict(month.kills)}, {month.waited_out} leases of runs waited out "
        f"by another host, tries that did not end well {dict(doubts)}, {seconds:.0f} s\n"
    )
