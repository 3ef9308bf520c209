"""Logging in at a relay with tokens from an endpoint, both on this machine."""

from __future__ import annotations

import asyncio

import pytest

from notify.transports.transport import RelayMisconfigured
from tests.jobs.installation.token_endpoint import MAILBOX, NOW, Clock, endpoint, refusal, token, tokens, with_secret
from tests.notify.transports.relays import (
    Certificates,
    Script,
    an_envelope,
    certificates_in,
    ehlo,
    handed_over,
    in_turn,
    log_in,
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def play(tmp_path, certificates):
    """Three mails, each on a connection of its own, to a relay that lets in who has the next of these tokens."""

    def play(server, *secrets, now=lambda: NOW):
        auth = in_turn(*(log_in(MAILBOX, secret) for secret in secrets))
        script = Script(tls=certificates.right, ehlo=ehlo("AUTH XOAUTH2"), auth=auth)
        login = {"username": MAILBOX, "token": tokens(with_secret(tmp_path, server.url), now)}
        line = {"security": "tls", "ca_file": certificates.ca_file, "mails_per_connection": 1}
        return asyncio.run(handed_over(script, *map(an_envelope, (1, 2, 3)), **login, **line))

    return play


def test_one_token_opens_every_connection(play):
    with endpoint() as server:
        outcomes, relay = play(server, "t0ken-1")

    assert [outcome[:3] for outcome in outcomes] == ["250"] * 3
    assert (len(relay.peers), len(server.asked)) == (3, 1)


def test_a_token_that_the_relay_takes_no_longer_is_fetched_anew_once(play):
    with endpoint(token("t0ken-1"), token("t0ken-2")) as server:
        outcomes, relay = play(server, "t0ken-1", "t0ken-2")

    assert [outcome[:3] for outcome in outcomes] == ["250"] * 3
    assert (relay.said("AUTH"), len(server.asked)) == (4, 2)


def test_a_token_near_its_end_is_renewed_before_the_next_login(play):
    clock = Clock()

    def now():
        clock.passes(minutes=56)
        return clock()

    with endpoint(token("t0ken-1"), token("t0ken-2"), token("t0ken-3")) as server:
        outcomes, relay = play(server, "t0ken-1", "t0ken-2", "t0ken-3", now=now)

    assert [outcome[:3] for outcome in outcomes] == ["250"] * 3
    assert (relay.said("AUTH"), len(server.asked)) == (3, 3)


def test_a_token_that_the_endpoint_gives_again_is_not_said_again(play):
    with endpoint() as server:
        outcomes, relay = play(server, "another")

    assert [type(outcome) for outcome in outcomes] == [RelayMisconfigured] * 3
    assert relay.said("AUTH") == 3


def test_without_a_token_nothing_is_said_to_the_relay_of_a_login(play):
    with endpoint(refusal()) as server:
        outcomes, relay = play(server, "t0ken-1")

    assert {outcome.reply.partition(":")[0] for outcome in outcomes} == {"no access token"}
    assert relay.said("AUTH") == 0
