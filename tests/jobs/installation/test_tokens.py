"""Access tokens: asked for once, kept while they are good, and what is said where there are none."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ssl import PEM_cert_to_DER_cert

import jwt
import pytest

from jobs.installation.applications import NoToken
from jobs.language.messages import LANGUAGES, Messages
from notify.transports.transport import RelayMisconfigured
from tests.jobs.installation.token_endpoint import (
    MAILBOX,
    NOW,
    SECRET,
    Clock,
    a_certificate,
    a_key,
    echo,
    endpoint,
    refusal,
    token,
    tokens,
    with_certificate,
    with_secret,
    with_service_account,
)

MICROSOFT, GOOGLE = "https://outlook.office365.com/.default", "https://mail.google.com/"


def problem(made) -> NoToken:
    with pytest.raises(NoToken) as caught:
        made.current()
    return caught.value


def claims(assertion, audience, algorithm):
    """What the assertion says, its signature checked with our public key as its receiver does."""
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    return jwt.decode(assertion, a_key().public_key(), [algorithm], options, audience=audience)


# What is asked for


def test_a_client_with_a_secret_asks_for_its_own_token(tmp_path):
    with endpoint() as server:
        assert tokens(with_secret(tmp_path, server.url)).current().text == "t0ken-1"

    assert server.asked == [
        {"grant_type": "client_credentials", "client_id": "app", "scope": MICROSOFT, "client_secret": SECRET}
    ]


def test_a_client_with_a_certificate_proves_that_it_has_the_key(tmp_path):
    with endpoint() as server:
        tokens(with_certificate(tmp_path, server.url)).current()

    (form,) = server.asked
    said = claims(form["client_assertion"], server.url, "PS256")
    assert (form["client_assertion_type"], form["client_id"]) == (
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "app",
    )  # fmt: skip
    assert (said["iss"], said["sub"], bool(said["jti"])) == ("app", "app", True)
    digest = hashlib.sha256(PEM_cert_to_DER_cert(a_certificate().decode())).digest()
    header = jwt.get_unverified_header(form["client_assertion"])
    assert base64.urlsafe_b64decode(header["x5t#S256"] + "=") == digest


def test_a_service_account_asks_in_the_mailbox_s_name(tmp_path):
    with endpoint() as server:
        tokens(with_service_account(tmp_path, server.url)).current()

    (form,) = server.asked
    said = claims(form["assertion"], server.url, "RS256")
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (said["iss"], said["sub"], said["scope"]) == ("kigen@p.example.com", MAILBOX, GOOGLE)
    assert jwt.get_unverified_header(form["assertion"])["kid"] == "k1"


@pytest.mark.parametrize("made", [with_certificate, with_service_account])
def test_an_assertion_bears_with_a_clock_a_minute_ahead_and_is_good_for_ten(tmp_path, made):
    with endpoint() as server:
        tokens(made(tmp_path, server.url)).current()

    form = server.asked[0]
    said = jwt.decode(form.get("assertion") or form["client_assertion"], options={"verify_signature": False})
    now = int(NOW.timestamp())
    assert (said["iat"], said["nbf"], said["exp"]) == (now - 60, now - 60, now + 600)


def test_the_endpoints_are_the_providers(tmp_path):
    microsoft = with_secret(tmp_path, "").smtp
    google = with_service_account(tmp_path, "").smtp

    assert microsoft.token_endpoint == "https://login.microsoftonline.com/example.co.jp/oauth2/v2.0/token"
    assert google.token_endpoint == "https://oauth2.googleapis.com/token"


# How long one is kept


def test_a_token_serves_many_logins_at_once(tmp_path):
    with endpoint() as server, ThreadPoolExecutor(8) as threads:
        made = tokens(with_secret(tmp_path, server.url))
        given = list(threads.map(lambda _: made.current().text, range(40)))

    assert (set(given), len(server.asked)) == ({"t0ken-1"}, 1)


@pytest.mark.parametrize(("minutes", "text"), [(54.9, "t0ken-1"), (55, "t0ken-2")])
def test_a_token_is_renewed_five_minutes_before_it_expires(tmp_path, minutes, text):
    clock = Clock()
    with endpoint(token("t0ken-1"), token("t0ken-2")) as server:
        made = tokens(with_secret(tmp_path, server.url), clock)
        made.current()
        clock.passes(minutes=minutes)

        assert made.current().text == text


@pytest.mark.parametrize(
    ("expires_in", "seconds"), [("3599", 3599), (None, 0), (-5, 0), (10**30, 86_400), (3599.0, 3599)]
)
def test_a_token_is_good_for_as_long_as_its_endpoint_says_and_for_a_day_at_most(tmp_path, expires_in, seconds):
    with endpoint(token(expires_in=expires_in)) as server:
        assert tokens(with_secret(tmp_path, server.url)).current().expires_at == NOW + timedelta(seconds=seconds)


def test_who_comes_while_a_token_is_asked_for_hears_the_same_refusal(tmp_path):
    """A wrong secret is said once, however many connections want to log in with it."""
    came = threading.Semaphore(0)

    def now():
        came.release()
        return NOW

    def when_all_are_here(_body):
        for _ in range(4):
            came.acquire()
        return refusal()

    with endpoint(when_all_are_here, token()) as server, ThreadPoolExecutor(4) as threads:
        made = tokens(with_secret(tmp_path, server.url), now)
        said = list(threads.map(lambda _: problem(made).reply, range(4)))

    assert (len(set(said)), len(server.asked)) == (1, 1)


def test_a_refused_token_is_renewed_once_for_all_who_were_given_it(tmp_path):
    with endpoint(token("t0ken-1"), token("t0ken-2")) as server:
        made = tokens(with_secret(tmp_path, server.url))
        made.current()
        given = [made.current("t0ken-1").text for _ in range(8)]

    assert (set(given), len(server.asked)) == ({"t0ken-2"}, 2)


def test_a_changed_secret_is_used_at_the_next_asking(tmp_path):
    with endpoint(refusal(), token()) as server:
        made = tokens(with_secret(tmp_path, server.url))
        problem(made)
        (tmp_path / "secret").write_text("another")
        made.current()

    assert server.asked[-1]["client_secret"] == "another"


def test_tokens_serve_one_event_loop_after_the_other(tmp_path):
    with endpoint() as server:
        made = tokens(with_secret(tmp_path, server.url))

        assert [asyncio.run(made()) for _ in range(2)] == ["t0ken-1"] * 2


# What is said where there is none


def test_without_a_token_the_delivery_stops_and_no_try_counts(tmp_path):
    with endpoint(refusal()) as server:
        assert isinstance(problem(tokens(with_secret(tmp_path, server.url))), RelayMisconfigured)


def test_a_wrong_secret_is_said_in_the_endpoint_s_words(tmp_path):
    with endpoint(refusal()) as server:
        said = problem(tokens(with_secret(tmp_path, server.url)))

    assert said.reply == (
        f"no access token: {server.url} refuses us: "
        "invalid_client: AADSTS7000222: the secret is expired [HTTP 401]"
    )  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>log in to the guest network</html>"),
        (200, b"[1]"),
        (200, b"\xff"),
        (200, b"[" * 60_000),
        (200, b"{}"),
        token(""),
        token("two words"),
        token("line\r\nRCPT"),
        token(expires_in="soon"),
        token(expires_in=[1]),
        (503, b""),
        (200, json.dumps({"access_token": 5}).encode()),
    ],
)
def test_an_endpoint_that_answers_nonsense_is_said(tmp_path, answer):
    with endpoint(answer) as server:
        said = problem(tokens(with_secret(tmp_path, server.url)))

    assert (said.code, said.values["status"]) == ("token.unreadable", answer[0])


def test_an_endpoint_that_is_away_is_said(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        said = problem(tokens(with_secret(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}/token")))

    assert said.code == "token.unreachable"
    assert "refused" in said.reply


def test_an_endpoint_that_keeps_silent_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.installation.tokens.SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        said = problem(tokens(with_secret(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/token")))

    assert said.reply.endswith("/token cannot be reached: no answer in time")


@pytest.mark.parametrize(("off", "code"), [(-40, "token.clock"), (40, "token.clock"), (1, "token.refused")])
def test_a_clock_that_is_off_is_named_where_it_may_be_the_reason(tmp_path, off, code):
    with endpoint(refusal("invalid_grant", "check iat and exp"), date=NOW + timedelta(minutes=off)) as server:
        said = problem(tokens(with_service_account(tmp_path, server.url)))

    assert said.code == code
    assert ("40 minutes off" in said.reply) == (code == "token.clock")


@pytest.mark.parametrize(
    ("made", "file", "content", "code"),
    [
        (with_secret, "secret", None, "token.file"),
        (with_secret, "secret", b"\xff", "token.file"),
        (with_certificate, "app.key", None, "token.file"),
        (with_certificate, "app.key", b"-----BEGIN PRIVATE KEY-----", "token.key"),
        (with_certificate, "app.key", b"", "token.key"),
        (with_certificate, "app.pem", None, "token.file"),
        (with_certificate, "app.pem", b"none", "token.certificate"),
        (with_service_account, "account.json", None, "token.file"),
        (with_service_account, "account.json", b"none", "token.account"),
        (with_service_account, "account.json", b"{}", "token.account"),
        (with_service_account, "account.json", b"[1]", "token.account"),
        (
            with_service_account,
            "account.json",
            b'{"client_email": "a", "private_key_id": "k", "private_key": "none"}',
            "token.key",
        ),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(tmp_path, made, file, content, code):
    with endpoint() as server:
        found = tokens(made(tmp_path, server.url))
        (tmp_path / file).unlink()
        if content is not None:
            (tmp_path / file).write_bytes(content)
        said = problem(found)

    assert said.code == code
    assert str(tmp_path / file) in said.reply
    assert server.asked == []


def test_a_folder_in_place_of_a_key_is_named(tmp_path):
    found = with_certificate(tmp_path, "http://127.0.0.1:9/")
    (tmp_path / "app.key").unlink()
    (tmp_path / "app.key").mkdir()

    assert problem(tokens(found)).reply.endswith("app.key cannot be read: Is a directory")


def test_a_missing_package_names_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)

    said = problem(tokens(with_certificate(tmp_path, "http://127.0.0.1:9/")))

    assert said.code == "token.package"
    assert "kigen[oauth]" in Messages("en").say(f"{said.code}.do")


def test_a_secret_needs_no_further_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)
    with endpoint() as server:
        assert tokens(with_secret(tmp_path, server.url)).current().text == "t0ken-1"


# What nobody is told


@pytest.mark.parametrize("made", [with_secret, with_certificate, with_service_account])
def test_an_endpoint_that_repeats_what_it_was_given_is_not_repeated(tmp_path, made):
    with endpoint(echo) as server:
        said = problem(tokens(made(tmp_path, server.url)))

    form = server.asked[0]
    proof = next(form[name] for name in ("client_secret", "client_assertion", "assertion") if name in form)
    assert "grant_type" in said.reply
    assert proof[:12] not in said.reply


def test_a_token_and_its_source_show_no_secret(tmp_path):
    with endpoint() as server:
        made = tokens(with_secret(tmp_path, server.url))
        held = made.current()

    assert "t0ken" not in repr(held) + repr(made) + repr(vars(made))
    assert SECRET not in repr(vars(made))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "code", ["refused", "clock", "unreachable", "unreadable", "file", "key", "certificate", "account", "package"]
)
def test_each_is_said_in_every_language_with_what_to_do(language, code):
    values = dict.fromkeys(("endpoint", "said", "status", "why", "key", "file"), "…")

    assert Messages(language).say(f"token.{code}", count=2, **values)
    assert Messages(language).say(f"token.{code}.do")
