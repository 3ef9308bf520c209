"""What a delivery report leads to on the ledger: records, marks, held notices (N8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notify.bounces.report import read_report
from notify.delivery.gate import Gate
from notify.ledger.bounces import StillInHand
from notify.ledger.ledger import Ledger
from notify.record.values import NotPossible, Outcome, Result, Status
from notify.transports.transport import OutcomeUnknown, RecipientRefused
from tests.notify.bounces.builders import HARD, POLICY, SOFT, a_report
from tests.notify.builders import (
    COPY,
    NOW,
    TO,
    TODAY,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    a_ledger_s_engine,
    claimed,
    deliver_now,
    envelope_statuses,
    raising,
    the_notice,
    wanted,
)

OWNER = TO[1]
SOON = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path)


def send(ledger, *, draft=None, key=None, transport=None, now=NOW, **options):
    ledger.reconcile([wanted(draft=draft, key=key)], now)
    deliver_now(ledger, transport or ScriptedTransport(), now=now, **options)


def comes_back(  # noqa: PLR0913 - what a test may want to say of a report
    ledger, draft, said=HARD, *, recipient=OWNER, now=SOON, name="report-1@mx.example.jp"
):
    return ledger.bounces.record(read_report(a_report(recipient, said, message_id=draft.message_id, name=name)), now)


def bounce_classes(ledger):
    return [each.bounce_class.value for each in ledger.bounces.listed()]


def test_a_notice_that_came_back_for_good_is_held_and_its_address_not_written_to(ledger):
    draft = a_draft()
    send(ledger, draft=draft)

    came = comes_back(ledger, draft)

    notice = the_notice(ledger)
    assert (notice.status, notice.reason, notice.sent_at) == (Status.HELD, "owner-bounced", NOW)
    assert ledger.bounced() == {OWNER}
    assert (came.held, came.marked) == ((notice.id,), (OWNER,))


def test_a_held_notice_of_which_the_mail_came_back_can_be_neither_approved_nor_sent_again_as_it_is(ledger):
    draft = a_draft()
    send(ledger, draft=draft)
    comes_back(ledger, draft)
    number = the_notice(ledger).id

    assert ledger.releases.waiting() == []  # for approval: nothing of it can be reviewed
    with pytest.raises(NotPossible, match="owner-bounced"):
        ledger.people.resend(number, SOON)


def test_what_came_back_and_a_person_ends_was_not_received_and_no_run_brings_it_back(ledger):
    draft = a_draft()
    send(ledger, draft=draft)
    comes_back(ledger, draft)

    ledger.people.cancel(the_notice(ledger).id, SOON)

    assert the_notice(ledger).status is Status.CANCELLED
    with pytest.raises(NotPossible, match="its mail came back, and a person cancelled it"):
        ledger.people.resend(the_notice(ledger).id, SOON)


def test_the_mail_to_the_new_owner_can_be_cancelled_before_it_goes_out(ledger):
    draft = a_draft()
    send(ledger, draft=draft)
    comes_back(ledger, draft)
    new = a_draft("to the new owner", (("to", "new@example.co.jp"),), 2)
    ledger.reconcile([wanted(draft=new)], SOON)

    ledger.people.cancel(the_notice(ledger).id, SOON)
    deliver_now(ledger, transport := ScriptedTransport(), now=SOON)

    assert the_notice(ledger).status is Status.CANCELLED
    assert transport.inbox == []


def test_all_that_one_mail_told_is_held(ledger):
    draft = a_draft()
    keys = [a_key(line="1"), a_key(line="2")]
    ledger.reconcile([wanted(draft=draft, key=key) for key in keys], NOW)
    deliver_now(ledger, ScriptedTransport())

    comes_back(ledger, draft)

    assert {the_notice(ledger, key).status for key in keys} == {Status.HELD}


def test_the_new_owner_is_told_once_in_a_mail_of_its_own(ledger):
    draft, anew = a_draft(), a_draft("anew", [("to", "new@example.co.jp")], 2)
    send(ledger, draft=draft)
    comes_back(ledger, draft)

    send(ledger, draft=anew, now=SOON)
    send(ledger, draft=anew, now=SOON)
    comes_back(ledger, draft)

    assert the_notice(ledger).status is Status.SENT
    assert envelope_statuses(ledger) == [[Status.SENT], [Status.SENT]]


def test_a_report_about_the_first_mail_says_nothing_of_the_second(ledger):
    draft, anew = a_draft(), a_draft("anew", [("to", "new@example.co.jp")], 2)
    send(ledger, draft=draft)
    comes_back(ledger, draft)
    send(ledger, draft=anew, now=SOON)

    came = comes_back(ledger, draft, name="another@mx.example.jp")

    assert (len(came.new), came.held) == (1, ())
    assert the_notice(ledger).status is Status.SENT


@pytest.mark.parametrize(("said", "expected"), [(SOFT, "soft"), (POLICY, "policy")])
def test_another_failure_is_on_record_and_holds_nothing(ledger, said, expected):
    draft = a_draft()
    send(ledger, draft=draft)

    came = comes_back(ledger, draft, said)

    assert (bounce_classes(ledger), came.held, came.marked) == ([expected], (), ())
    assert the_notice(ledger).status is Status.SENT


def test_a_copy_that_came_back_marks_its_own_address_alone(ledger):
    draft = a_draft(recipients=[TO, COPY])
    send(ledger, draft=draft)

    comes_back(ledger, draft, recipient=COPY[1])

    assert the_notice(ledger).status is Status.SENT
    assert ledger.bounced() == {COPY[1]}


def test_an_address_that_passes_mail_on_is_not_gone_where_the_next_one_is(ledger):
    draft = a_draft()
    send(ledger, draft=draft)

    came = comes_back(ledger, draft, recipient="somebody@elsewhere.example")

    assert (bounce_classes(ledger), came.held) == (["soft"], ())


def test_an_address_with_odd_dots_is_known_in_a_report_that_has_it_in_quotes(ledger):
    draft = a_draft(recipients=[("to", "a..b@docomo.example")])
    send(ledger, draft=draft)

    came = comes_back(ledger, draft, recipient='"a..b"@docomo.example')

    assert came.marked == ("a..b@docomo.example",)


def test_a_recipient_that_the_mail_was_not_for_is_matched_to_nobody(ledger):
    draft = a_draft(recipients=[TO, COPY])
    send(ledger, draft=draft)

    came = comes_back(ledger, draft, recipient="somebody@elsewhere.example")

    assert (came.new, len(came.unmatched)) == ((), 1)


def test_a_mail_that_was_never_handed_over_cannot_have_come_back(ledger):
    draft = a_draft()
    ledger.reconcile([wanted(draft=draft)], NOW)

    assert len(comes_back(ledger, draft).unmatched) == 1


def test_a_report_that_is_faster_than_the_record_of_its_mail_is_told_to_come_again(ledger):
    """Else the mail would be put on record as sent after its bounce, and nobody would be told."""
    draft = a_draft()
    ledger.reconcile([wanted(draft=draft)], NOW)
    (envelope,) = claimed(ledger, "other", NOW, 1, TODAY)

    with pytest.raises(StillInHand):
        comes_back(ledger, draft)
    assert ledger.bounces.listed() == []

    ledger.outbox.record([Result(envelope, Outcome.ACCEPTED, "250 ok")], NOW)
    comes_back(ledger, draft)
    assert the_notice(ledger).status is Status.HELD


def test_what_was_redirected_says_nothing_of_the_owners_address(ledger):
    """A staging system writes to somebody else: that one's mailbox is not the owner's."""
    draft = a_draft()
    ledger.reconcile([wanted(draft=draft)], NOW)
    deliver_now(ledger, ScriptedTransport(), Gate(("@example.com",), "staging@example.com"))

    came = comes_back(ledger, draft)

    assert (len(came.new), came.held, came.marked) == (1, (), ())


def test_a_report_ends_the_doubt_whether_the_mail_was_taken_over(ledger):
    draft = a_draft()
    lost = ScriptedTransport({OWNER: raising(OutcomeUnknown("no reply"))})
    send(ledger, draft=draft, transport=lost)
    assert the_notice(ledger).status is Status.IN_DOUBT

    comes_back(ledger, draft, SOFT)

    notice = the_notice(ledger)
    assert (notice.status, notice.sent_at) == (Status.SENT, NOW)
    assert envelope_statuses(ledger) == [[Status.SENT]]


def test_an_address_that_a_person_cleared_is_written_to_though_an_older_mail_comes_back_late(ledger):
    first, second = a_draft(), a_draft("second", number=2)
    send(ledger, draft=first)
    send(ledger, draft=second, key=a_key("K-0002"))
    comes_back(ledger, first)
    ledger.bounces.clear(OWNER, "me", SOON + DAY)

    came = comes_back(ledger, second, now=SOON + 2 * DAY, name="late@mx.example.jp")

    assert (len(came.held), came.marked) == (1, ())  # it was not received; the next run sends it again
    assert ledger.bounced() == frozenset()


def test_an_address_that_was_cleared_is_marked_again_by_a_later_mail(ledger):
    first, second = a_draft(), a_draft("second", number=2)
    send(ledger, draft=first)
    comes_back(ledger, first)
    ledger.bounces.clear(OWNER, "me", SOON)
    send(ledger, draft=second, key=a_key("K-0002"), now=SOON + DAY)

    comes_back(ledger, second, now=SOON + 2 * DAY, name="later@mx.example.jp")

    assert ledger.bounced() == {OWNER}


def test_an_address_that_the_relay_refused_can_be_cleared_as_well(ledger):
    send(ledger, transport=ScriptedTransport({OWNER: raising(RecipientRefused("550 5.1.1 no"))}))
    assert ledger.bounced() == {OWNER}

    ledger.bounces.clear(OWNER, "me", SOON)

    assert ledger.bounced() == frozenset()
    with pytest.raises(NotPossible, match="nothing stands against"):
        ledger.bounces.clear(OWNER, "me", SOON)


def soft_bounces(ledger, days):
    """A mail each day; True: it came back softly."""
    for number, came_back in enumerate(days):
        draft, now = a_draft(f"day {number}", number=number), NOW + number * DAY
        send(ledger, draft=draft, key=a_key(f"K-{number}"), now=now)
        if came_back:
            comes_back(ledger, draft, SOFT, now=now + timedelta(hours=1), name=f"{number}@mx.example.jp")


@pytest.mark.parametrize(
    ("days", "is_marked"),
    [
        ([True, True], False),
        ([True, True, True], True),
        ([True, True, False, True], False),  # one that did not come back begins the count anew
        ([False, True, True, True], True),
    ],
)
def test_soft_failures_mark_an_address_on_so_many_days_in_a_row(ledger, days, is_marked):
    soft_bounces(ledger, days)

    assert (ledger.bounced() == {OWNER}) is is_marked


def test_days_are_those_of_the_contracts_zone(tmp_path):
    """23:30 and 00:30 UTC are one morning in Tokyo."""
    ledger = Ledger(a_ledger_s_engine(tmp_path), soft_limit=2, zone=ZoneInfo("Asia/Tokyo"))
    for number, at in enumerate(("2021-09-01T23:30+00:00", "2021-09-02T00:30+00:00")):
        draft, now = a_draft(f"mail {number}", number=number), datetime.fromisoformat(at)
        send(ledger, draft=draft, key=a_key(f"K-{number}"), now=now)
        comes_back(ledger, draft, SOFT, now=now, name=f"{number}@mx.example.jp")

    assert ledger.bounced() == frozenset()


def test_a_report_given_twice_is_one_bounce(ledger):
    draft = a_draft()
    send(ledger, draft=draft)

    first, second = comes_back(ledger, draft), comes_back(ledger, draft)

    assert (len(first.new), first.known) == (1, 0)
    assert (second, len(ledger.bounces.listed())) == (replace(second, new=(), known=1, held=(), marked=()), 1)


def test_that_the_desk_was_told_of_a_bounce_is_on_record(ledger):
    draft = a_draft()
    send(ledger, draft=draft)
    comes_back(ledger, draft)

    ledger.announce([], [ledger.bounces.listed()[0].id], SOON)

    assert ledger.bounces.listed()[0].told_at == SOON


# What the relay refuses at once

GONE = {OWNER: raising(RecipientRefused("550 5.1.1 no such user [RCPT]"))}


def test_an_owner_whom_the_relay_does_not_know_is_as_one_whose_mail_came_back(ledger):
    """N8: whether the server says so at once or an hour later is its own affair."""
    send(ledger, transport=ScriptedTransport(GONE))

    notice, (bounce,) = the_notice(ledger), ledger.bounces.listed()
    assert (notice.status, notice.reason, notice.sent_at) == (Status.HELD, "owner-bounced", None)
    assert ledger.bounced() == {OWNER}
    assert (bounce.bounce_class, bounce.status, bounce.matched_by, bounce.told_at) == ("hard", "5.1.1", "refusal", None)
    assert envelope_statuses(ledger) == [[Status.FAILED]]


def test_a_new_owner_gets_the_refused_notice_once_and_the_first_mail_stays_on_record(ledger):
    send(ledger, transport=ScriptedTransport(GONE))
    transport = ScriptedTransport()

    for _ in range(2):
        send(ledger, draft=a_draft("to the new one", recipients=[("to", "new@example.co.jp")], number=2),
             transport=transport, now=SOON)  # fmt: skip

    assert [each.address for each in transport.inbox] == ["new@example.co.jp"]
    assert envelope_statuses(ledger) == [[Status.FAILED], [Status.SENT]]
    assert the_notice(ledger).sent_at == SOON


def test_a_copy_that_the_relay_does_not_know_marks_its_address_and_leaves_the_notice(ledger):
    """P2: who is only copied is not who has to be told."""
    draft = a_draft(recipients=[TO, COPY])
    send(ledger, draft=draft, transport=ScriptedTransport({COPY[1]: GONE[OWNER]}))

    assert the_notice(ledger).status is Status.SENT
    assert ledger.bounced() == {COPY[1]}


@pytest.mark.parametrize("reply", ["550 no", "554 5.2.2 mailbox full", "550 5.7.1 rejected as spam"])
def test_a_refusal_that_does_not_say_that_nobody_is_there_leaves_the_notice_failed(ledger, reply):
    send(ledger, transport=ScriptedTransport({OWNER: raising(RecipientRefused(reply))}))

    assert the_notice(ledger).status is Status.FAILED
    assert ledger.bounces.listed() == []


def test_what_was_redirected_and_refused_marks_nobody(ledger):
    gate = Gate(only_to=["@example.com"], redirect_to="tester@example.com")
    refusing = ScriptedTransport({"tester@example.com": GONE[OWNER]})

    send(ledger, transport=refusing, gate=gate)

    assert the_notice(ledger).status is Status.FAILED
    assert ledger.bounces.listed() == []
