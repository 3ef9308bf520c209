"""When a mail is tried again (RFC 5321 4.5.4.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from notify.retry import RetryPolicy, next_attempt

NOW = datetime(2021, 9, 1, tzinfo=UTC)


def all_attempts(jitter, policy=None):
    times = [NOW]
    while (following := next_attempt(len(times), times[-1], jitter=jitter, policy=policy or RetryPolicy())) is not None:
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
    assert next_attempt(1, NOW, jitter=0.0) != next_attempt(1, NOW, jitter=1.0)


def test_the_limits_are_configuration():
    policy = RetryPolicy(first_wait=timedelta(minutes=5), wait=timedelta(minutes=10), spread=0.0, attempts=3)

    assert all_attempts(1.0, policy) == [NOW, NOW + timedelta(minutes=5), NOW + timedelta(minutes=15)]
