"""The way to a connection that is ready for mail: reached, greeted, protected, logged in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPTimeoutError

from notify.transports.smtp_line import Line, reply_in
from notify.transports.smtp_replies import Step, printable, refusal
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.smtp_socket import connected_socket, own_name
from notify.transports.transport import DeliveryError, RelayMisconfigured, RelayUnavailable


async def opened(settings: SmtpSettings, context: ssl.SSLContext | None) -> Line:
    """A new connection, protected and logged in as the settings ask.

    Raises:
        RelayUnavailable: there is no way to the relay for now, or it has no time for us.
        RelayMisconfigured: it will have nothing to do with us, its certificate does not hold, or our login does not.
    """
    line = await _greeted(settings, context)
    try:
        await _made_ready(line, settings)
    except BaseException:
        line.abort()
        raise
    return line


async def _made_ready(line: Line, settings: SmtpSettings) -> None:
    await _introduce(line, settings)
    if settings.security == "starttls":
        await _protect(line, settings)
        await _introduce(line, settings)  # what was offered before is forgotten (RFC 3207 4.2)
    if settings.username:
        await _log_in(line, settings)
    if not line.is_open:
        raise RelayUnavailable("the connection was lost, or the relay said more than it was asked")


async def _greeted(settings: SmtpSettings, context: ssl.SSLContext | None) -> Line:
    where = f"{settings.host} port {settings.port}"
    try:
        sock = await connected_socket(settings.host, settings.port, settings.timeouts.connect)
    except UnicodeError as problem:
        raise RelayMisconfigured(f"smtp.host: {printable(settings.host)} is no host name") from problem
    except OSError as problem:
        raise RelayUnavailable(f"no connection to {where}: {printable(_words_of(problem))}") from problem
    client = SMTP(
        hostname=settings.host,
        sock=sock,
        local_hostname=settings.local_host or own_name(sock),
        use_tls=settings.security == "tls",
        start_tls=False,  # said by _protect; None would fall back to clear text
        tls_context=context,
    )
    await _agreed(Step.GREETING, client.connect(timeout=None), settings.timeouts.greeting)
    if client.protocol is None:
        raise RelayUnavailable(f"the connection was lost [{Step.GREETING}]")
    return Line(client, client.protocol)


async def _introduce(line: Line, settings: SmtpSettings) -> None:
    await _agreed(Step.EHLO, line.client.ehlo(timeout=None), settings.timeouts.ehlo)


async def _protect(line: Line, settings: SmtpSettings) -> None:
    if not line.client.supports_extension("starttls"):
        raise RelayMisconfigured("the relay does not offer STARTTLS, and the mail would go in clear text")
    await _agreed(Step.STARTTLS, line.client.starttls(timeout=None), settings.timeouts.ehlo)


async def _log_in(line: Line, settings: SmtpSettings) -> None:
    """XOAUTH2 for a token, else PLAIN, else LOGIN.

    One way is tried, once, and a refused token's successor: each failure counts towards the lock that many relays put
    on an account.
    """
    client, offered = line.client, line.client.server_auth_methods
    ways: dict[str, Callable[..., Awaitable[SMTPResponse]]] = {"plain": client.auth_plain, "login": client.auth_login}
    if settings.token is not None:
        ways = {"xoauth2": client.auth_xoauth2}
    way = next((ways[each] for each in ways if each in offered), None)
    if way is None:
        raise RelayMisconfigured(
            f"the relay takes none of these ways to log in: {' '.join(ways)}; "
            f"it offers: {' '.join(sorted(offered)) or 'none'}"
        )
    secret = await _secret(settings)
    try:
        await _agreed(Step.AUTH, way(settings.username, secret, timeout=None), settings.timeouts.ehlo)
    except RelayMisconfigured:
        other = await _secret(settings, secret) if settings.token is not None else secret
        if other == secret:
            raise
        await _agreed(Step.AUTH, way(settings.username, other, timeout=None), settings.timeouts.ehlo)


async def _secret(settings: SmtpSettings, refused: str = "") -> str:
    try:
        if settings.token is not None:
            return await settings.token(refused)
        return settings.password() if settings.password is not None else ""
    except DeliveryError:
        raise
    except (TimeoutError, ConnectionError) as problem:
        raise RelayUnavailable(f"the token for the relay could not be had: {type(problem).__name__}") from problem
    except Exception as problem:  # the words of a stranger's error may hold the secret
        raise RelayMisconfigured(f"there is no secret for the relay: {type(problem).__name__}") from problem


async def _agreed(step: Step, response: Awaitable[SMTPResponse], seconds: float) -> None:
    """Waits for a step of the library's, which raises where the relay does not agree to it."""
    try:
        async with asyncio.timeout(seconds):
            await response
    except (SMTPException, OSError) as problem:
        raise _error(problem, step) from problem


def _error(problem: SMTPException | OSError, step: Step) -> DeliveryError:
    if isinstance(problem, SMTPResponseException):
        reply = reply_in(problem)
        return refusal(step, reply) if reply.is_reply else RelayUnavailable(f"not an SMTP reply: {reply.text} [{step}]")
    of_tls = problem if isinstance(problem, ssl.SSLError) else problem.__cause__
    if isinstance(of_tls, ssl.SSLCertVerificationError):
        return RelayMisconfigured(f"the relay's certificate does not hold: {printable(of_tls.verify_message)}")
    if isinstance(of_tls, ssl.SSLError):
        return RelayMisconfigured(f"no TLS with the relay: {printable(of_tls.reason or str(of_tls))}")
    is_late = isinstance(problem, TimeoutError | SMTPTimeoutError)
    return RelayUnavailable(f"{'no answer in time' if is_late else 'the connection was lost'} [{step}]")


def _words_of(problem: OSError) -> str:
    if isinstance(problem, TimeoutError) and not problem.strerror:
        return "no answer in time"
    return problem.strerror or str(problem)
