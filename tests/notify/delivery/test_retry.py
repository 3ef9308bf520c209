"""When a mail is tried again (RFC 5321 4.5.4.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from notify.delivery.retry import RetryPolicy

NOW = datetime(2021, 9, 1, tzinfo=UTC)
BY_THE_BOOK = RetryPolicy()


def all_attempts(jitter, policy=BY_THE_BOOK):
    times = [NOW]
    while (following := policy.next_attempt(len(times), times[-1], jitter=jitter)) is not None:
        times.append(following)
    return times


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_there_are_two_tries_in_the_first_hour_then_one_every_two_to_three_hours(jitter):
    times = all_attempts(jitter)
    waits = [later - earlier for earlier, later in pairwise(times)]

    assert sum(time < NOW + timedelta(hours=1) for time in times) == 2
    assert min(waits) >= timedelta(minutes=30)
    assert all(timedelta(hours=2) <= wait <= timedelta(hours=3) for wait in waits[1:])


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_it_is_given_up_after_four_to_five_days(jitter):
    assert timedelta(days=4) <= all_attempts(jitter)[-1] - NOW <= timedelta(days=5)


def test_mails_that_failed_together_do_not_all_return_together():
    assert BY_THE_BOOK.next_attempt(1, NOW, jitter=0.0) != BY_THE_BOOK.next_attempt(1, NOW, jitter=1.0)


def test_the_limits_are_configuration():
    policy = RetryPolicy(first_wait=timedelta(minutes=5), wait=timedelta(minutes=10), spread=0.0, attempts=3)

    assert all_attempts(1.0, policy) == [NOW, NOW + timedelta(minutes=5), NOW + timedelta(minutes=15)]


@pytest.mark.parametrize(
    ("reply", "first_wait"),
    [
        ("450 4.7.1 greylisted", timedelta(minutes=30)),
        ("451 later", timedelta(minutes=30)),
        ("452 4.2.2 the mailbox is full", timedelta(hours=2)),
        ("421 4.3.2 closing down", timedelta(minutes=5)),
        ("no connection to relay.example.com port 25", timedelta(minutes=5)),
        ("the connection was lost [text]", timedelta(minutes=5)),
    ],
)
def test_what_was_said_decides_how_long_the_first_wait_is(reply, first_wait):
    assert RetryPolicy().next_attempt(1, NOW, jitter=0.0, reply=reply) == NOW + first_wait


def test_a_relay_that_stays_away_is_tried_less_and_less_often():
    waits = [RetryPolicy().next_attempt(tries, NOW, jitter=0.0, reply="no connection") - NOW for tries in range(1, 9)]

    assert waits[:4] == [timedelta(minutes=5 * factor) for factor in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(hours=2, minutes=15)


def test_nothing_is_tried_beyond_the_time_after_which_it_is_given_up():
    policy = RetryPolicy(give_up_after=timedelta(hours=3))

    assert policy.next_attempt(2, NOW, jitter=0.0, since=NOW - timedelta(hours=1)) is None
    assert policy.next_attempt(2, NOW, jitter=0.0, since=NOW) is not None
