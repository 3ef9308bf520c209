"""The clock that machines share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.clock import Clock
from notify.delivery.lease import seconds_gone

ELSEWHERE = datetime(2031, 5, 5, 23, 0, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def clock():
    return Clock(ZoneInfo("Asia/Tokyo"))


def test_what_was_heard_goes_on_by_the_seconds_that_have_gone_since(clock):
    clock.hear(ELSEWHERE, seconds_gone() - 60)

    now = clock.now()

    assert timedelta(minutes=1) <= now - ELSEWHERE < timedelta(minutes=2)
    assert now.tzinfo is UTC
    assert (f"{clock.today()}", clock.own_today() == clock.today()) == ("2031-05-06", False)


def test_a_machine_that_has_heard_of_no_other_goes_by_its_own(clock):
    assert clock.today() == clock.own_today()
