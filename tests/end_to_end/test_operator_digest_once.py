"""The desk's letter is sent once a day, whatever waits, is killed or run twice; news are told by one that went out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.end_to_end.desk import CLOSING, TABLE, VERP, digest, subjects, to_desk, with_a_desk
from tests.end_to_end.installation import sold


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, VERP + TABLE)


@pytest.mark.usefixtures("each_database")
def test_a_letter_that_a_relay_did_not_take_gives_way_to_the_next_days(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    digest(kigen, "2021-11-25", "--no-deliver")

    digest(kigen, "2021-11-26", job="all")

    assert subjects(kigen) == ["【要対応 1件】ライセンス通知の日報 2021/11/26"]
    assert kigen.ledger("occasion", "status", "reason", kind="operator-digest") == [
        ("2021-11-25", "withdrawn", "superseded"),
        ("2021-11-26", "sent", "due"),
    ]


def test_news_of_a_letter_that_never_went_out_is_told_by_the_next(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    digest(kigen, "2021-12-02")
    digest(kigen, "2021-12-03", "--no-deliver")  # K-1's window has closed

    digest(kigen, "2021-12-04")

    assert subjects(kigen)[-1] == "【お知らせ 1件】ライセンス通知の日報 2021/12/4"


def test_a_letter_that_still_waits_is_written_anew_by_a_second_run(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    digest(kigen, "2021-11-25", "--no-deliver")
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", **CLOSING))

    digest(kigen, "2021-11-25")

    assert subjects(kigen) == ["【要対応 2件】ライセンス通知の日報 2021/11/25"]


def test_a_letter_that_waits_is_taken_back_where_all_was_settled_meanwhile(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    digest(kigen, "2021-11-25", "--no-deliver")
    kigen.ask("decline", "K-1", "--on", "2021-11-25")

    digest(kigen, "2021-11-25")

    assert to_desk(kigen) == []
    assert kigen.ledger("status", "reason", kind="operator-digest") == [("withdrawn", "nothing-to-say")]


KILLED = """
import os, signal
from jobs.runs.deliver import Deliveries
from jobs.cli.main import main

async def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

Deliveries.deliver = die
main()
"""


def test_killed_between_queue_and_delivery_it_is_sent_once(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    command = (sys.executable, "-c", KILLED, "run-job", "operator-digest", "--date", "2021-11-25")
    killed = subprocess.run([*command, "--config", str(kigen.config)], check=False, env={**os.environ})
    assert killed.returncode == -signal.SIGKILL
    assert kigen.ledger("status", kind="operator-digest") == [("queued",)]

    kigen.run("operator-digest", "2021-11-25")
    kigen.run("operator-digest", "2021-11-25")

    assert len(to_desk(kigen)) == 1
