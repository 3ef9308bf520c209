"""What was told at once is not told again: not by a second run, by another process, or after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.desk import (
    BARRED,
    DAY,
    a_drop_folder_that_cannot_be_used,
    at_once,
    give_back,
    hears_of,
    noon,
    run,
    told,
    with_a_desk,
)
from tests.end_to_end.installation import sold
from tests.notify.bounces.builders import HARD, POLICY, SOFT, report_about


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, hears_of())


@pytest.mark.usefixtures("each_database")
def test_what_was_told_is_not_told_again(kigen):
    kigen.configure(hears_of(more=BARRED))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    for day in ("2021-09-01", "2021-09-01", "2021-09-02"):
        run(kigen, day)

    assert len(at_once(kigen)) == 1


def test_what_was_sent_again_and_failed_again_is_news(kigen):
    kigen.configure(hears_of(more=BARRED))
    kigen.bring(sold("K-1"))
    run(kigen)
    ((number,),) = kigen.ledger("id", contract="K-1", status="failed")

    kigen.ask("notices", "resend", number, at=noon())
    run(kigen, "2021-09-02", job="deliver")

    assert len(at_once(kigen)) == 2


def test_reports_that_mark_nobody_are_gathered_for_ten_minutes_after_a_letter(kigen):
    """A provider that refuses all mail makes no flood; what marks an address waits for nothing."""
    kigen.bring(*(sold(f"K-{number}") for number in range(1, 6)))
    run(kigen)
    mails = {mail["Delivered-To"][:3]: mail for mail in kigen.inbox}

    def come_back(which, said, at):
        file = kigen.folder / "report.eml"
        file.write_bytes(report_about(mails[which], said, name=f"{which}@mx.example.jp"))
        kigen.ask("bounce", file, at=f"{DAY}T{at}Z")
        return len(at_once(kigen))

    assert come_back("k-1", POLICY, "04:00:00") == 1
    assert [come_back("k-2", POLICY, "04:00:01"), come_back("k-3", SOFT, "04:09:00")] == [1, 1]
    assert come_back("k-4", HARD, "04:09:30") == 2
    assert all(f"K-{number}/1" in told(kigen)[1] for number in (2, 3, 4))
    assert come_back("k-5", POLICY, "04:20:00") == 3


def test_a_run_that_fails_again_and_again_on_a_day_is_told_once(kigen):
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))

    for _ in range(3):
        kigen.ask("feed", at=noon())
    kigen.ask("feed", at=noon("2021-09-02"))

    assert len(at_once(kigen)) == 2


def test_the_letter_itself_is_no_thing_to_tell_when_it_fails(kigen):
    kigen.configure(hears_of(more='only_to = ["somebody@example.com"]\n'))
    kigen.bring(sold("K-1"))

    for day in ("2021-09-01", "2021-09-02", "2021-09-03"):
        run(kigen, day)

    assert kigen.ledger("line", "status", contract="desk") == [("desk/notice 1", "failed")]


def test_letters_that_failed_are_one_thing_each_in_the_daily_letter(kigen):
    kigen.configure(hears_of(more='only_to = ["somebody@example.com"]\n'))
    kigen.bring(sold("K-1"), sold("K-2"))
    run(kigen)

    kigen.configure(hears_of(daily=True))
    run(kigen, "2021-09-02", job="operator-digest")

    (daily,) = kigen.inbox
    assert daily["Subject"] == "【要対応 3件】ライセンス通知の日報 2021/9/2"  # the two notices, and the letter of both


KILLED = """
import os, signal
from jobs.desk.urgent_letter import UrgentLetter
from jobs.cli.main import main

def die(original):
    def call(*args, **options):
        if moment == "before": os.kill(os.getpid(), signal.SIGKILL)
        found = original(*args, **options)
        if moment == "after": os.kill(os.getpid(), signal.SIGKILL)
        return found
    return call

import sys
moment = sys.argv.pop(1)
UrgentLetter.queue = die(UrgentLetter.queue)
main()
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_before_or_after_it_is_queued_it_is_told_once(kigen, moment):
    kigen.bring(sold("K-1", owner_email=""))
    command = (sys.executable, "-c", KILLED, moment, "run-job", "all", "--date", DAY, "--config", str(kigen.config))
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert at_once(kigen) == []

    kigen.run("all", DAY)
    kigen.run("all", DAY)

    assert len(at_once(kigen)) == 1


@pytest.mark.usefixtures("each_database")
def test_processes_that_find_the_same_at_once_tell_it_once(kigen):
    kigen.configure(hears_of('"bounced"'))
    kigen.bring(*(sold(f"K-{number}", owner_email="") for number in range(1, 5)))
    run(kigen)
    kigen.configure(hears_of())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: kigen.in_process("run-job", "deliver", "--date", DAY), range(4)))

    assert len(at_once(kigen)) == 1
    assert len(kigen.ledger("line", contract="desk", status="sent")) == 4


@pytest.mark.usefixtures("each_database")
def test_reports_about_two_mails_of_one_owner_at_once_tell_of_the_owner_once(kigen):
    kigen.bring(sold("K-1"), sold("K-2", owner_email="k-1@example.co.jp"))
    run(kigen, job="renewal-notice")
    reports = [kigen.folder / name for name in ("first.eml", "second.eml")]
    for file, mail in zip(reports, kigen.inbox, strict=True):
        file.write_bytes(report_about(mail, name=f"{file.stem}@mx.example.jp"))

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda file: kigen.in_process("bounce", file), [*reports, *reports]))

    assert [each.status for each in said] == [0] * 4
    assert len(kigen.ask("bounce", "--list", "--format", "json").json) == 2
    assert len(at_once(kigen)) == 1


def test_an_owner_who_was_cleared_and_comes_back_again_is_news(kigen):
    kigen.bring(sold("K-1"))
    run(kigen, job="renewal-notice")
    give_back(kigen, "k-1@example.co.jp", at="2021-09-01T04:00:00Z")
    kigen.ask("bounce", "--clear", "k-1@example.co.jp", at="2021-09-01T05:00:00Z")
    run(kigen, "2021-09-02")

    give_back(kigen, "k-1@example.co.jp", at="2021-09-02T04:00:00Z")

    assert len(at_once(kigen)) == 2
