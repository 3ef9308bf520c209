"""Access tokens for the relay: asked for at the provider's token endpoint, and kept until shortly before they expire.

Nothing that is said of it repeats a token, a secret, or what proves who we are.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import quote_plus, urlencode

from jobs import __version__
from jobs.config.settings import Settings
from jobs.installation.applications import LEEWAY, Application, NoToken
from notify.transports.smtp_replies import printable

EARLY = timedelta(minutes=5)  # so long before it expires a token is no longer used
LONGEST = 86_400  # seconds that a token is used, whatever its endpoint promises
SECONDS = 20.0  # for each step of asking
_MOST_BYTES = 65_536
_SECRETS = ("client_secret", "client_assertion", "assertion")  # in what is posted
_SAID = 300  # characters of an endpoint's words
_TOKEN = re.compile(r"[!-~]+")  # RFC 6750 2.1


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and until when its endpoint lets it be used."""

    text: str = field(repr=False)
    expires_at: datetime


class Tokens:
    """The access tokens of one application. Calls may come from several threads and event loops."""

    def __init__(
        self, endpoint: str, form: Callable[[datetime], Mapping[str, str]], now: Callable[[], datetime]
    ) -> None:
        self.endpoint = endpoint
        self._form, self._now = form, now
        self._lock = threading.Lock()
        self._held: Token | None = None
        self._problem: NoToken | None = None  # what the last asking came to
        self._askings = 0

    async def __call__(self, refused: str = "") -> str:
        """A token to log in with; another one than the `refused`, if the endpoint gives one.

        Raises:
            NoToken: there is none to be had.
        """
        return (await asyncio.to_thread(self.current, refused)).text

    def current(self, refused: str = "") -> Token:
        """The same, with its end. Who comes while one is being asked for waits, and hears what that comes to."""
        came, now = self._askings, self._now()
        with self._lock:
            if self._askings > came and self._problem is not None:
                raise NoToken(self._problem.code, **self._problem.values)
            held = self._held
            if held is None or held.text == refused or held.expires_at - EARLY <= now:
                held = self._held = self._renewed(now)
            return held

    def _renewed(self, now: datetime) -> Token:
        self._problem = None
        try:
            return self._asked_for(now)
        except NoToken as problem:
            self._problem = problem
            raise
        finally:
            self._askings += 1

    def _asked_for(self, now: datetime) -> Token:
        form = self._form(now)
        status, headers, body = _answer(self.endpoint, form)
        answer = _json(body)
        token, error = answer.get("access_token"), answer.get("error")
        seconds = _seconds(answer.get("expires_in"))
        if status == 200 and isinstance(token, str) and _TOKEN.fullmatch(token) and seconds is not None:  # noqa: PLR2004 — RFC 6749 5.1
            return Token(token, now + timedelta(seconds=seconds))
        if isinstance(error, str):
            raise self._refusal(f"{error}: {answer.get('error_description', '')}", form, _ahead(headers, now), status)
        raise NoToken("token.unreadable", endpoint=self.endpoint, status=status)

    def _refusal(self, said: str, form: Mapping[str, str], ahead: timedelta, status: int) -> NoToken:
        said = printable(_without_secrets(said, form), _SAID).rstrip(": ")
        if abs(ahead) > LEEWAY and "client_secret" not in form:  # a secret is not dated
            minutes = round(abs(ahead) / timedelta(minutes=1))
            return NoToken("token.clock", endpoint=self.endpoint, said=said, status=status, count=minutes)
        return NoToken("token.refused", endpoint=self.endpoint, said=said, status=status)


def tokens_of(settings: Settings, now: Callable[[], datetime]) -> Tokens | None:
    """What gives the tokens of the application in [smtp.oauth]; None where there is none."""
    smtp = settings.smtp
    if not smtp.oauth.way:
        return None
    application = Application(smtp.oauth, smtp.token_endpoint, smtp.token_scope, smtp.username, settings.path)
    return Tokens(smtp.token_endpoint, application.form, now)


def _answer(endpoint: str, form: Mapping[str, str]) -> tuple[int, Message, bytes]:
    """The status, headers and body of whatever the endpoint answers."""
    headers = {"User-Agent": f"kigen/{__version__}", "Accept": "application/json"}
    request = urllib.request.Request(endpoint, urlencode(form).encode(), headers)  # noqa: S310 — settings allow https, and http to loopback
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 — as above
            return answer.status, answer.headers, answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, _rest(error)
    except (OSError, HTTPException) as error:
        raise NoToken("token.unreachable", endpoint=endpoint, why=_why(error)) from error


def _without_secrets(said: str, form: Mapping[str, str]) -> str:
    """An endpoint may repeat what it was told, as it was meant or as it came."""
    secrets = [form[name] for name in _SECRETS if form.get(name)]
    for spelling in (*secrets, *map(quote_plus, secrets)):
        said = said.replace(spelling, "…")
    return said


def _rest(error: urllib.error.HTTPError) -> bytes:
    with suppress(OSError, HTTPException):
        return error.read(_MOST_BYTES)
    return b""


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    words = getattr(reason, "verify_message", "") or getattr(reason, "strerror", "") or type(reason).__name__
    return printable(str(words), _SAID)


def _json(body: bytes) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):  # not UTF-8, not JSON
        answer = json.loads(body)
        return answer if isinstance(answer, dict) else {}
    return {}


def _seconds(said: Any) -> int | None:
    """How long a token is good for, which may be a text; 0 where the endpoint keeps silent of it, None for nonsense."""
    with suppress(ValueError, TypeError, OverflowError):
        return min(max(int(said or 0), 0), LONGEST)
    return None


def _ahead(headers: Message, now: datetime) -> timedelta:
    """How far the endpoint's clock is ahead of ours; none where it does not tell."""
    with suppress(ValueError, TypeError):
        at = parsedate_to_datetime(headers.get("Date", ""))
        return at.replace(tzinfo=at.tzinfo or UTC) - now
    return timedelta(0)
