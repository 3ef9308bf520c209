"""What cannot wait for the daily letter is told to the desk at once: in one letter, each thing once (N8)."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy

import pytest
from at_once_builders import DAY, DESK, VERP, at_once, hears_of, noon, run, told
from bounce_builders import report_about
from cli_builders import Installation, sold, text_of
from daemon_builders import SetClock, an_app, at_work, in_tokyo, statuses, until
from postgres_builders import URL_FILE, database_url
from smtp_builders import HOST, Relay, Script, accept, hang_up, say, take, then


@pytest.fixture
def kigen(tmp_path):
    if (tmp_path / URL_FILE).exists():
        return Installation(tmp_path / "kigen", hears_of(), url=database_url(tmp_path))
    return Installation(tmp_path / "kigen", hears_of())


BARRED = f'only_to = ["{DESK}"]\n'  # of the customers' mail all fails


# which kinds


def test_an_owner_without_an_address_is_told_at_once_unasked(kigen):
    """N8: a missing owner goes to the desk at once, and so by default."""
    kigen.configure(f"{VERP}[jobs.operator-digest]\non = false\n")
    kigen.bring(sold("K-1", owner_email=""))

    assert run(kigen, job="renewal-notice").status == 1

    (text,) = told(kigen)
    assert "■ 保留中の通知（1件）" in text
    assert "株式会社K-1　K-1/1" in text


def test_a_notice_that_failed_is_told_with_what_settles_it(kigen):
    kigen.configure(hears_of('"failed"', BARRED))
    kigen.bring(sold("K-1"))

    run(kigen, job="renewal-notice")

    ((number,),) = kigen.ledger("id", contract="K-1", status="failed")
    assert [mail["Subject"] for mail in at_once(kigen)] == ["【要対応 1件】ライセンス通知の速報 2021/9/1 12:00"]
    assert f"  $ kigen notices resend {number}\n  $ kigen notices cancel {number}\n" in told(kigen)[0]


def test_a_run_that_failed_is_told_with_its_job_and_day(kigen):
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))
    kigen.bring(sold("K-1", term_start="2021-05-01"))

    run(kigen)

    (text,) = told(kigen)
    assert "・feed　2021年9月1日（水）分：" in text
    assert "  $ run-job feed\n" in text


def test_a_command_that_ends_with_an_error_tells_of_its_run_before_it_ends(kigen):
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))
    kigen.bring(sold("K-1", term_start="2021-05-01"))

    assert kigen.ask("feed", at=noon()).status == 2

    assert len(at_once(kigen)) == 1


def test_kinds_that_are_not_asked_for_wait_for_the_daily_letter(kigen):
    kigen.configure(hears_of('"in-doubt"', BARRED))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    run(kigen)

    assert at_once(kigen) == []


def test_what_waits_for_approval_is_no_news(kigen):
    kigen.configure(hears_of('"held"', '[jobs.renewal-notice]\napproval = "manual"\n'))
    kigen.bring(sold("K-1"))

    run(kigen)

    assert at_once(kigen) == []


def test_an_owner_whose_mail_came_back_is_told_as_that_and_not_as_held_too(kigen):
    kigen.bring(sold("K-1"))
    kigen.sql(
        "INSERT INTO marked_addresses (address, marked_at, cleared_by) VALUES ('k-1@example.co.jp', :at, '')",
        at="2021-08-01 00:00:00",
    )

    run(kigen)

    assert kigen.ledger("reason", contract="K-1", status="held") == [("owner-bounced",)]
    assert at_once(kigen) == []


# one letter


def one_refused_one_lost():
    """A relay that refuses K-1's owner, breaks the line on K-2's mail, and takes the desk's."""

    async def answer_recipient(peer):
        await (say("550 no thanks") if "k-1@" in peer.said[-1] else say("250 2.1.5 ok"))(peer)

    async def answer_text(peer):
        await (then(take, hang_up) if "k-2@" in peer.recipients[-1] else accept)(peer)

    return Script(rcpt=answer_recipient, text=answer_text)


def test_all_that_a_run_and_its_delivery_found_is_told_in_one_letter(kigen):
    folder = a_drop_folder_that_cannot_be_used(kigen)
    kigen.bring(sold("K-1"), sold("K-2"), sold("K-3", owner_email=""))

    async def story():
        async with Relay(one_refused_one_lost()) as relay:
            kigen.configure(hears_of(more=through(relay) + folder + '[jobs.renewal-notice]\nin_doubt = "wait"\n'))
            said = await asyncio.to_thread(kigen.ask, "run-job", "all", "--format", "json", at=noon())
            return said, [mail for mail in map(parsed, relay.inbox) if mail["To"].addresses[0].addr_spec == DESK]

    said, (letter,) = asyncio.run(story())

    assert (said.status, said.json["told_at_once"]) == (1, 4)
    assert [line for line in text_of(letter).splitlines() if line.startswith("■")] == [
        "■ 送れなかった通知（1件）",
        "■ 保留中の通知（1件）",
        "■ 届いたか分からない通知（1件）",
        "■ 失敗した処理（1件）",
    ]
    assert kigen.ledger("status", contract="desk") == [("sent",)] * 4


def test_a_run_that_writes_the_daily_letter_needs_no_other(kigen):
    kigen.configure(hears_of(more=BARRED, daily=True))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    said = run(kigen, DAY, "--format", "json")

    assert "told_at_once" not in said.json
    assert [mail["Subject"] for mail in kigen.inbox] == ["【要対応 2件】ライセンス通知の日報 2021/9/1"]


def test_what_comes_up_after_the_daily_letter_is_told_at_once_and_listed_the_next_day_where_it_is_open(kigen):
    kigen.configure(hears_of(daily=True))
    kigen.bring(sold("K-1", owner_email=""))
    run(kigen)
    kigen.bring(sold("K-1", owner_email=""), sold("K-2", owner_email=""))

    run(kigen, at="2021-09-01T08:00:00Z")
    (text,) = told(kigen)
    assert ("K-2/1" in text, "K-1/1" in text) == (True, False)

    run(kigen, "2021-09-02")
    assert len(at_once(kigen)) == 1
    assert [mail["Subject"][:8] for mail in kigen.inbox if "9/2" in mail["Subject"]] == ["【要対応 2件】"]


# once


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
from jobs.commands import running
from jobs.cli import main

def die(original):
    def call(*args, **options):
        if moment == "before": os.kill(os.getpid(), signal.SIGKILL)
        found = original(*args, **options)
        if moment == "after": os.kill(os.getpid(), signal.SIGKILL)
        return found
    return call

import sys
moment = sys.argv.pop(1)
running.queue_at_once = die(running.queue_at_once)
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
    give_back(kigen, at="2021-09-01T04:00:00Z")
    kigen.ask("bounce", "--clear", "k-1@example.co.jp", at="2021-09-01T05:00:00Z")
    run(kigen, "2021-09-02")

    give_back(kigen, at="2021-09-02T04:00:00Z")

    assert len(at_once(kigen)) == 2


# when nothing is to be told, or cannot be


@pytest.mark.parametrize("look", [("run-job", "all", "--dry-run"), ("forecast",), ("preview",), ("doctor",)])
def test_whoever_only_looks_writes_no_letter(kigen, look):
    kigen.bring(sold("K-1", owner_email=""))
    before = kigen.stored()

    kigen.ask(*look, at=noon())

    assert kigen.stored() == before


def test_where_nothing_is_to_be_sent_yet_the_letter_waits_too(kigen):
    kigen.bring(sold("K-1", owner_email=""))

    run(kigen, DAY, "--no-deliver")
    assert kigen.ledger("status", contract="desk") == [("queued",)]

    run(kigen, "2021-09-02", job="deliver")
    assert len(at_once(kigen)) == 1


def test_a_letter_that_still_waits_gives_way_to_the_daily_one(kigen):
    kigen.configure(hears_of(daily=True))
    kigen.bring(sold("K-1", owner_email=""))
    run(kigen, DAY, "--no-deliver", job="renewal-notice")

    run(kigen, "2021-09-02")

    assert kigen.ledger("status", "reason", contract="desk", since="2021-09-01") == [
        ("sent", "due"),
        ("withdrawn", "superseded"),
    ]
    assert at_once(kigen) == []


def test_a_template_that_is_broken_keeps_the_letter_back_and_no_customers(kigen):
    folder = kigen.folder / "own" / "operator-digest" / "ja"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("{{ nonsense }}", "utf-8")
    kigen.configure(hears_of(more='[templates]\ndirectories = ["own"]\n'))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    said = run(kigen)

    assert [mail["Delivered-To"] for mail in kigen.inbox] == ["k-1@example.co.jp"]
    assert "the sales desk could not be told at once" in said.err


def test_without_a_desk_nothing_is_told(kigen):
    kigen.configure(hears_of() + '[sender.sales_desk]\nname = "営業窓口"\nemail = ""\n')
    kigen.bring(sold("K-1", owner_email=""))

    run(kigen)

    assert kigen.ledger("line", contract="desk") == []


# the daemon


def test_the_daemon_tells_at_once_what_its_runs_and_its_delivery_found(kigen):
    kigen.configure(hears_of('"failed", "held"', BARRED))
    kigen.bring(sold("K-1"), sold("K-2", owner_email=""))

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
        async with at_work(an_app(kigen, clock)):
            await until(lambda: all(f"K-{number}/1" in "".join(told(kigen)) for number in (1, 2)))
            clock.set("2021-09-02T18:00:00")
            await until(lambda: statuses(kigen).count(("license-release 2021-09-02", "done")))

    asyncio.run(story())

    assert kigen.ledger("status", contract="desk") == [("sent",), ("sent",)]


def test_the_daemon_tells_once_of_a_run_that_it_tries_again_and_again(kigen):
    kigen.bring(sold("K-1", term_start="2021-05-01"))
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))

    async def story():
        clock = SetClock(in_tokyo("2021-09-01T12:00:00"))
        async with at_work(an_app(kigen, clock)):
            for times in range(1, 4):
                await until(lambda times=times: statuses(kigen).count(("feed 2021-09-01", "failed")) == times)
                await until(lambda: at_once(kigen))
                clock.go_on(hours=2)

    asyncio.run(story())

    assert len(at_once(kigen)) == 1


def a_drop_folder_that_cannot_be_used(kigen):
    """The configuration of one: each run of the feed fails."""
    drop = kigen.folder / "drop"
    drop.mkdir()
    (drop / "done").write_text("a file where a folder ought to be", "utf-8")
    return f'[feed]\nfolder = "{drop}"\n'


def through(relay):
    """The configuration that hands mail over to the relay; it begins within the table [mail]."""
    return f'transport = "smtp"\n[smtp]\nhost = "{HOST}"\nport = {relay.port}\nsecurity = "none"\nconnections = 1\n'


def parsed(raw):
    return message_from_bytes(raw, policy=policy.default)


def give_back(kigen, at):
    """The last mail to K-1's owner comes back."""
    mail = [mail for mail in kigen.inbox if mail["Delivered-To"] == "k-1@example.co.jp"][-1]
    file = kigen.folder / "report.eml"
    file.write_bytes(report_about(mail, name=f"{at[:13]}@mx.example.jp"))
    assert kigen.ask("bounce", file, at=at).status == 0
