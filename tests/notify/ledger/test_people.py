"""What people ask of the ledger: lists, stories, resend, cancel, settle."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notify.record.values import NotPossible, Outcome, Reconciled, Result, Status
from notify.transports.transport import OutcomeUnknown, RecipientRefused
from tests.databases import on_each_database
from tests.notify.builders import (
    COPY,
    LEASE,
    NOW,
    TO,
    TODAY,
    ScriptedTransport,
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

LATER = NOW + timedelta(hours=1)
REFUSED = {TO[1]: raising(RecipientRefused("550 no"))}
BROKEN = {TO[1]: raising(OutcomeUnknown("no answer"))}


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path, {"renewal-notice": "wait"})


def delivered(ledger, scripts=None, recipients=(TO,), **options):
    ledger.reconcile([wanted(draft=a_draft(recipients=recipients), **options)], NOW)
    deliver_now(ledger, ScriptedTransport(scripts))
    return the_notice(ledger)


def inbox_after(ledger, now=LATER):
    transport = ScriptedTransport()
    deliver_now(ledger, transport, now=now)
    return transport.inbox


def queue_and_claim(ledger):
    ledger.reconcile([wanted()], NOW)
    claimed(ledger, "a", NOW, 10, TODAY)


# resend


@on_each_database
def test_resend_sends_the_same_bytes_with_the_same_message_id_as_a_new_attempt(ledger):
    notice = delivered(ledger)

    ledger.people.resend(notice.id, LATER, by="suzuki")
    (again,) = inbox_after(ledger)

    story = ledger.story(notice.id)
    assert (again.raw, again.message_id, again.attempt, again.resends) == (a_draft().raw, a_draft().message_id, 2, 1)
    assert [each.outcome for each in story.messages[0].envelopes[0].attempts] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert [(each.action, each.by, each.at) for each in story.actions] == [("resend", "suzuki", LATER)]


def test_a_notice_sent_again_keeps_the_time_it_was_first_sent(ledger):
    """N2: the contract came into being when the notice was first dispatched."""
    notice = delivered(ledger)

    ledger.people.resend(notice.id, LATER)
    inbox_after(ledger)

    assert (the_notice(ledger).status, the_notice(ledger).sent_at) == (Status.SENT, NOW)


@pytest.mark.parametrize("scripts", [REFUSED, BROKEN])
def test_resend_takes_what_failed_or_is_in_doubt(ledger, scripts):
    notice = delivered(ledger, scripts)

    ledger.people.resend(notice.id, LATER)

    assert len(inbox_after(ledger)) == 1
    assert the_notice(ledger).status is Status.SENT


def test_resend_takes_what_a_person_cancelled(ledger):
    ledger.reconcile([wanted()], NOW)
    ledger.people.cancel(the_notice(ledger).id, NOW)

    ledger.people.resend(the_notice(ledger).id, LATER)

    assert len(inbox_after(ledger)) == 1


def test_resend_takes_a_withdrawn_notice_that_has_a_message_whatever_its_last_day(ledger):
    ledger.reconcile([wanted(not_after=TODAY - timedelta(days=1))], NOW)
    ledger.outbox.withdraw_expired(TODAY, NOW)

    ledger.people.resend(the_notice(ledger).id, LATER)

    assert len(inbox_after(ledger)) == 1
    assert ledger.story(the_notice(ledger).id).messages[0].withdrawn_at is None


def test_resend_does_not_send_again_the_copies_that_arrived(ledger):
    notice = delivered(
        ledger, {COPY[1]: raising(RecipientRefused("550"))}, recipients=[TO, COPY, ("cc", "c@example.co.jp")]
    )

    ledger.people.resend(notice.id, LATER)

    assert sorted(each.address for each in inbox_after(ledger)) == [COPY[1], TO[1]]


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda ledger: ledger.reconcile([wanted("hold", reason="owner-missing")], NOW), "mend that in the book"),
        (lambda ledger: ledger.reconcile([wanted("hold", draft=a_draft())], NOW), "approve it instead"),
        (lambda ledger: ledger.reconcile([wanted("skip", reason="declined")], NOW), "no letter was written"),
        (lambda ledger: ledger.reconcile([wanted()], NOW), "the next delivery sends it"),
        (queue_and_claim, "wait until its outcome"),
    ],
)
def test_resend_refuses_with_a_sentence_that_says_what_to_do_instead(ledger, prepare, sentence):
    prepare(ledger)
    before = the_notice(ledger)

    with pytest.raises(NotPossible, match=sentence):
        ledger.people.resend(before.id, LATER)

    assert the_notice(ledger) == before


@pytest.mark.parametrize("act", ["resend", "cancel"])
def test_a_notice_that_does_not_exist_is_said_so(ledger, act):
    with pytest.raises(NotPossible, match="there is no notice 77"):
        getattr(ledger.people, act)(77, NOW)
    assert ledger.story(77) is None


# cancel


@pytest.mark.parametrize(
    "prepare",
    [
        lambda ledger: ledger.reconcile([wanted()], NOW),
        lambda ledger: ledger.reconcile([wanted("hold")], NOW),
        lambda ledger: delivered(ledger, REFUSED),
        lambda ledger: delivered(ledger, BROKEN),
    ],
)
def test_cancel_ends_what_is_queued_held_failed_or_in_doubt_and_no_run_brings_it_back(ledger, prepare):
    prepare(ledger)

    ledger.people.cancel(the_notice(ledger).id, LATER, by="suzuki")

    assert the_notice(ledger).status is Status.CANCELLED
    assert ledger.reconcile([wanted()], LATER) == Reconciled(unchanged=1)
    assert inbox_after(ledger) == []


@pytest.mark.parametrize(
    "prepare", [delivered, queue_and_claim, lambda ledger: ledger.reconcile([wanted("skip")], NOW)]
)
def test_cancel_refuses_what_went_out_is_on_its_way_or_ended(ledger, prepare):
    prepare(ledger)

    with pytest.raises(NotPossible, match="cannot be cancelled"):
        ledger.people.cancel(the_notice(ledger).id, LATER)


def test_cancelling_a_resend_leaves_the_notice_sent_as_it_was(ledger):
    notice = delivered(ledger)
    ledger.people.resend(notice.id, LATER)

    ledger.people.cancel(notice.id, LATER)

    assert (the_notice(ledger).status, the_notice(ledger).sent_at) == (Status.SENT, NOW)
    assert envelope_statuses(ledger) == [[Status.SENT]]
    assert inbox_after(ledger) == []


@on_each_database
def test_cancelling_one_of_several_told_together_has_the_others_written_anew(ledger):
    first, second, draft = a_key(line="1"), a_key(line="2"), a_draft()
    ledger.reconcile([wanted(key=first, draft=draft), wanted(key=second, draft=draft)], NOW)

    ledger.people.cancel(the_notice(ledger, first).id, NOW)

    assert inbox_after(ledger, NOW) == []
    assert (the_notice(ledger, second).status, the_notice(ledger, second).reason) == (Status.WITHDRAWN, "changed")
    assert ledger.reconcile([wanted(key=second, draft=a_draft("alone", number=2))], LATER) == Reconciled(queued=1)


# settle


@on_each_database
def test_settled_as_sent_it_was_sent_when_it_was_last_tried(ledger):
    notice = delivered(ledger, BROKEN)

    ledger.people.settle(notice.id, sent=True, now=LATER, by="suzuki")

    assert (the_notice(ledger).status, the_notice(ledger).sent_at) == (Status.SENT, NOW)
    assert [(each.action, each.detail) for each in ledger.story(notice.id).actions] == [("settle", "sent")]
    assert inbox_after(ledger) == []


@on_each_database
def test_settled_as_not_sent_it_is_queued_again(ledger):
    notice = delivered(ledger, BROKEN)

    ledger.people.settle(notice.id, sent=False, now=LATER)

    assert the_notice(ledger).status is Status.QUEUED
    assert len(inbox_after(ledger)) == 1


def test_settle_ends_the_doubt_about_a_copy_and_leaves_the_notice(ledger):
    notice = delivered(ledger, {COPY[1]: raising(OutcomeUnknown("gone"))}, recipients=[TO, COPY])

    ledger.people.settle(notice.id, sent=True, now=LATER)

    assert envelope_statuses(ledger) == [[Status.SENT, Status.SENT]]
    assert the_notice(ledger).updated_at == NOW


def test_settle_refuses_where_nothing_is_in_doubt(ledger):
    with pytest.raises(NotPossible, match=r"nothing is in doubt.*it was sent"):
        ledger.people.settle(delivered(ledger).id, sent=True, now=LATER)


# lists


@on_each_database
def test_notices_are_listed_by_status_and_contract_the_latest_first(ledger):
    queue(ledger, 3)
    ledger.reconcile([wanted("skip", a_key("K-0001", kind="service-start"))], NOW)

    def contracts(**chosen):
        return [notice.key.contract for notice in ledger.notices(**chosen)]

    assert contracts() == ["K-0001", "K-0002", "K-0001", "K-0000"]
    assert contracts(status=Status.SKIPPED) == ["K-0001"]
    assert contracts(contract="K-0000") == ["K-0000"]


@on_each_database
def test_a_story_holds_earlier_messages_after_they_were_replaced(ledger):
    ledger.reconcile([wanted()], NOW)
    ledger.reconcile([wanted(draft=a_draft("said otherwise", number=2))], LATER)

    story = ledger.story(the_notice(ledger).id)

    assert [message.subject for message in story.messages] == ["as is", "said otherwise"]
    assert [message.id for message in story.messages][-1] == story.notice.message_id


def test_a_mail_that_is_refused_whoever_it_is_for_says_nothing_of_the_address(ledger):
    ledger.reconcile([wanted()], NOW)
    (envelope,) = claimed(ledger, "a")
    ledger.outbox.record([Result(envelope, Outcome.UNMAILABLE, "552 too big")], NOW)

    assert ledger.bounced() == frozenset()


@on_each_database
def test_an_address_refused_for_good_has_bounced_until_a_person_sends_again_or_cancels(ledger):
    """N8: the sales desk has to look for the owner."""
    notice = delivered(ledger, REFUSED)
    assert ledger.bounced() == {TO[1]}

    ledger.people.cancel(notice.id, LATER)
    assert ledger.bounced() == frozenset()


def test_the_bytes_of_an_unknown_message_are_an_error(ledger):
    with pytest.raises(LookupError, match="message 5 is not on record"):
        ledger.raw(5)


@on_each_database
def test_a_result_that_comes_after_a_resend_changes_nothing(ledger):
    ledger.reconcile([wanted()], NOW)
    (lost,) = claimed(ledger, "a", NOW, 10, TODAY)
    ledger.outbox.expire_claims(NOW + LEASE)
    ledger.people.resend(the_notice(ledger).id, LATER)

    assert ledger.outbox.record([Result(lost, Outcome.REFUSED, "550")], LATER) == 0
    assert the_notice(ledger).status is Status.QUEUED
