"""What cannot wait for the daily letter is told to the desk at once, in one letter (N8): which kinds, by whom."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy

import pytest

from tests.end_to_end.desk import (
    BARRED,
    DAY,
    DESK,
    VERP,
    a_drop_folder_that_cannot_be_used,
    at_once,
    commands,
    hears_of,
    noon,
    run,
    told,
    with_a_desk,
)
from tests.end_to_end.installation import sold, text_of
from tests.notify.transports.relays import HOST, Relay, Script, accept, hang_up, say, take, then


@pytest.fixture
def kigen(tmp_path):
    return with_a_desk(tmp_path, hears_of())


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
    assert commands(told(kigen)[0]) == [f"kigen notices resend {number}", f"kigen notices cancel {number}"]


def test_a_run_that_failed_is_told_with_its_job_and_day(kigen):
    kigen.configure(hears_of('"run-failed"', a_drop_folder_that_cannot_be_used(kigen)))
    kigen.bring(sold("K-1", term_start="2021-05-01"))

    run(kigen)

    (text,) = told(kigen)
    assert "・契約台帳の取り込み　2021年9月1日（水）分：" in text
    assert "run-job feed" in commands(text)


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
    assert [line for line in text_of(letter).splitlines() if line.endswith("件）")] == [
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


def through(relay):
    """The configuration that hands mail over to the relay; it begins within the table [mail]."""
    return f'transport = "smtp"\n[smtp]\nhost = "{HOST}"\nport = {relay.port}\nsecurity = "none"\nconnections = 1\n'


def parsed(raw):
    return message_from_bytes(raw, policy=policy.default)
