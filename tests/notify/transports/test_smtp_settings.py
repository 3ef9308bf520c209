"""What an SMTP transport may be told, and what it refuses to do."""

from __future__ import annotations

import asyncio

import pytest

from notify.transports.smtp_settings import SmtpSettings, SmtpTimeouts
from notify.transports.transport import RelayMisconfigured
from tests.notify.transports.relays import Script, an_envelope, handed_over


async def a_token(_refused: str) -> str:
    return "token"


def a_password() -> str:
    return "s3cret"


@pytest.mark.parametrize(
    "settings",
    [
        SmtpSettings(),
        SmtpSettings(host="relay.example.com", security="tls", username="kigen", password=a_password),
        SmtpSettings(host="relay.example.com", username="kigen", token=a_token),
        SmtpSettings(host="localhost", security="none"),
        SmtpSettings(host="127.8.8.8", security="none"),
        SmtpSettings(host="::1", security="none"),
        SmtpSettings(host="relay.example.com", security="none", allow_clear_text=True),
    ],
)
def test_a_protected_line_and_clear_text_to_this_machine_have_nothing_against_them(settings):
    assert settings.problem == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SmtpSettings(security="ssl"), "expected 'none', 'starttls' or 'tls', found 'ssl'"),
        (SmtpSettings(host="relay.example.com", security="none"), "smtp.allow_clear_text"),
        (SmtpSettings(host="localhost.example.com", security="none"), "smtp.allow_clear_text"),
        (SmtpSettings(host="10.0.0.1", security="none"), "smtp.allow_clear_text"),
        (SmtpSettings(security="none", username="kigen", password=a_password), "unprotected line"),
        (
            SmtpSettings(security="none", username="kigen", password=a_password, allow_clear_text=True),
            "unprotected line",
        ),
        (SmtpSettings(username="kigen"), "no password and no token"),
        (SmtpSettings(username="kigen", password=a_password, token=a_token), "leave one of them out"),
        (SmtpSettings(local_host="a b"), "smtp.local_host"),
        (SmtpSettings(connections=0), "smtp.connections"),
    ],
)
def test_what_may_not_be_is_said_in_a_sentence_that_names_the_key(settings, said):
    assert said in settings.problem


def test_settings_that_may_not_be_are_refused_before_anyone_is_connected_to():
    changes = {"username": "kigen", "password": a_password}

    (outcome,), relay = asyncio.run(handed_over(Script(), an_envelope(), **changes))

    assert isinstance(outcome, RelayMisconfigured)
    assert relay.peers == []


def test_secrets_do_not_show_in_the_settings_text():
    assert "password" not in repr(SmtpSettings(username="kigen", password=a_password))


def test_the_waits_are_by_default_no_shorter_than_rfc_5321_allows():
    """4.5.3.2: greeting, MAIL and RCPT 5 minutes, DATA 2, a block of text 3, the final dot 10."""
    waits = SmtpTimeouts()

    assert min(waits.greeting, waits.ehlo, waits.mail, waits.rcpt) >= 300
    assert waits.data >= 120
    assert waits.text >= 180
    assert waits.dot >= 600
