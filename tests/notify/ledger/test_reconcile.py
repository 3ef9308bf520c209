"""What reconcile does to each status: one test per cell of its table, on a real SQLite file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from notify.ledger.reconcile import is_passed_over_already
from notify.record.values import Outcome, Reconciled, Result, Status
from notify.transports.transport import OutcomeUnknown, RecipientRefused
from tests.databases import on_each_database
from tests.notify.builders import (
    COPY,
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
    raising,
    the_notice,
    wanted,
)
from tests.notify.ledger.approval_builders import approve_all

LATER = NOW + timedelta(hours=1)
OTHER = a_draft("said otherwise", number=2)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def bring_to(ledger, status):
    """Brings the one notice there by what the product itself does."""
    if status is Status.HELD:
        ledger.reconcile([wanted("hold", reason="owner-missing")], NOW)
        return
    if status is Status.SKIPPED:
        ledger.reconcile([wanted("skip", reason="before-baseline")], NOW)
        return
    ledger.reconcile([wanted()], NOW)
    if status is Status.WITHDRAWN:
        ledger.reconcile([wanted("withdraw", reason="moved")], NOW)
    elif status is Status.CANCELLED:
        ledger.people.cancel(the_notice(ledger).id, NOW)
    elif status is Status.SENDING:
        claimed(ledger, "a", NOW, 10, TODAY)
    elif status is not Status.QUEUED:
        endings = {
            Status.SENT: {},
            Status.FAILED: {TO[1]: raising(RecipientRefused("550 no"))},
            Status.IN_DOUBT: {TO[1]: raising(OutcomeUnknown("gone"))},
        }
        deliver_now(ledger, ScriptedTransport(endings[status]))
    assert the_notice(ledger).status is status


# queue


@on_each_database
def test_queue_puts_a_new_notice_on_record_with_its_message_and_an_envelope_for_each_recipient(ledger):
    done = ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]))], NOW)

    notice = the_notice(ledger)
    story = ledger.story(notice.id)
    assert done == Reconciled(queued=1)
    assert (notice.status, notice.reason, notice.due_on, notice.as_of) == (Status.QUEUED, "due", TODAY, TODAY)
    assert notice.checks == [{"rule": "N1", "passed": True}]
    assert [(each.role, each.address, each.status) for each in story.messages[0].envelopes] == [
        (*TO, Status.QUEUED),
        (*COPY, Status.QUEUED),
    ]
    assert ledger.raw(notice.message_id) == a_draft().raw


def test_queue_leaves_a_queued_notice_that_says_the_same(ledger):
    ledger.reconcile([wanted()], NOW)
    before = the_notice(ledger)

    done = ledger.reconcile([wanted(draft=a_draft(number=9))], LATER)

    assert done == Reconciled(unchanged=1)
    assert the_notice(ledger) == before


@on_each_database
@pytest.mark.parametrize("draft", [OTHER, a_draft(recipients=[("to", "new-owner@example.co.jp")], number=2)])
def test_queue_replaces_a_queued_message_whose_words_or_recipients_changed(ledger, draft):
    """P1: to the owner as registered on the day of sending."""
    ledger.reconcile([wanted()], NOW)

    done = ledger.reconcile([wanted(draft=draft)], LATER)

    notice = the_notice(ledger)
    first, second = ledger.story(notice.id).messages
    assert done == Reconciled(replaced=1)
    assert notice.status is Status.QUEUED
    assert (first.withdrawn_at, first.withdrawn_reason, second.withdrawn_at) == (LATER, "changed", None)
    assert envelope_statuses(ledger) == [[Status.WITHDRAWN], [Status.QUEUED]]
    assert ledger.raw(notice.message_id) == draft.raw


@on_each_database
@pytest.mark.parametrize("status", [Status.HELD, Status.SKIPPED, Status.WITHDRAWN])
def test_queue_takes_up_what_was_not_to_be_sent_before(ledger, status):
    bring_to(ledger, status)

    done = ledger.reconcile([wanted(draft=OTHER)], LATER)

    notice = the_notice(ledger)
    assert done == Reconciled(queued=1)
    assert (notice.status, notice.reason) == (Status.QUEUED, "due")
    assert envelope_statuses(ledger)[-1] == [Status.QUEUED]


LEFT_ALONE = [Status.SENDING, Status.SENT, Status.IN_DOUBT, Status.FAILED, Status.CANCELLED]


@pytest.mark.parametrize("status", LEFT_ALONE)
@pytest.mark.parametrize("action", ["queue", "skip", "hold", "withdraw"])
def test_what_went_out_or_was_ended_is_left_alone(ledger, action, status):
    bring_to(ledger, status)
    before = ledger.story(the_notice(ledger).id)

    done = ledger.reconcile([wanted(action, draft=OTHER if action == "queue" else None)], LATER)

    assert done == Reconciled(unchanged=1)
    assert ledger.story(before.notice.id) == before


# skip


def test_skip_puts_a_new_notice_on_record_with_its_reason(ledger):
    done = ledger.reconcile([wanted("skip", reason="window-closed")], NOW)

    notice = the_notice(ledger)
    assert done == Reconciled(skipped=1)
    assert (notice.status, notice.reason, notice.message_id) == (Status.SKIPPED, "window-closed", None)


@on_each_database
def test_skip_withdraws_a_queued_notice_with_its_reason_and_its_message(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, COPY]))], NOW)

    done = ledger.reconcile([wanted("skip", reason="continued")], LATER)

    notice = the_notice(ledger)
    assert done == Reconciled(withdrawn=1)
    assert (notice.status, notice.reason) == (Status.WITHDRAWN, "continued")
    assert ledger.story(notice.id).messages[0].withdrawn_reason == "continued"
    assert envelope_statuses(ledger) == [[Status.WITHDRAWN, Status.WITHDRAWN]]


def test_skip_withdraws_a_held_notice(ledger):
    bring_to(ledger, Status.HELD)

    assert ledger.reconcile([wanted("skip", reason="window-closed")], LATER) == Reconciled(withdrawn=1)
    assert (the_notice(ledger).status, the_notice(ledger).reason) == (Status.WITHDRAWN, "window-closed")


def test_skip_updates_the_reason_of_a_skipped_notice(ledger):
    bring_to(ledger, Status.SKIPPED)

    assert ledger.reconcile([wanted("skip", reason="declined")], LATER) == Reconciled(skipped=1)
    assert (the_notice(ledger).status, the_notice(ledger).reason) == (Status.SKIPPED, "declined")


def test_skip_for_the_same_reason_writes_nothing(ledger):
    bring_to(ledger, Status.SKIPPED)
    before = the_notice(ledger)

    assert ledger.reconcile([wanted("skip", reason="before-baseline")], LATER) == Reconciled(unchanged=1)
    assert the_notice(ledger) == before


def test_skip_leaves_a_withdrawn_notice_with_the_reason_it_was_withdrawn_for(ledger):
    bring_to(ledger, Status.WITHDRAWN)

    assert ledger.reconcile([wanted("skip", reason="declined")], LATER) == Reconciled(unchanged=1)
    assert the_notice(ledger).reason == "moved"


# hold


def test_hold_puts_a_new_notice_on_record_that_has_no_message(ledger):
    done = ledger.reconcile([wanted("hold", reason="owner-missing")], NOW)

    notice = the_notice(ledger)
    assert done == Reconciled(held=1)
    assert (notice.status, notice.reason, notice.message_id) == (Status.HELD, "owner-missing", None)


@on_each_database
def test_hold_with_a_draft_keeps_the_message_back_until_it_is_approved(ledger):
    ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=a_draft())], NOW)
    transport = ScriptedTransport()
    deliver_now(ledger, transport)

    assert transport.inbox == []
    assert envelope_statuses(ledger) == [[Status.HELD]]


def test_hold_withdraws_the_message_of_a_queued_notice(ledger):
    ledger.reconcile([wanted()], NOW)

    done = ledger.reconcile([wanted("hold", reason="owner-invalid")], LATER)

    notice = the_notice(ledger)
    assert done == Reconciled(held=1)
    assert (notice.status, notice.reason, notice.message_id) == (Status.HELD, "owner-invalid", None)
    assert envelope_statuses(ledger) == [[Status.WITHDRAWN]]


@pytest.mark.parametrize("status", [Status.HELD, Status.SKIPPED, Status.WITHDRAWN])
def test_hold_holds_what_is_not_to_go_out_with_its_reason(ledger, status):
    bring_to(ledger, status)

    assert ledger.reconcile([wanted("hold", reason="owner-bounced")], LATER) == Reconciled(held=1)
    assert (the_notice(ledger).status, the_notice(ledger).reason) == (Status.HELD, "owner-bounced")


@pytest.mark.parametrize("draft", [None, a_draft()])
def test_hold_for_the_same_reason_and_words_writes_nothing(ledger, draft):
    ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=draft)], NOW)
    before = the_notice(ledger)

    assert ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=draft)], LATER) == Reconciled(unchanged=1)
    assert the_notice(ledger) == before


def test_hold_with_other_words_puts_them_in_the_place_of_those_that_waited(ledger):
    ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=a_draft())], NOW)

    assert ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=OTHER)], LATER) == Reconciled(held=1)
    assert envelope_statuses(ledger) == [[Status.WITHDRAWN], [Status.HELD]]
    assert ledger.raw(the_notice(ledger).message_id) == OTHER.raw


# withdraw


def test_withdraw_of_what_is_not_on_record_does_nothing(ledger):
    assert ledger.reconcile([wanted("withdraw", reason="moved")], NOW) == Reconciled(unchanged=1)
    assert ledger.on_record(["K-0001"]) == {}


@on_each_database
@pytest.mark.parametrize("status", [Status.QUEUED, Status.HELD])
def test_withdraw_takes_back_what_is_still_open_with_its_reason(ledger, status):
    bring_to(ledger, status)

    assert ledger.reconcile([wanted("withdraw", reason="moved")], LATER) == Reconciled(withdrawn=1)
    assert (the_notice(ledger).status, the_notice(ledger).reason) == (Status.WITHDRAWN, "moved")
    assert [Status.QUEUED] not in envelope_statuses(ledger)


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.WITHDRAWN])
def test_withdraw_leaves_what_was_not_to_go_out_anyway(ledger, status):
    bring_to(ledger, status)
    before = the_notice(ledger)

    assert ledger.reconcile([wanted("withdraw", reason="gone")], LATER) == Reconciled(unchanged=1)
    assert the_notice(ledger) == before


# approval and persons


def test_an_approved_notice_stays_queued_while_its_words_are_the_same(ledger):
    held = wanted("hold", reason="awaiting-approval", draft=a_draft())
    ledger.reconcile([held], NOW)
    approve_all(ledger)

    assert ledger.reconcile([held], LATER) == Reconciled(unchanged=1)
    assert (the_notice(ledger).status, the_notice(ledger).approved_by) == (Status.QUEUED, "suzuki")


def test_words_that_changed_after_the_approval_wait_for_another_one(ledger):
    ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=a_draft())], NOW)
    approve_all(ledger)

    ledger.reconcile([wanted("hold", reason="awaiting-approval", draft=OTHER)], LATER)

    assert (the_notice(ledger).status, the_notice(ledger).approved_by) == (Status.HELD, None)


@pytest.mark.parametrize("action", ["queue", "skip", "hold", "withdraw"])
def test_what_a_person_sends_again_no_run_changes(ledger, action):
    bring_to(ledger, Status.SENT)
    ledger.people.resend(the_notice(ledger).id, NOW)
    before = the_notice(ledger)

    assert ledger.reconcile([wanted(action, draft=OTHER if action == "queue" else None)], LATER) == Reconciled(
        unchanged=1
    )
    assert the_notice(ledger) == before


# the whole call


@on_each_database
def test_a_call_is_all_or_nothing(ledger):
    broken = replace(a_draft(), sender=None)

    with pytest.raises(IntegrityError):
        ledger.reconcile([wanted(), wanted(key=a_key("K-0002"), draft=broken)], NOW)

    assert ledger.counts() == {}


def test_a_notice_to_be_queued_needs_a_draft(ledger):
    with pytest.raises(ValueError, match="has no draft"):
        ledger.reconcile([replace(wanted(), draft=None)], NOW)


def test_an_owner_who_is_also_to_be_copied_gets_one_mail(ledger):
    ledger.reconcile([wanted(draft=a_draft(recipients=[TO, ("cc", "Owner@example.co.jp")]))], NOW)

    assert [each.role for each in claimed(ledger, "a", NOW, 10, TODAY)] == ["to"]


def test_a_notice_wanted_twice_is_a_mistake_of_the_caller(ledger):
    with pytest.raises(ValueError, match="twice"):
        ledger.reconcile([wanted(), wanted("skip")], NOW)


@on_each_database
def test_two_runs_at_once_put_a_notice_on_record_once(tmp_path):
    """The unique key in the database is what prevents doubles, whoever asks."""
    first, second = a_ledger(tmp_path), a_ledger(tmp_path)

    counts = first.reconcile([wanted()], NOW) + second.reconcile([wanted()], NOW)

    assert counts == Reconciled(queued=1, unchanged=1)
    assert first.counts() == {Status.QUEUED: 1}


@on_each_database
def test_hundreds_are_reconciled_in_one_call(ledger):
    many = [wanted(key=a_key(f"K-{n:04}"), draft=a_draft(number=n)) for n in range(700)]

    assert ledger.reconcile(many, NOW) == Reconciled(queued=700)
    assert ledger.reconcile(many, LATER) == Reconciled(unchanged=700)
    assert len(ledger.on_record([f"K-{n:04}" for n in range(700)])) == 700


@on_each_database
def test_hundreds_are_replaced_or_withdrawn_in_one_call(ledger):
    keys = [a_key(f"K-{n:04}") for n in range(300)]
    ledger.reconcile([wanted(key=key, draft=a_draft(number=n)) for n, key in enumerate(keys)], NOW)

    anew = [wanted(key=key, draft=a_draft("said otherwise", number=n)) for n, key in enumerate(keys[:200])]
    gone = [wanted("withdraw", key, reason="moved") for key in keys[200:]]

    assert ledger.reconcile([*anew, *gone], LATER) == Reconciled(replaced=200, withdrawn=100)
    assert ledger.outbox.due(LATER, TODAY) == 200


@on_each_database
def test_what_a_claim_took_meanwhile_is_left_alone(ledger):
    ledger.reconcile([wanted()], NOW)
    (envelope,) = claimed(ledger, "a", NOW, 10, TODAY)

    ledger.reconcile([wanted(draft=OTHER)], LATER)
    ledger.outbox.record([Result(envelope, Outcome.ACCEPTED, "250 ok")], LATER)

    assert the_notice(ledger).status is Status.SENT
    assert envelope_statuses(ledger) == [[Status.SENT]]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.IN_DOUBT])
@pytest.mark.parametrize("reason", ["before-baseline", "continued"])
def test_what_is_passed_over_already_is_what_reconcile_would_leave_as_passed_over(ledger, status, reason):
    bring_to(ledger, status)
    again = wanted("skip", reason=reason)
    before = the_notice(ledger)

    assert is_passed_over_already(again, before) == ((before.status, before.reason) == (Status.SKIPPED, reason))
    if is_passed_over_already(again, before):
        assert ledger.reconcile([again], NOW) == Reconciled(unchanged=1)
