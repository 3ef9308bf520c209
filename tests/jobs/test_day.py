"""What a day's jobs are, in which order, and what a feed that did not come means for its notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.config.settings import Settings
from jobs.day import daily_jobs, is_waited_for
from jobs.intake.feed import PATIENCE
from jobs.runs.history import RunUnderWay
from jobs.runs.stopping import NotYet

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
