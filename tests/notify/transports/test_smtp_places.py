"""A relay that takes fewer connections than we would open: as many mails at a time as it takes, and none is put off."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from notify.delivery.delivery import Delivered
from notify.transports.smtp import SmtpTransport
from notify.transports.smtp_places import Places, speaks_of_a_crowd
from notify.transports.transport import RelayUnavailable
from tests.notify.builders import TODAY, a_delivery, queue
from tests.notify.transports.relays import (
    GREET,
    OFFER_NOTHING,
    OK,
    Relay,
    Script,
    accept,
    an_envelope,
    an_open_ledger,
    hang_up,
    reset,
    say,
    settings_for,
    then,
)

TAKEN = 3  # connections, as Postfix's smtpd_client_connection_count_limit = 3


def in_a_crowd(refuse, friendly):
    """Refuses whoever came when as many connections were open as it takes, and still are."""

    async def act(peer):
        before = peer.relay.peers[: peer.relay.peers.index(peer)]
        is_full = sum(not each.writer.is_closing() for each in before) >= TAKEN
        await (refuse if is_full else friendly)(peer)

    return act


async def delivered(ledger, script, mails, **settings):
    queue(ledger, mails)
    async with Relay(script) as relay:
        transport = SmtpTransport(settings_for(relay, connections=8, **settings))
        done = await a_delivery(ledger, transport, concurrency=8).run(TODAY)
        await transport.close()
    return done, relay


BUSY = "421 4.7.0 relay.example.com Error: too many connections from 192.0.2.7"
SCRIPTS = {
    "the greeting": {"greeting": in_a_crowd(then(say(BUSY), hang_up), GREET)},
    "the greeting, without a word": {"greeting": in_a_crowd(reset, GREET)},
    "EHLO": {"ehlo": in_a_crowd(say("451 4.3.2 please try again later"), OFFER_NOTHING)},
    "MAIL": {"mail": in_a_crowd(say("432 4.3.2 Concurrent connections limit exceeded"), OK)},
    "the text": {"text": in_a_crowd(say("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"), accept)},
}


@pytest.mark.parametrize("step", SCRIPTS)
def test_a_relay_with_few_connections_gets_every_mail_at_the_first_try(step, tmp_path):
    with an_open_ledger(tmp_path) as ledger:
        done, relay = asyncio.run(delivered(ledger, Script(**SCRIPTS[step]), 30))

    assert done == Delivered(sent=30)
    assert len(relay.inbox) == len(set(relay.inbox)) == 30
    assert len(relay.peers) < 20  # it is not asked again and again


def test_a_relay_that_takes_no_connection_at_all_is_out_of_reach_for_all_who_asked():
    async def turned_away():
        async with Relay(Script(greeting=say(BUSY))) as relay:
            transport = SmtpTransport(settings_for(relay))
            asked = (transport.hand_over(an_envelope(number)) for number in range(8))
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
            await transport.close()
        return outcomes, len(relay.peers)

    outcomes, connections = asyncio.run(turned_away())

    assert [type(each) for each in outcomes] == [RelayUnavailable] * 8
    assert connections == 8


def test_one_mail_alone_is_not_tried_for_ever():
    async def refused():
        script = Script(mail=say("432 4.3.2 Concurrent connections limit exceeded"))
        async with Relay(script) as relay:
            transport = SmtpTransport(settings_for(relay))
            with pytest.raises(RelayUnavailable, match="432"):
                await transport.hand_over(an_envelope())
            await transport.close()

    asyncio.run(refused())


@pytest.mark.parametrize(
    ("reply", "says_so"),
    [
        (f"{BUSY} [greeting]", True),
        ("421 Too many concurrent SMTP connections from this IP address; please try again later. [greeting]", True),
        ("421 4.3.2 The maximum number of concurrent connections has exceeded a limit [MAIL]", True),
        ("432 4.3.2 Concurrent connections limit exceeded. [MAIL]", True),
        ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [end of text]", True),
        ("451 4.7.1 Too many simultaneous sessions [RCPT]", True),
        ("452 4.5.3 Too many recipients [RCPT]", False),
        ("450 4.2.1 the user you are trying to contact receives mail at a rate too high [RCPT]", False),
        ("454 4.7.0 Throttling failure: maximum sending rate exceeded [end of text]", False),
        ("550 5.7.1 too many connections, and never again [RCPT]", False),
        ("the connection was lost [MAIL]", False),
    ],
)
def test_a_relay_that_has_too_many_connections_says_so(reply, says_so):
    assert speaks_of_a_crowd(reply) == says_so


def test_places_are_withheld_but_for_the_last_and_come_back_one_by_one_a_minute_apart():
    now = SimpleNamespace(seconds=0.0)

    async def taken_at_once(places):
        taken = 0
        while True:
            try:
                await asyncio.wait_for(places.__aenter__(), 0.01)
            except TimeoutError:
                break
            taken += 1
        for _ in range(taken):
            await places.__aexit__()
        return taken

    async def course():
        places, seen = Places(4, lambda: now.seconds), []
        for _ in range(5):
            async with places:
                places.withhold()
        for now.seconds in (59.0, 60.0, 61.0, 120.0, 121.0):
            seen.append(await taken_at_once(places))
        places.restore()
        return [*seen, await taken_at_once(places)]

    assert asyncio.run(course()) == [1, 1, 2, 2, 3, 4]
