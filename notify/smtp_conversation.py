"""Hearing more than one reply: what a relay that offers PIPELINING (RFC 2920) needs of us.

aiosmtplib's protocol hears one reply for each command that waits for it, and drops what comes besides. Once a
connection is open, protected and logged in, this protocol takes its place there: the library's parser, and each reply
kept until it is asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from aiosmtplib import SMTPException, SMTPResponse, SMTPResponseException, SMTPServerDisconnected, SMTPStatus
from aiosmtplib.protocol import MAX_RESPONSE_LENGTH, SMTPProtocol

MOST_REPLIES = 8  # that nobody has asked for yet; three commands are said at once


class Conversation(SMTPProtocol):
    """What is said on a connection that `before` has opened. All replies are heard in the order of the commands."""

    def __init__(self, before: SMTPProtocol) -> None:
        super().__init__(loop=before._loop, connection_lost_callback=before._connection_lost_callback)  # noqa: SLF001
        transport = cast("asyncio.Transport", before.transport)
        self.connection_made(transport)
        self._buffer = before._buffer  # noqa: SLF001 - what was said too much is not to be lost
        self._replies: deque[SMTPResponse] = deque()
        self._end: SMTPException | None = None  # why no reply comes any more
        self._heard: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def has_said_more(self) -> bool:
        """Whether the relay has said anything that was not asked for yet."""
        return bool(self._replies or self._buffer)

    def data_received(self, data: bytes) -> None:
        """Takes what the relay says apart into replies; of what comes after nonsense nothing is taken."""
        if self._end is not None:
            return
        self._buffer.extend(data)
        try:
            while (reply := self._read_response_from_buffer()) is not None:
                self._replies.append(reply)
        except SMTPResponseException as problem:
            self._break_off(problem)
        if len(self._buffer) > MAX_RESPONSE_LENGTH or len(self._replies) > MOST_REPLIES:
            self._break_off(SMTPResponseException(SMTPStatus.invalid_response.value, "Response too long"))
        self._wake()

    def eof_received(self) -> bool:
        """The relay says nothing more."""
        self._break_off(SMTPServerDisconnected("Unexpected EOF received"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is said any more."""
        self._break_off(SMTPServerDisconnected("Connection lost"))
        super().connection_lost(exc)

    async def read_response(self, timeout: float | None = None) -> SMTPResponse:  # noqa: ASYNC109 - as it is called
        """The next reply.

        Raises:
            SMTPServerDisconnected | SMTPResponseException: none comes any more, or what came is none.
            TimeoutError: it did not come in time.
        """
        async with asyncio.timeout(timeout):
            while not self._replies:
                if self._end is not None:
                    raise self._end
                self._heard = self._loop.create_future()
                await self._heard
        return self._replies.popleft()

    def _break_off(self, problem: SMTPException) -> None:
        self._end = self._end or problem
        self._wake()

    def _wake(self) -> None:
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(None)
