"""The order of a delivery is by due day, and tries belong to notice and address, not to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notify.record.values import Outcome, Result, Status
from tests.notify.builders import NOW, TO, TODAY, a_draft, a_key, a_ledger, claimed, the_notice, wanted

pytestmark = pytest.mark.usefixtures("each_database")
LATER = NOW + timedelta(hours=2)
NEW_OWNER = ("to", "new.owner@example.co.jp")


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def say(ledger, text, *, at=NOW, to=TO, action="queue", **changes):
    letter = replace(wanted(action, draft=a_draft(text, recipients=[to]), reason=text), **changes)
    ledger.reconcile([letter], at)


def refuse(ledger, at=NOW, again_at=LATER, outcome=Outcome.UNAVAILABLE):
    (envelope,) = claimed(ledger, now=at)
    ledger.outbox.record([Result(envelope, outcome, "450 later", again_at)], at)


def copies(ledger):
    return [copy for message in ledger.story(the_notice(ledger).id).messages for copy in message.envelopes]


def test_the_oldest_obligation_goes_first_whoever_was_written_last(ledger):
    for days_ago, minute in ((1, 1), (9, 3), (5, 2)):
        key, draft = a_key(f"K-{days_ago}"), a_draft(recipients=[("to", f"owner{days_ago}@example.co.jp")])
        letter = replace(wanted(key=key, draft=draft), due_on=TODAY - timedelta(days=days_ago))
        ledger.reconcile([letter], NOW + timedelta(minutes=minute))

    found = claimed(ledger, now=LATER)

    assert [each.address[:6] for each in found] == ["owner9", "owner5", "owner1"]


def test_a_letter_written_anew_waits_for_the_next_try_of_the_one_before(ledger):
    say(ledger, "one")
    refuse(ledger)
    say(ledger, "another", at=NOW + timedelta(minutes=1))

    assert claimed(ledger, now=LATER - timedelta(minutes=1)) == []
    assert len(claimed(ledger, now=LATER)) == 1


def test_tries_go_on_where_the_letter_before_left_them(ledger):
    for text, at in (("one", NOW), ("another", LATER)):
        say(ledger, text, at=at)
        refuse(ledger, at=at, again_at=at)
    say(ledger, "a third", at=LATER)

    (envelope,) = claimed(ledger, now=LATER)

    assert (envelope.tries, envelope.first_tried_at) == (2, NOW)


def test_what_was_withdrawn_for_a_letter_that_could_not_be_written_keeps_its_tries(ledger):
    say(ledger, "one")
    refuse(ledger)
    say(ledger, "letter-failed", action="withdraw")
    say(ledger, "another", at=LATER)

    assert claimed(ledger, now=LATER)[0].tries == 1


def test_a_new_owner_is_tried_from_the_beginning(ledger):
    say(ledger, "one")
    refuse(ledger)
    say(ledger, "one to the new owner", to=NEW_OWNER)

    (envelope,) = claimed(ledger)

    assert (envelope.address, envelope.tries, envelope.first_tried_at) == (NEW_OWNER[1], 0, None)


def test_what_a_person_sends_again_is_tried_from_the_beginning(ledger):
    say(ledger, "one")
    refuse(ledger, again_at=None)
    assert the_notice(ledger).status is Status.FAILED
    ledger.people.resend(the_notice(ledger).id, LATER)

    (envelope,) = claimed(ledger, now=LATER)

    assert (envelope.tries, envelope.first_tried_at) == (0, None)


def test_two_notices_told_together_have_the_tries_of_the_one_that_was_tried_more(ledger):
    say(ledger, "one")
    refuse(ledger)
    together = a_draft("both")
    ledger.reconcile([wanted(draft=together), wanted(key=a_key(line="2"), draft=together)], LATER)

    assert [each.tries for each in claimed(ledger, now=LATER)] == [1]


def test_what_the_server_said_stands_with_the_letter_that_waits_now(ledger):
    say(ledger, "one")
    refuse(ledger)
    say(ledger, "another")

    assert copies(ledger)[-1].reply == "450 later"
