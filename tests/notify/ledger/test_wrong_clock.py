"""A clock that was far ahead for one try keeps nothing back when it is right again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notify.delivery.delivery import Delivered
from notify.delivery.retry import RetryPolicy
from notify.ledger.overdue import FURTHEST, LEASE
from notify.record.values import Status
from notify.transports.transport import OutcomeUnknown, RelayUnavailable
from tests.databases import on_each_database
from tests.notify.builders import NOW, TODAY, ScriptedTransport, a_ledger, claimed, deliver_now, queue, raising

AHEAD = NOW + timedelta(days=19)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ledger(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 1)
    return ledger


@on_each_database
@pytest.mark.parametrize("error", [RelayUnavailable("450 later"), OutcomeUnknown("no answer")])
def test_a_try_that_is_put_off_by_a_wrong_clock_is_due_when_the_clock_is_right(ledger, error):
    deliver_now(ledger, ScriptedTransport({"owner0@example.co.jp": raising(error)}), now=AHEAD)
    assert ledger.outbox.next_due(TODAY, LATER) == LATER

    assert deliver_now(ledger, ScriptedTransport(), now=LATER) == Delivered(sent=1)


@on_each_database
def test_a_claim_made_by_a_wrong_clock_is_over_when_the_clock_is_right(ledger):
    claimed(ledger, "dead", AHEAD, begun=0)
    assert ledger.outbox.next_due(TODAY, LATER) == LATER

    assert deliver_now(ledger, ScriptedTransport(), now=LATER) == Delivered(sent=1)


def test_a_claim_of_a_machine_whose_clock_is_a_little_ahead_is_not_over(ledger):
    claimed(ledger, "alive", NOW + timedelta(minutes=20))

    ledger.outbox.expire_claims(NOW)

    assert ledger.counts() == {Status.SENDING: 1}


def test_no_pause_and_no_lease_reaches_so_far_ahead():
    policy = RetryPolicy()

    tries = [policy.next_attempt(number, NOW, jitter=1.0, since=NOW) for number in range(1, policy.attempts)]

    assert max(each - NOW for each in tries if each is not None) < FURTHEST
    assert 2 * LEASE < FURTHEST
