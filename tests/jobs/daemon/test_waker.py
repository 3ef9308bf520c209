"""The scheduler calls at the configured wall time, whatever the host's zone, and after the clock was set."""

from __future__ import annotations

import asyncio
from datetime import time
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from jobs.daemon.waker import Waker


async def called(frozen, waker, calls, to):
    """The names that are called when the clock is set to that instant and looked at."""
    before = len(calls)
    frozen.move_to(to)
    waker.look_at_the_clock()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return calls[before:]


def story(*instants):
    """What is called at each instant, where the waker was started at the first."""

    async def run():
        calls: list[str] = []
        with freeze_time(instants[0], real_asyncio=True) as frozen:
            waker = Waker(ZoneInfo("Asia/Tokyo"), {"renewal-notice": time(9, 0), "deliver": time(9, 30)}, calls.append)
            waker.start()
            heard = [await called(frozen, waker, calls, to) for to in instants[1:]]
            waker.stop()
            await asyncio.sleep(0)
        return heard

    return asyncio.run(run())


@pytest.mark.parametrize("host", ["UTC", "America/New_York"])
def test_it_calls_at_the_wall_time_of_its_zone(host, monkeypatch):
    monkeypatch.setenv("TZ", host)

    heard = story("2021-08-31T23:59:00Z", "2021-08-31T23:59:59Z", "2021-09-01T00:00:01Z", "2021-09-01T00:30:01Z")

    assert heard == [[], ["renewal-notice"], ["deliver"]]


def test_a_call_that_was_slept_through_comes_late_and_once():
    heard = story("2021-09-01T00:00:00Z", "2021-09-08T12:00:00Z", "2021-09-08T12:00:30Z")

    assert [sorted(names) for names in heard] == [["deliver", "renewal-notice"], []]


def test_a_clock_set_back_does_not_keep_it_from_calling_again():
    heard = story("2021-09-01T23:59:00Z", "2021-09-02T00:00:01Z", "2021-09-01T00:00:01Z", "2021-09-03T00:00:01Z")

    assert heard[0] == ["renewal-notice"]
    assert "renewal-notice" in heard[2]
