"""Notices that are told in one message: they move together, and none of them is told twice or not at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from notify.record.values import Reconciled, Status
from tests.notify.builders import (
    NOW,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    claimed,
    deliver_now,
    envelope_statuses,
    the_notice,
    wanted,
)

pytestmark = pytest.mark.usefixtures("each_database")

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


FIRST, SECOND, THIRD = a_key(line="1"), a_key(line="2"), a_key(line="3")


def together(*keys, said="together", number=1):
    draft = a_draft(said, number=number)
    return [wanted(key=key, draft=draft) for key in keys]


def messages_of(ledger, *keys):
    return [the_notice(ledger, key).message_id for key in keys]


def test_notices_that_share_a_draft_are_told_in_one_message(ledger):
    assert ledger.reconcile(together(FIRST, SECOND), NOW) == Reconciled(queued=2)

    transport = ScriptedTransport()
    deliver_now(ledger, transport)
    assert len(transport.inbox) == 1
    assert [the_notice(ledger, key).status for key in (FIRST, SECOND)] == [Status.SENT, Status.SENT]


def test_the_same_message_for_the_same_notices_is_left_as_it_is(ledger):
    ledger.reconcile(together(FIRST, SECOND), NOW)

    assert ledger.reconcile(together(FIRST, SECOND, number=2), LATER) == Reconciled(unchanged=2)


def test_when_one_of_them_falls_away_the_rest_are_written_anew(ledger):
    ledger.reconcile(together(FIRST, SECOND), NOW)

    done = ledger.reconcile(
        [*together(FIRST, said="alone", number=2), wanted("skip", SECOND, reason="declined")], LATER
    )

    assert done == Reconciled(replaced=1, withdrawn=1)
    assert envelope_statuses(ledger, FIRST) == [[Status.WITHDRAWN], [Status.QUEUED]]
    assert (the_notice(ledger, SECOND).status, the_notice(ledger, SECOND).reason) == (Status.WITHDRAWN, "declined")


def test_even_with_equal_words_a_message_that_told_more_than_is_true_goes(ledger):
    ledger.reconcile(together(FIRST, SECOND), NOW)

    done = ledger.reconcile([*together(FIRST, number=2), wanted("skip", SECOND, reason="declined")], LATER)

    assert done == Reconciled(replaced=1, withdrawn=1)
    assert envelope_statuses(ledger, FIRST) == [[Status.WITHDRAWN], [Status.QUEUED]]


def test_a_notice_joining_a_message_brings_the_others_along_and_none_is_told_twice(ledger):
    ledger.reconcile(together(FIRST, SECOND), NOW)

    ledger.reconcile(together(FIRST, SECOND, THIRD, number=2), LATER)

    assert len(set(messages_of(ledger, FIRST, SECOND, THIRD))) == 1
    transport = ScriptedTransport()
    deliver_now(ledger, transport, now=LATER)
    assert len(transport.inbox) == 1


def test_a_companion_that_nobody_mentions_is_withdrawn_and_the_next_run_queues_it(ledger):
    ledger.reconcile(together(FIRST, SECOND), NOW)

    ledger.reconcile([wanted("skip", FIRST, reason="declined")], LATER)
    left = the_notice(ledger, SECOND)
    ledger.reconcile(together(SECOND, said="alone", number=2), LATER)

    assert (left.status, left.reason) == (Status.WITHDRAWN, "changed")
    assert the_notice(ledger, SECOND).status is Status.QUEUED


def test_a_message_may_go_out_only_as_long_as_all_its_notices_may(ledger):
    draft = a_draft()
    early, late = date(2021, 9, 3), date(2021, 9, 30)
    ledger.reconcile(
        [wanted(key=FIRST, draft=draft, not_after=late), wanted(key=SECOND, draft=draft, not_after=early)], NOW
    )

    assert claimed(ledger, "a", NOW, 10, early + timedelta(days=1)) == []
    assert len(claimed(ledger, "a", NOW, 10, early)) == 1
