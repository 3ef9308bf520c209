"""Which mail is late: what could have gone for too long, refused or untried; the one question of all who watch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notify.ledger.late import Late, late_mail
from notify.ledger.switches import pause
from notify.record.values import Outcome, Result
from tests.notify.builders import NOW, TODAY, ScriptedTransport, a_draft, a_ledger, claimed, deliver_now, queue, wanted

pytestmark = pytest.mark.usefixtures("each_database")
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def late(ledger, before, as_of=TODAY):
    with ledger.engine.connect() as connection:
        return late_mail(connection, before, as_of)


def test_what_waits_is_late_when_it_has_waited_so_long_and_not_before(ledger):
    queue(ledger, 2)

    assert late(ledger, NOW - HOUR) == Late()
    assert late(ledger, NOW) == Late(2, NOW)


def test_what_was_refused_for_now_is_late_while_it_waits_for_its_next_try_with_what_was_said(ledger):
    queue(ledger, 1)
    (envelope,) = claimed(ledger)
    ledger.outbox.record([Result(envelope, Outcome.UNAVAILABLE, "450 greylisted", NOW + 2 * HOUR)], NOW)

    assert late(ledger, NOW) == Late(1, NOW, "450 greylisted")


def test_a_letter_that_is_written_anew_waits_since_the_first_one_did(ledger):
    for hours in (0, 1, 2):
        ledger.reconcile([wanted(draft=a_draft(f"after {hours} hours"))], NOW + hours * HOUR)

    assert late(ledger, NOW) == Late(1, NOW)


def test_what_a_person_sends_again_waits_since_then(ledger):
    queue(ledger, 1)
    deliver_now(ledger, ScriptedTransport())
    ledger.people.resend(1, NOW + HOUR)

    assert late(ledger, NOW) == Late()
    assert late(ledger, NOW + HOUR) == Late(1, NOW + HOUR)


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=2)])
def test_nothing_is_late_before_its_day_or_after_its_last(ledger, day):
    queue(ledger, 1, not_after=TODAY + timedelta(days=1))

    assert late(ledger, NOW, day) == Late()


def test_nothing_is_late_while_a_person_has_paused_all_sending(ledger):
    queue(ledger, 1)
    with ledger.engine.begin() as connection:
        pause(connection, "the relay is being moved", "me", NOW)

    assert late(ledger, NOW) == Late()


def test_what_waits_for_its_next_try_is_tried_at_once_when_a_person_says_so(ledger):
    queue(ledger, 2)
    ended = [Result(each, Outcome.UNAVAILABLE, "450 later", NOW + 2 * HOUR) for each in claimed(ledger)]
    ledger.outbox.record(ended, NOW)

    assert ledger.outbox.hurry(NOW + HOUR, only="K-0001") == 1
    assert [each.address for each in claimed(ledger, now=NOW + HOUR)] == ["owner1@example.co.jp"]
