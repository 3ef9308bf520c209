"""A connection to a relay: one command at a time, how long each reply may take, and what is certain of each.

It stands on the public commands of aiosmtplib. How long a reply may take is kept here: the library waits by
`asyncio.wait_for`, which on Python 3.11 can swallow a cancellation (python/cpython#86296).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import cast

from aiosmtplib import SMTP, SMTPResponse, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol

from notify.transports.smtp_replies import Reply, Step, reply_of
from notify.transports.smtp_settings import SmtpTimeouts
from notify.transports.transport import NoLongerOurs, OutcomeUnknown, RelayUnavailable

_CLOSING = 421
_FINAL_DOT = b".\r\n"
_ONE_PIECE = 65_536  # octets: a text that is no longer leaves this process together with its final dot
_POLL_SECONDS = 0.02  # the library tells nobody when what it was given to write has left
_PARSERS_WORDS = "Malformed SMTP response line: "
_LATE, _LOST = "no answer in time", "the connection was lost"


class _NoReply(Exception):  # noqa: N818 - named for what happened
    """The connection was lost, no whole reply came in time, or what came is none."""


class Line:
    """A connection that has been greeted.

    `is_sound` is False from each command until its reply was understood. Whatever comes between, a time-out, a
    cancellation, a reply that is none, leaves it so; nothing more is said over it, because a late reply would be taken
    for the next command's.
    """

    def __init__(self, client: SMTP, protocol: SMTPProtocol) -> None:
        self.client = client
        self.is_sound = True
        self._protocol = protocol
        self._is_late = False
        self._ends_at = inf  # when the wait for a reply does, by the loop's clock
        self._timer: asyncio.TimerHandle | None = None  # rings at that moment or before: one for each reply costs more

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection; the next command may find it dead all the same."""
        return self.is_sound and self._protocol.is_connected and not self._has_said_more

    async def ask(self, step: Step, *words: bytes, seconds: float) -> Reply:
        """The relay's reply to a command, whatever it says.

        Raises:
            RelayUnavailable: the line broke, no whole reply came in time, or what came is none.
        """
        self.is_sound = False
        try:
            reply = await self._heard(self.client.execute_command(*words, timeout=None), seconds)
        except _NoReply as problem:
            raise RelayUnavailable(f"{problem} [{step}]") from problem
        if self._has_said_more:
            raise RelayUnavailable(f"not an SMTP reply, but more than one: {reply} [{step}]")
        self.is_sound = reply.code != _CLOSING
        return reply

    async def hand_over_text(self, text: bytes, may_go: Callable[[], bool], waits: SmtpTimeouts) -> Reply:
        """The relay's reply to the text; 2xx: it has taken the mail over. 354 has been said; each line ends in CRLF.

        Raises:
            NoLongerOurs: `may_go` said no right before the final dot; nothing was accepted.
            RelayUnavailable: the line broke or the relay fell out of step before the final dot was passed.
            OutcomeUnknown: after it.
        """
        self.is_sound = is_dot_passed = False
        response = asyncio.ensure_future(self._protocol.read_response())  # a relay may refuse before the dot
        try:
            is_dot_passed = await self._pass(with_dots_doubled(text), response, may_go, waits.text)
            reply = await self._reply_to_text(response, waits.dot, is_dot_passed=is_dot_passed)
        finally:
            response.cancel()
        self.is_sound = is_dot_passed and reply.code != _CLOSING
        return reply

    async def quit(self, seconds: float) -> None:
        """Says QUIT where there is someone to say it to, does not mind the reply, and closes the connection."""
        try:
            if self.is_open:
                with suppress(RelayUnavailable):
                    await self.ask(Step.QUIT, b"QUIT", seconds=seconds)
        finally:
            self.abort()

    def abort(self) -> None:
        """Closes the connection at once; what has not left this process is dropped."""
        self.is_sound = False
        if self._timer is not None:
            self._timer.cancel()
        if self._protocol.transport is not None:
            cast("asyncio.WriteTransport", self._protocol.transport).abort()

    async def _heard(self, response: Awaitable[SMTPResponse], seconds: float) -> Reply:
        self._ends_at = asyncio.get_running_loop().time() + seconds
        if self._timer is None or self._timer.when() > self._ends_at:
            self._wind_up()
        try:
            reply = reply_of(*await response)
        except SMTPResponseException as problem:
            reply = reply_in(problem)
        except SMTPServerDisconnected as problem:
            raise _NoReply(_LATE if self._is_late else _LOST) from problem
        finally:
            self._ends_at = inf
        if not reply.is_reply:
            raise _NoReply(f"not an SMTP reply: {reply.text}")
        return reply

    def _wind_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._ends_at, self._ring)

    def _ring(self) -> None:
        """Ends a wait that is over. A reply that has come is heard all the same: it was this process that slept."""
        self._timer = None
        if asyncio.get_running_loop().time() >= self._ends_at:
            self._is_late = True
            self.abort()
        elif self._ends_at < inf:
            self._wind_up()

    async def _pass(
        self, text: bytes, response: asyncio.Future[SMTPResponse], may_go: Callable[[], bool], seconds: float
    ) -> bool:
        """Whether the text has left this process with its final dot; not where the relay spoke or was lost before.

        Of a short text it is taken for passed with the text: whoever cannot tell has to believe it.
        """
        if len(text) > _ONE_PIECE:
            self._write(text)
            await self._emptied(response, seconds)
            text = b""
        if response.done():
            return False
        if not may_go():
            raise NoLongerOurs(f"it is another's by now [{Step.TEXT}]")
        self._write(text + _FINAL_DOT)
        return True

    async def _emptied(self, response: asyncio.Future[SMTPResponse], seconds: float) -> None:
        """Until all that was written has left, or the relay has said something, or is lost."""
        transport = cast("asyncio.WriteTransport", self._protocol.transport)
        try:
            async with asyncio.timeout(seconds):
                while transport.get_write_buffer_size() and not response.done():  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as problem:
            raise RelayUnavailable(f"{_LATE} [text]") from problem

    def _write(self, data: bytes) -> None:
        with suppress(SMTPServerDisconnected):
            self._protocol.write(data)
        if not self._protocol.is_connected:  # at once, where nothing of it could be written
            raise RelayUnavailable(f"{_LOST} [text]")

    async def _reply_to_text(self, response: Awaitable[SMTPResponse], seconds: float, *, is_dot_passed: bool) -> Reply:
        kind, step = (OutcomeUnknown, "final dot") if is_dot_passed else (RelayUnavailable, "text")
        try:
            reply = await self._heard(response, seconds)
        except _NoReply as problem:
            raise kind(f"{problem} [{step}]") from problem
        if reply.is_refusal or (reply.is_positive and is_dot_passed):
            return reply
        raise kind(f"not a reply to a text: {reply} [{step}]")

    @property
    def _has_said_more(self) -> bool:
        """Whether something followed the reply in the same piece: the library would take it for the next reply."""
        return bool(getattr(self._protocol, "_buffer", b""))


def reply_in(problem: SMTPResponseException) -> Reply:
    """The reply that the library did not hope for; its code is -1 where what came is none."""
    return reply_of(problem.code, problem.message.removeprefix(_PARSERS_WORDS))


def with_crlf(text: bytes) -> bytes:
    """The text with every line ended by CRLF.

    A lone CR or LF becomes a line's end, so that nothing within a mail can look like its final dot to any server.
    """
    return b"\r\n".join([*text.splitlines(), b""]) or b"\r\n"


def with_dots_doubled(text: bytes) -> bytes:
    """The text as it stands between DATA and the final dot: a line that begins with a dot begins with two."""
    text = text.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text
