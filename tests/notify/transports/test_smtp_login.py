"""Who logs in how, and that nothing secret is said where it may be overheard."""

from __future__ import annotations

import asyncio

import pytest

from notify.transports.transport import RelayMisconfigured, RelayUnavailable
from tests.notify.transports.relays import (
    Certificates,
    Script,
    an_envelope,
    certificates_in,
    ehlo,
    handed_over,
    in_turn,
    log_in,
    reset,
    say,
    start_tls,
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"))


def play(script, certificates, *envelopes, **changes):
    settings = {"security": "tls", "username": "kigen", "password": lambda: "s3cret", "ca_file": certificates.ca_file}
    return asyncio.run(handed_over(script, *envelopes, **{**settings, **changes}))


def a_relay(certificates, offer, **changes) -> Script:
    return Script(tls=certificates.right, ehlo=ehlo(offer), **changes)


def words_of_login(relay) -> list[str]:
    return [line.split(" ")[1] for peer in relay.peers for line in peer.said if line.startswith("AUTH")]


async def a_token(_refused: str) -> str:
    return "s3cret"


@pytest.mark.parametrize(
    ("offer", "way"),
    [("AUTH LOGIN PLAIN", "PLAIN"), ("AUTH LOGIN", "LOGIN"), ("AUTH=LOGIN", "LOGIN"), ("AUTH CRAM-MD5 PLAIN", "PLAIN")],
)
def test_a_password_is_given_by_plain_or_else_by_login(certificates, offer, way):
    (outcome,), relay = play(a_relay(certificates, offer), certificates)

    assert outcome.startswith("250")
    assert words_of_login(relay) == [way]


def test_a_token_is_given_by_xoauth2_and_by_nothing_else(certificates):
    (outcome,), relay = play(a_relay(certificates, "AUTH PLAIN XOAUTH2"), certificates, password=None, token=a_token)

    assert outcome.startswith("250")
    assert words_of_login(relay) == ["XOAUTH2"]


def test_a_token_is_not_given_away_as_a_password(certificates):
    (outcome,), relay = play(a_relay(certificates, "AUTH PLAIN LOGIN"), certificates, password=None, token=a_token)

    assert isinstance(outcome, RelayMisconfigured)
    assert words_of_login(relay) == []


def test_a_refused_token_is_heard_to_the_end_of_its_challenge(certificates):
    script = a_relay(certificates, "AUTH XOAUTH2", auth=log_in("someone else"))

    (outcome,), _ = play(script, certificates, password=None, token=a_token)

    assert isinstance(outcome, RelayMisconfigured)
    assert outcome.reply == "535 5.7.8 bad credentials [AUTH]"


def test_another_token_than_the_refused_one_is_tried_once(certificates):
    given = []

    async def token(refused: str) -> str:
        given.append(refused)
        return "s3cret" if refused else "outdated"

    (outcome,), relay = play(a_relay(certificates, "AUTH XOAUTH2"), certificates, password=None, token=token)

    assert outcome.startswith("250")
    assert (given, len(relay.peers)) == (["", "outdated"], 1)


def test_a_token_that_is_refused_as_its_successor_is_stops_the_delivery(certificates):
    tokens = iter(["one", "two", "three"])

    async def token(_refused: str) -> str:
        return next(tokens)

    (outcome,), relay = play(a_relay(certificates, "AUTH XOAUTH2"), certificates, password=None, token=token)

    assert isinstance(outcome, RelayMisconfigured)
    assert relay.said("AUTH") == 2


def test_a_refused_password_is_not_tried_by_another_way(certificates):
    """Each failure counts towards a lock on the account."""
    script = a_relay(certificates, "AUTH PLAIN LOGIN", auth=log_in("someone else"))

    (outcome,), relay = play(script, certificates)

    assert isinstance(outcome, RelayMisconfigured)
    assert words_of_login(relay) == ["PLAIN"]


def test_the_password_is_asked_for_at_each_connection_so_a_changed_one_is_used(certificates):
    passwords = iter(["outdated", "s3cret"])

    outcomes, _ = play(
        a_relay(certificates, "AUTH PLAIN"), certificates, *map(an_envelope, (1, 2)), password=lambda: next(passwords)
    )

    assert [type(each) for each in outcomes] == [RelayMisconfigured, str]


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (FileNotFoundError("/secret/path of s3cret"), RelayMisconfigured),
        (ValueError("s3cret"), RelayMisconfigured),
        (ConnectionRefusedError("s3cret"), RelayUnavailable),
        (RelayUnavailable("the token server is away"), RelayUnavailable),
    ],
)
def test_a_secret_that_cannot_be_had_says_so_and_no_more(certificates, problem, kind):
    async def no_token(_refused: str) -> str:
        raise problem

    (outcome,), relay = play(a_relay(certificates, "AUTH XOAUTH2"), certificates, password=None, token=no_token)

    assert type(outcome) is kind
    assert "s3cret" not in outcome.reply
    assert relay.said("AUTH") == 0


def test_before_the_line_is_protected_nothing_is_said_but_ehlo_and_starttls(certificates):
    script = Script(ehlo=ehlo("STARTTLS", "AUTH PLAIN"), starttls=start_tls(certificates.stranger))

    (outcome,), relay = play(script, certificates, security="starttls")

    assert isinstance(outcome, RelayMisconfigured)
    assert [line.split(" ")[0] for line in relay.peers[0].said] == ["EHLO", "STARTTLS"]


def test_what_was_offered_in_clear_text_is_forgotten_once_the_line_is_protected(certificates):
    """RFC 3207 4.2: someone on the way may have said it."""
    offers = in_turn(ehlo("STARTTLS", "AUTH PLAIN"), ehlo("AUTH LOGIN"))
    script = Script(ehlo=offers, starttls=start_tls(certificates.right))

    (outcome,), relay = play(script, certificates, security="starttls")

    assert outcome.startswith("250")
    assert words_of_login(relay) == ["LOGIN"]


def test_an_authority_file_that_is_not_there_holds_the_batch(certificates, tmp_path):
    (outcome,), relay = play(Script(), certificates, ca_file=tmp_path / "none.pem")

    assert isinstance(outcome, RelayMisconfigured)
    assert "smtp.ca_file" in outcome.reply
    assert relay.peers == []


def test_a_login_lost_half_way_is_not_taken_for_a_wrong_password(certificates):
    script = a_relay(certificates, "AUTH LOGIN", auth=in_turn(reset, say("535 no")))

    (outcome,), _ = play(script, certificates)

    assert type(outcome) is RelayUnavailable
