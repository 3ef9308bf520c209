"""pause, resume, adopt, send-test and settle, as a person at the command line meets them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from notify.ledger import switches
from tests.end_to_end.installation import Installation, sold

DAY = "2021-09-01"
NOON = "2021-09-01T03:00:00"  # of that day in Tokyo
BASE = {"term_start": "2021-02-01", "months": "12"}
JOB = ("run-job", "renewal-notice", "--date", DAY)


@pytest.fixture
def due(kigen):
    """Two lines whose renewal notices are due."""
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    return kigen


def everything_said(said):
    return said.out + said.err


def statuses(kigen):
    return [status for (status,) in kigen.ledger("status", status="queued")]


# pause and resume


def test_while_paused_a_run_decides_and_queues_and_sends_nothing(due):
    due.ask("pause", "--reason", "the relay is being moved")

    said = due.run("all", DAY)

    assert said.status == 3
    assert said.json["counts"]["send"] == 2
    assert due.inbox == []
    assert statuses(due) == ["queued", "queued"]
    assert "the relay is being moved" in everything_said(due.ask("run-job", "deliver", "--date", DAY))


def test_a_delivery_while_paused_is_refused_even_with_nothing_to_send(kigen):
    kigen.bring(sold("K-1", owner_email="", **BASE))
    kigen.ask("pause", "--reason", "the relay is being moved")

    said = kigen.run("deliver", DAY)

    assert said.status == 3
    assert "the relay is being moved" in said.json["stopped"]


def test_after_resume_what_waited_goes_out(due):
    due.ask("pause")
    due.run("all", DAY)

    said = due.ask("resume")

    assert said.status == 0
    assert "2 notices wait." in said.out
    assert due.run("deliver", DAY).status == 0
    assert [kind for _, kind in due.letters] == ["renewal-notice"] * 2


def test_pausing_says_how_many_wait_and_how_to_start_again(due):
    due.run("all", DAY, "--no-deliver")

    said = due.ask("pause")

    assert (said.status, said.out) == (0, "Sending is paused; 2 notices wait. `kigen resume` starts it again.\n")
    assert "was paused already" in due.ask("pause").out


def test_resuming_what_was_not_paused_is_no_error(due):
    said = due.ask("resume")

    assert said.status == 0
    assert said.out.startswith("Sending was not paused; 0 notices wait.")


@pytest.mark.parametrize("option", ["--no-deliver", "--dry-run"])
def test_what_does_not_deliver_works_while_paused(due, option):
    due.ask("pause")

    assert due.run("all", DAY, option).status == 0


@pytest.mark.usefixtures("each_database")
def test_a_pause_stops_a_delivery_that_another_process_is_in_the_middle_of(kigen):
    kigen.bring(*(sold(f"K-{number:03}", **BASE) for number in range(400)))
    kigen.run("renewal-notice", DAY, "--no-deliver")
    engine = kigen.engine()
    process = kigen.process("run-job", "deliver", "--date", DAY)
    while mails(kigen) < 20 and process.poll() is None:
        time.sleep(0.001)

    with engine.begin() as connection:
        switches.pause(connection, "", "suzuki", datetime.now(UTC))
    at_the_pause = mails(kigen)
    process.communicate(timeout=60)

    assert 20 <= at_the_pause < 400, "the delivery was too quick to be paused in the middle"
    assert mails(kigen) - at_the_pause <= 1  # the one in hand
    assert process.returncode == 3
    assert len(kigen.ledger("id", status="sent")) == mails(kigen)
    assert len(kigen.ledger("id", status="queued")) == 400 - mails(kigen)
    kigen.ask("resume")
    assert kigen.run("deliver", DAY).status == 0
    assert mails(kigen) == len(set(kigen.letters)) == 400


def mails(kigen):
    folder = kigen.folder / "maildir" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


# adopt


@pytest.fixture
def copy(due, tmp_path):
    """The folder of an installation that has sent one of two notices, copied to another place."""
    due.ask(*JOB, "--only", "K-1", at=NOON)
    shutil.copytree(due.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("maildir"))
    return Installation(tmp_path / "copy")


def test_a_copied_folder_sends_nothing_and_the_original_goes_on(due, copy):
    said = copy.run("all", DAY)

    assert said.status == 3
    assert said.json["counts"]["send"] == 1
    assert copy.inbox == []
    assert "belongs to another installation" in everything_said(copy.ask("run-job", "deliver", "--date", DAY))
    assert due.run("all", DAY).status == 0
    assert len(due.inbox) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (*JOB, "--dry-run"),
        (*JOB, "--no-deliver"),
        ("preview", "--date", DAY, "page"),
        ("explain", "K-2", "--date", DAY),
        ("forecast",),
        ("notices",),
        ("pause",),
    ],
)
def test_what_sends_nothing_works_in_a_copy_as_ever(copy, monkeypatch, arguments):
    monkeypatch.chdir(copy.folder)

    assert copy.ask(*arguments, at=NOON).status == 0


def test_adopt_shows_what_would_be_sent_and_asks(copy):
    said = copy.ask("adopt", answer="n\n", at=NOON)

    assert said.status == 130
    assert "belongs to another installation" in said.out
    assert "1  renewal-notice" in said.out
    assert "K-2" in said.out
    assert "K-1" not in said.out  # it was sent
    assert "Let this installation send" in said.err
    assert copy.run("all", DAY).status == 3


def test_adopt_counts_what_is_queued_and_what_todays_jobs_would_add_once_each(copy):
    copy.bring(sold("K-3", **BASE))
    copy.run("renewal-notice", DAY, "--no-deliver", "--only", "K-2")

    said = copy.ask("adopt", "--dry-run", "--format", "json", at=NOON).json

    assert said["fenced"] == "copied"
    assert "belongs to another installation" in said["why"]
    assert (said["would_send"]["count"], said["would_send"]["by_kind"]) == (2, {"renewal-notice": 2})
    assert [(each["contract"], each["status"]) for each in said["would_send"]["notices"]] == [
        ("K-2", "queued"),
        ("K-3", "not written yet"),
    ]


@pytest.mark.parametrize(("options", "answer"), [(("--yes",), ""), ((), "y\n")])
def test_an_adopted_copy_sends_what_was_not_sent(copy, options, answer):
    assert copy.ask("adopt", *options, answer=answer, at=NOON).status == 0

    assert copy.run("all", DAY).status == 0
    assert [owner for owner, _ in copy.letters] == ["k-2"]


def test_there_is_nothing_to_adopt_where_nothing_is_fenced(due):
    due.run("all", DAY)

    said = due.ask("adopt", "--yes")

    assert (said.status, said.out) == (0, "Nothing to adopt: this installation may send from this database.\n")


def test_a_restored_backup_sends_nothing_and_lists_what_it_would_send_again(due):
    due.run("renewal-notice", DAY, "--no-deliver")
    shutil.copy(due.database, due.folder / "backup.db")
    due.run("deliver", DAY)
    assert len(due.inbox) == 2
    shutil.copy(due.folder / "backup.db", due.database)

    said = due.run("deliver", DAY)

    assert said.status == 3
    assert len(due.inbox) == 2
    listed = due.ask("adopt", "--dry-run", "--format", "json", at=NOON).json
    assert (listed["fenced"], listed["would_send"]["count"]) == ("restored", 2)


def test_a_backup_made_in_the_middle_of_a_delivery_is_older_as_soon_as_more_was_sent(kigen):
    """What was claimed when it was made, and sent after it, would go out again."""
    kigen.bring(*(sold(f"K-{number:03}", **BASE) for number in range(90)))  # one claim
    kigen.run("renewal-notice", DAY, "--no-deliver")
    process = kigen.process("run-job", "deliver", "--date", DAY)
    while mails(kigen) < 20 and process.poll() is None:
        time.sleep(0.001)
    with closing(sqlite3.connect(kigen.database)) as source, closing(sqlite3.connect(kigen.folder / "b.db")) as target:
        source.backup(target)
    process.communicate(timeout=60)
    assert mails(kigen) == 90
    shutil.copy(kigen.folder / "b.db", kigen.database)

    assert kigen.run("deliver", DAY).status == 3
    assert mails(kigen) == 90


def test_a_state_file_that_cannot_be_understood_stops_sending_with_a_sentence(due):
    due.ask(*JOB, "--only", "K-1")
    due.run("all", DAY, "--no-deliver")
    (due.folder / "var" / "installation.json").write_text("{")

    said = due.ask("run-job", "deliver", "--date", DAY)

    assert said.status in (2, 3)
    assert "installation.json: expected the state file" in everything_said(said)
    assert len(due.inbox) == 1
    assert due.ask("adopt", "--yes").status == 2


# send-test


def test_send_test_sends_one_plain_mail_and_says_the_servers_reply(due):
    said = due.ask("send-test", "you@example.co.jp")

    (mail,) = due.inbox
    assert said.status == 0
    assert "test mail to you@example.co.jp: accepted: in the maildir as kigen." in said.out
    assert (mail["Delivered-To"], mail["Subject"]) == ("you@example.co.jp", "kigen: test mail")
    assert due.ledger("id") == []


def test_each_test_mail_is_a_mail_of_its_own(due):
    due.ask("send-test", "you@example.co.jp")
    due.ask("send-test", "you@example.co.jp")

    assert len(due.inbox) == 2


@pytest.mark.parametrize(
    ("config", "status", "delivered_to"),
    [
        ('only_to = ["@example.com"]\n', 2, []),
        ('only_to = ["@example.co.jp"]\n', 0, ["you@example.co.jp"]),
        ('redirect_to = "me@example.com"\n', 0, ["me@example.com"]),
    ],
)
def test_a_test_mail_passes_the_allow_list_like_any_other(due, config, status, delivered_to):
    due.configure(config)  # the last table of the usual ones is [mail]

    assert due.ask("send-test", "you@example.co.jp").status == status
    assert [mail["Delivered-To"] for mail in due.inbox] == delivered_to


def test_a_test_mail_does_not_pass_a_pause(due):
    due.ask("pause")

    said = due.ask("send-test", "you@example.co.jp")

    assert (said.status, due.inbox) == (3, [])
    assert "sending is paused since" in said.err


def test_a_test_mail_does_not_pass_the_fence(copy):
    said = copy.ask("send-test", "you@example.co.jp")

    assert (said.status, copy.inbox) == (3, [])
    assert "belongs to another installation" in said.err


def test_a_transport_that_cannot_be_used_is_2_and_says_why(due):
    (due.folder / "maildir").write_text("a file where a folder must be")

    said = due.ask("send-test", "you@example.co.jp")

    assert said.status == 2
    assert "cannot be used" in said.err


def test_an_address_that_is_none_is_wrong_usage(due):
    assert due.ask("send-test", "you@example").status == 2


# settle


@pytest.fixture
def doubtful(due):
    """One notice in doubt, as after a crash."""
    due.run("renewal-notice", DAY, "--only", "K-1")
    due.sql("UPDATE notices SET status = 'in-doubt', sent_at = NULL WHERE status = 'sent'")
    due.sql("UPDATE envelopes SET status = 'in-doubt', sent_at = NULL WHERE status = 'sent'")
    ((number,),) = due.ledger("id", status="in-doubt")
    return number


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [("--sent", "sent", "on record as sent"), ("--not-sent", "queued", "queued again")],
)
def test_settle_ends_a_doubt_either_way(due, doubtful, answer, status, said):
    settled = due.ask("notices", "settle", doubtful, answer)

    assert (settled.status, settled.out.partition(": ")[2].partition(";")[0].strip()) == (0, said)
    assert due.ledger("status", contract="K-1", status=status)
    (action,) = due.ask("notices", "show", doubtful, "--format", "json").json["actions"]
    assert action["action"] == "settle"


@pytest.mark.parametrize("answers", [(), ("--sent", "--not-sent")])
def test_settle_wants_to_be_told_which(due, doubtful, answers):
    assert due.ask("notices", "settle", doubtful, *answers).status == 2
    assert due.ledger("id", status="in-doubt") == [(doubtful,)]


def test_settle_refuses_what_is_not_in_doubt(due):
    due.run("renewal-notice", DAY, "--only", "K-1")
    number = due.ledger("id", status="sent")[0][0]

    said = due.ask("notices", "settle", number, "--sent")

    assert said.status == 2
    assert "nothing is in doubt" in said.err


def test_the_state_file_lies_where_the_configuration_says(kigen):
    kigen.configure('[installation]\nfile = "memory/here.json"\n')
    kigen.bring(sold("K-1", **BASE))
    kigen.run("all", DAY)

    state = json.loads((kigen.folder / "memory" / "here.json").read_text())

    assert [entry["mark"] >= 1 for entry in state["databases"].values()] == [True]
