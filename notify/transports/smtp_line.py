"""One connection to a relay until it is ready for mail: greeted, protected, logged in.

It stands on aiosmtplib's connection, TLS and reply parser; its time-outs are not used (see smtp_dialogue).
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPTimeoutError
from aiosmtplib.protocol import SMTPProtocol

from notify.transports.smtp_dialogue import Dialogue
from notify.transports.smtp_replies import Reply, Step, printable, refusal, reply_of
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.smtp_socket import connected_socket, own_name
from notify.transports.transport import DeliveryError, RelayMisconfigured, RelayUnavailable

_CLOSING = 421
_PARSERS_WORDS = "Malformed SMTP response line: "


class Line:
    """A connection that has been greeted.

    `is_sound` is False from each command until its reply was understood. Whatever comes between, a time-out, a
    cancellation, a reply that is none, leaves it so; such a connection is not used any more.
    """

    def __init__(self, client: SMTP, protocol: SMTPProtocol, settings: SmtpSettings, own_name: str) -> None:
        self.is_sound = True
        self._client = client
        self._protocol = protocol
        self._transport = protocol.transport  # the client forgets its own when it closes, and then cannot abort it
        self._timeouts = settings.timeouts
        self._own_name = own_name

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection; the next command may find it dead all the same."""
        return self.is_sound and self._protocol.is_connected

    @property
    def offers(self) -> dict[str, str]:
        """The relay's extensions in lower case, with their parameters, as last said."""
        return self._client.esmtp_extensions

    @property
    def logins(self) -> list[str]:
        """The ways to log in that the relay offers, in lower case."""
        return self._client.server_auth_methods

    async def ask(self, step: Step, *words: bytes, seconds: float) -> Reply:
        """The relay's reply to a command, whatever it says.

        Raises:
            RelayUnavailable: the line broke, no whole reply came in time, or what came is none.
        """
        return reply_of(*await self._response(step, *words, seconds=seconds))

    async def introduce(self) -> None:
        """Says EHLO and takes note of what the relay offers.

        Raises:
            DeliveryError: it refused, or as `ask` does.
        """
        words = (b"EHLO", self._own_name.encode("ascii"))
        response = await self._response(Step.EHLO, *words, seconds=self._timeouts.ehlo)
        reply = reply_of(*response)
        if not reply.is_positive:
            raise refusal(Step.EHLO, reply)
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

    def ready(self) -> Dialogue:
        """The connection from now on, for mail; nothing more is said over this line.

        Raises:
            RelayUnavailable: it is lost already.
        """
        if not self.is_open or self._transport is None:
            raise RelayUnavailable("the connection was lost")
        return Dialogue(cast("asyncio.Transport", self._transport), self.offers, self._timeouts)

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
                response = await self._client.execute_command(*words, timeout=None)
        except (SMTPException, TimeoutError) as problem:
            raise RelayUnavailable(_sentence(problem, step)) from problem
        if not reply_of(*response).is_reply or self._has_said_more():
            raise RelayUnavailable(f"not an SMTP reply: {reply_of(*response)} [{step}]")
        self.is_sound = response.code != _CLOSING
        return response

    def _has_said_more(self) -> bool:
        """Whether something followed the reply in the same piece: the library would take it for the next reply."""
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
