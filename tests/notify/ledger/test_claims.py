"""Claims, results, and what time overtakes, on a real SQLite file."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from notify.ledger.claims import held
from notify.record.values import Outcome, Result, Status
from tests.notify.builders import (
    COPY,
    LEASE,
    NOW,
    TO,
    TODAY,
    a_draft,
    a_key,
    a_ledger,
    claimed,
    envelope_statuses,
    queue,
    the_notice,
    wanted,
)

pytestmark = pytest.mark.usefixtures("each_database")

SOON = NOW + timedelta(minutes=1)
AFTER_LEASE = NOW + LEASE
ONE = a_key("K-0000")


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def attempts_of(ledger, key=ONE):
    story = ledger.story(the_notice(ledger, key).id)
    return [(each.number, each.owner, each.outcome) for each in story.messages[-1].envelopes[0].attempts]


def test_a_claim_marks_the_envelope_and_its_notice_as_being_sent(ledger):
    queue(ledger, 1)

    (envelope,) = claimed(ledger)

    assert (envelope.address, envelope.role, envelope.attempt, envelope.owner) == ("owner0@example.co.jp", "to", 1, "a")
    assert (envelope.sender, envelope.kind) == ("notices@example.com", "renewal-notice")
    assert envelope.raw == a_draft(number=0).raw
    assert the_notice(ledger, ONE).status is Status.SENDING
    assert attempts_of(ledger) == [(1, "a", None)]


def test_who_holds_nothing_holds_no_row(ledger):
    queue(ledger, 1)

    assert ledger.outbox.advance([], [], NOW) == []
    with ledger.engine.connect() as connection:
        assert held(connection, []) == {}


def test_what_is_claimed_no_one_else_can_claim(ledger):
    queue(ledger, 3)

    first, second = claimed(ledger, "a", limit=2), claimed(ledger, "b")

    assert [each.address[:6] for each in first] == ["owner0", "owner1"]
    assert [each.address[:6] for each in second] == ["owner2"]
    assert claimed(ledger, "c") == []


def test_a_copy_on_its_way_does_not_make_the_notice_one_that_is_being_sent(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[COPY, TO]))], NOW)

    (copy,) = claimed(ledger, limit=1)

    assert copy.role == "cc"
    assert the_notice(ledger).status is Status.QUEUED


def test_the_oldest_is_claimed_first_so_that_one_that_fails_does_not_clog_the_head(ledger):
    queue(ledger, 3)
    (stuck,) = claimed(ledger, limit=1)
    ledger.outbox.record([Result(stuck, Outcome.UNAVAILABLE, "450 later", SOON)], NOW)

    assert [each.address[:6] for each in claimed(ledger, now=SOON)] == ["owner1", "owner2", "owner0"]


def test_two_threads_racing_for_claims_get_each_envelope_once(tmp_path):
    queue(a_ledger(tmp_path), 120)
    taken, start = [], threading.Barrier(4)

    def race(owner):
        ledger = a_ledger(tmp_path)
        start.wait()
        while envelopes := claimed(ledger, owner, limit=7):
            taken.extend(each.id for each in envelopes)

    racers = [threading.Thread(target=race, args=(f"racer {n}",)) for n in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert len(taken) == len(set(taken)) == 120


# results


@pytest.mark.parametrize(
    ("outcome", "next_attempt_at", "status"),
    [
        (Outcome.ACCEPTED, None, Status.SENT),
        (Outcome.REFUSED, None, Status.FAILED),
        (Outcome.UNMAILABLE, None, Status.FAILED),
        (Outcome.BARRED, None, Status.FAILED),
        (Outcome.UNAVAILABLE, SOON, Status.QUEUED),
        (Outcome.UNAVAILABLE, None, Status.FAILED),
        (Outcome.MISCONFIGURED, None, Status.QUEUED),
        (Outcome.UNKNOWN, SOON, Status.IN_DOUBT),
        (Outcome.UNKNOWN, None, Status.IN_DOUBT),
        (Outcome.RELEASED, None, Status.QUEUED),
    ],
)
def test_a_result_decides_where_envelope_and_notice_stand(ledger, outcome, next_attempt_at, status):
    queue(ledger, 1)
    (envelope,) = claimed(ledger)

    assert ledger.outbox.record([Result(envelope, outcome, "said", next_attempt_at)], SOON) == 1

    assert the_notice(ledger, ONE).status is status
    assert envelope_statuses(ledger, ONE) == [[status]]
    assert attempts_of(ledger) == [(1, "a", outcome)]


def test_an_accepted_mail_keeps_the_time_and_the_servers_answer(ledger):
    """N2: the time of dispatch, the exact text and the receiving server's answer are evidence."""
    queue(ledger, 1)
    (envelope,) = claimed(ledger)

    ledger.outbox.record([Result(envelope, Outcome.ACCEPTED, "250 2.0.0 queued as 4F2")], SOON)

    kept = ledger.story(the_notice(ledger, ONE).id).messages[0].envelopes[0]
    assert the_notice(ledger, ONE).sent_at == SOON
    assert (kept.sent_at, kept.reply) == (SOON, "250 2.0.0 queued as 4F2")
    assert (kept.attempts[0].started_at, kept.attempts[0].finished_at) == (NOW, SOON)


def test_a_copy_has_its_own_outcome_and_the_notice_follows_its_to(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]))], NOW)
    to, copy = claimed(ledger)

    ledger.outbox.record([Result(to, Outcome.ACCEPTED, "250"), Result(copy, Outcome.REFUSED, "550 no such user")], SOON)

    assert the_notice(ledger).status is Status.SENT
    assert envelope_statuses(ledger) == [[Status.SENT, Status.FAILED]]


def test_a_mail_that_met_a_misconfigured_relay_comes_after_the_others(ledger):
    queue(ledger, 2)
    (first,) = claimed(ledger, limit=1)

    ledger.outbox.record([Result(first, Outcome.MISCONFIGURED, "535 wrong password")], SOON)

    assert [(each.address[:6], each.tries) for each in claimed(ledger, now=SOON)] == [("owner1", 0), ("owner0", 0)]


def test_a_result_of_a_claim_that_was_taken_over_changes_nothing(ledger):
    queue(ledger, 1)
    (slow,) = claimed(ledger, "slow")
    ledger.outbox.expire_claims(AFTER_LEASE)
    (taken_over,) = claimed(ledger, "other", now=AFTER_LEASE)
    before = ledger.story(the_notice(ledger, ONE).id)

    assert ledger.outbox.record([Result(slow, Outcome.REFUSED, "550 no")], AFTER_LEASE) == 0

    assert ledger.story(the_notice(ledger, ONE).id) == before
    assert ledger.outbox.record([Result(taken_over, Outcome.ACCEPTED, "250 ok")], AFTER_LEASE) == 1


def test_a_result_of_an_earlier_attempt_of_the_same_owner_changes_nothing(ledger):
    queue(ledger, 1)
    (first,) = claimed(ledger, "a")
    ledger.outbox.expire_claims(AFTER_LEASE)
    claimed(ledger, "a", now=AFTER_LEASE)

    assert ledger.outbox.record([Result(first, Outcome.REFUSED, "550 no")], AFTER_LEASE) == 0
    assert the_notice(ledger, ONE).status is Status.SENDING


def test_fenced_results_do_not_keep_the_others_from_the_record(ledger):
    queue(ledger, 2)
    one, other = claimed(ledger)
    ledger.outbox.record([Result(one, Outcome.ACCEPTED, "250")], NOW)

    assert ledger.outbox.record([Result(one, Outcome.REFUSED, "550"), Result(other, Outcome.ACCEPTED, "250")], NOW) == 1
    assert ledger.counts() == {Status.SENT: 2}


# what time overtakes


def test_a_claim_that_ran_out_is_queued_again_where_nothing_else_is_said(ledger):
    queue(ledger, 1)
    claimed(ledger)

    assert ledger.outbox.expire_claims(AFTER_LEASE) == 1

    assert the_notice(ledger, ONE).status is Status.QUEUED
    assert attempts_of(ledger) == [(1, "a", Outcome.LOST)]
    assert [each.attempt for each in claimed(ledger, "b", now=AFTER_LEASE)] == [2]


def test_a_claim_that_ran_out_waits_for_a_person_where_its_kind_says_so(tmp_path):
    ledger = a_ledger(tmp_path, {"service-start": "wait"})
    queue(ledger, 1)
    queue(ledger, 1, kind="service-start")
    claimed(ledger)

    ledger.outbox.expire_claims(AFTER_LEASE)

    assert the_notice(ledger, ONE).status is Status.QUEUED
    assert the_notice(ledger, a_key("K-0000", kind="service-start")).status is Status.IN_DOUBT


def test_a_claim_that_has_not_run_out_stays(ledger):
    queue(ledger, 1)
    claimed(ledger)

    assert ledger.outbox.expire_claims(AFTER_LEASE - timedelta(seconds=1)) == 0
    assert the_notice(ledger, ONE).status is Status.SENDING


def test_a_renewed_claim_does_not_run_out(ledger):
    queue(ledger, 1)
    claimed(ledger)

    assert ledger.outbox.renew("a", SOON, LEASE) == 1
    assert ledger.outbox.renew("someone else", SOON, LEASE) == 0
    assert ledger.outbox.expire_claims(AFTER_LEASE) == 0


def test_after_three_claims_that_ran_out_a_person_decides(ledger):
    """A mail that kills whoever hands it over must not go on doing so."""
    queue(ledger, 1)
    now, seen = NOW, []
    for _ in range(3):
        claimed(ledger, now=now)
        now += LEASE
        ledger.outbox.expire_claims(now)
        seen.append(the_notice(ledger, ONE).status)

    assert seen == [Status.QUEUED, Status.QUEUED, Status.IN_DOUBT]
    assert ledger.outbox.expire_claims(now + timedelta(days=9)) == 0


def test_an_unknown_outcome_is_in_doubt_and_sent_again_when_its_time_comes(ledger):
    queue(ledger, 1)
    (envelope,) = claimed(ledger)
    ledger.outbox.record([Result(envelope, Outcome.UNKNOWN, "no answer", SOON)], NOW)

    assert (ledger.outbox.expire_claims(NOW), the_notice(ledger, ONE).status) == (0, Status.IN_DOUBT)
    assert (ledger.outbox.expire_claims(SOON), the_notice(ledger, ONE).status) == (1, Status.QUEUED)


def test_an_unknown_outcome_waits_for_a_person_where_its_kind_says_so(tmp_path):
    ledger = a_ledger(tmp_path, {"renewal-notice": "wait"})
    queue(ledger, 1)
    (envelope,) = claimed(ledger)
    ledger.outbox.record([Result(envelope, Outcome.UNKNOWN, "no answer", SOON)], NOW)

    assert ledger.outbox.expire_claims(SOON) == 0
    assert the_notice(ledger, ONE).status is Status.IN_DOUBT


def test_a_notice_past_its_last_day_is_withdrawn_and_not_sent(ledger):
    last_day = date(2021, 12, 2)  # B1
    queue(ledger, 1, not_after=last_day)

    assert ledger.outbox.withdraw_expired(last_day, NOW) == 0
    assert claimed(ledger, as_of=last_day + timedelta(days=1)) == []
    assert ledger.outbox.withdraw_expired(last_day + timedelta(days=1), NOW) == 1
    assert (the_notice(ledger, ONE).status, the_notice(ledger, ONE).reason) == (Status.WITHDRAWN, "window-closed")
    assert envelope_statuses(ledger, ONE) == [[Status.WITHDRAWN]]


def test_on_its_last_day_a_notice_still_goes_out(ledger):
    queue(ledger, 1, not_after=TODAY)

    assert ledger.outbox.withdraw_expired(TODAY, NOW) == 0
    assert len(claimed(ledger)) == 1


def test_a_late_copy_is_withdrawn_and_the_notice_stays_sent(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]), not_after=TODAY)], NOW)
    to, copy = claimed(ledger)
    ledger.outbox.record([Result(to, Outcome.ACCEPTED, "250"), Result(copy, Outcome.UNAVAILABLE, "450", SOON)], NOW)

    ledger.outbox.withdraw_expired(TODAY + timedelta(days=1), SOON)

    message = ledger.story(the_notice(ledger).id).messages[0]
    assert the_notice(ledger).status is Status.SENT
    assert [each.status for each in message.envelopes] == [Status.SENT, Status.WITHDRAWN]
    assert message.withdrawn_at is None


def test_due_counts_what_a_claim_would_find(ledger):
    queue(ledger, 3)
    claimed(ledger, limit=1)

    assert (ledger.outbox.due(NOW, TODAY), ledger.outbox.due(NOW - LEASE, TODAY)) == (2, 0)


def test_what_was_decided_for_a_later_day_is_not_claimed_before_it(ledger):
    queue(ledger, 1)

    assert claimed(ledger, as_of=TODAY - timedelta(days=1)) == []
    assert ledger.outbox.due(NOW, TODAY - timedelta(days=1)) == 0


def test_what_came_for_an_earlier_day_after_all_was_decided_on_waits_for_the_next_delivery(ledger):
    tomorrow = TODAY + timedelta(days=1)
    queue(ledger, 1)
    newest = ledger.outbox.newest_envelope()
    queue(ledger, 2)

    assert len(claimed(ledger, "a", NOW, 100, tomorrow, decided_to=newest)) == 1
    assert len(claimed(ledger, "b", NOW, 100, tomorrow, decided_to=ledger.outbox.newest_envelope())) == 1


def test_what_came_for_this_day_after_all_was_decided_on_goes_out_as_well(ledger):
    newest = ledger.outbox.newest_envelope()
    queue(ledger, 2)

    assert len(claimed(ledger, "a", NOW, 100, TODAY, decided_to=newest)) == 2


def test_a_claim_for_one_contract_leaves_the_others_alone(ledger):
    queue(ledger, 3)

    (envelope,) = claimed(ledger, "a", NOW, 100, TODAY, only="K-0001")

    assert envelope.address == "owner1@example.co.jp"
    assert ledger.outbox.due(NOW, TODAY) == 2


def test_a_claim_whose_owner_is_known_to_be_gone_ends_before_its_lease(ledger):
    queue(ledger, 2)
    claimed(ledger, "dead", limit=1)
    claimed(ledger, "alive", limit=1)

    assert ledger.outbox.holders() == {"dead", "alive"}
    assert ledger.outbox.expire_claims(SOON, gone={"dead"}) == 1
    assert ledger.outbox.holders() == {"alive"}


def test_what_was_claimed_ahead_is_begun_once_and_has_its_attempt_on_record(ledger):
    queue(ledger, 2)
    first, second = claimed(ledger, begun=1)

    assert attempts_of(ledger, a_key("K-0001")) == []
    assert ledger.outbox.advance([], [second], SOON) == [second]
    assert ledger.outbox.advance([], [second], SOON) == [second]  # said again since the connection broke
    assert attempts_of(ledger, a_key("K-0001")) == [(1, "a", None)]
    assert attempts_of(ledger) == [(1, "a", None)]
    assert first.id != second.id


def test_of_several_only_those_whose_claim_is_still_held_are_begun(ledger):
    queue(ledger, 2)
    gone, held = claimed(ledger, begun=0)
    ledger.outbox.record([Result(gone, Outcome.RELEASED)], SOON)

    assert ledger.outbox.advance([], [gone, held], AFTER_LEASE - timedelta(seconds=1)) == [held]
    assert ledger.outbox.advance([], [held], AFTER_LEASE) == []


def test_what_an_owner_claimed_besides_what_it_knows_of_goes_back_to_the_queue(ledger):
    queue(ledger, 3)
    kept, _ = claimed(ledger, "a", limit=2)
    claimed(ledger, "b")

    assert ledger.outbox.give_back("a", {kept.id}, SOON) == 1
    assert [each.address[:6] for each in claimed(ledger, "c", SOON)] == ["owner1"]


def test_a_claim_knows_when_the_first_of_its_tries_began(ledger):
    queue(ledger, 1)
    seen = []
    for now in (NOW, SOON, SOON + timedelta(minutes=1)):
        (envelope,) = claimed(ledger, now=now)
        seen.append((envelope.tries, envelope.first_tried_at))
        ledger.outbox.record([Result(envelope, Outcome.UNAVAILABLE, "450 later", now + timedelta(minutes=1))], now)

    assert seen == [(0, None), (1, NOW), (2, NOW)]


def test_the_tries_before_a_person_asked_for_it_again_do_not_count(ledger):
    queue(ledger, 1)
    (envelope,) = claimed(ledger)
    ledger.outbox.record([Result(envelope, Outcome.UNAVAILABLE, "450 later")], NOW)
    ledger.people.resend(the_notice(ledger, ONE).id, SOON)
    (again,) = claimed(ledger, now=SOON)
    ledger.outbox.record([Result(again, Outcome.UNAVAILABLE, "450 later", AFTER_LEASE)], SOON)

    (third,) = claimed(ledger, now=AFTER_LEASE)

    assert (again.first_tried_at, third.first_tried_at) == (None, SOON)
