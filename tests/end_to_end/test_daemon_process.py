"""`kigen daemon` as a process: it sends, is told to stop, is killed, and is not alone."""

from __future__ import annotations

import json
import signal
import socket
from collections import Counter
from datetime import date, timedelta
from urllib.request import urlopen

import pytest
import sqlalchemy as sa

from tests.end_to_end.daemon_driver import set_clock
from tests.end_to_end.daemons import a_daemon, clock_of, in_tokyo, log_of, statuses, stop, wait_until
from tests.end_to_end.installation import sold

JOBS = ("renewal-notice", "service-start", "extension-confirmation", "license-release")
LONG_AGO = {"ordered_on": "2020-06-01", "opened_on": "2020-06-20"}
A_MONTH = [str(date(2021, 8, 1) + timedelta(days=n)) for n in range(33)]
LINES = 40


@pytest.fixture
def book(kigen):
    """Forty lines that are all due for their renewal notices in August and September 2021."""
    kigen.bring(*(sold(f"K-{number:02}", **LONG_AGO, term_start="2021-02-01") for number in range(LINES)))
    return kigen


# One notice five months before the end month, one four months before, to each of them.
EACH_TWICE = Counter({(f"k-{number:02}", "renewal-notice"): 2 for number in range(LINES)})


def mails(kigen):
    folder = kigen.folder / "maildir" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def done(kigen):
    return {each for each, outcome in statuses(kigen) if outcome == "done"}


def waits(kigen):
    """Whether mail is on its way, or waits for it."""
    engine = sa.create_engine(f"sqlite:///{kigen.database}")
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT 1 FROM envelopes WHERE status NOT IN ('sent', 'withdrawn')")).first()
    engine.dispose()
    return found is not None


def told(kigen):
    """The letters; each mail is another one."""
    ids = [mail["Message-ID"] for mail in kigen.inbox]
    assert len(set(ids)) == len(ids)
    return Counter(kigen.letters)


def test_the_installed_command_sends_what_is_due_today_and_ends_well_when_it_is_told_to(kigen):
    kigen.bring(sold("K-1", **LONG_AGO, term_start="2021-02-01"), sold("K-2", owner_email="", term_start="2021-02-01"))

    with a_daemon(kigen) as process:
        wait_until(lambda: len(done(kigen)) == 4)
        assert stop(process) == 0

    said = log_of(kigen)
    assert "daemon started" in said
    assert "daemon stopped" in said
    assert "@example" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_while_it_works_it_ends_in_order_and_the_next_one_does_the_rest(book, number):
    with a_daemon(book, "2021-08-02T12:00:00") as process:
        wait_until(lambda: mails(book) >= 3)
        process.send_signal(number)
        assert process.wait(60) == 0
    assert {status for (status,) in book.ledger("status")} <= {"queued", "sent", "skipped"}

    with a_daemon(book, "2021-08-02T12:10:00"):
        wait_until(lambda: mails(book) == LINES)

    assert set(told(book).values()) == {1}


def live_through(kigen, days):
    """Sets the clock to noon on each of the days, each time until its four jobs are done and all mail has left."""
    for day in days:
        set_clock(clock_of(kigen), in_tokyo(f"{day}T12:00:00"))
        wait_until(lambda day=day: {f"{job} {day}" for job in JOBS} <= done(kigen) and not waits(kigen))


def test_through_the_days_of_a_month_each_job_day_runs_once_and_each_notice_goes_out_once(book):
    with a_daemon(book, "2021-08-01T12:00:00"):
        live_through(book, A_MONTH)

    assert told(book) == EACH_TWICE
    assert Counter(statuses(book)) == Counter((f"{job} {day}", "done") for day in A_MONTH for job in JOBS)


def test_two_daemons_on_one_database_share_the_days(book):
    with a_daemon(book, "2021-08-01T12:00:00"), a_daemon(book, "2021-08-01T12:00:00"):
        live_through(book, A_MONTH)

    assert told(book) == EACH_TWICE
    assert Counter(statuses(book)) == Counter((f"{job} {day}", "done") for day in A_MONTH for job in JOBS)


def test_killed_twice_a_day_in_the_middle_of_it_nothing_is_lost_and_nothing_doubled(book):
    """A third doubt about the same mail would be a person's to settle."""
    for day, before in (("2021-08-02", 0), ("2021-09-01", LINES)):
        for hour, more in ((12, 3), (13, 24)):
            with a_daemon(book, f"{day}T{hour}:00:00") as process:
                wait_until(lambda at=before + more: mails(book) >= at)
                process.kill()
                process.wait()
        with a_daemon(book, f"{day}T18:00:00"):
            wait_until(lambda day=day: f"license-release {day}" in done(book) and not waits(book))

    assert told(book) == EACH_TWICE
    finished = [each for each, outcome in statuses(book) if outcome == "done"]
    assert len(set(finished)) == len(finished)


def test_a_sighup_is_heard_by_the_installed_command(kigen):
    kigen.bring(sold("K-1", term_start="2021-02-01"))

    with a_daemon(kigen) as process:
        wait_until(lambda: "daemon started" in log_of(kigen))
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration read anew" in log_of(kigen))
        kigen.configure("[mail]\n")  # the table twice
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "not valid TOML" in log_of(kigen))
        assert stop(process) == 0


def test_a_service_manager_hears_that_it_is_ready(kigen, tmp_path):
    kigen.bring(sold("K-1", term_start="2021-02-01"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        with a_daemon(kigen, NOTIFY_SOCKET=str(tmp_path / "notify")):
            while manager.recv(4096) != b"READY=1":
                pass
        heard = []
        while b"STOPPING=1" not in heard:
            heard.append(manager.recv(4096))


def test_health_and_metrics_are_answered_while_it_works(kigen):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kigen.bring(sold("K-1", **LONG_AGO, term_start="2021-02-01"))

    with a_daemon(kigen, KIGEN_MONITORING__LISTEN=f"127.0.0.1:{port}"):
        wait_until(lambda: len(done(kigen)) == len(JOBS))
        with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert json.load(answer)["healthy"] is True
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b"kigen_" in answer.read()
