"""The gate: may anything leave now, may this recipient be written to, how fast."""

from __future__ import annotations

import asyncio

import pytest

from notify.delivery.gate import NOT_LISTED, Admission, Gate
from notify.delivery.limits import DomainLimit, Limits
from notify.record.values import Envelope


def an_envelope(address="owner@example.co.jp"):
    return Envelope(1, 1, "1@example.com", "renewal-notice", "to", "desk@example.com", address, b"", "me", 1, 0, 0)


def asked(gate, envelope=None):
    async def ask():
        async with gate.passage(envelope or an_envelope()) as admission:
            return admission

    return asyncio.run(ask())


def test_an_open_gate_names_the_envelopes_own_address():
    assert asked(Gate()) == Admission("owner@example.co.jp")


def test_a_recipient_off_the_list_is_barred_with_a_reason():
    assert asked(Gate(("@example.com",))) == Admission(None, reason=NOT_LISTED)


def test_a_recipient_off_the_list_is_redirected_where_there_is_somewhere():
    assert asked(Gate(("@example.com",), "me@example.com")).address == "me@example.com"


@pytest.mark.parametrize("address", ["owner@example.co.jp", "stranger@example.net"])
def test_while_stopped_nothing_leaves_and_nobody_is_barred(address):
    """A barred mail has failed for good; one that was stopped has not been judged at all."""
    gate = Gate(("@example.co.jp",), stopped=lambda: "sending is paused")

    assert asked(gate, an_envelope(address)) == Admission(None, stop="sending is paused")


def test_the_question_is_asked_for_each_envelope():
    answers = iter(["", "paused"])
    gate = Gate(stopped=lambda: next(answers))

    assert (asked(gate).stop, asked(gate).stop) == ("", "paused")


def test_a_pause_during_the_wait_for_a_limit_holds_the_mail_that_waited():
    now = [0.0]

    async def sleep(seconds):
        now[0] += seconds

    limits = Limits(1, clock=lambda: now[0], sleep=sleep)
    gate = Gate(stopped=lambda: "paused" if now[0] else "", limits=limits)

    assert [asked(gate), asked(gate)] == [Admission("owner@example.co.jp"), Admission(None, stop="paused")]


def test_the_domains_place_is_taken_while_the_mail_is_handed_over():
    gate = Gate(limits=Limits(0, {"example.co.jp": DomainLimit(connections=1)}))

    async def two_at_once():
        async with gate.passage(an_envelope()):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), gate.passage(an_envelope()):
                    pass
            async with gate.passage(an_envelope("a@example.com")) as other:
                return other.address

    assert asyncio.run(two_at_once()) == "a@example.com"


def a_limited_gate(*arguments, **limits):
    """A gate, and the waits that its limits asked for."""
    waits, now = [], [0.0]

    async def sleep(seconds):
        waits.append(seconds)
        now[0] += seconds

    return Gate(*arguments, limits=Limits(**limits, clock=lambda: now[0], sleep=sleep)), waits


def test_a_redirected_mail_counts_for_the_domain_that_it_goes_to():
    gate, waits = a_limited_gate((), "me@example.com", domains={"example.com": DomainLimit(per_minute=1)})

    asked(gate)
    asked(gate)

    assert waits == [60.0]


def test_a_barred_mail_waits_for_nothing():
    gate, waits = a_limited_gate(("@example.com",), per_minute=1)
    asked(gate, an_envelope("a@example.com"))

    assert asked(gate).reason == NOT_LISTED
    assert waits == []
