"""What a day's jobs are, in which order, what a feed that did not come means for its notices, and who looks on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.app import App
from jobs.config.load import load_settings
from jobs.config.settings import Settings
from jobs.day import NoSuchJob, Outcome, RunRequest, daily_jobs, is_waited_for
from jobs.errors import Exit
from jobs.intake.feed import PATIENCE
from jobs.notices.listing import DESK, NAMES
from jobs.runs.history import RunUnderWay
from jobs.runs.stopping import NotYet, Stopping
from notify.delivery.delivery import Delivered
from notify.ledger.late import NONE_LATE, Late
from tests.end_to_end.desk import CLOSING, TABLE, VERP, digest
from tests.end_to_end.installation import Installation, sold

SINCE = datetime(2021, 9, 1, tzinfo=UTC)
IN_TIME, OVER = SINCE + PATIENCE - timedelta(seconds=1), SINCE + PATIENCE


@pytest.mark.parametrize(
    ("feed", "now", "waits"),
    [
        (NotYet("still being written: book.csv"), IN_TIME, True),
        (NotYet("still being written: book.csv"), OVER, False),
        (RunUnderWay("feed is being run by another process"), IN_TIME, True),
        (RunUnderWay("feed is being run by another process"), OVER, False),
        (OSError("the folder is not there"), SINCE, False),
        (RuntimeError("nobody foresaw it"), SINCE, False),
    ],
)
def test_notices_wait_for_a_feed_that_is_under_way_for_its_patience_and_for_no_other(feed, now, waits):
    assert is_waited_for(feed, SINCE, now) is waits


def test_the_feed_comes_first_and_the_desks_letter_last():
    everything = Settings.model_validate({"feed": {"folder": "drop"}, "jobs": {"purge": {"on": True}}})

    assert daily_jobs(everything, ["a-notice", "another"]) == [
        "feed",
        "a-notice",
        "another",
        "purge",
        "operator-digest",
    ]


def test_a_day_has_the_jobs_that_are_configured():
    quiet = Settings.model_validate({"jobs": {"operator-digest": {"on": False}}})

    assert daily_jobs(quiet, ["a-notice"]) == ["a-notice"]


ALL_SENT = Delivered(sent=3)


@pytest.mark.parametrize(
    ("delivered", "late", "status"),
    [
        (ALL_SENT, NONE_LATE, Exit.DONE),
        (ALL_SENT, Late(1, SINCE, "450 later"), Exit.UNREACHABLE),
        (replace(ALL_SENT, lapsed=1), NONE_LATE, Exit.NEEDS_A_PERSON),
        (replace(ALL_SENT, withdrawn=1), NONE_LATE, Exit.DONE),
        (Delivered(stopped="sending is paused", is_refused=True), NONE_LATE, Exit.REFUSED),
    ],
)
def test_a_day_is_no_success_while_mail_is_late_or_when_a_last_day_passed(delivered, late, status):
    assert Outcome(RunRequest("all", NAMES, date(2021, 9, 1)), delivered=delivered, late=late).status == status


@pytest.fixture
def kigen(tmp_path):
    return Installation(tmp_path, VERP + TABLE)


def run(kigen, request, *look, is_to_stop=False):
    async def day():
        stopping = Stopping()
        if is_to_stop:
            stopping.request()
        return await App(load_settings(kigen.config, {})).day.run(request, stopping, *look)

    return asyncio.run(day())


def test_who_looks_at_the_first_decision_only_keeps_no_notice_from_the_ledger(kigen):
    kigen.bring(sold("K-1", **CLOSING), sold("K-2", term_start="2021-09-01", opened_on="2021-08-30"))

    run(kigen, RunRequest("all", NAMES, date(2021, 9, 1)), next)

    assert kigen.ledger("kind", status="queued") == [("renewal-notice",), ("service-start",)]


def test_a_run_that_is_asked_to_stop_leaves_the_desks_letter_of_yesterday_to_be_sent(kigen):
    kigen.bring(sold("K-1", **CLOSING))
    digest(kigen, "2021-11-25", "--no-deliver")

    run(kigen, RunRequest("all", (), date(2021, 11, 26), desk=True), is_to_stop=True)

    assert kigen.ledger("occasion", "status", kind=DESK) == [("2021-11-25", "queued")]


@pytest.mark.parametrize("job", ["feed", "birthday-greetings"])
def test_a_job_that_the_day_does_not_have_is_named(kigen, job):
    kigen.bring()
    day = App(load_settings(kigen.config, {})).day

    with pytest.raises(NoSuchJob, match=f"{job}: there is no such job here"):
        day.run_scheduled(job, date(2021, 9, 1), lambda: None)
    with pytest.raises(NoSuchJob, match=f"{job}: there is no such job here"):
        run(kigen, RunRequest(job, (job,), date(2021, 9, 1)))
