"""What the book says on the day of sending is what goes out (P1).

A queued mail that is no longer true is withdrawn, one that would be said differently is written anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from jobs.runs.run import RunResult
from jobs.runs.search import Search
from tests.databases import on_each_database
from tests.end_to_end.daemons import SetClock, an_app, in_tokyo
from tests.end_to_end.installation import sold, text_of

BASE = {"term_start": "2021-02-01", "months": "12"}
CONTINUATION = {"line": "2", "order": "continuation", "term_start": "2022-02-01", "opened_on": ""}


def queue(kigen, *rows, job="renewal-notice", day="2021-08-02"):
    """Imports the rows and queues what they set off, without sending it."""
    kigen.bring(*rows)
    said = kigen.run(job, day, "--no-deliver")
    assert said.json["delivery"]["queued"] == 1
    assert kigen.inbox == []


# Each of the two ways on which the next mail may leave: the job's own run, and a delivery alone.
both_ways = pytest.mark.parametrize("job", ["renewal-notice", "deliver"])


@both_ways
def test_a_new_owner_gets_the_notice_and_the_old_one_none(kigen, job):  # P1
    queue(kigen, sold("K-1", **BASE, owner_email="old@example.co.jp", owner_name="前任 一郎"))

    kigen.bring(sold("K-1", **BASE, owner_email="new@example.co.jp", owner_name="後任 二郎"))
    kigen.run(job, "2021-08-03")
    kigen.run("all", "2021-08-03")

    (mail,) = kigen.inbox
    assert mail["Delivered-To"] == "new@example.co.jp"
    assert "後任 二郎" in text_of(mail)
    assert "前任" not in str(mail["To"]) + text_of(mail)


@on_each_database
@both_ways
def test_a_continuation_ordered_meanwhile_withdraws_the_queued_notice(kigen, job):  # N1
    queue(kigen, sold("K-1", **BASE))

    kigen.bring(sold("K-1", **BASE), sold("K-1", **CONTINUATION, ordered_on="2021-08-03"))
    kigen.run(job, "2021-08-03")

    assert kigen.inbox == []
    assert kigen.ledger("occasion", "status", "reason", kind="renewal-notice") == [
        ("2022-01/5m", "withdrawn", "continued")
    ]


def test_the_withdrawn_mail_stays_in_the_notices_story_with_its_reason(kigen):
    queue(kigen, sold("K-1", **BASE))
    kigen.bring(sold("K-1", **BASE), sold("K-1", **CONTINUATION, ordered_on="2021-08-03"))
    kigen.run("deliver", "2021-08-03")

    story = kigen.ask("notices", "show", "1", "--format", "json").json

    assert [message["withdrawn_reason"] for message in story["messages"]] == ["continued"]


@both_ways
def test_changed_seats_are_told_as_they_are_now(kigen, job):
    queue(kigen, sold("K-1", **BASE, seats="10"))

    kigen.bring(sold("K-1", **BASE, seats="14"))
    kigen.run(job, "2021-08-03")

    (mail,) = kigen.inbox
    assert "14ライセンス" in text_of(mail)
    assert "10ライセンス" not in text_of(mail)


@both_ways
def test_a_start_that_moved_before_it_was_told_is_told_with_its_new_date_as_a_start(kigen, job):  # N2, not N3
    job = "service-start" if job == "renewal-notice" else job
    queue(kigen, sold("K-1", term_start="2021-09-01", opened_on="2021-08-02"), job="service-start")

    kigen.bring(sold("K-1", term_start="2021-10-01", opened_on="2021-08-02"))
    kigen.run(job, "2021-08-03")
    kigen.run("service-start", "2021-08-03")

    assert kigen.letters == [("k-1", "service-start")]
    assert "2021年10月1日（金）" in kigen.text_of("k-1", "service-start")
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2021-09-01", "withdrawn", "moved"),
        ("2021-10-01", "sent", "late"),  # it was opened yesterday
    ]


def test_a_start_that_moves_after_it_was_told_is_announced_as_a_change_once(kigen):  # N3
    kigen.bring(sold("K-1", term_start="2021-09-01", opened_on="2021-08-02"))
    kigen.run("service-start", "2021-08-02")

    kigen.bring(sold("K-1", term_start="2021-10-01", opened_on="2021-08-02"))
    for day in ("2021-08-03", "2021-08-03", "2021-08-04", "2021-09-01", "2021-10-01"):
        kigen.run("service-start", day)

    assert kigen.letters == [("k-1", "service-start"), ("k-1", "service-start-change")]
    letter = kigen.text_of("k-1", "service-start-change")
    assert letter.index("2021年9月1日（水）") >= 0
    assert letter.index("2021年10月1日（金）") >= 0


def test_a_term_end_that_moved_is_another_occasion_and_the_queued_notice_of_the_old_one_goes(kigen):
    queue(kigen, sold("K-1", **BASE))

    kigen.bring(sold("K-1", term_start="2021-03-01", months="12"))
    kigen.run("renewal-notice", "2021-08-03")
    assert kigen.inbox == []

    kigen.run("renewal-notice", "2021-09-01")
    assert kigen.letters == [("k-1", "renewal-notice")]
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2022-01/5m", "withdrawn", "moved"),
        ("2022-02/5m", "sent", "due"),
    ]


@both_ways
def test_a_notice_on_hold_whose_term_is_over_is_withdrawn_for_that(kigen, job):
    job = "license-release" if job == "renewal-notice" else job
    rest = sold("K-1", **CONTINUATION, seats="4", owner_email="", ordered_on="2021-08-03")
    kigen.bring(sold("K-1", **BASE, seats="10", owner_email=""), rest)
    kigen.run("license-release", "2022-01-31")
    assert ("held", "owner-missing") in kigen.ledger("status", "reason")

    kigen.run(job, "2022-02-01")

    assert kigen.ledger("occasion", "status", reason="term-over") == [("2022-01-31/1d", "withdrawn")]


@both_ways
def test_an_owner_who_vanished_meanwhile_holds_the_notice_until_there_is_one(kigen, job):  # N8
    queue(kigen, sold("K-1", **BASE))

    kigen.bring(sold("K-1", **BASE, owner_email=""))
    kigen.run(job, "2021-08-03")
    assert kigen.inbox == []
    assert kigen.ledger("status", "reason") == [("held", "owner-missing")]

    kigen.bring(sold("K-1", **BASE, owner_email="new@example.co.jp"))
    kigen.run(job, "2021-08-04")
    assert kigen.letters == [("new", "renewal-notice")]


@on_each_database
def test_a_queued_notice_whose_last_day_has_passed_is_withdrawn_not_sent(kigen):  # B1
    kigen.bring(sold("K-1", **BASE))
    kigen.run("renewal-notice", "2021-12-02", "--no-deliver")

    kigen.run("deliver", "2021-12-03")

    assert kigen.inbox == []
    assert kigen.ledger("occasion", "status", "reason") == [
        ("2022-01/4m", "withdrawn", "window-closed"),
        ("2022-01/5m", "skipped", "superseded"),
    ]


def test_a_release_recorded_meanwhile_withdraws_the_queued_reminder(kigen):  # N5
    renewal = sold("K-1", **CONTINUATION, seats="4", ordered_on="2021-10-01")
    queue(kigen, sold("K-1", **BASE), renewal, job="license-release", day="2021-12-28")

    kigen.bring(sold("K-1", **BASE, released_on="2021-12-28"), renewal)
    kigen.run("deliver", "2021-12-28")

    assert kigen.inbox == []
    assert kigen.ledger("occasion", "status", "reason") == [("2022-01-31/30d", "withdrawn", "released")]


def test_a_line_whose_order_turns_out_to_be_dated_later_gets_no_mail(kigen):
    queue(kigen, sold("K-1", **BASE, ordered_on="2021-01-10"))

    kigen.bring(sold("K-1", **BASE, ordered_on="2021-08-20"))
    kigen.run("all", "2021-08-03")

    assert kigen.inbox == []


def test_a_notice_that_says_the_same_keeps_the_bytes_that_were_queued_first(kigen):
    queue(kigen, sold("K-1", **BASE))
    queued = kigen.ask("notices", "show", "1", "--eml").out

    kigen.bring(sold("K-1", **BASE), sold("K-2", term_start="2021-05-01"))  # another contract changed
    kigen.run("renewal-notice", "2021-08-02")

    (mail,) = kigen.inbox
    assert f"Message-ID: {mail['Message-ID']}" in queued
    assert f"Date: {mail['Date']}" in queued


@on_each_database
def test_what_a_run_for_yesterday_queues_during_a_delivery_goes_out_by_the_next_with_todays_words(kigen):
    kigen.bring(sold("K-1", **BASE))
    app = an_app(kigen, SetClock(in_tokyo("2021-08-03T07:00:00")))
    today = app.clock.today()
    yesterday = today - timedelta(days=1)

    ready = app.deliveries.prepare(today)
    deque(app.runner.run(Search(app.jobs[0], yesterday, yesterday), RunResult("", yesterday, False)))
    first = asyncio.run(app.deliveries.hand_over(today, ready))
    second = asyncio.run(app.deliveries.deliver(today))

    assert (first.sent, second.sent) == (0, 1)
    assert "8月3日（火）現在" in text_of(kigen.inbox[0])
