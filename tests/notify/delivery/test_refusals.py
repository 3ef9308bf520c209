"""Whose fault refusals are that only the answers to others tell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from notify.delivery.delivery import Delivered
from notify.ledger.ledger import Ledger
from notify.record.values import Status
from notify.transports.transport import (
    DeliveryError,
    MessageRefused,
    RecipientRefused,
    RelayUnavailable,
    SenderRefused,
)
from tests.notify.builders import NOW, ScriptedTransport, a_draft, a_key, a_ledger, deliver_now, raising, wanted

NOT_OURS_TO_SEND = SenderRefused("554 5.2.252 SendAsDenied [end of text]")
ODD = "554 5.5.0 refused, ticket 81{} about <owner{}@example.com> [RCPT]"  # says nothing, but for a number each time


def queue_to(ledger: Ledger, addresses: Iterable[str]) -> None:
    drafts = enumerate(a_draft(recipients=[("to", address)], number=number) for number, address in enumerate(addresses))
    ledger.reconcile([wanted(key=a_key(f"K-{number:04}"), draft=draft) for number, draft in drafts], NOW)


def owners(count: int) -> list[str]:
    """Each at a company of its own."""
    return [f"owner@company{number}.example.co.jp" for number in range(count)]


def delivered(ledger: Ledger, refused: dict[str, DeliveryError], **pace: int) -> tuple[Delivered, ScriptedTransport]:
    transport = ScriptedTransport({address: raising(error) for address, error in refused.items()})
    return deliver_now(ledger, transport, concurrency=1, **pace), transport


class LateForTheFirst(ScriptedTransport):
    """A relay that takes the first mail when it has refused whatever else was in hand with it."""

    async def hand_over(self, envelope, **how):
        for _ in range(20 if envelope.address == owners(1)[0] else 0):
            await asyncio.sleep(0)
        return await super().hand_over(envelope, **how)


def odd(count: int) -> dict[str, DeliveryError]:
    return {address: RecipientRefused(ODD.format(number, number)) for number, address in enumerate(owners(count))}


def test_where_we_are_refused_all_mail_stays_queued_and_no_address_is_marked(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(5))

    result, transport = delivered(ledger, dict.fromkeys(owners(5), NOT_OURS_TO_SEND))

    assert result.stopped == f"the relay refuses our mail, whoever it is for: {NOT_OURS_TO_SEND}"
    assert ledger.counts() == {Status.QUEUED: 5}
    assert not ledger.bounced()
    assert transport.tried.total() == 2  # the second says that it is not the first one's fault


def test_the_only_mail_that_is_refused_for_its_sender_waits_untried(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(1))

    result, _ = delivered(ledger, {owners(1)[0]: NOT_OURS_TO_SEND})

    assert (result.queued, str(NOT_OURS_TO_SEND) in result.stopped) == (1, True)


def test_where_the_relay_takes_other_mail_from_us_the_one_it_refused_is_set_aside_with_a_counted_try(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(4))

    result, transport = delivered(
        ledger, {owners(1)[0]: SenderRefused("554 5.7.1 your domain is not liked here [RCPT]")}
    )

    assert (result.sent, result.queued, result.stopped) == (3, 1, "")
    again_at = ledger.outbox.next_due(NOW.date(), NOW)
    assert again_at is not None
    assert again_at > NOW
    assert [each.address for each in transport.inbox] == owners(4)[1:]


def test_one_refusal_that_owners_of_three_companies_hear_alike_is_ours_whatever_it_says(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(3))

    result, _ = delivered(ledger, odd(3))

    assert "the relay refuses our mail" in result.stopped
    assert ledger.counts() == {Status.QUEUED: 3}
    assert not ledger.bounced()


def test_however_many_wait_it_is_known_after_ten(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(40))

    _, transport = delivered(ledger, odd(40))

    assert transport.tried.total() == 10
    assert ledger.counts() == {Status.QUEUED: 40}


def test_owners_refused_alike_have_gone_where_the_relay_takes_mail_for_the_next(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(4))

    result, _ = delivered(ledger, odd(3))

    assert (result.sent, result.failed, result.stopped) == (1, 3, "")


def test_all_owners_of_a_company_that_gave_its_domain_up_are_its_owners_fault(tmp_path):
    gone = [f"owner{number}@gone.example.co.jp" for number in range(12)]
    queue_to(ledger := a_ledger(tmp_path), [*gone, *owners(2)])

    result, _ = delivered(ledger, dict.fromkeys(gone, RecipientRefused("550 5.1.2 no such domain [RCPT]")))

    assert (result.sent, result.failed, result.stopped) == (2, 12, "")
    assert ledger.bounced() == set(gone)


def test_what_is_refused_each_in_its_own_words_is_not_ours(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(3))
    said = ("550 5.1.1 unknown [RCPT]", "550 5.2.1 disabled [RCPT]", "550 5.1.3 no such form [RCPT]")

    result, _ = delivered(ledger, dict(zip(owners(3), map(RecipientRefused, said), strict=True)))

    assert (result.failed, result.stopped) == (3, "")


def test_a_rule_against_every_mail_is_ours_as_well(tmp_path):
    """5.7.x about one mail sets that one aside; about all it counts no try."""
    queue_to(ledger := a_ledger(tmp_path), owners(3))

    result, _ = delivered(ledger, dict.fromkeys(owners(3), RelayUnavailable("554 5.7.1 no [RCPT]")))

    assert "554 5.7.1 no" in result.stopped
    assert ledger.outbox.next_due(NOW.date(), NOW) == NOW  # at once, when that is mended


def test_refusals_that_wait_hold_no_place_of_what_is_begun(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(6))

    result, _ = delivered(ledger, odd(5), unrecorded=1, claims=2)

    assert (result.sent, result.failed) == (1, 5)


def test_a_letter_too_long_for_the_relay_fails_by_itself(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(2))

    result, _ = delivered(ledger, {owners(1)[0]: MessageRefused("552 5.3.4 too big [MAIL]")})

    assert (result.sent, result.failed, result.stopped) == (1, 1, "")


def test_what_was_in_hand_when_the_relay_was_found_to_refuse_us_waits_as_well(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(12))
    transport = ScriptedTransport({address: raising(error) for address, error in odd(12).items()})

    result = deliver_now(ledger, transport, concurrency=8)

    assert (result.failed, result.queued) == (0, transport.tried.total())
    assert ledger.counts() == {Status.QUEUED: 12}


def test_a_mail_that_was_in_hand_before_may_be_the_last_that_the_relay_takes_today(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(12))
    transport = LateForTheFirst({address: raising(error) for address, error in list(odd(12).items())[1:]})

    result = deliver_now(ledger, transport, concurrency=4)

    assert "the relay refuses our mail" in result.stopped
    assert ledger.counts() == {Status.SENT: 1, Status.QUEUED: 11}


def test_owners_of_whom_the_relay_says_that_nobody_is_there_are_believed_beside_a_mail_in_hand(tmp_path):
    queue_to(ledger := a_ledger(tmp_path), owners(4))
    gone = raising(RecipientRefused("550 5.1.1 no such user [RCPT]"))

    result = deliver_now(ledger, LateForTheFirst(dict.fromkeys(owners(4)[1:], gone)), concurrency=4)

    assert (result.sent, result.failed, result.stopped) == (1, 3, "")
