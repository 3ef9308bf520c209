"""The loop claim → hand over → record, and the gate that all mail passes."""

from __future__ import annotations

import asyncio
import mailbox
from datetime import date, timedelta

import pytest

from notify.delivery.delivery import Delivered, Progress
from notify.delivery.gate import Gate
from notify.delivery.retry import RetryPolicy
from notify.record.values import Outcome, Status
from notify.transports.maildir import MaildirTransport
from notify.transports.transport import (
    NoLongerOurs,
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
)
from tests.databases import on_each_database
from tests.notify.builders import (
    COPY,
    LEASE,
    NOW,
    TO,
    TODAY,
    ScriptedTransport,
    a_delivery,
    a_draft,
    a_key,
    a_ledger,
    claimed,
    deliver_now,
    envelope_statuses,
    queue,
    raising,
    the_notice,
    wanted,
)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def owner(number):
    return f"owner{number}@example.co.jp"


def status_of(ledger, number):
    return the_notice(ledger, a_key(f"K-{number:04}")).status


def envelope_of(ledger, number):
    return ledger.story(the_notice(ledger, a_key(f"K-{number:04}")).id).messages[-1].envelopes[0]


@on_each_database
def test_all_that_is_due_is_in_the_maildir_once_and_on_record_as_sent(ledger, tmp_path):
    queue(ledger, 25)

    done = deliver_now(ledger, MaildirTransport(tmp_path / "box"), claims=10)
    again = deliver_now(ledger, MaildirTransport(tmp_path / "box"), claims=10)

    assert done == Delivered(sent=25)
    assert again == Delivered()
    assert sorted(mail["Delivered-To"] for mail in mailbox.Maildir(tmp_path / "box")) == sorted(map(owner, range(25)))
    assert ledger.counts() == {Status.SENT: 25}


def test_the_transports_answer_is_on_record(ledger, tmp_path):
    queue(ledger, 1)

    deliver_now(ledger, MaildirTransport(tmp_path / "box"))

    assert envelope_of(ledger, 0).reply.startswith("in the maildir as kigen.")


@pytest.mark.parametrize(
    ("error", "done", "status"),
    [
        (RecipientRefused("550 no"), Delivered(sent=2, failed=1), Status.FAILED),
        (RelayUnavailable("450 later"), Delivered(sent=2, queued=1), Status.QUEUED),
        (OutcomeUnknown("no answer"), Delivered(sent=2, in_doubt=1), Status.IN_DOUBT),
    ],
)
def test_one_mail_that_is_not_accepted_does_not_stop_the_others(ledger, error, done, status):
    queue(ledger, 3)

    assert deliver_now(ledger, ScriptedTransport({owner(1): raising(error)})) == done

    assert [status_of(ledger, number) for number in range(3)] == [Status.SENT, status, Status.SENT]
    assert envelope_of(ledger, 1).reply == error.reply


@on_each_database
def test_a_mail_refused_for_now_is_tried_again_when_its_time_comes_and_not_before(ledger):
    queue(ledger, 1)
    deliver_now(ledger, ScriptedTransport({owner(0): raising(RelayUnavailable("450 greylisted"))}))
    transport = ScriptedTransport()

    early = deliver_now(ledger, transport, now=NOW + timedelta(minutes=29))
    in_time = deliver_now(ledger, transport, now=NOW + timedelta(minutes=30))

    assert (early.sent, in_time.sent) == (0, 1)


def test_a_mail_refused_for_now_too_often_has_failed(ledger):
    queue(ledger, 1)
    transport = ScriptedTransport({owner(0): raising(RelayUnavailable("450 later"))})
    policy = RetryPolicy(attempts=3)

    done = [deliver_now(ledger, transport, now=NOW + timedelta(days=day), retry=policy) for day in range(5)]

    assert [(each.queued, each.failed) for each in done] == [(1, 0), (1, 0), (0, 1), (0, 0), (0, 0)]
    assert status_of(ledger, 0) is Status.FAILED


def test_a_misconfigured_relay_stops_the_delivery_and_nothing_else_is_tried(ledger):
    queue(ledger, 30)
    transport = ScriptedTransport({owner(2): raising(RelayMisconfigured("535 wrong password"))})

    done = deliver_now(ledger, transport, claims=10)

    assert done == Delivered(sent=2, queued=1, stopped="535 wrong password")
    assert transport.tried.total() == 3
    assert ledger.counts() == {Status.SENT: 2, Status.QUEUED: 28}
    assert envelope_of(ledger, 3).attempts[0].outcome is Outcome.RELEASED


def test_after_it_is_mended_what_was_held_back_goes_out_at_once(ledger):
    queue(ledger, 5)
    deliver_now(ledger, ScriptedTransport({owner(0): raising(RelayMisconfigured("no route"))}))

    assert deliver_now(ledger, ScriptedTransport()) == Delivered(sent=5)


def test_a_maildir_that_cannot_be_used_holds_the_mail_and_says_why(ledger, tmp_path):
    queue(ledger, 3)
    (tmp_path / "box").write_text("a file")

    done = deliver_now(ledger, MaildirTransport(tmp_path / "box"))

    assert (done.queued, ledger.counts()) == (1, {Status.QUEUED: 3})
    assert "a file is where a folder must be" in done.stopped


# faults of our own


def test_an_unexpected_error_leaves_its_mail_in_doubt_lets_the_others_go_on_and_is_raised(ledger):
    queue(ledger, 3)
    transport = ScriptedTransport({owner(1): raising(RuntimeError("a bug"))})

    with pytest.raises(RuntimeError, match="a bug"):
        deliver_now(ledger, transport)

    assert [status_of(ledger, number) for number in range(3)] == [Status.SENT, Status.IN_DOUBT, Status.SENT]
    assert "RuntimeError" in envelope_of(ledger, 1).reply


def test_what_an_unexpected_error_left_in_doubt_waits_for_a_person(ledger):
    queue(ledger, 1)
    with pytest.raises(RuntimeError):
        deliver_now(ledger, ScriptedTransport({owner(0): raising(RuntimeError("a bug"))}))

    assert deliver_now(ledger, ScriptedTransport(), now=NOW + timedelta(days=5)) == Delivered()
    assert status_of(ledger, 0) is Status.IN_DOUBT


def test_an_error_that_hits_every_mail_does_not_put_the_whole_queue_in_doubt(ledger):
    queue(ledger, 20)
    broken = ScriptedTransport({owner(number): raising(RuntimeError("a bug")) for number in range(20)})

    with pytest.raises(RuntimeError) as raised:
        deliver_now(ledger, broken)

    assert ledger.counts() == {Status.IN_DOUBT: 3, Status.QUEUED: 17}
    assert "2 more unexpected errors" in raised.value.__notes__[0]


# what comes first


@on_each_database
def test_what_is_past_its_last_day_is_withdrawn_before_anything_is_sent(ledger):
    queue(ledger, 2, not_after=date(2021, 8, 31))
    transport = ScriptedTransport()

    assert deliver_now(ledger, transport) == Delivered(lapsed=2)
    assert transport.inbox == []


@on_each_database
def test_what_a_process_that_died_had_claimed_is_sent_after_its_lease(ledger):
    queue(ledger, 3)
    claimed(ledger, "died", NOW, 2, TODAY)

    first, second = deliver_now(ledger, ScriptedTransport()), deliver_now(ledger, ScriptedTransport(), now=NOW + LEASE)

    assert (first.sent, second.sent) == (1, 2)


# the gate


def test_a_refused_address_is_on_record_as_failed_and_the_transport_never_sees_it(ledger):
    queue(ledger, 2)
    transport = ScriptedTransport()

    done = deliver_now(ledger, transport, Gate(only_to=(owner(1),)))

    assert done == Delivered(sent=1, failed=1)
    assert list(transport.tried) == [owner(1)]
    assert "only_to" in envelope_of(ledger, 0).reply
    assert ledger.bounced() == frozenset()  # nobody but we refused it


def test_a_redirected_mail_is_handed_over_to_the_other_address_and_the_record_says_so(ledger, tmp_path):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]))], NOW)

    deliver_now(ledger, MaildirTransport(tmp_path / "box"), Gate(redirect_to="me@example.com"))

    envelopes = ledger.story(the_notice(ledger).id).messages[0].envelopes
    assert [mail["Delivered-To"] for mail in mailbox.Maildir(tmp_path / "box")] == ["me@example.com"] * 2
    assert [(each.address, each.attempts[0].handed_to) for each in envelopes] == [
        (TO[1], "me@example.com"),
        (COPY[1], "me@example.com"),
    ]


def test_a_mail_that_was_no_longer_ours_at_the_last_moment_goes_back_untried(ledger):
    queue(ledger, 1)
    answers = iter([NoLongerOurs("it is another's by now")])

    def first_anothers(_envelope):
        for error in answers:
            raise error
        return "250 ok"

    assert deliver_now(ledger, ScriptedTransport({owner(0): first_anothers})) == Delivered(sent=1)
    assert envelope_of(ledger, 0).attempts[0].outcome is Outcome.RELEASED


# several at a time, stopping, progress


class CountingTransport(ScriptedTransport):
    """Notes how many are being handed over at once."""

    at_once = 0
    most = 0

    async def hand_over(self, envelope, **asked):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        return await super().hand_over(envelope, **asked)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_as_many_are_handed_over_at_once_as_was_asked_and_no_more(ledger, concurrency):
    queue(ledger, 20)
    transport = CountingTransport()

    assert deliver_now(ledger, transport, concurrency=concurrency) == Delivered(sent=20)
    assert transport.most == concurrency
    assert len({envelope.id for envelope in transport.inbox}) == 20


@on_each_database
def test_stop_finishes_what_is_in_hand_records_it_and_gives_the_rest_back(ledger):
    queue(ledger, 30)
    stop = asyncio.Event()

    def stopping(_envelope):
        stop.set()
        return "250 ok"

    done = deliver_now(ledger, ScriptedTransport({owner(4): stopping}), claims=10, stop=stop)

    assert done == Delivered(sent=5, stopped="stopped on request")
    assert ledger.counts() == {Status.SENT: 5, Status.QUEUED: 25}
    assert deliver_now(ledger, ScriptedTransport()) == Delivered(sent=25)


class HangingTransport(ScriptedTransport):
    """Never answers for one address."""

    def __init__(self):
        super().__init__()
        self.hangs = asyncio.Event()

    async def hand_over(self, envelope, **asked):
        if envelope.address == owner(1):
            self.hangs.set()
            await asyncio.Event().wait()
        return await super().hand_over(envelope, **asked)


@on_each_database
def test_a_cancelled_delivery_records_what_ended_and_leaves_in_doubt_only_what_was_in_hand(ledger):
    queue(ledger, 4)

    async def cancelled():
        transport = HangingTransport()
        task = asyncio.ensure_future(a_delivery(ledger, transport).run(TODAY))
        await transport.hangs.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())

    assert [status_of(ledger, number) for number in range(4)] == [
        Status.SENT,
        Status.IN_DOUBT,
        Status.QUEUED,
        Status.QUEUED,
    ]


def test_progress_tells_what_is_on_record_and_ends_with_nothing_waiting(ledger):
    queue(ledger, 25)
    told = []

    deliver_now(
        ledger, ScriptedTransport({owner(3): raising(RecipientRefused("550"))}), claims=10, progress=told.append
    )

    assert all(each.sent + each.failed + each.waiting == 25 for each in told)
    assert [each.sent for each in told] == sorted(each.sent for each in told)
    assert told[-1] == Progress(sent=24, failed=1, in_doubt=0, queued=0, waiting=0)


def test_nothing_due_is_nothing_done(ledger):
    assert deliver_now(ledger, ScriptedTransport()) == Delivered()


def test_a_copy_is_delivered_beside_its_to(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]))], NOW)

    deliver_now(ledger, ScriptedTransport({COPY[1]: raising(RecipientRefused("550"))}))

    assert envelope_statuses(ledger) == [[Status.SENT, Status.FAILED]]
