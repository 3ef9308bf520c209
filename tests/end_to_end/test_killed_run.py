"""A real `run-job all` killed by SIGKILL in the middle, and two at once: the Maildir is the judge."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter

import pytest

from tests.end_to_end.installation import sold

pytestmark = pytest.mark.usefixtures("each_database")

DAY = "2021-09-01"
LINES = 200


@pytest.fixture
def due(kigen):
    """A book of some hundred lines that are all due."""
    kigen.bring(*(sold(f"K-{number:03}", term_start="2021-02-01") for number in range(LINES)))
    return kigen


EACH_ONCE = sorted((f"k-{number:03}", "renewal-notice") for number in range(LINES))


def mails(kigen):
    folder = kigen.folder / "maildir" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.mark.parametrize("at", [1, 120])
def test_a_killed_run_is_taken_up_by_the_next_and_every_notice_lies_in_the_maildir_once(due, at):
    process = due.process("run-job", "all", "--date", DAY)
    while mails(due) < at and process.poll() is None:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    there = mails(due)
    assert at <= there < LINES, "the run was too quick to be killed in the middle"

    assert due.run("all", DAY).status == 0  # at once: the dead process was on this host, so nobody waits for its lease

    assert due.letters == EACH_ONCE
    assert {status for (status,) in due.ledger("status", kind="renewal-notice")} == {"sent", "skipped"}


def test_of_a_killed_run_only_the_mail_in_hand_waits_for_a_person_and_the_next_run_sends_the_others(due):
    due.configure('[jobs.renewal-notice]\nin_doubt = "wait"\n')
    process = due.process("run-job", "all", "--date", DAY)
    while mails(due) < LINES // 2 and process.poll() is None:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert mails(due) < LINES, "the run was too quick to be killed in the middle"

    due.run("all", DAY)

    statuses = Counter(status for (status,) in due.ledger("status", kind="renewal-notice"))
    assert statuses["in-doubt"] <= 1  # a Maildir is written to by one hand
    assert statuses["sent"] == LINES - statuses["in-doubt"]
    assert LINES - statuses["in-doubt"] <= mails(due) <= LINES
    assert list((due.folder / "var").rglob("*.notes")) == []


def test_a_run_killed_while_it_decides_is_recorded_as_died_and_the_next_one_does_it_all(due):
    process = due.process("run-job", "renewal-notice", "--date", DAY)
    while process.poll() is None and "running" not in [run["outcome"] for run in runs(due)]:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert mails(due) == 0

    assert due.run("all", DAY).status == 0

    assert due.letters == EACH_ONCE
    assert [run["outcome"] for run in runs(due) if run["job"] == "renewal-notice"] == ["done", "died"]


def runs(kigen):
    return kigen.ask("runs", "--format", "json").json


def test_two_runs_at_once_send_each_notice_once_and_one_of_them_may_be_refused(due):
    both = [due.process("run-job", "all", "--date", DAY) for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)

    assert {process.returncode for process in both} <= {0, 3}
    assert 0 in {process.returncode for process in both}
    assert due.letters == EACH_ONCE
