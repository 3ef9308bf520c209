"""An outage begins and ends once, in whatever order those who asked the database hear of it."""

from __future__ import annotations

import pytest

from jobs.daemon.outage import LONGEST, SHORTEST, Outage
from tests.jobs.log.builders import captured_events

GONE = OSError("no route to the database")


@pytest.fixture
def now():
    """Seconds of the outage's clock, to be moved on."""
    return [0.0]


@pytest.fixture
def outage(now):
    return Outage(seconds=lambda: now[0])


def said(logs):
    return [entry["event"] for entry in logs]


def test_it_is_said_once_when_it_begins_and_once_when_it_is_over(outage):
    with captured_events() as logs:
        for _ in range(3):
            outage.pause(outage.ask(), GONE)
        for _ in range(3):
            outage.over(outage.ask())

    assert said(logs) == ["database away", "database back"]


def test_an_answer_that_was_asked_for_before_it_began_does_not_end_it(outage):
    early = outage.ask()
    with captured_events() as logs:
        outage.pause(outage.ask(), GONE)
        outage.over(early)
        assert outage.is_on
        outage.over(outage.ask())

    assert said(logs) == ["database away", "database back"]


def test_a_failure_that_was_asked_for_before_it_was_over_begins_no_other(outage):
    early = outage.ask()
    with captured_events() as logs:
        outage.pause(outage.ask(), GONE)
        outage.over(outage.ask())
        assert outage.pause(early, GONE) == SHORTEST
        assert not outage.is_on

    assert said(logs) == ["database away", "database back"]


def test_an_answer_does_not_hide_a_failure_of_a_question_that_was_asked_later(outage):
    first, second = outage.ask(), outage.ask()

    outage.pause(second, GONE)
    outage.over(first)

    assert outage.is_on


def test_the_pause_grows_with_the_outage_up_to_a_minute(outage, now):
    pauses = []
    for seconds in (0, 1, 6, 30, 630):
        now[0] = float(seconds)
        pauses.append(outage.pause(outage.ask(), GONE))

    assert pauses == [SHORTEST, SHORTEST, 3.0, 15.0, LONGEST]
