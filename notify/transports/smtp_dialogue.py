"""The conversation over a connection that is ready for mail: commands, replies, texts, and what is certain of each.

The library that opens a connection (smtp_line) waits for each reply before it says the next command, raises the same
error before the final dot and after it, and its time-outs are `asyncio.wait_for`, which on Python 3.11 can swallow a
cancellation (python/cpython#86296). So from the first mail on the connection speaks through this protocol of our own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from notify.transports.smtp_replies import Reply, Step, printable, refusal, reply_of
from notify.transports.smtp_settings import SmtpTimeouts
from notify.transports.transport import DeliveryError, NoLongerOurs, OutcomeUnknown, RelayUnavailable

_CLOSING = 421
_FINAL_DOT = b".\r\n"
LONGEST_REPLY = 32_768  # octets
_ONE_PIECE = 65_536  # octets: a text that is no longer leaves this process together with its final dot
_POLL_SECONDS = 0.02  # asyncio tells of an emptied write buffer only where it was full before


class _Silence(Exception):  # noqa: N818 - named for what happened
    """No reply can be had: the connection was lost, no whole one came in time, or what came is none."""


_LOST, _LATE, _TOO_LONG = "the connection was lost", "no answer in time", "not an SMTP reply: it is too long"


class Dialogue(asyncio.Protocol):
    """A connection that speaks of mail, one at a time.

    `is_sound` is False from each command until the last reply to what was said was understood. Whatever comes between,
    a time-out, a cancellation, a reply that is none, leaves it so; such a connection is given no other mail, because a
    late reply would be taken for the next command's.
    """

    def __init__(self, transport: asyncio.Transport, offers: dict[str, str], timeouts: SmtpTimeouts) -> None:
        self.is_sound = True
        self.is_in_step = True  # until a reply is out of turn, or says that the relay closes
        self.offers = offers  # the relay's extensions in lower case, with their parameters
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._timeouts = timeouts
        self._heard = bytearray()
        self._problem = ""  # why no further reply will come
        self._waiter: asyncio.Future[Reply] | None = None
        self._run_out_at = 0.0
        self._timer: asyncio.TimerHandle | None = None  # at or before that: to start one anew for each reply costs more
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection; the next command may find it dead all the same."""
        return self.is_sound and self.is_in_step and not self._heard and not self._is_lost

    def say(self, *commands: bytes) -> None:
        """Says the commands, all in one piece; the reply to each is heard in turn."""
        self.is_sound = False
        if self._heard:  # unasked
            self._problem = self._problem or _no_reply(self._heard)
            self._heard.clear()
        if not self._is_lost:
            self.write(b"\r\n".join((*commands, b"")))

    def write(self, data: bytes) -> None:
        """Sends it, or as much of it as can leave at once; the rest follows by itself."""
        self._transport.write(data)

    async def reply(self, step: Step, seconds: float, *, more: bool = False) -> Reply:
        """The relay's next reply, whatever it says. `more`: others are due after it.

        Raises:
            RelayUnavailable: the line broke, no whole reply came in time, or what came is none.
        """
        try:
            reply = await self._next_reply(seconds)
        except _Silence as problem:
            raise RelayUnavailable(f"{problem} [{step}]") from problem
        if not reply.is_reply or (self._heard and not more):
            raise RelayUnavailable(f"not an SMTP reply: {reply} [{step}]")
        self.is_sound = not more and reply.code != _CLOSING
        return reply

    def refused(self, step: Step, reply: Reply) -> DeliveryError:
        """The error for a reply that does not agree."""
        if not reply.is_refusal or reply.code == _CLOSING:
            self.is_in_step = False  # out of turn: who knows which command it answers
        return refusal(step, reply)

    async def hand_over_text(self, text: bytes, may_go: Callable[[], bool]) -> Reply:
        """The relay's reply to the text; 2xx: it has taken the mail over. 354 has been said; each line ends in CRLF.

        Raises:
            NoLongerOurs: `may_go` said no right before the final dot; nothing was accepted.
            RelayUnavailable: the line broke or the relay fell out of step before the final dot was passed.
            OutcomeUnknown: after it.
        """
        self.is_sound = False
        is_dot_passed = False
        try:
            is_dot_passed = await self._pass(with_dots_doubled(text), may_go)
            reply = await self._next_reply(self._timeouts.dot)
        except _Silence as problem:
            kind = OutcomeUnknown if is_dot_passed else RelayUnavailable
            raise kind(f"{problem} [{'final dot' if is_dot_passed else 'text'}]") from problem
        if not reply.is_refusal and not (reply.is_positive and is_dot_passed):
            kind = OutcomeUnknown if is_dot_passed else RelayUnavailable
            raise kind(f"not a reply to a text: {reply} [{Step.TEXT}]")
        self.is_sound = is_dot_passed and reply.code != _CLOSING and not self._heard
        return reply

    async def quit(self) -> None:
        """Says QUIT where there is someone to say it to, does not mind the reply, and closes the connection."""
        try:
            if self.is_open:
                self.say(b"QUIT")
                with suppress(RelayUnavailable):
                    await self.reply(Step.QUIT, self._timeouts.quit)
        finally:
            self.abort()

    def abort(self) -> None:
        """Closes the connection at once; what has not left this process is dropped."""
        self.is_sound = False
        if self._timer is not None:
            self._timer.cancel()
        self._transport.abort()

    # What asyncio calls

    def data_received(self, data: bytes) -> None:
        """A piece of what the relay says."""
        if self._problem:
            return
        self._heard += data
        if self._waiter is None or self._waiter.done():
            if len(self._heard) > LONGEST_REPLY:
                self._end(_TOO_LONG)
            return
        try:
            reply = self._parsed() if b"\n" in data or len(self._heard) > LONGEST_REPLY else None
        except _Silence as problem:
            self._end(str(problem))
        else:
            if reply is not None:
                self._waiter.set_result(reply)

    def eof_received(self) -> None:
        """The relay says no more; the connection is closed after it."""
        self._end(_LOST)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Nothing more is heard."""
        self._end(_LOST)

    # Within

    @property
    def _is_lost(self) -> bool:
        return bool(self._problem) or self._transport.is_closing()

    def _end(self, problem: str) -> None:
        self._problem = self._problem or problem
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(_Silence(self._problem))

    async def _next_reply(self, seconds: float) -> Reply:
        reply = self._parsed()
        if reply is not None:
            return reply
        if self._is_lost:
            raise _Silence(self._problem or _LOST)
        self._waiter = self._loop.create_future()
        self._run_out_at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._run_out_at:
            self._wind_up()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def _wind_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._run_out_at, self._look_at_the_time)

    def _look_at_the_time(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._run_out_at:
            self._end(_LATE)
        else:
            self._wind_up()

    def _parsed(self) -> Reply | None:
        """The first whole reply that was heard, taken out of it."""
        start, said = 0, []
        while (end := self._heard.find(b"\n", start)) >= 0:
            line = bytes(self._heard[start : end + 1])
            code, start = line[:3], end + 1
            if not code.isdigit():
                raise _Silence(_no_reply(line))
            said.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                del self._heard[:start]
                return reply_of(int(code), b"\n".join(said).decode("utf-8", "surrogateescape"))
        if len(self._heard) > LONGEST_REPLY:
            raise _Silence(_TOO_LONG)
        return None

    async def _pass(self, text: bytes, may_go: Callable[[], bool]) -> bool:
        """Whether the text has left this process with its final dot; not where there was no sense in going on.

        Of a short text it is taken for passed with the text: whoever cannot tell has to believe it.
        """
        if self._is_lost:
            return False
        if len(text) <= _ONE_PIECE:
            _check(may_go)
            self.write(text + _FINAL_DOT)
            return not self._transport.is_closing()  # it is where nothing of it could be written
        self.write(text)
        try:
            async with asyncio.timeout(self._timeouts.text):
                while self._transport.get_write_buffer_size() and not (self._heard or self._is_lost):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as problem:
            raise _Silence(_LATE) from problem
        if self._heard or self._is_lost:
            return False
        _check(may_go)
        self.write(_FINAL_DOT)
        return True


def _check(may_go: Callable[[], bool]) -> None:
    if not may_go():
        raise NoLongerOurs(f"it is another's by now [{Step.TEXT}]")


def _no_reply(heard: bytes | bytearray) -> str:
    return f"not an SMTP reply: {printable(heard.decode(errors='replace'))}"


def is_agreed(step: Step, reply: Reply) -> bool:
    """Whether the reply is the one that the step hopes for."""
    return reply.is_go_on if step is Step.DATA else reply.is_positive


def with_crlf(text: bytes) -> bytes:
    """The text with every line ended by CRLF.

    A lone CR or LF becomes a line's end, so that nothing within a mail can look like its final dot to any server.
    """
    return b"\r\n".join([*text.splitlines(), b""]) or b"\r\n"


def with_dots_doubled(text: bytes) -> bytes:
    """The text as it stands between DATA and the final dot: a line that begins with a dot begins with two."""
    text = text.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text
