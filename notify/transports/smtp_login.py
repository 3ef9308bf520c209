"""Logging in at a relay (RFC 4954), over a line that is protected already."""

from __future__ import annotations

from aiosmtplib.auth import auth_login_encode, auth_plain_encode, auth_xoauth2_encode

from notify.transports.smtp_line import Line
from notify.transports.smtp_replies import Reply, Step, refusal
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.transport import DeliveryError, RelayMisconfigured, RelayUnavailable


async def log_in(line: Line, settings: SmtpSettings) -> None:
    """Logs in with what the settings give and the relay takes: XOAUTH2 for a token, else PLAIN, else LOGIN.

    One way is tried, once: each failure counts towards the lock that many relays put on an account.

    Raises:
        RelayMisconfigured: no way fits, the relay refuses for good, or there is no secret to be had.
        RelayUnavailable: it refuses for now, or the line broke.
    """
    ways = ("xoauth2",) if settings.token is not None else ("plain", "login")
    way = next((each for each in ways if each in line.logins), None)
    if way is None:
        offered = " ".join(sorted(line.logins)) or "none"
        raise RelayMisconfigured(
            f"the relay takes none of these ways to log in: {' '.join(ways)}; it offers: {offered}"
        )
    secret = await _secret(settings)
    reply = await _answer(line, way, settings.username, secret, settings.timeouts.ehlo)
    if not reply.is_positive:
        raise refusal(Step.AUTH, reply)


async def _answer(line: Line, way: str, username: str, secret: str, seconds: float) -> Reply:
    if way == "plain":
        return await line.ask(Step.AUTH, b"AUTH", b"PLAIN", auth_plain_encode(username, secret), seconds=seconds)
    if way == "xoauth2":
        token = auth_xoauth2_encode(username, secret)
        reply = await line.ask(Step.AUTH, b"AUTH", b"XOAUTH2", token, seconds=seconds)
        # A refusal comes as a challenge first, and in plain words when that is answered with an empty line.
        return await line.ask(Step.AUTH, b"", seconds=seconds) if reply.is_go_on else reply
    name, password = auth_login_encode(username, secret)
    reply = await line.ask(Step.AUTH, b"AUTH", b"LOGIN", name, seconds=seconds)
    return await line.ask(Step.AUTH, password, seconds=seconds) if reply.is_go_on else reply


async def _secret(settings: SmtpSettings) -> str:
    try:
        if settings.token is not None:
            return await settings.token()
        return settings.password() if settings.password is not None else ""
    except DeliveryError:
        raise
    except (TimeoutError, ConnectionError) as problem:
        raise RelayUnavailable(f"the token for the relay could not be had: {type(problem).__name__}") from problem
    except Exception as problem:  # the words of a stranger's error may hold the secret
        raise RelayMisconfigured(f"there is no secret for the relay: {type(problem).__name__}") from problem
