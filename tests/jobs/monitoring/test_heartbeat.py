"""The sign of life: asked for after a run, never in its way, its address never said."""

from __future__ import annotations

import asyncio
import threading
from datetime import date

import pytest

from jobs.config.settings import Monitoring
from jobs.monitoring.heartbeat import Heartbeat
from tests.jobs.monitoring.builders import a_switch

DAY = date(2021, 9, 1)


def told(table, *runs):
    """Tells of the runs as the daemon does."""

    async def beat():
        heartbeat = Heartbeat(Monitoring(**table))
        await heartbeat.start()
        for job, error in runs:
            await heartbeat.after_run(job, DAY, error)
        await heartbeat.stop()

    asyncio.run(beat())


def test_a_good_run_asks_for_the_one_address_and_a_failed_one_for_the_other():
    with a_switch() as switch:
        table = {"heartbeat_url": switch.url("/ping/abc"), "failure_url": switch.url("/ping/abc/fail")}
        told(table, ("deliver", ""))
        told(table, ("deliver", "no relay"))

    assert switch.asked == ["/ping/abc", "/ping/abc/fail"]


def test_the_jobs_name_stands_where_the_address_wants_it():
    with a_switch() as switch:
        told({"heartbeat_url": switch.url("/ping/{job}")}, ("renewal-notice", ""), ("deliver", ""))

    assert sorted(switch.asked) == ["/ping/deliver", "/ping/renewal-notice"]


def test_without_an_address_for_failures_they_are_left_to_the_switchs_own_alarm():
    with a_switch() as switch:
        told({"heartbeat_url": switch.url("/ping")}, ("deliver", "no relay"))

    assert switch.asked == []


def test_a_switch_that_stumbles_is_asked_once_more(caplog):
    with a_switch(answers=[503]) as switch:
        told({"heartbeat_url": switch.url("/ping")}, ("deliver", ""))

    assert switch.asked == ["/ping", "/ping"]
    assert caplog.records == []


def test_a_switch_that_says_no_twice_is_left_and_that_is_logged_without_its_address(caplog):
    with a_switch(answers=[404, 404, 404]) as switch:
        told({"heartbeat_url": switch.url("/ping/s3cret")}, ("deliver", ""))

    (record,) = caplog.records
    assert (record.getMessage(), record.facts["reason"]) == ("heartbeat failed", "HTTP 404")
    assert len(switch.asked) == 2
    assert "s3cret" not in str(record.__dict__)


def test_a_switch_that_is_not_there_fails_nothing(caplog):
    with a_switch() as switch:
        url = switch.url("/ping/s3cret")
    told({"heartbeat_url": url}, ("deliver", ""))

    (record,) = caplog.records
    assert record.facts["reason"] == "ConnectionRefusedError"


def test_a_silent_switch_does_not_hold_up_the_next_run():
    async def story():
        heartbeat = Heartbeat(Monitoring(heartbeat_url=switch.url("/ping")))
        await heartbeat.after_run("deliver", DAY)
        went_on = switch.silent.is_set() is False  # here already, though the switch has not answered
        switch.silent.set()
        await heartbeat.stop()
        return went_on

    with a_switch(silent=threading.Event()) as switch:
        assert asyncio.run(story())
    assert switch.asked == ["/ping"]


def test_a_silent_switch_is_left_after_a_while(caplog):
    with a_switch(silent=threading.Event()) as switch:
        heartbeat = Heartbeat(Monitoring(heartbeat_url=switch.url("/ping")), seconds=0.1)
        assert not heartbeat.tell("deliver")

    assert caplog.records[0].facts["reason"] == "TimeoutError"


@pytest.mark.parametrize(
    ("url", "job", "beats"),
    [
        ("/ping", "all", True),
        ("/ping", "deliver", False),
        ("/ping/{job}", "deliver", True),
        ("/ping/{job}", "all", True),
    ],
)
def test_a_single_job_beats_only_where_it_has_an_address_of_its_own(url, job, beats):
    heartbeat = Heartbeat(Monitoring(heartbeat_url=f"http://127.0.0.1{url}"))

    assert heartbeat.beats_for(job) is beats
