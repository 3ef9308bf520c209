"""Return addresses: one for each envelope, and none that can be guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notify.addresses import quoted
from notify.mail.return_path import LONGEST_BASE, ReturnPath, Token, holds, tokens_in
from notify.transports.transport import RelayUnavailable
from tests.notify.builders import NOW, ScriptedTransport, a_ledger, deliver_now, queue, raising

PATH = ReturnPath("bounces@example.jp", "key")


@pytest.fixture
def envelope(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 1)
    transport = ScriptedTransport()
    deliver_now(ledger, transport)
    (found,) = transport.inbox
    return found


def test_a_return_address_says_which_envelope_it_is_of_and_holds_for_its_mail_alone(envelope):
    (token,) = tokens_in(PATH.of(envelope))

    assert token.envelope == envelope.id
    assert holds(token, "key", envelope.message_id)
    assert not holds(token, "key", "another@example.co.jp")
    assert not holds(token, "another key", envelope.message_id)
    assert not holds(Token(envelope.id + 1, token.check), "key", envelope.message_id)


def test_it_is_known_again_in_capitals(envelope):
    assert tokens_in(PATH.of(envelope).upper()) == tokens_in(PATH.of(envelope))


def test_it_is_the_same_at_each_try_and_after_a_person_asked_for_it_again(envelope):
    assert PATH.of(replace(envelope, attempt=7, tries=3, resends=2)) == PATH.of(envelope)


def test_it_is_what_the_relay_is_told_at_each_try(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 1)
    seen = []

    def refusing(envelope):
        seen.append(envelope.sender)
        return raising(RelayUnavailable("450 later"))(envelope)

    deliver_now(ledger, ScriptedTransport({"owner0@example.co.jp": refusing}), return_path=PATH)
    later = NOW.replace(day=2)
    transport = ScriptedTransport()
    deliver_now(ledger, transport, now=later, return_path=PATH)

    assert [*seen, transport.inbox[0].sender] == [seen[0]] * 2
    assert seen[0].startswith("bounces+1-")


def test_without_a_base_mail_comes_back_to_its_sender(envelope):
    assert ReturnPath().of(envelope) == envelope.sender


def test_the_longest_base_that_the_configuration_takes_has_room_for_any_token(envelope):
    longest = "x" * LONGEST_BASE + "@example.jp"

    assert tokens_in(ReturnPath(longest, "key").of(replace(envelope, id=2**63 - 1)))


def test_a_base_that_leaves_no_room_for_the_token_is_refused(envelope):
    with pytest.raises(ValueError, match="longer than an address may be"):
        ReturnPath("x" * 60 + "@example.jp", "key").of(envelope)


def test_a_base_with_dots_in_odd_places_is_known_again_in_quotes_and_without(envelope):
    address = ReturnPath("boun..ces@example.jp", "key").of(envelope)

    assert tokens_in(quoted(address)) == tokens_in(address) != []
    assert quoted(address).startswith('"boun..ces+')


def test_the_quotes_of_a_base_count_as_its_length(envelope):
    longest = "x" * (LONGEST_BASE - 3) + ".@example.jp"

    assert ReturnPath(longest, "key").of(replace(envelope, id=2**63 - 1))
    with pytest.raises(ValueError, match="longer than an address may be"):
        ReturnPath("." + longest, "key").of(replace(envelope, id=2**63 - 1))


@pytest.mark.parametrize(
    "text", ["", "bounces@example.jp", "bounces+1@example.jp", "+1-abc@x", f"+{9**30}-{'a' * 16}@x"]
)
def test_what_is_no_token_names_no_envelope(text):
    assert tokens_in(text) == []
