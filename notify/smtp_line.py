"""One connection to a relay, word by word, with what is certain about each outcome.

It stands on aiosmtplib's connection, TLS and reply parser. Commands go through its `execute_command`, save those that
are said ahead to a relay that offers PIPELINING (smtp_conversation). The DATA phase is driven here with its protocol's
public `write` and `read_response`: the library's own writes text and final dot in one piece, waits as long for 354 as
for the dot, and raises the same error before the dot and after it. Its time-outs are not used: they are
`asyncio.wait_for`, which on Python 3.11 can swallow a cancellation (python/cpython#86296).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from contextlib import suppress
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPTimeoutError
from aiosmtplib.protocol import SMTPProtocol

from notify.smtp_conversation import Conversation
from notify.smtp_replies import Reply, Step, printable, refusal, reply_of
from notify.smtp_settings import SmtpSettings
from notify.smtp_socket import connected_socket, own_name
from notify.transport import DeliveryError, OutcomeUnknown, RelayMisconfigured, RelayUnavailable

_CLOSING = 421
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FINAL_DOT = b".\r\n"
_PARSERS_WORDS = "Malformed SMTP response line: "
_POLL_SECONDS = 0.02  # asyncio tells of an emptied write buffer only through its streams, and this is none


class Line:
    """A connection that has been greeted.

    `is_sound` is False from each command until its reply was understood. Whatever comes between, a time-out, a
    cancellation, a reply that is none, leaves it so; such a connection is given no other mail, because a late reply
    would be taken for the next command's.
    """

    def __init__(self, client: SMTP, protocol: SMTPProtocol, settings: SmtpSettings, own_name: str) -> None:
        self.is_sound = True
        self._ahead: deque[bytes] = deque()  # commands that were said and whose replies are still to be heard
        self._client = client
        self._protocol = protocol
        self._transport = protocol.transport  # the client forgets its own when it closes, and then cannot abort it
        self._timeouts = settings.timeouts
        self._pipelines = settings.pipelining
        self._own_name = own_name

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection; the next command may find it dead all the same."""
        return self.is_sound and not self._ahead and self._protocol.is_connected

    @property
    def offers(self) -> dict[str, str]:
        """The relay's extensions in lower case, with their parameters, as last said."""
        return self._client.esmtp_extensions

    @property
    def logins(self) -> list[str]:
        """The ways to log in that the relay offers, in lower case."""
        return self._client.server_auth_methods

    def say_ahead(self, *commands: bytes) -> None:
        """Says several commands at once where the relay lets us (RFC 2920); `ask` hears the reply to each in turn.

        Raises:
            RelayUnavailable: the line is broken.
        """
        if not self._pipelines or "pipelining" not in self.offers:
            return
        if not isinstance(self._protocol, Conversation):
            self._protocol = self._client.protocol = Conversation(self._protocol)
        self.is_sound = False
        try:
            self._protocol.write(b"".join(command + b"\r\n" for command in commands))
        except SMTPException as problem:
            raise RelayUnavailable(_sentence(problem, Step.MAIL)) from problem
        self._ahead.extend(commands)

    async def hear_the_rest(self, seconds: float) -> None:
        """Hears the replies to what was said ahead and is of no use any more, so that the connection can serve again.

        Where the relay waits for a text all the same, or something is amiss, it is not sound any more.
        """
        is_sound = self.is_sound
        while is_sound and self._ahead:
            try:
                reply = await self.ask(Step.DATA, self._ahead[0], seconds=seconds)
            except RelayUnavailable:
                return
            is_sound = self.is_sound = self.is_sound and not reply.is_go_on

    async def ask(self, step: Step, *words: bytes, seconds: float) -> Reply:
        """The relay's reply to a command, whatever it says.

        Raises:
            RelayUnavailable: the line broke, no whole reply came in time, or what came is none.
        """
        return reply_of(*await self._response(step, *words, seconds=seconds))

    async def agree(self, step: Step, *words: bytes, seconds: float) -> Reply:
        """The relay's positive reply to a command.

        Raises:
            DeliveryError: it refused, or as `ask` does.
        """
        return self._agreed(step, await self.ask(step, *words, seconds=seconds))

    async def agree_to_text(self, seconds: float) -> None:
        """Says DATA; the relay waits for the text.

        Raises:
            DeliveryError: it refused, or as `ask` does.
        """
        reply = await self.ask(Step.DATA, b"DATA", seconds=seconds)
        if not reply.is_go_on:
            raise self._refused(Step.DATA, reply)

    async def introduce(self) -> None:
        """Says EHLO and takes note of what the relay offers.

        Raises:
            DeliveryError: it refused, or as `ask` does.
        """
        words = (b"EHLO", self._own_name.encode("ascii"))
        response = await self._response(Step.EHLO, *words, seconds=self._timeouts.ehlo)
        self._agreed(Step.EHLO, reply_of(*response))
        self._client.last_ehlo_response = response

    async def protect(self) -> None:
        """Says STARTTLS and checks the relay's certificate; what was offered before that is forgotten (RFC 3207 4.2).

        Raises:
            RelayMisconfigured: it is not offered, is refused for good, or the certificate does not hold.
            RelayUnavailable: it is refused for now, or as `ask` does.
        """
        if "starttls" not in self.offers:
            raise RelayMisconfigured("the relay does not offer STARTTLS, and the mail would go in clear text")
        self.is_sound = False
        try:
            async with asyncio.timeout(self._timeouts.ehlo):
                await self._client.starttls(timeout=None)
        except (SMTPException, OSError) as problem:
            raise _opening_error(problem, Step.STARTTLS) from problem
        self._transport = self._protocol.transport
        self.is_sound = True

    async def hand_over_text(self, text: bytes) -> Reply:
        """The relay's reply to the text, which ends each line with CRLF; 2xx: it has taken the mail over. 354 was said.

        Raises:
            RelayUnavailable: the line broke or the relay fell out of step before the final dot was passed.
            OutcomeUnknown: after it.
        """
        self.is_sound = False
        is_dot_passed = False
        answer = asyncio.create_task(self._protocol.read_response())  # hears a relay that does not wait for the dot
        try:
            await self._pass(_with_dots_doubled(text), answer)
            if self._protocol.is_connected and not answer.done():
                is_dot_passed = True
                self._protocol.write(_FINAL_DOT)
            async with asyncio.timeout(self._timeouts.dot):
                reply = reply_of(*await answer)
        except (SMTPException, TimeoutError) as problem:
            kind = OutcomeUnknown if is_dot_passed else RelayUnavailable
            raise kind(_sentence(problem, "final dot" if is_dot_passed else "text")) from problem
        finally:
            answer.cancel()
        if not reply.is_refusal and not (reply.is_positive and is_dot_passed):
            kind = OutcomeUnknown if is_dot_passed else RelayUnavailable
            raise kind(f"not a reply to a text: {reply} [{Step.TEXT}]")
        self.is_sound = is_dot_passed and reply.code != _CLOSING and not self._has_said_more()
        return reply

    async def quit(self) -> None:
        """Says QUIT where there is someone to say it to, does not mind the reply, and closes the connection."""
        try:
            if self.is_open:
                with suppress(SMTPException, TimeoutError):
                    async with asyncio.timeout(self._timeouts.quit):
                        await self._client.quit(timeout=None)
        finally:
            self.abort()

    def abort(self) -> None:
        """Closes the connection at once; what has not left this process is dropped."""
        self.is_sound = False
        self._client.close()
        if self._transport is not None:
            cast("asyncio.WriteTransport", self._transport).abort()

    async def _response(self, step: Step, *words: bytes, seconds: float) -> SMTPResponse:
        self.is_sound = False
        try:
            async with asyncio.timeout(seconds):
                response = await self._reply_to(b" ".join(words))
        except (SMTPException, TimeoutError) as problem:
            raise RelayUnavailable(_sentence(problem, step)) from problem
        if not reply_of(*response).is_reply or (self._has_said_more() and not self._ahead):
            raise RelayUnavailable(f"not an SMTP reply: {reply_of(*response)} [{step}]")
        self.is_sound = response.code != _CLOSING
        return response

    async def _reply_to(self, command: bytes) -> SMTPResponse:
        if not self._ahead:
            return await self._client.execute_command(command, timeout=None)
        if command != self._ahead.popleft():
            raise RuntimeError(f"{command!r} was to be said, and something else was said ahead")
        return await self._protocol.read_response()

    def _agreed(self, step: Step, reply: Reply) -> Reply:
        if not reply.is_positive:
            raise self._refused(step, reply)
        return reply

    def _refused(self, step: Step, reply: Reply) -> DeliveryError:
        if not reply.is_refusal:
            self.is_sound = False  # out of turn: who knows which command it answers
        return refusal(step, reply)

    async def _pass(self, text: bytes, answer: asyncio.Task[SMTPResponse]) -> None:
        """Until the text has left this process, or there is no sense in going on."""
        await asyncio.sleep(0)  # from here on `answer` listens
        if not self._protocol.is_connected:
            return
        self._protocol.write(text)
        transport = cast("asyncio.WriteTransport", self._transport)
        async with asyncio.timeout(self._timeouts.text):
            await asyncio.sleep(0)
            while transport.get_write_buffer_size() and not answer.done():  # noqa: ASYNC110 - see _POLL_SECONDS
                await asyncio.sleep(_POLL_SECONDS)

    def _has_said_more(self) -> bool:
        """Whether something followed the reply in the same piece: the library would take it for the next reply."""
        if isinstance(self._protocol, Conversation):
            return self._protocol.has_said_more
        return bool(getattr(self._protocol, "_buffer", b""))


async def connected(settings: SmtpSettings, context: ssl.SSLContext | None) -> Line:
    """A new connection, greeted; over TLS from its first byte where the settings say so.

    Raises:
        RelayUnavailable: there is no way to the relay for now, or it has no time for us.
        RelayMisconfigured: it will have nothing to do with us, or its certificate does not hold.
    """
    where = f"{settings.host} port {settings.port}"
    try:
        sock = await connected_socket(settings.host, settings.port, settings.timeouts.connect)
    except UnicodeError as problem:
        raise RelayMisconfigured(f"smtp.host: {printable(settings.host)} is no host name") from problem
    except OSError as problem:
        raise RelayUnavailable(f"no connection to {where}: {printable(_words_of(problem))}") from problem
    name = settings.local_host or own_name(sock)
    client = SMTP(
        hostname=settings.host,
        sock=sock,
        local_hostname=name,
        use_tls=settings.security == "tls",
        start_tls=False,  # said by Line.protect; None would fall back to clear text
        tls_context=context,
    )
    try:
        async with asyncio.timeout(settings.timeouts.greeting):
            await client.connect(timeout=None)
    except (SMTPException, OSError) as problem:
        raise _opening_error(problem, Step.GREETING) from problem
    if client.protocol is None:
        raise RelayUnavailable(f"the connection was lost [{Step.GREETING}]")
    return Line(client, client.protocol, settings, name)


def with_crlf(text: bytes) -> bytes:
    """The text with every line ended by CRLF.

    A lone CR or LF becomes a line's end, so that nothing within a mail can look like its final dot to any server.
    """
    ends = text.count(b"\r\n")
    is_so = ends == text.count(b"\n") == text.count(b"\r")  # as our own mails are: no need to write it all anew
    lines = text if is_so else _LINE_END.sub(b"\r\n", text)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _with_dots_doubled(text: bytes) -> bytes:
    """The text as it stands between DATA and the final dot: a line that begins with a dot begins with two."""
    text = text.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text


def _opening_error(problem: SMTPException | OSError, step: Step) -> DeliveryError:
    if isinstance(problem, SMTPResponseException) and reply_of(problem.code, problem.message).is_reply:
        return refusal(step, reply_of(problem.code, problem.message))
    of_tls = problem if isinstance(problem, ssl.SSLError) else problem.__cause__
    if isinstance(of_tls, ssl.SSLCertVerificationError):
        return RelayMisconfigured(f"the relay's certificate does not hold: {printable(of_tls.verify_message)}")
    if isinstance(of_tls, ssl.SSLError):
        return RelayMisconfigured(f"no TLS with the relay: {printable(of_tls.reason or str(of_tls))}")
    return RelayUnavailable(_sentence(problem, step))


def _sentence(problem: Exception, step: str) -> str:
    if isinstance(problem, SMTPResponseException):
        return f"not an SMTP reply: {printable(problem.message.removeprefix(_PARSERS_WORDS))} [{step}]"
    if isinstance(problem, TimeoutError | SMTPTimeoutError):
        return f"no answer in time [{step}]"
    return f"the connection was lost [{step}]"


def _words_of(problem: OSError) -> str:
    if isinstance(problem, TimeoutError) and not problem.strerror:
        return "no answer in time"
    return problem.strerror or str(problem)
