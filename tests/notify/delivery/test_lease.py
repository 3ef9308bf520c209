"""A process that stood still hands nothing over that may be another's by now, wherever it stood when it woke."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from notify.delivery.delivery import Delivered
from notify.delivery.gate import Gate
from notify.delivery.hand_over import STOOD_STILL
from notify.delivery.lease import Lease
from notify.record.values import Outcome, Status
from notify.transports.transport import always
from tests.databases import on_each_database
from tests.notify.builders import (
    LEASE,
    NOW,
    ScriptedTransport,
    a_delivery,
    a_key,
    a_ledger,
    deliver_now,
    queue,
    the_notice,
)

PAST = LEASE + timedelta(minutes=1)
TODAY = NOW.date()


@pytest.fixture
def ledger(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 3)
    return ledger


class Frozen:
    """A process that is frozen past its lease when it first comes to a place, while another one delivers everything."""

    def __init__(self, ledger):
        self.ledger, self.now = ledger, NOW
        self.inbox_of_the_other = []

    async def here(self):
        if self.now == NOW:
            self.now += PAST
            await asyncio.get_running_loop().run_in_executor(None, self._elsewhere)

    def _elsewhere(self):
        other = ScriptedTransport()
        for minutes in (31, 62, 93):
            deliver_now(self.ledger, other, owner="other", now=NOW + timedelta(minutes=minutes), concurrency=2)
        self.inbox_of_the_other = other.inbox


class FrozenGate(Gate):
    """Freezes when all its questions are answered."""

    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen

    @asynccontextmanager
    async def passage(self, envelope):
        async with super().passage(envelope) as admission:
            await self.frozen.here()
            yield admission


class FrozenTransport(ScriptedTransport):
    """Freezes before the first byte, as who waits for a connection does."""

    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen

    async def hand_over(self, envelope, *, may_go=always):
        await self.frozen.here()
        return await super().hand_over(envelope, may_go=may_go)


def woken(ledger, frozen, transport, gate=None, concurrency=1):
    delivery = a_delivery(ledger, transport, gate, owner="first", clock=lambda: frozen.now, concurrency=concurrency)
    return asyncio.run(delivery.run(TODAY))


@on_each_database
@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("where", ["gate", "transport"])
def test_who_wakes_past_its_lease_hands_nothing_over_and_what_it_says_changes_nothing(ledger, where, concurrency):
    frozen = Frozen(ledger)
    mine = FrozenTransport(frozen) if where == "transport" else ScriptedTransport()

    done = woken(ledger, frozen, mine, FrozenGate(frozen) if where == "gate" else None, concurrency)

    assert (mine.inbox, done) == ([], Delivered(stopped=STOOD_STILL))
    assert sorted(each.address[:6] for each in frozen.inbox_of_the_other) == ["owner0", "owner1", "owner2"]
    assert ledger.counts() == {Status.SENT: 3}


@pytest.mark.parametrize("slept", [LEASE / 2, -LEASE / 2])
def test_where_nobody_took_it_over_it_goes_back_untried_and_the_delivery_says_why(ledger, slept):
    now = [NOW]

    class Sleeping(ScriptedTransport):
        async def hand_over(self, envelope, *, may_go=always):
            now[0] = NOW + slept
            return await super().hand_over(envelope, may_go=may_go)

    done = asyncio.run(a_delivery(ledger, mine := Sleeping(), clock=lambda: now[0]).run(TODAY))

    assert (mine.inbox, done.stopped, done.queued) == ([], STOOD_STILL, 0)
    assert ledger.counts() == {Status.QUEUED: 3}
    story = ledger.story(the_notice(ledger, a_key("K-0000")).id)
    assert [each.outcome for each in story.messages[0].envelopes[0].attempts] == [Outcome.RELEASED]


# The lease itself


class Clocks:
    def __init__(self):
        self.now, self.seconds = NOW, 0.0
        self.lease = Lease(lambda: self.now, LEASE, lambda: self.seconds)

    def go_on(self, minutes, *, asleep=0):
        self.now += timedelta(minutes=minutes)
        self.seconds += 60 * (minutes + asleep)


def test_a_lease_is_to_be_renewed_after_a_third_and_nothing_is_handed_over_after_half():
    clocks = Clocks()
    found = []
    for _ in range(4):
        found.append((clocks.lease.is_to_be_renewed(), clocks.lease.is_ours()))
        clocks.go_on(minutes=5)

    assert found == [(False, True), (False, True), (True, True), (True, False)]


def test_it_holds_from_the_moment_before_the_statement_that_renewed_it():
    clocks = Clocks()
    clocks.go_on(minutes=10)
    since = clocks.lease.looked()
    clocks.go_on(minutes=14)  # the statement took so long

    clocks.lease.begin_anew(since)

    assert clocks.lease.is_ours()
    clocks.go_on(minutes=1)
    assert not clocks.lease.is_ours()


def test_sleep_that_the_clock_does_not_show_counts():
    clocks = Clocks()

    clocks.go_on(minutes=1, asleep=14)

    assert not clocks.lease.is_ours()


def test_a_lease_that_was_found_lost_is_not_found_again():
    clocks = Clocks()
    clocks.now += LEASE
    assert not clocks.lease.is_ours()

    clocks.now -= LEASE  # somebody set the clock right

    assert not clocks.lease.is_ours()
