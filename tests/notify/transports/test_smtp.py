"""What goes over the line, and how connections are used; the faults are in test_smtp_faults.py."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from notify.ledger.ledger import Ledger
from notify.record.values import Status
from notify.transports.smtp import SmtpTransport
from notify.transports.transport import (
    NoLongerOurs,
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
)
from tests.notify.builders import TODAY, a_delivery, queue
from tests.notify.transports.relays import (
    HOST,
    OK,
    SHORT,
    Relay,
    Script,
    accept,
    an_envelope,
    an_open_ledger,
    certificates_in,
    ehlo,
    handed_over,
    hang_up,
    in_turn,
    keep_silent,
    outcome_of,
    reach,
    reset,
    say,
    settings_for,
    short,
    start_tls,
    take,
    then,
)


def play(script, *envelopes, **changes):
    return asyncio.run(handed_over(script, *envelopes, **changes))


# What is said


def test_the_reply_to_the_text_is_returned():
    (outcome,), _ = play(Script())

    assert outcome == "250 2.0.0 queued as 4F1A"


def test_the_mail_is_handed_over_with_its_return_address_and_its_recipient():
    _, relay = play(Script(), an_envelope(sender="notices@example.com", address="owner@example.co.jp"))

    assert relay.peers[0].said == [
        "EHLO kigen.example.co.jp",
        "MAIL FROM:<notices@example.com>",
        "RCPT TO:<owner@example.co.jp>",
        "DATA",
        "QUIT",
    ]


def test_dots_in_odd_places_are_said_in_quotes():
    _, relay = play(Script(), an_envelope(sender="bounces.@example.com", address="a..b@docomo.example"))

    assert relay.peers[0].said[1:3] == ['MAIL FROM:<"bounces."@example.com>', 'RCPT TO:<"a..b"@docomo.example>']


def test_the_bytes_that_arrive_are_those_of_the_mail():
    envelope = an_envelope()

    _, relay = play(Script(), envelope)

    assert relay.inbox == [envelope.raw]


def test_a_dot_at_the_start_of_a_line_is_doubled_on_the_way():
    """RFC 5321 4.5.2; the relay takes the second away."""
    _, relay = play(Script(), an_envelope(raw=b".\r\n..x\r\n a.b\r\n"))

    assert relay.inbox == [b"..\r\n...x\r\n a.b\r\n"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\r\n"])
def test_no_line_end_within_a_mail_can_make_it_end_early(end):
    raw = b"Subject: x\r\n\r\nbefore" + end + b"." + end + b"MAIL FROM:<x@example.com>" + end + b"after\r\n"

    (outcome,), relay = play(Script(), an_envelope(raw=raw))

    assert outcome.startswith("250")
    assert relay.said("MAIL") == 1
    assert relay.inbox[0].endswith(b"after\r\n")
    assert relay.inbox[0].replace(b"\r\n", b"").isascii()
    assert b"\r" not in relay.inbox[0].replace(b"\r\n", b"")


def test_a_text_without_a_line_end_at_its_end_gets_one():
    _, relay = play(Script(), an_envelope(raw=b"Subject: x\r\n\r\nend"))

    assert relay.inbox == [b"Subject: x\r\n\r\nend\r\n"]


def test_a_relay_that_limits_sizes_is_told_the_mails():
    envelope = an_envelope(raw=b"Subject: x\r\n\r\n.\n")

    _, relay = play(Script(ehlo=ehlo("SIZE 1000")), envelope)

    assert relay.peers[0].said[1] == "MAIL FROM:<notices@example.com> SIZE=17"


@pytest.mark.parametrize("offer", ["SIZE", "SIZE 0", "SIZE many", "SIZE 17"])
def test_a_mail_of_just_the_limit_goes_out_and_a_limit_that_is_no_number_is_none(offer):
    (outcome,), _ = play(Script(ehlo=ehlo(offer)), an_envelope(raw=b"Subject: x\r\n\r\n.\r\n"))

    assert outcome.startswith("250")


@pytest.mark.parametrize(
    "address", ["山田@example.co.jp", "a b@example.com", "a@example.com>\r\nRCPT TO:<b@example.com", ""]
)
def test_an_address_that_cannot_stand_in_a_command_is_refused_without_a_connection(address):
    (outcome,), relay = play(Script(), replace(an_envelope(), address=address))

    assert isinstance(outcome, RecipientRefused)
    assert relay.peers == []


def test_a_return_address_that_cannot_stand_in_a_command_is_our_own_fault():
    (outcome,), relay = play(Script(), an_envelope(sender="案内@example.com"))

    assert isinstance(outcome, RelayMisconfigured)
    assert relay.peers == []


def test_the_recipients_address_is_not_repeated_in_a_reply_on_record():
    envelopes = an_envelope(address="owner@example.co.jp"), an_envelope(2, address="Owner@example.co.jp")
    script = Script(
        rcpt=in_turn(say("550 5.1.1 <OWNER@example.co.jp>: unknown"), OK),
        text=then(take, say("250 for owner@example.co.jp")),
    )

    outcomes, _ = play(script, *envelopes)

    assert outcomes[0].reply == str(outcomes[0]) == "550 5.1.1 <(recipient)>: unknown [RCPT]"
    assert outcomes[1] == "250 for (recipient)"


def test_nor_is_one_in_quotes():
    refusing = Script(rcpt=in_turn(say('550 5.1.1 <"a..b"@docomo.example>: no a..b@docomo.example here')))

    (outcome,), _ = play(refusing, an_envelope(address="a..b@docomo.example"))

    assert outcome.reply == "550 5.1.1 <(recipient)>: no (recipient) here [RCPT]"


def test_a_relay_is_found_at_another_of_its_addresses_when_the_first_is_dead(monkeypatch):
    async def two_addresses() -> str:
        async with Relay() as dead:
            dead_port = dead.port
        async with Relay() as relay:
            found = [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, dead_port)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, relay.port)),
            ]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
            transport = SmtpTransport(settings_for(relay, host="relay.example.com", allow_clear_text=True))
            reply = await transport.hand_over(an_envelope())
            await transport.close()
            return reply

    assert asyncio.run(two_addresses()).startswith("250")


def test_a_host_that_names_no_name_for_itself_gives_one_all_the_same():
    _, relay = play(Script(), local_host="")

    name = relay.peers[0].said[0].removeprefix("EHLO ")
    assert "." in name
    assert " " not in name


def test_a_host_name_that_cannot_be_one_holds_the_batch():
    (outcome,), _ = play(Script(), host=f"{'a' * 64}.example.com", allow_clear_text=True)

    assert isinstance(outcome, RelayMisconfigured)
    assert "smtp.host" in outcome.reply


# How connections are used


def test_nothing_is_connected_to_before_a_mail_is_ready():
    async def opened_and_closed() -> Relay:
        async with Relay() as relay:
            await SmtpTransport(settings_for(relay)).close()
        return relay

    assert asyncio.run(opened_and_closed()).peers == []


def test_one_connection_serves_one_mail_after_another():
    _, relay = play(Script(), *map(an_envelope, range(1, 6)))

    assert len(relay.inbox) == 5
    assert [line.split(" ")[0] for line in relay.peers[0].said] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 5, "QUIT"]


def test_a_connection_that_has_served_its_count_takes_leave_and_another_is_opened():
    _, relay = play(Script(), *map(an_envelope, range(1, 6)), mails_per_connection=2)

    assert [peer.said.count("DATA") for peer in relay.peers] == [2, 2, 1]
    assert [peer.said[-1] for peer in relay.peers] == ["QUIT"] * 3


def test_a_connection_that_is_too_old_takes_leave_and_another_is_opened():
    _, relay = play(Script(), *map(an_envelope, range(1, 4)), connection_seconds=0.0)

    assert [peer.said[-1] for peer in relay.peers] == ["QUIT"] * 3


def test_an_idle_connection_that_the_relay_has_closed_is_not_used():
    async def closed_between() -> tuple[str, Relay]:
        async with Relay(Script(text=in_turn(then(accept, reach, hang_up), accept))) as relay:
            transport = SmtpTransport(settings_for(relay))
            await transport.hand_over(an_envelope(1))
            await relay.reached.wait()
            await asyncio.sleep(SHORT / 10)
            reply = await transport.hand_over(an_envelope(2))
            await transport.close()
        return reply, relay

    reply, relay = asyncio.run(closed_between())

    assert reply.startswith("250")
    assert [peer.said.count("MAIL FROM:<notices@example.com>") for peer in relay.peers] == [1, 1]


def test_a_refused_recipient_leaves_nothing_behind_for_the_next_mail():
    script = Script(rcpt=in_turn(say("550 5.1.1 no"), OK))

    outcomes, relay = play(script, *map(an_envelope, (1, 2)))

    assert [type(each) for each in outcomes] == [RecipientRefused, str]
    assert [line.split(" ")[0] for line in relay.peers[0].said] == [
        "EHLO",
        "MAIL",
        "RCPT",
        "RSET",
        "MAIL",
        "RCPT",
        "DATA",
        "QUIT",
    ]


def test_mails_go_over_as_many_connections_as_are_allowed_and_no_more():
    async def at_once() -> Relay:
        in_the_text = asyncio.Barrier(3)  # opens when three mails are in hand at the same moment

        async def together(_peer: object) -> None:
            await in_the_text.wait()

        async with Relay(Script(text=then(together, accept))) as relay:
            transport = SmtpTransport(settings_for(relay, connections=3))
            await asyncio.gather(*(transport.hand_over(an_envelope(number)) for number in range(1, 10)))
            await transport.close()
        return relay

    relay = asyncio.run(at_once())

    assert len(relay.inbox) == 9
    assert (relay.most_open, len(relay.peers)) == (3, 3)


@pytest.mark.parametrize(
    ("answers", "raw", "connections"),
    [
        ([False], b"Short.\r\n", 1),  # before DATA: the transaction ends with RSET
        ([True, False], b"Short.\r\n", 2),  # the relay waits for the text: only to hang up says that none comes
        ([True, False], b"Long.\r\n" * 20_000, 2),  # its dot was not said yet
    ],
    ids=["before DATA", "before the text", "before the dot of a long text"],
)
def test_a_mail_that_has_become_anothers_is_not_taken_over_and_the_next_one_is(answers, raw, connections):
    async def asked_twice() -> Relay:
        async with Relay() as relay:
            transport = SmtpTransport(settings_for(relay, connections=1))
            with pytest.raises(NoLongerOurs):
                await transport.hand_over(replace(an_envelope(1), raw=raw), may_go=iter(answers).__next__)
            await transport.hand_over(an_envelope(2))
            await transport.close()
        return relay

    relay = asyncio.run(asked_twice())

    assert len(relay.inbox) == 1
    assert relay.said("DATA") == len(answers)  # of the first mail only where it was still ours then
    assert len(relay.peers) == connections


def test_a_late_reply_is_not_taken_for_the_next_mails():
    """After a time-out the connection is closed: the late 250 would else answer the next RCPT."""

    async def late(peer) -> None:
        await asyncio.sleep(SHORT * 1.5)
        await peer.say("250 late")

    script = Script(rcpt=in_turn(late, say("550 5.1.1 no")))

    outcomes, relay = play(script, *map(an_envelope, (1, 2)), timeouts=short("rcpt"))

    assert [type(each) for each in outcomes] == [RelayUnavailable, RecipientRefused]
    assert len(relay.peers) == 2


@pytest.mark.parametrize("step", ["greeting", "ehlo", "mail", "rcpt", "data", "text"])
def test_a_cancelled_mails_connection_is_closed_and_the_next_mail_gets_a_new_one(step):
    friendly = getattr(Script(), step)

    async def cancelled() -> tuple[bool, str, Relay]:
        async with Relay(Script(**{step: in_turn(then(reach, keep_silent), friendly)})) as relay:
            transport = SmtpTransport(settings_for(relay, connections=1))
            task = asyncio.create_task(transport.hand_over(an_envelope(1)))
            await relay.reached.wait()
            task.cancel()
            await asyncio.wait([task])
            reply = await transport.hand_over(an_envelope(2))
            await transport.close()
        return task.cancelled(), reply, relay

    was_cancelled, reply, relay = asyncio.run(cancelled())

    assert was_cancelled
    assert reply.startswith("250")
    assert len(relay.peers) == 2
    assert "QUIT" not in relay.peers[0].said


def test_what_the_relay_says_unasked_between_two_mails_is_not_taken_for_a_reply():
    async def spoken_to() -> str:
        async with Relay() as relay:
            transport = SmtpTransport(settings_for(relay))
            await transport.hand_over(an_envelope(1))
            await relay.peers[0].send(b"550 5.1.1 nobody asked\r\n")
            await asyncio.sleep(SHORT / 2)
            reply = await transport.hand_over(an_envelope(2))
            await transport.close()
            return reply

    assert asyncio.run(spoken_to()) == "250 2.0.0 queued as 4F1A"


def test_a_reply_that_came_while_this_process_was_frozen_is_heard():
    async def freeze(_peer: object) -> None:
        time.sleep(SHORT * 1.5)  # noqa: ASYNC251 - nothing runs meanwhile: that is the case

    (outcome,), _ = play(Script(text=then(accept, freeze)), timeouts=short("dot"))

    assert outcome == "250 2.0.0 queued as 4F1A"


def test_an_unknown_outcome_is_never_tried_again_by_the_transport_itself():
    script = Script(text=in_turn(accept, then(take, reset), accept))

    outcomes, relay = play(script, *map(an_envelope, (1, 2)))

    assert isinstance(outcomes[1], OutcomeUnknown)
    assert len(relay.inbox) == 2


@pytest.mark.parametrize("leave", [keep_silent, reset, hang_up, say("500 what?"), say("whatever")])
def test_closing_does_not_mind_how_the_relay_takes_leave(leave):
    (outcome,), relay = play(Script(quit=leave), timeouts=short("quit"))

    assert outcome.startswith("250")
    assert relay.peers[0].said[-1] == "QUIT"


def test_a_closed_transport_hands_nothing_over():
    async def after_closing() -> tuple[str | Exception, Relay]:
        async with Relay() as relay:
            transport = SmtpTransport(settings_for(relay))
            await transport.close()
            return await outcome_of(transport, an_envelope()), relay

    outcome, relay = asyncio.run(after_closing())

    assert isinstance(outcome, RelayUnavailable)
    assert relay.peers == []


# All of it together


def test_a_delivery_over_tls_hands_over_every_queued_mail_once(tmp_path):
    certificates = certificates_in(tmp_path)
    script = Script(ehlo=ehlo("STARTTLS", "SIZE 100000"), starttls=start_tls(certificates.right))

    async def delivered(ledger: Ledger) -> Relay:
        async with Relay(script) as relay:
            settings = settings_for(relay, security="starttls", ca_file=certificates.ca_file, connections=4)
            transport = SmtpTransport(settings)
            await a_delivery(ledger, transport, concurrency=4).run(TODAY)
            await transport.close()
        return relay

    with an_open_ledger(tmp_path) as ledger:
        queue(ledger, 30)
        relay = asyncio.run(delivered(ledger))
        standing = {status: count for status, count in ledger.counts().items() if count}

    assert standing == {Status.SENT: 30}
    assert sorted(relay.recipients) == sorted(f"owner{number}@example.co.jp" for number in range(30))
    assert len(relay.inbox) == len(set(relay.inbox)) == 30
    assert len(relay.peers) == 4
