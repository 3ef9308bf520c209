"""`kigen bounce`: the life of a notice that came back, and what the command does with what it is given (N8)."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from notify.transports.maildir import make_maildir
from tests.end_to_end.installation import PROGRAMS, Installation, sold, text_of
from tests.notify.bounces.builders import POLICY, SOFT, a_report, report_about

DAY = "2021-09-01"
NOON = "2021-09-01T03:00:00Z"
VERP = '\nreturn_path = "bounces@example.jp"\n'
DESK = "license-desk@example.co.jp"


@pytest.fixture
def kigen(tmp_path):
    found = Installation(tmp_path, VERP)
    assert found.bring(sold("K-0001"), sold("K-0002")).status == 0
    return found


@pytest.fixture
def sent(kigen):
    """One renewal notice for each contract, sent on its day."""
    assert kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON).status == 0
    return kigen


def letters(kigen, owner=""):
    return [mail for mail in kigen.inbox if mail["Delivered-To"].startswith(owner) and mail["Delivered-To"] != DESK]


def to_desk(kigen):
    return [mail for mail in kigen.inbox if mail["Delivered-To"] == DESK]


def give(kigen, raw, *options, at="2021-09-01T04:00:00Z"):
    """Gives the command a report in a file."""
    file = kigen.folder / "report.eml"
    file.write_bytes(raw)
    return kigen.ask("bounce", file, *options, at=at)


def run(kigen, day="2021-09-02"):
    return kigen.ask("run-job", "all", "--date", day, at=f"{day}T03:00:00Z")


def stands(kigen):
    """Of each customer's notice that was ever to be told, where it stands."""
    return [row for row in kigen.ledger("contract", "status", "reason") if row[1] != "skipped" and row[0] != "desk"]


def test_each_mail_has_a_return_address_of_its_own(sent):
    paths = {mail["Return-Path"] for mail in letters(sent)}

    assert len(paths) == 2
    assert all(path.startswith("<bounces+") and path.endswith("@example.jp>") for path in paths)


def test_without_a_return_path_mail_comes_back_to_its_sender(tmp_path):
    kigen = Installation(tmp_path)
    kigen.bring(sold("K-0001"))
    kigen.run("renewal-notice", DAY)

    assert [mail["Return-Path"] for mail in kigen.inbox] == ["<noreply@example.co.jp>"]


def test_the_life_of_a_bounce_owner_bounces_held_desk_told_new_owner_imported_and_written_to_once(sent):
    """N8, P1, and the promise: a notice that nobody received is not given, and it is given once."""
    (mail,) = letters(sent, "k-0001")
    said = give(sent, report_about(mail))
    assert said.status == 0
    assert "k-0001@" not in said.out + said.err
    assert stands(sent) == [("K-0001", "held", "owner-bounced"), ("K-0002", "sent", "due")]

    (told,) = to_desk(sent)
    assert "株式会社K-0001" in text_of(told)
    assert "新しいオーナー" in text_of(told)
    assert "kigen bounce --clear k-0001@example.co.jp" in text_of(told)

    assert run(sent).status == 1  # it needs a person
    assert len(letters(sent)) == 2

    sent.bring(sold("K-0001", owner_email="new@example.co.jp"), sold("K-0002"))
    assert run(sent, "2021-09-03").status == 0
    assert [mail["Delivered-To"] for mail in letters(sent, "new")] == ["new@example.co.jp"]
    assert stands(sent) == [("K-0001", "sent", "late"), ("K-0002", "sent", "due")]

    run(sent, "2021-09-06")
    assert len(letters(sent)) == 3
    assert len(to_desk(sent)) == 1


def test_the_story_of_a_notice_that_came_back_keeps_both_letters_and_when_it_was_first_sent(sent):
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail))
    sent.bring(sold("K-0001", owner_email="new@example.co.jp"), sold("K-0002"))
    run(sent, "2021-09-03")

    ((number, _),) = sent.ledger("id", "status", contract="K-0001", status="sent")
    story = sent.ask("notices", "show", number, "--format", "json").json
    first, second = story["messages"]

    assert story["notice"]["sent_at"].startswith("2021-09-01T03:00")
    assert [back["bounce_class"] for back in first["envelopes"][0]["bounces"]] == ["hard"]
    assert [(copy["address"], copy["status"]) for copy in first["envelopes"] + second["envelopes"]] == [
        ("k-0001@example.co.jp", "sent"),
        ("new@example.co.jp", "sent"),
    ]
    assert "came back" in sent.ask("notices", "show", number).out


def test_the_bytes_of_a_notice_that_came_back_can_still_be_shown(sent):
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail))
    ((number,),) = sent.ledger("id", contract="K-0001", status="held")

    said = sent.ask("notices", "show", number, "--eml")

    assert said.status == 0
    assert f"Message-ID: {mail['Message-ID']}" in said.out


def test_a_mailbox_that_works_again_gets_what_was_held_once(sent):
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail))

    assert sent.ask("bounce", "--clear", "k-0001@example.co.jp", at="2021-09-02T01:00:00Z").status == 0
    run(sent)
    run(sent, "2021-09-03")

    assert len(letters(sent, "k-0001")) == 2
    assert sent.ask("bounce", "--list", "--format", "json").json[0]["is_held"] is False


def test_an_address_against_which_nothing_stands_cannot_be_cleared(sent):
    said = sent.ask("bounce", "--clear", "k-0001@example.co.jp")

    assert said.status == 2
    assert "nothing stands against" in said.err


def test_what_is_past_its_last_day_while_it_is_held_is_not_sent_to_the_new_owner(sent):
    """B1: after the closing day there is nothing left to buy."""
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail))
    sent.bring(sold("K-0001", owner_email="new@example.co.jp"), sold("K-0002"))

    run(sent, "2021-12-03")

    assert letters(sent, "new") == []


def test_the_same_report_twice_does_nothing_new(sent):
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail))
    again = give(sent, b"Received: from here\n" + report_about(mail))

    assert (again.status, "on record already" in again.out) == (0, True)
    assert len(sent.ask("bounce", "--list", "--format", "json").json) == 1
    assert len(to_desk(sent)) == 1


@pytest.mark.parametrize("said", [SOFT, POLICY])
def test_a_mail_that_came_back_for_another_reason_is_told_but_holds_nothing(sent, said):
    (mail,) = letters(sent, "k-0001")
    give(sent, report_about(mail, said))

    assert stands(sent) == [("K-0001", "sent", "due"), ("K-0002", "sent", "due")]
    assert len(to_desk(sent)) == 1


def test_a_copy_that_came_back_does_not_hold_the_owners_notice(tmp_path):
    """P2: who is only copied is not who has to be told."""
    kigen = Installation(tmp_path, VERP + '[jobs.renewal-notice]\ncopy_to = ["administrators"]\n')
    kigen.bring(sold("K-0001", administrator_emails="admin@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    (copy,) = letters(kigen, "admin")

    give(kigen, report_about(copy))

    assert stands(kigen) == [("K-0001", "sent", "due")]
    assert "写し" in text_of(to_desk(kigen)[0])


def test_a_copy_that_is_gone_is_left_out_of_later_letters_until_it_works_again(tmp_path):
    kigen = Installation(tmp_path, VERP + '[jobs.renewal-notice]\ncopy_to = ["administrators"]\n')
    kigen.bring(sold("K-0001", administrator_emails="gone@example.co.jp;admin@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", "2021-08-02", at="2021-08-02T03:00:00Z")
    (copy,) = letters(kigen, "gone")
    give(kigen, report_about(copy), at="2021-08-02T04:00:00Z")

    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)

    assert [len(letters(kigen, who)) for who in ("k-0001", "admin", "gone")] == [2, 2, 1]
    kigen.ask("bounce", "--clear", "gone@example.co.jp", at=NOON)
    kigen.bring(sold("K-0002", administrator_emails="gone@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    assert len(letters(kigen, "gone")) == 2


def test_a_forged_report_marks_nobody_and_is_kept_for_people(sent):
    """Someone who knows the address and guesses the number of an envelope has not seen its mail."""
    forged = a_report("k-0001@example.co.jp", to="bounces+1-abcdefghijklmnop@example.jp")

    said = give(sent, forged)

    assert said.status == 1
    assert "var/for-people/new/" in said.err
    assert [file.read_bytes() for file in (sent.folder / "var/for-people/new").iterdir()] == [forged]
    assert stands(sent) == [("K-0001", "sent", "due"), ("K-0002", "sent", "due")]


def test_a_mail_server_that_calls_is_told_that_all_is_well_once_the_report_is_kept(sent):
    unmatched = a_report("nobody@example.com")

    assert give(sent, unmatched, "--mta").status == 0
    assert "1 mail waits for a person" in sent.ask("bounce", "--list").out


def test_a_mail_server_that_calls_keeps_its_report_when_anything_is_wrong(sent):
    """Any other status than 0 and 75 would send back what came back."""
    sent.configure("nonsense = 1\n")

    assert give(sent, a_report(), "--mta").status == 75


@pytest.mark.parametrize("is_there", [True, False])
def test_a_report_that_cannot_be_read_is_asked_for_again_by_a_mail_server_alone(sent, monkeypatch, is_there):
    file = sent.folder / "report.eml"
    if is_there:
        file.mkdir()  # whoever runs the tests may read every file
    monkeypatch.setattr("os.access", lambda asked, *_, **__: str(asked) != str(file))

    statuses = [sent.ask("bounce", file, *options).status for options in (("--mta",), ())]

    assert statuses == [75, 2]


def test_a_locked_database_asks_the_mail_server_to_try_again(sent, monkeypatch):
    monkeypatch.setattr("jobs.database.engines.BUSY_SECONDS", 0.05)
    (mail,) = letters(sent, "k-0001")
    engine = sa.create_engine(f"sqlite:///{sent.database}", isolation_level=None)
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN EXCLUSIVE")
        statuses = [give(sent, report_about(mail), *options).status for options in ((), ("--mta",))]
        other.exec_driver_sql("ROLLBACK")
    engine.dispose()

    assert statuses == [75, 75]
    assert give(sent, report_about(mail)).status == 0


def test_the_recipient_that_the_mail_server_names_is_enough_to_match(sent):
    (mail,) = letters(sent, "k-0001")
    bare = a_report("k-0001@example.co.jp")
    token = mail["Return-Path"].strip("<>")

    assert give(sent, bare).status == 1
    assert give(sent, bare, "--recipient", token.upper()).status == 0
    assert stands(sent)[0] == ("K-0001", "held", "owner-bounced")


def test_the_message_id_and_the_recipient_match_where_the_return_address_got_lost(sent):
    (mail,) = letters(sent, "k-0001")
    message_id = mail["Message-ID"].strip("<>")

    assert give(sent, a_report("K-0001@example.co.jp", message_id=message_id)).status == 0
    assert stands(sent)[0] == ("K-0001", "held", "owner-bounced")


def test_a_maildir_is_read_once(sent):
    (one, two) = letters(sent)
    box = sent.folder / "reports"
    for part in ("tmp", "new", "cur"):
        (box / part).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(report_about(one))
    (box / "new" / "2.b").write_bytes(a_report("nobody@example.com", name="other@mx.example.jp"))
    (box / "new" / "3.c").write_bytes(report_about(two, SOFT, name="third@mx.example.jp"))

    first, second = sent.ask("bounce", "--maildir", box), sent.ask("bounce", "--maildir", box)

    assert (first.status, second.status) == (1, 0)
    assert second.out == "No new mail.\n"
    assert sorted(file.name for file in (box / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S", "3.c:2,S"]
    assert len(list((sent.folder / "var/for-people/new").iterdir())) == 1
    assert len(to_desk(sent)) == 1  # one letter tells of both


def test_a_report_that_comes_before_its_mail_is_on_record_stays_where_it_is(sent):
    (mail,) = letters(sent, "k-0001")
    box = sent.folder / "reports"
    for part in ("tmp", "new", "cur"):
        (box / part).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(report_about(mail))
    sent.sql("UPDATE envelopes SET status = 'sending'")

    assert give(sent, report_about(mail), "--mta").status == 75
    assert sent.ask("bounce", "--maildir", box).status == 75
    assert (box / "new" / "1.a").exists()

    sent.sql("UPDATE envelopes SET status = 'sent'")
    assert sent.ask("bounce", "--maildir", box).status == 0


def test_a_mail_that_cannot_be_read_keeps_no_other_back(sent):
    folder = sent.folder / "returned"
    make_maildir(folder)
    (folder / "new" / "1").write_bytes(b"")
    (folder / "new" / "2").write_bytes(report_about(letters(sent, "k-0001")[0]))
    (folder / "cur" / "1:2,S").mkdir()  # so it cannot be moved: whoever runs the tests may read every file

    said = sent.ask("bounce", "--maildir", folder)

    assert said.status == 75
    assert "1: Is a directory; it stays where it is" in said.err
    assert stands(sent)[0] == ("K-0001", "held", "owner-bounced")


def test_a_folder_that_is_no_maildir_is_wrong_usage(sent, tmp_path):
    (tmp_path / "plain").mkdir()

    said = sent.ask("bounce", "--maildir", tmp_path / "plain")

    assert (said.status, "is no Maildir" in said.err) == (2, True)


@pytest.mark.parametrize(
    "arguments", [(), ("--list", "--clear", "a@example.com"), ("--recipient", "a@example.com", "--list")]
)
def test_a_call_that_says_nothing_or_too_much_is_wrong_usage(kigen, arguments):
    assert kigen.ask("bounce", *arguments).status == 2


def test_an_empty_input_is_kept_for_people_and_nothing_breaks(sent):
    assert give(sent, b"").status == 1


def test_a_desk_that_cannot_be_told_at_once_is_told_by_the_next_delivery(sent):
    (mail,) = letters(sent, "k-0001")
    sent.ask("pause")
    said = give(sent, report_about(mail))
    assert (said.status, len(to_desk(sent))) == (0, 0)
    assert "could not be told yet" in said.err

    sent.ask("resume")
    run(sent)

    assert len(to_desk(sent)) == 1


def test_two_processes_given_the_same_report_at_once_record_it_once(sent):
    (mail,) = letters(sent, "k-0001")
    file = sent.folder / "report.eml"
    file.write_bytes(report_about(mail))

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda _: sent.in_process("bounce", str(file), "--mta"), range(2)))

    assert [each.status for each in said] == [0, 0]
    assert len(sent.ask("bounce", "--list", "--format", "json").json) == 1


def test_a_report_on_standard_input_is_read_as_bytes(sent):
    (mail,) = letters(sent, "k-0001")
    done = subprocess.run(
        [PROGRAMS / "kigen", "bounce", "-", "--mta", "--config", str(sent.config)],
        input=report_about(mail), capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert stands(sent)[0] == ("K-0001", "held", "owner-bounced")


DYING = """
import os, signal, sys
from jobs.intake import returned_mail as bouncing
from jobs.cli.main import main
from notify.ledger.bounces import Bounces
from notify.ledger.ledger import Ledger

step = sys.argv.pop(1)

def dying(original, moment):
    def call(*args, **kwargs):
        if step == "before " + moment: os.kill(os.getpid(), signal.SIGKILL)
        done = original(*args, **kwargs)
        if step == "after " + moment: os.kill(os.getpid(), signal.SIGKILL)
        return done
    return call

Bounces.record = dying(Bounces.record, "the record")
Ledger.announce = dying(Ledger.announce, "the desk's letter")
bouncing.mark_seen = dying(bouncing.mark_seen, "the move")
main()
"""


@pytest.mark.parametrize(
    "step",
    [f"{when} {what}" for what in ("the record", "the desk's letter", "the move") for when in ("before", "after")],
)
def test_a_process_that_dies_at_any_step_leaves_a_report_that_is_handled_once(sent, step):
    (mail,) = letters(sent, "k-0001")
    box = sent.folder / "reports"
    for part in ("tmp", "new", "cur"):
        (box / part).mkdir(parents=True)
    (box / "new" / "1.a").write_bytes(report_about(mail))

    died = subprocess.run(
        [sys.executable, "-c", DYING, step, "bounce", "--maildir", str(box), "--config", str(sent.config)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL

    assert sent.ask("bounce", "--maildir", box).status == 0
    assert run(sent).status == 1
    assert len(sent.ask("bounce", "--list", "--format", "json").json) == 1
    assert stands(sent)[0] == ("K-0001", "held", "owner-bounced")
    assert len(to_desk(sent)) == 1


def test_soft_bounces_on_so_many_days_in_a_row_hold_what_comes_next(tmp_path):
    """bounces.soft_limit: a full mailbox that stays full is one that nobody reads."""
    kigen = Installation(tmp_path, VERP + "[bounces]\nsoft_limit = 2\n")
    kigen.bring(sold("K-0001"), sold("K-0002", owner_email="k-0001@example.co.jp"))
    kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON)
    first, second = letters(kigen)

    give(kigen, report_about(first, SOFT))
    give(kigen, report_about(second, SOFT, name="same-day@mx.example.jp"))
    assert [row["is_held"] for row in kigen.ask("bounce", "--list", "--format", "json").json] == [False, False]

    give(kigen, report_about(second, SOFT, name="next-day@mx.example.jp"), at="2021-09-02T04:00:00Z")

    assert all(row["is_held"] for row in kigen.ask("bounce", "--list", "--format", "json").json)
    assert stands(kigen) == [("K-0001", "sent", "due"), ("K-0002", "sent", "due")]
