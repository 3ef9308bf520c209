"""Purging as a job: without asking, on record, by the daemon where it is told to, and finished after a kill."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from freezegun import freeze_time

from jobs.app import App
from jobs.config.load import load_settings
from jobs.runs.history import Origin
from jobs.runs.stopping import Stopped
from tests.end_to_end.installation import sold
from tests.end_to_end.retention import BASE, DAY, FIVE_YEARS, NOON, kept, with_a_notice_sent


@pytest.fixture
def sent(kigen):
    return with_a_notice_sent(kigen)


def test_the_job_purges_without_asking_and_its_run_is_on_record(sent):
    a_person = {"KIGEN_INSTALLATION__MOST_DAYS_OFF": "9999"}  # who knows that it is five years later
    said = sent.ask("run-job", "purge", "--format", "json", at=FIVE_YEARS, environment=a_person)

    assert [(row["kind"], row["part"], row["count"]) for row in said.json["purged"]] == [
        ("renewal-notice", "text", 1), ("renewal-notice", "addresses", 1)
    ]  # fmt: skip
    assert kept(sent) == [(False, False, None)]
    (run,) = sent.ask("runs", "--job", "purge", "--format", "json").json
    assert (run["outcome"], run["counts"]) == ("done", {"addresses": 1})


def test_a_dry_run_of_the_job_changes_nothing(sent):
    before = sent.stored()

    assert sent.ask("run-job", "purge", "--dry-run", "--format", "json", at=FIVE_YEARS).json["purged"]
    assert sent.stored() == before


def test_all_does_not_purge(sent):
    sent.configure("[jobs.purge]\non = true\n")

    sent.ask("run-job", "all", at=FIVE_YEARS)

    assert kept(sent) == [(True, True, "k-1@example.co.jp")]


@pytest.mark.parametrize("arguments", [("--only", "K-1"), ("--date", "2030-01-01")])
def test_the_job_is_about_all_contracts_and_no_day_to_come(sent, arguments):
    assert sent.ask("run-job", "purge", *arguments, at=FIVE_YEARS).status == 2


@pytest.mark.parametrize(("on", "is_there"), [("true", True), ("false", False)])
def test_the_daemon_purges_where_it_is_told_to(kigen, on, is_there):
    kigen.configure(f"[jobs.purge]\non = {on}\n")
    app = App(load_settings(kigen.config))

    assert ("purge" in app.timetable.times) is is_there


def test_a_scheduled_purge_that_is_to_stop_says_so_and_leaves_the_rest_to_the_next(sent):
    app = App(load_settings(sent.config))

    def stopping():
        raise Stopped("asked to stop")

    with freeze_time("2026-09-02"), pytest.raises(Stopped):
        app.purge.run(date(2026, 9, 2), Origin.SCHEDULED, between=stopping)
    app.close()

    (run,) = sent.ask("runs", "--job", "purge", "--format", "json").json
    assert (run["outcome"], run["origin"]) == ("stopped", "scheduled")


DYING = """
import os, signal, sys
from jobs.cli.main import main
import notify.ledger.purge as p

p.AT_ONCE = 2
purge, left = p.Mails.take, int(sys.argv.pop(1))

def dying(*args, **kwargs):
    global left
    if left == 0: os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return purge(*args, **kwargs)

p.Mails.take = dying
main()
"""


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_purge_that_dies_half_way_is_finished_by_the_next(kigen, pieces):
    kigen.bring(*(sold(f"K-{number}", **BASE) for number in range(7)))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    kigen.sql("UPDATE messages SET created_at = '2001-01-01 00:00:00.000000'")
    kigen.sql("UPDATE envelopes SET updated_at = '2001-01-01 00:00:00.000000'")

    died = subprocess.run(
        [sys.executable, "-c", DYING, str(pieces), "purge", "--yes", "--config", str(kigen.config)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert died.returncode == -9
    assert len([mail for mail in kept(kigen) if mail[1]]) == 7 - 2 * pieces

    assert kigen.ask("purge", "--yes").status == 0
    assert kept(kigen) == [(False, False, None)] * 7
