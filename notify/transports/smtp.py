"""Delivery to a mail relay over SMTP, on several connections that are used again.

What each reply, silence and broken line leads to stands in docs/delivery-outcomes.md.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable

from notify.addresses import quoted
from notify.record.values import Envelope
from notify.transports.smtp_handshake import opened
from notify.transports.smtp_line import with_crlf
from notify.transports.smtp_places import Crowded, Places, speaks_of_a_crowd
from notify.transports.smtp_session import Mail, Session, StaleConnection
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.transport import DeliveryError, RelayMisconfigured, RelayUnavailable, always, check_paths


class SmtpTransport:
    """Hands mail to the relay of the settings; so many mails at a time as they allow connections, the others wait.

    Where the relay takes fewer, so many as it takes: a mail whose connection it turned away while others of ours stand
    waits for one of these, and nobody hears of it.

    A connection is opened when a mail is ready for it. It is closed, never used again, after a cancellation, a
    time-out, an unknown outcome, a reply that is none and a 421; after so many mails; after so long. All calls come
    from one event loop.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._problem = settings.problem
        self._places = Places(max(1, settings.connections), _now)
        self._idle: list[Session] = []
        self._in_use = 0
        self._opening = 0
        self._settled = asyncio.Event()  # set where none is being opened
        self._context: ssl.SSLContext | None = None
        self._is_closed = False

    async def hand_over(self, envelope: Envelope, *, may_go: Callable[[], bool] = always) -> str:
        """The relay's reply, once it has accepted the mail. No reply on record repeats the recipient's address.

        `may_go` is asked before DATA, and once more before the text is said.

        Raises:
            NoLongerOurs: it said no.
            RecipientRefused | RelayUnavailable | RelayMisconfigured | OutcomeUnknown: it has not, or perhaps not.
        """
        check_paths(envelope)
        mail = Mail(quoted(envelope.sender), quoted(envelope.address), with_crlf(envelope.raw), may_go)
        if self._problem:
            raise RelayMisconfigured(self._problem)
        try:
            return _masked(await self._in_turn(mail), envelope.address)
        except DeliveryError as problem:
            problem.reply = _masked(problem.reply, envelope.address)
            problem.args = (problem.reply,)
            raise

    async def close(self) -> None:
        """Takes leave of the relay on the idle connections; those in use are closed when their mail is done."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(each.quit() for each in idle))

    async def _in_turn(self, mail: Mail) -> str:
        while True:
            async with self._places:
                try:
                    return await self._hand_over(mail)
                except Crowded:
                    self._places.withhold()

    async def _hand_over(self, mail: Mail) -> str:
        if self._is_closed:
            raise RelayUnavailable("this transport is closed")
        session = await self._idle_session()
        if session is not None:
            try:
                return await self._use(session, mail)
            except StaleConnection:
                pass  # once: another idle one is likely to be as dead, a new one is not
        return await self._use(await self._new_session(), mail)

    async def _use(self, session: Session, mail: Mail) -> str:
        self._in_use += 1
        try:
            return await session.hand_over(mail)
        except StaleConnection:
            raise
        except RelayUnavailable as refused:
            if speaks_of_a_crowd(refused.reply) and (self._in_use > 1 or self._idle):
                await session.quit()
                raise Crowded(refused.reply) from refused
            raise
        finally:
            self._in_use -= 1
            if session.is_open and not self._is_closed:
                self._idle.append(session)
            else:
                session.abort()

    async def _idle_session(self) -> Session | None:
        now = _now()
        worn = [each for each in self._idle if not each.may_serve(now)]
        if worn:
            self._idle = [each for each in self._idle if each not in worn]
            await asyncio.gather(*(each.quit() for each in worn))
        return self._idle.pop() if self._idle else None

    async def _new_session(self) -> Session:
        if self._context is None and self._settings.security != "none":
            self._context = _context(self._settings)
        self._opening += 1
        self._settled.clear()
        try:
            return Session(await opened(self._settings, self._context), self._settings, _now())
        except RelayUnavailable as problem:
            refused = problem
        finally:
            self._opening -= 1
            if not self._opening:
                self._settled.set()
        if not (self._in_use or self._idle):
            await self._settled.wait()  # only then is it known which of them the relay took
        if self._in_use or self._idle:
            raise Crowded(refused.reply) from refused
        self._places.restore()  # it takes none at all: that is no matter of how many
        raise refused


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as problem:  # an SSLError is one
        raise RelayMisconfigured(f"smtp.ca_file: {settings.ca_file} cannot be used: {problem.strerror}") from problem


def _masked(reply: str, address: str) -> str:
    """Replies travel further than addresses may: into logs and onto terminals."""
    if "@" in address and "@" not in reply:
        return reply
    spellings = "|".join(map(re.escape, (quoted(address), address)))
    return re.sub(spellings, "(recipient)", reply, flags=re.IGNORECASE)


def _now() -> float:
    return asyncio.get_running_loop().time()
