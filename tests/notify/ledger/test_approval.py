"""The ledger's approval: what waits, and that only what a person saw is released."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from notify.ledger.approval import Misfit, Reviewed, Scope
from notify.record.values import Status
from tests.notify.builders import (
    COPY,
    NOW,
    TO,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    deliver_now,
    the_notice,
    wanted,
)
from tests.notify.ledger.approval_builders import approve_all, seen

LATER = NOW + timedelta(hours=1)
OTHER = a_draft("said otherwise", number=2)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def held(key=None, draft=None):
    return wanted("hold", key, draft or a_draft(), reason="awaiting-approval")


def hold(ledger, *keys, draft=None):
    ledger.reconcile([held(key, draft or a_draft(number=number)) for number, key in enumerate(keys or (None,))], NOW)


def refused(approval):
    return [(each.key.contract, each.misfit) for each in approval.refused]


def inbox_after(ledger):
    transport = ScriptedTransport()
    deliver_now(ledger, transport, now=LATER)
    return [envelope.address for envelope in transport.inbox]


# What waits


def test_a_letter_that_waits_is_shown_with_its_subject_and_recipients(ledger):
    hold(ledger, draft=a_draft("Renew by December", recipients=[TO, COPY]))

    (letter,) = ledger.releases.waiting()

    assert (letter.notice.key, letter.subject, letter.recipients) == (a_key(), "Renew by December", (TO, COPY))


def test_what_is_held_for_another_reason_does_not_wait_for_approval(ledger):
    ledger.reconcile([wanted("hold", reason="owner-missing")], NOW)

    assert ledger.releases.waiting() == []


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(), 3),
        (Scope(kind="license-release"), 1),
        (Scope(contract="K-1"), 2),
        (Scope(kind="license-release", contract="K-1"), 1),
        (Scope(due_on=date(2021, 9, 1)), 3),
        (Scope(due_on=date(2021, 9, 2)), 0),
    ],
)
def test_what_waits_is_narrowed_by_each_and_by_all_of_kind_contract_and_due_day(ledger, scope, found):
    hold(ledger, a_key("K-1"), a_key("K-1", kind="license-release"), a_key("K-2"))

    assert len(ledger.releases.waiting(scope)) == found


# Approval


def test_an_approved_letter_goes_out_and_who_approved_it_is_on_record(ledger):
    hold(ledger)

    done = ledger.releases.approve(seen(ledger, detail="plan 12"), "suzuki", LATER)

    notice = the_notice(ledger)
    assert (done.released, done.letters, done.refused) == ((a_key(),), 1, ())
    assert (notice.approved_by, notice.approved_at) == ("suzuki", LATER)
    assert [(a.action, a.by, a.detail) for a in ledger.story(notice.id).actions] == [("approve", "suzuki", "plan 12")]
    assert inbox_after(ledger) == [TO[1]]


def test_all_that_one_letter_tells_is_released_as_one_letter(ledger):
    hold(ledger, a_key(line="1"), a_key(line="2"), draft=a_draft())

    done = approve_all(ledger)

    assert (len(done.released), done.letters) == (2, 1)
    assert inbox_after(ledger) == [TO[1]]


def test_a_letter_of_which_only_a_part_was_reviewed_waits_on(ledger):
    hold(ledger, a_key(line="1"), a_key(line="2"), draft=a_draft())

    done = ledger.releases.approve(seen(ledger, a_key(line="1")), "suzuki", LATER)

    assert (done.released, refused(done)) == ((), [("K-0001", Misfit.TOLD_TOGETHER)])
    assert "K-0001/2" in done.refused[0].found
    assert ledger.counts() == {Status.HELD: 2}


def test_what_a_run_changed_between_looking_and_approving_is_not_released_and_the_rest_is(ledger):
    hold(ledger, a_key("K-1"), a_key("K-2"))
    review = seen(ledger)
    ledger.reconcile([held(a_key("K-1"), OTHER)], LATER)

    done = ledger.releases.approve(review, "suzuki", LATER)

    assert (done.released, refused(done)) == ((a_key("K-2"),), [("K-1", Misfit.WORDS_CHANGED)])
    assert the_notice(ledger, a_key("K-1")).status is Status.HELD


def test_words_that_changed_without_their_facts_are_what_was_reviewed(ledger):
    """A letter counts the days that are left: approval is of the facts, not of the count."""
    hold(ledger)
    review = seen(ledger)
    overnight = replace(OTHER, facts_hash=a_draft().facts_hash)
    ledger.reconcile([held(draft=overnight)], LATER)

    assert ledger.releases.approve(review, "suzuki", LATER).released == (a_key(),)


def test_other_recipients_are_not_what_was_reviewed(ledger):
    hold(ledger)
    review = seen(ledger)
    ledger.reconcile([held(draft=replace(a_draft(recipients=[TO, COPY]), words_hash="with a copy"))], LATER)

    done = ledger.releases.approve(review, "suzuki", LATER)

    assert refused(done) == [("K-0001", Misfit.RECIPIENTS_CHANGED)]
    assert done.refused[0].found == f"goes to {TO[1]}, cc {COPY[1]}; reviewed was {TO[1]}"


def test_what_does_not_wait_any_more_is_named_with_where_it_stands(ledger):
    hold(ledger, a_key("K-1"), a_key("K-2"))
    review = seen(ledger)
    ledger.releases.approve(seen(ledger, a_key("K-1")), "tanaka", LATER)
    ledger.reconcile([wanted("skip", a_key("K-2"), reason="declined")], LATER)

    done = ledger.releases.approve(review, "suzuki", LATER)

    assert refused(done) == [("K-1", Misfit.NOT_WAITING), ("K-2", Misfit.NOT_WAITING)]
    assert [each.found for each in done.refused] == [
        "is queued; tanaka approved it on 2021-09-01 01:00 UTC",
        "is withdrawn (declined)",
    ]


# All or nothing


def test_all_or_none_releases_none_when_one_is_not_as_reviewed(ledger):
    hold(ledger, a_key("K-1"), a_key("K-2"))
    review = seen(ledger, all_or_none=True)
    ledger.reconcile([held(a_key("K-1"), OTHER)], LATER)

    done = ledger.releases.approve(review, "suzuki", LATER)

    assert (done.released, refused(done)) == ((), [("K-1", Misfit.WORDS_CHANGED)])
    assert ledger.counts() == {Status.HELD: 2}
    assert inbox_after(ledger) == []


def test_what_waits_in_the_scope_and_was_not_reviewed_speaks_against_it(ledger):
    hold(ledger, a_key("K-1"))
    review = seen(ledger, all_or_none=True, scope=Scope(kind="renewal-notice"))
    hold(ledger, a_key("K-2"), a_key("K-3", kind="license-release"))

    assert refused(ledger.releases.approve(review, "suzuki", LATER)) == [("K-2", Misfit.NEW)]


def test_what_the_ledger_does_not_know_is_said_so(ledger):
    hold(ledger)
    review = seen(ledger, all_or_none=True)
    stranger = Reviewed(a_key("K-9"), "facts", (TO,))
    review = replace(review, reviewed=[*review.reviewed, stranger])

    assert refused(ledger.releases.approve(review, "suzuki", LATER)) == [("K-9", Misfit.UNKNOWN)]


def test_asking_beforehand_says_the_same_and_changes_nothing(ledger):
    hold(ledger, a_key("K-1"), a_key("K-2"))
    review = seen(ledger, all_or_none=True)
    assert ledger.releases.not_as_reviewed(review) == ()
    ledger.reconcile([held(a_key("K-1"), OTHER)], LATER)

    found = ledger.releases.not_as_reviewed(review)

    assert ledger.counts() == {Status.HELD: 2}
    assert ledger.releases.approve(review, "suzuki", LATER).refused == found


def test_more_letters_than_one_statement_takes_are_released_together(ledger):
    keys = [a_key(f"K-{number:04}") for number in range(1101)]
    hold(ledger, *keys)

    done = ledger.releases.approve(seen(ledger, all_or_none=True, scope=Scope()), "suzuki", LATER)

    assert (len(done.released), done.letters, done.refused) == (1101, 1101, ())
    assert ledger.counts() == {Status.QUEUED: 1101}
