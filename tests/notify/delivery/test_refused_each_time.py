"""One mail's refusal is that mail's: whoever is refused each time, the others get theirs on their day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from notify.record.values import Status
from notify.transports.transport import RelayUnavailable, SenderRefused
from tests.notify.builders import (
    NOW,
    TODAY,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    deliver_now,
    raising,
    the_notice,
    wanted,
)

OWNERS = tuple(f"owner{number}@example.co.jp" for number in (1, 2, 3))
REFUSALS = (
    RelayUnavailable("450 4.7.1 greylisted"),
    RelayUnavailable("452 4.2.2 the mailbox is full"),
    RelayUnavailable("no connection to relay.example.com port 25"),
    SenderRefused("554 5.7.1 message content rejected, spam"),
)


def letters_of(day, due_on):
    """A letter to each owner; its words are other ones each day."""
    for number, owner in enumerate(OWNERS):
        key = a_key(f"K-{number}", occasion=str(due_on))
        draft = a_draft(f"{due_on} on day {day}", recipients=[("to", owner)], number=number)
        yield replace(wanted(key=key, draft=draft), due_on=due_on, as_of=day)


def live(ledger, transport, days, times=(0,)):
    """Each day's letters of old and of that day, then deliveries at some hours."""
    for passed in range(days):
        day, morning = TODAY + timedelta(days=passed), NOW + timedelta(days=passed)
        for since in range(passed + 1):
            ledger.reconcile(list(letters_of(day, TODAY + timedelta(days=since))), morning)
        for hours in times:
            now = morning + timedelta(hours=hours)
            deliver_now(ledger, transport, as_of=day, now=now, concurrency=1)
        yield day


@pytest.mark.parametrize("refused", OWNERS)
@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_the_two_others_always_get_theirs_on_their_day(tmp_path, refused, refusal):
    ledger, transport = a_ledger(tmp_path), ScriptedTransport({refused: raising(refusal)})

    for passed, _ in enumerate(live(ledger, transport, days=4), start=1):
        assert {each.address for each in transport.inbox} == set(OWNERS) - {refused}
        assert len(transport.inbox) == 2 * passed


def test_it_is_given_up_after_five_days_though_its_words_change_every_day(tmp_path):
    ledger = a_ledger(tmp_path)
    transport = ScriptedTransport({OWNERS[0]: raising(RelayUnavailable("452 4.2.2 the mailbox is full"))})

    stands = [
        the_notice(ledger, a_key("K-0", occasion=str(TODAY))).status
        for _ in live(ledger, transport, days=6, times=(0, 4, 8))
    ]

    assert stands == [Status.QUEUED] * 5 + [Status.FAILED]
