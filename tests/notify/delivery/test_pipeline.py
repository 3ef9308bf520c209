"""Claims ahead, hand-overs and records side by side: what bounds them, what interrupts them, what a day's end does."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from notify.delivery.delivery import Delivered
from notify.delivery.gate import Admission, Gate
from notify.delivery.retry import RetryPolicy
from notify.record.tables import attempts
from notify.record.values import Outcome, Status
from notify.transports.transport import OutcomeUnknown, RelayUnavailable
from tests.databases import on_each_database
from tests.notify.builders import (
    LEASE,
    NOW,
    TODAY,
    ScriptedTransport,
    a_delivery,
    a_key,
    a_ledger,
    a_ledger_s_engine,
    claimed,
    deliver_now,
    queue,
    raising,
    the_notice,
)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def owner(number):
    return f"owner{number}@example.co.jp"


def attempts_of(ledger, number):
    story = ledger.story(the_notice(ledger, a_key(f"K-{number:04}")).id)
    return story.messages[-1].envelopes[0].attempts


# the bound


class WatchingTransport(ScriptedTransport):
    """Notes at each hand-over how many attempts are in the database without their end."""

    def __init__(self, folder):
        super().__init__()
        self._engine = a_ledger_s_engine(folder)
        self.seen = []

    async def hand_over(self, envelope, **asked):
        open_attempts = sa.select(sa.func.count()).where(attempts.c.outcome.is_(None))
        with self._engine.connect() as connection:
            self.seen.append(connection.execute(open_attempts).scalar_one())
        return await super().hand_over(envelope, **asked)


@pytest.mark.parametrize("unrecorded", [1, 3, 8])
def test_no_more_are_begun_and_not_on_record_than_was_asked(ledger, tmp_path, unrecorded):
    queue(ledger, 24)
    transport = WatchingTransport(tmp_path)

    assert deliver_now(ledger, transport, concurrency=4, unrecorded=unrecorded) == Delivered(sent=24)

    assert 1 <= max(transport.seen) <= unrecorded


def test_while_nothing_can_be_recorded_no_more_is_handed_over_than_the_bound(ledger, monkeypatch):
    queue(ledger, 60)
    transport, advance, may_go = ScriptedTransport(), ledger.outbox.advance, threading.Event()
    handed_over = []

    def held_back(ended, begin, now):
        if ended and not may_go.wait(0.3):
            handed_over.append(len(transport.inbox))
            may_go.set()
        return advance(ended, begin, now)

    monkeypatch.setattr(ledger.outbox, "advance", held_back)

    assert deliver_now(ledger, transport, concurrency=8, unrecorded=10) == Delivered(sent=60)
    assert handed_over == [10]


class SlowTransport(WatchingTransport):
    """Takes its time for each mail."""

    async def hand_over(self, envelope, **asked):
        await asyncio.sleep(0.03)
        return await super().hand_over(envelope, **asked)


def test_of_a_slow_relay_only_the_next_few_are_begun_however_many_may_be(ledger, tmp_path):
    """What is begun is in doubt after a power cut: no more of it than keeps the connections busy over a commit."""
    queue(ledger, 60)
    transport = SlowTransport(tmp_path)

    assert deliver_now(ledger, transport, concurrency=2, unrecorded=60) == Delivered(sent=60)

    assert max(transport.seen) <= 30


def test_the_faster_mails_leave_the_more_are_begun(ledger, tmp_path):
    queue(ledger, 200)
    transport = WatchingTransport(tmp_path)

    assert deliver_now(ledger, transport, concurrency=2, unrecorded=100) == Delivered(sent=200)

    assert max(transport.seen) > 2 * 2


@on_each_database
def test_what_was_claimed_ahead_of_a_crash_and_never_begun_goes_out_as_if_nothing_had_been(tmp_path):
    """Under "wait" as well: only what was begun is in doubt."""
    ledger = a_ledger(tmp_path, {"renewal-notice": "wait"})
    queue(ledger, 5)
    claimed(ledger, "died", NOW, 5, TODAY, begun=2)

    ledger.outbox.expire_claims(NOW, gone={"died"})
    done = deliver_now(ledger, ScriptedTransport())

    assert done == Delivered(sent=3)
    assert ledger.counts() == {Status.IN_DOUBT: 2, Status.SENT: 3}
    assert [each.outcome for each in attempts_of(ledger, 0)] == [Outcome.LOST]
    assert [each.outcome for each in attempts_of(ledger, 4)] == [Outcome.ACCEPTED]


@on_each_database
def test_what_was_never_begun_keeps_its_place_in_the_queue(ledger):
    queue(ledger, 2)
    claimed(ledger, "died", NOW, 1, TODAY, begun=0)

    ledger.outbox.expire_claims(NOW + LEASE)

    assert [each.address for each in claimed(ledger, "b", NOW + LEASE, 2, TODAY)] == [owner(0), owner(1)]


@on_each_database
def test_one_whose_claim_was_taken_over_is_not_begun(ledger):
    queue(ledger, 1)
    (slow,) = claimed(ledger, "slow", NOW, 1, TODAY, begun=0)
    ledger.outbox.expire_claims(NOW + LEASE)
    claimed(ledger, "other", NOW + LEASE, 1, TODAY, begun=0)

    assert ledger.outbox.advance([], [slow], NOW + LEASE) == []
    assert attempts_of(ledger, 0) == ()


@on_each_database
def test_one_whose_claim_ran_out_is_not_begun_though_nobody_took_it(ledger):
    queue(ledger, 1)
    (late,) = claimed(ledger, "late", NOW, 1, TODAY, begun=0)

    assert ledger.outbox.advance([], [late], NOW + LEASE) == []


# interruptions


class ClosedGate(Gate):
    """Lets so many through, then makes everyone wait."""

    def __init__(self, passes):
        super().__init__()
        self.left = passes
        self.is_waited_for = asyncio.Event()

    @asynccontextmanager
    async def passage(self, envelope):
        self.left -= 1
        if self.left < 0:
            self.is_waited_for.set()
            await asyncio.Event().wait()
        yield Admission(envelope.address)


def test_stop_does_not_wait_for_who_waits_at_the_gate(ledger):
    queue(ledger, 9)

    async def stopped():
        gate, stop = ClosedGate(passes=2), asyncio.Event()
        delivery = asyncio.ensure_future(
            a_delivery(ledger, ScriptedTransport(), gate, concurrency=3).run(TODAY, stop=stop)
        )
        await gate.is_waited_for.wait()
        stop.set()
        return await asyncio.wait_for(delivery, 5)

    assert asyncio.run(stopped()) == Delivered(sent=2, stopped="stopped on request")
    assert ledger.counts() == {Status.SENT: 2, Status.QUEUED: 7}


def test_a_stop_that_came_when_all_was_done_is_no_stop(ledger):
    queue(ledger, 1)
    stop = asyncio.Event()

    def stopping(_envelope):
        stop.set()
        return "250 ok"

    assert deliver_now(ledger, ScriptedTransport({owner(0): stopping}), stop=stop) == Delivered(sent=1)


class PausedGate(Gate):
    @asynccontextmanager
    async def passage(self, _envelope):
        yield Admission(None, stop="paused by a person")


def test_a_gate_that_lets_nothing_pass_stops_the_delivery_and_nothing_was_tried(ledger):
    queue(ledger, 3)
    transport = ScriptedTransport()

    done = deliver_now(ledger, transport, PausedGate())

    assert done == Delivered(stopped="paused by a person", is_refused=True)
    assert (transport.tried.total(), ledger.counts()) == (0, {Status.QUEUED: 3})


class FailingGate(Gate):
    @asynccontextmanager
    async def passage(self, _envelope):
        raise RuntimeError("a bug at the gate")
        yield Admission(None)


def test_an_error_at_the_gate_leaves_nothing_in_doubt_and_is_raised(ledger):
    queue(ledger, 5)

    with pytest.raises(RuntimeError, match="a bug at the gate"):
        deliver_now(ledger, ScriptedTransport(), FailingGate())

    assert ledger.counts() == {Status.QUEUED: 5}


def test_when_the_ledger_fails_what_is_in_hand_is_finished_and_on_record_if_it_answers_again(ledger, monkeypatch):
    queue(ledger, 30)
    advance, calls = ledger.outbox.advance, []

    def failing_once(ended, begin, now):
        calls.append(len(ended))
        if len(calls) == 1:
            raise OperationalError("advance", {}, Exception("the disk is gone"))
        return advance(ended, begin, now)

    monkeypatch.setattr(ledger.outbox, "advance", failing_once)
    transport = ScriptedTransport()

    with pytest.raises(OperationalError):
        deliver_now(ledger, transport)

    assert ledger.counts()[Status.SENT] == len(transport.inbox)
    assert ledger.counts()[Status.SENT] + ledger.counts()[Status.QUEUED] == 30


def test_the_event_loop_goes_on_while_the_ledger_waits_for_a_lock(ledger, monkeypatch):
    queue(ledger, 1)
    claim, beats = ledger.outbox.claim, []

    def slow(*args, **options):
        threading.Event().wait(0.2)
        return claim(*args, **options)

    monkeypatch.setattr(ledger.outbox, "claim", slow)

    async def beside():
        delivery = asyncio.ensure_future(a_delivery(ledger, ScriptedTransport()).run(TODAY))
        while not delivery.done():
            beats.append(1)
            await asyncio.sleep(0.01)

    asyncio.run(beside())

    assert len(beats) > 10


# time


@on_each_database
def test_a_process_that_slept_longer_than_its_lease_hands_nothing_over_that_another_may_have(ledger):
    queue(ledger, 6)
    now, slept = [NOW], []

    def sleeping(_envelope):
        if not slept:
            now[0] += LEASE  # the lid of a laptop, a stopped machine
            slept.append(ledger.outbox.expire_claims(now[0]))
            slept.extend(claimed(ledger, "other", now[0], 10, TODAY))
        return "250 ok"

    transport = ScriptedTransport({owner(0): sleeping})
    done = deliver_now(ledger, transport, clock=lambda: now[0], owner="sleeper")

    assert slept[0] == 6  # the first one too: its hand-over was under way
    assert set(transport.tried) == {owner(0)}
    assert done.queued == 0


@on_each_database
def test_what_passes_its_last_day_while_a_delivery_runs_is_withdrawn_and_not_sent(ledger):
    queue(ledger, 3, not_after=TODAY)
    day = [date(2031, 5, 5)]  # delivered for another day than the clock's: the difference counts

    def midnight(_envelope):
        day[0] += timedelta(days=1)
        return "250 ok"

    transport = ScriptedTransport({owner(0): midnight})
    done = deliver_now(ledger, transport, today=lambda: day[0])

    assert done == Delivered(sent=1, lapsed=2)
    assert set(transport.tried) == {owner(0)}


# a relay that is not there


def test_a_relay_that_is_down_does_not_use_up_every_mails_tries(ledger):
    queue(ledger, 50)
    down = {owner(number): raising(RelayUnavailable("no connection to relay port 25")) for number in range(50)}

    done = deliver_now(ledger, ScriptedTransport(down))

    assert done.stopped == "no connection to relay port 25"
    assert done.queued < 10
    assert deliver_now(ledger, ScriptedTransport()).sent == 50 - done.queued


def test_a_relay_that_always_breaks_the_line_does_not_put_the_whole_queue_in_doubt(ledger):
    queue(ledger, 50)
    broken = {owner(number): raising(OutcomeUnknown("the connection was lost")) for number in range(50)}

    done = deliver_now(ledger, ScriptedTransport(broken))

    assert done.in_doubt < 10
    assert ledger.counts()[Status.QUEUED] == 50 - done.in_doubt


def test_one_mail_that_does_not_reach_the_relay_is_enough_to_say_so(ledger):
    queue(ledger, 1)

    done = deliver_now(ledger, ScriptedTransport({owner(0): raising(RelayUnavailable("no connection"))}))

    assert done == Delivered(queued=1, stopped="no connection")


def test_recipients_refused_for_now_do_not_stop_a_delivery_however_many(ledger):
    queue(ledger, 30)
    greylisted = {owner(number): raising(RelayUnavailable("450 4.7.1 later")) for number in range(30)}

    assert deliver_now(ledger, ScriptedTransport(greylisted)) == Delivered(queued=30)


# the next one


@on_each_database
def test_a_delivery_says_when_the_next_try_is_due(ledger):
    queue(ledger, 3)
    scripts = {owner(1): raising(RelayUnavailable("450 later")), owner(2): raising(RelayUnavailable("452 4.2.2 full"))}

    assert deliver_now(ledger, ScriptedTransport(scripts)).next_at == NOW + timedelta(minutes=30)


def test_with_nothing_left_there_is_no_next_one(ledger):
    queue(ledger, 1)

    assert deliver_now(ledger, ScriptedTransport()).next_at is None


@on_each_database
def test_what_another_process_holds_is_worth_a_look_when_its_lease_ends(ledger):
    queue(ledger, 1)
    claimed(ledger, "other", NOW, 1, TODAY)

    assert deliver_now(ledger, ScriptedTransport()).next_at == NOW + LEASE


def test_after_a_stop_the_next_one_is_not_at_once(ledger):
    queue(ledger, 1)

    assert deliver_now(ledger, ScriptedTransport(), PausedGate()).next_at == NOW + RetryPolicy().relay_wait


def test_a_mail_is_given_up_a_set_time_after_its_first_try(ledger):
    queue(ledger, 1)
    later = ScriptedTransport({owner(0): raising(RelayUnavailable("450 later"))})
    policy = RetryPolicy(give_up_after=timedelta(days=2))

    done = [deliver_now(ledger, later, now=NOW + timedelta(days=day), retry=policy) for day in range(4)]

    assert [(each.queued, each.failed) for each in done] == [(1, 0), (1, 0), (0, 1), (0, 0)]


def test_a_person_who_sends_it_again_gives_it_the_whole_time_again(ledger):
    queue(ledger, 1)
    later = ScriptedTransport({owner(0): raising(RelayUnavailable("450 later"))})
    policy = RetryPolicy(give_up_after=timedelta(days=1))
    for day in range(3):
        deliver_now(ledger, later, now=NOW + timedelta(days=day), retry=policy)
    ledger.people.resend(the_notice(ledger, a_key("K-0000")).id, NOW + timedelta(days=9))

    done = [deliver_now(ledger, later, now=NOW + timedelta(days=9, hours=hour), retry=policy) for hour in (0, 1)]

    assert [(each.queued, each.failed) for each in done] == [(1, 0), (1, 0)]
