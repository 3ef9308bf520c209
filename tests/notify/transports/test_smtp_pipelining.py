"""MAIL, RCPT and DATA said at once to a relay that offers it (RFC 2920); the faults are in test_smtp_faults.py."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.transports.smtp import SmtpTransport
from notify.transports.smtp_dialogue import LONGEST_REPLY, Dialogue
from notify.transports.smtp_replies import Step
from notify.transports.transport import RecipientRefused, RelayUnavailable
from tests.notify.transports.relays import (
    GENEROUS,
    OK,
    Relay,
    Script,
    an_envelope,
    certificates_in,
    ehlo,
    handed_over,
    in_turn,
    keep_silent,
    reach,
    say,
    settings_for,
    short,
    start_tls,
    then,
)

PIPELINING = ("PIPELINING",)
REFUSED = say("550 5.1.1 no such user")


def play(script, *envelopes, **changes):
    return asyncio.run(handed_over(script, *envelopes, **changes))


def words(peer):
    return [line.split(" ")[0] for line in peer.said]


async def hear_all_three(peer):
    """Answers MAIL only when RCPT and DATA were said as well."""
    assert [(await peer.next_line()).split(" ")[0] for _ in range(2)] == ["RCPT", "DATA"]
    await peer.say("250 ok", "250 ok", "354 go on")
    peer.text = (await peer.reader.readuntil(b"\r\n.\r\n"))[:-3]
    peer.take()
    await peer.say("250 2.0.0 queued")


def test_all_is_said_up_to_the_text_before_the_first_reply():
    (reply,), relay = play(Script(mail=hear_all_three, offers=PIPELINING))

    assert reply == "250 2.0.0 queued"
    assert relay.inbox == [an_envelope().raw]


def test_no_text_is_said_before_the_relay_waits_for_it():
    script = Script(mail=then(reach, keep_silent), offers=PIPELINING)

    (error,), relay = play(script, timeouts=short("mail"))

    assert isinstance(error, RelayUnavailable)
    assert words(relay.peers[0]) == ["EHLO", "MAIL"]  # RCPT and DATA were not read, and nothing but them came
    assert relay.inbox == []


def test_a_relay_that_does_not_offer_it_hears_one_command_at_a_time():
    (error,), relay = play(Script(mail=hear_all_three), timeouts=short("mail"))

    assert isinstance(error, RelayUnavailable)
    assert words(relay.peers[0]) == ["EHLO", "MAIL"]


def test_it_can_be_switched_off_for_a_relay_that_cannot_do_what_it_offers():
    (error,), _ = play(Script(mail=hear_all_three, offers=PIPELINING), pipelining=False, timeouts=short("mail"))

    assert isinstance(error, RelayUnavailable)


def test_an_offer_in_clear_text_counts_for_nothing_once_the_line_is_protected(tmp_path):
    certificates = certificates_in(tmp_path)
    script = Script(
        ehlo=in_turn(ehlo("PIPELINING", "STARTTLS"), ehlo()),
        starttls=start_tls(certificates.right),
        mail=hear_all_three,
    )

    (error,), _ = play(script, security="starttls", ca_file=certificates.ca_file, timeouts=short("mail"))

    assert isinstance(error, RelayUnavailable)


def test_it_works_over_tls_as_well(tmp_path):
    certificates = certificates_in(tmp_path)
    script = Script(tls=certificates.right, mail=hear_all_three, offers=PIPELINING)

    (reply,), _ = play(script, security="tls", ca_file=certificates.ca_file)

    assert reply.startswith("250")


def test_after_a_refusal_the_connection_serves_the_next_mail():
    script = Script(rcpt=in_turn(REFUSED, OK), offers=PIPELINING)

    outcomes, relay = play(script, *map(an_envelope, (1, 2)))

    assert [type(each) for each in outcomes] == [RecipientRefused, str]
    assert words(relay.peers[0]) == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_relay_that_waits_for_a_text_without_a_recipient_gets_none():
    script = Script(rcpt=in_turn(REFUSED, OK), is_lenient=True, offers=PIPELINING)

    outcomes, relay = play(script, *map(an_envelope, (1, 2)))

    assert [type(each) for each in outcomes] == [RecipientRefused, str]
    assert len(relay.inbox) == 1
    assert len(relay.peers) == 2


def test_what_the_relay_says_unasked_between_two_mails_ends_the_connection():
    async def spoken_to():
        async with Relay(Script()) as relay:
            transport = SmtpTransport(settings_for(relay))
            await transport.hand_over(an_envelope(1))
            await relay.peers[0].send(b"421 4.4.2 idle for too long\r\n")
            await asyncio.sleep(0.05)
            reply = await transport.hand_over(an_envelope(2))
            await transport.close()
            return reply, len(relay.peers)

    assert asyncio.run(spoken_to()) == ("250 2.0.0 queued as 4F1A", 2)


# How replies are heard


class Wire(asyncio.Transport):
    """Where nothing leads to."""

    def set_protocol(self, protocol):
        self.protocol = protocol

    def is_closing(self):
        return False


async def a_dialogue():
    dialogue = Dialogue(Wire(), {}, GENEROUS)
    dialogue.is_sound = False  # as it is once something was said
    return dialogue


codes = st.integers(200, 559)
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip)
replies = st.lists(st.tuples(codes, st.lists(texts, min_size=1, max_size=3)), min_size=1, max_size=4)


def spelled(code, lines):
    return b"".join(
        f"{code}{'-' if number < len(lines) else ' '}{line}\r\n".encode() for number, line in enumerate(lines, 1)
    )


@given(replies, st.lists(st.integers(0, 200)))
def test_replies_are_heard_in_order_wherever_what_comes_is_cut(said, cuts):
    async def heard():
        dialogue = await a_dialogue()
        stream = b"".join(spelled(*each) for each in said)
        places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        for start, end in pairwise(places):
            dialogue.data_received(stream[start:end])
        found = [await dialogue.reply(Step.MAIL, 1, more=number < len(said)) for number, _ in enumerate(said, 1)]
        return found, dialogue.is_open

    found, is_open = asyncio.run(heard())

    assert [reply.code for reply in found] == [code for code, _ in said]
    assert ["".join(reply.text.split()) for reply in found] == ["".join("".join(lines).split()) for _, lines in said]
    assert is_open == (said[-1][0] != 421)


def test_what_came_before_the_end_is_heard_and_then_the_end():
    async def heard():
        dialogue = await a_dialogue()
        dialogue.data_received(b"250 ok\r\n354 go")
        dialogue.eof_received()
        first = await dialogue.reply(Step.MAIL, 1, more=True)
        with pytest.raises(RelayUnavailable, match="lost"):
            await dialogue.reply(Step.RCPT, 1)
        return first.code

    assert asyncio.run(heard()) == 250


@pytest.mark.parametrize("flood", [b"250-and on\r\n", b"250 ok and ok\r\n", b"x"])
@pytest.mark.parametrize("is_waited_for", [True, False])
def test_a_relay_that_does_not_stop_talking_is_not_listened_to_for_ever(flood, is_waited_for):
    async def heard():
        dialogue = await a_dialogue()
        waiting = asyncio.ensure_future(dialogue.reply(Step.MAIL, GENEROUS.mail))
        await asyncio.sleep(0)
        if not is_waited_for:
            waiting.cancel()
            await asyncio.sleep(0)
        for _ in range(2 * LONGEST_REPLY // len(flood)):
            dialogue.data_received(flood)
        if not is_waited_for:
            waiting = asyncio.ensure_future(dialogue.reply(Step.MAIL, GENEROUS.mail))
        with pytest.raises(RelayUnavailable, match="not an SMTP reply"):
            await waiting
        return len(dialogue._heard)  # noqa: SLF001 - what it holds is the claim

    assert asyncio.run(heard()) <= LONGEST_REPLY + len(flood)
