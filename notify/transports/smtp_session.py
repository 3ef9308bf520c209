"""One connection's life: opened, protected and logged in, then one mail after another."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notify.transports.smtp_dialogue import Dialogue, is_agreed
from notify.transports.smtp_line import connected
from notify.transports.smtp_login import log_in
from notify.transports.smtp_replies import Step, refusal
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.transport import DeliveryError, MessageRefused, NoLongerOurs, RelayUnavailable

Command = tuple[Step, bytes, float]  # how long the relay may take to reply, in seconds


class StaleConnection(RelayUnavailable):
    """A connection that had served before was dead when it was wanted; nothing has been said of the mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is handed over. The addresses are ASCII, without spaces and brackets; each line of the text ends in CRLF."""

    sender: str  # may be ""
    recipient: str
    text: bytes
    may_go: Callable[[], bool]


class Session:
    """A connection that is ready for mail, for one at a time."""

    def __init__(self, dialogue: Dialogue, settings: SmtpSettings, opened_at: float) -> None:
        self._dialogue = dialogue
        self._settings = settings
        self._opened_at = opened_at
        self._mails = 0  # how many were begun
        self._is_begun = False  # one was begun and not ended: a RSET comes before the next

    @classmethod
    async def opened(cls, settings: SmtpSettings, context: ssl.SSLContext | None, now: float) -> Session:
        """A new connection, protected and logged in as the settings ask. `now` is in seconds of any steady clock.

        Raises:
            RelayUnavailable | RelayMisconfigured: there is none to be had.
        """
        line = await connected(settings, context)
        try:
            await line.introduce()
            if settings.security == "starttls":
                await line.protect()
                await line.introduce()
            if settings.username:
                await log_in(line, settings)
            return cls(line.ready(), settings, now)
        except BaseException:
            line.abort()
            raise

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection."""
        return self._dialogue.is_open

    def may_serve(self, now: float) -> bool:
        """Whether it may take one more mail: nothing is known against it, and it is neither worn nor old."""
        is_worn = self._mails >= self._settings.mails_per_connection
        is_old = now - self._opened_at >= self._settings.connection_seconds
        return self.is_open and not is_worn and not is_old

    async def hand_over(self, mail: Mail) -> str:
        """The relay's reply, once it has taken the mail over.

        Raises:
            StaleConnection: the connection had died since its last mail; nothing has been said of this one.
            DeliveryError: the mail was not, or perhaps not, taken over.
        """
        self._check_size(mail)
        self._mails += 1
        await self._clear()
        if self._settings.pipelining and "pipelining" in self._dialogue.offers:
            await self._propose_in_one_piece(self._commands(mail))
        else:
            await self._propose(self._commands(mail), mail.may_go)
        reply = await self._dialogue.hand_over_text(mail.text, mail.may_go)
        if not reply.is_positive:
            raise refusal(Step.TEXT, reply)
        self._is_begun = False
        return str(reply)

    async def quit(self) -> None:
        """Takes leave and closes; errors in that are nobody's concern any more."""
        await self._dialogue.quit()

    def abort(self) -> None:
        """Closes at once."""
        self._dialogue.abort()

    def _check_size(self, mail: Mail) -> None:
        limit = self._dialogue.offers.get("size", "")  # "0" or nothing: no fixed limit (RFC 1870 4)
        if limit.isdecimal() and 0 < int(limit) < len(mail.text):
            raise MessageRefused(f"the mail has {len(mail.text)} octets, and the relay takes {int(limit)} at most")

    def _commands(self, mail: Mail) -> tuple[Command, ...]:
        """What is said before the text, each with how long the relay may take to reply."""
        size = b" SIZE=%d" % len(mail.text) if "size" in self._dialogue.offers else b""
        waits = self._settings.timeouts
        return (
            (Step.MAIL, b"MAIL FROM:<%b>%b" % (mail.sender.encode("ascii"), size), waits.mail),
            (Step.RCPT, b"RCPT TO:<%b>" % mail.recipient.encode("ascii"), waits.rcpt),
            (Step.DATA, b"DATA", waits.data),
        )

    async def _propose(self, commands: Sequence[Command], may_go: Callable[[], bool]) -> None:
        for step, command, seconds in commands:
            if step is Step.DATA and not may_go():
                raise NoLongerOurs(f"it is another's by now [{step}]")
            self._dialogue.say(command)
            if refused := await self._refusal(step, seconds):
                raise refused

    async def _propose_in_one_piece(self, commands: Sequence[Command]) -> None:
        """Says all of it at once (RFC 2920); where the relay refuses it is heard out, so that the connection serves on.

        The text follows only when all is agreed to.
        """
        self._dialogue.say(*(command for _, command, _ in commands))
        first: DeliveryError | None = None
        for step, _, seconds in commands:
            try:
                refused = await self._refusal(step, seconds, more=step is not Step.DATA)
            except RelayUnavailable as problem:
                raise first or problem from None
            if first is not None and step is Step.DATA and refused is None:
                self._dialogue.is_in_step = False  # it waits for the text of a mail that it has refused
            first = first or refused
        if first is not None:
            raise first

    async def _refusal(self, step: Step, seconds: float, *, more: bool = False) -> DeliveryError | None:
        """What the relay has against the mail; None where it agrees."""
        is_new = step is not Step.MAIL or self._mails == 1
        try:
            reply = await self._dialogue.reply(step, seconds, more=more)
        except RelayUnavailable as problem:
            raise problem if is_new else StaleConnection(problem.reply) from None
        if is_agreed(step, reply):
            return None
        refused = self._dialogue.refused(step, reply)
        if self._dialogue.is_in_step or is_new:
            return refused
        raise StaleConnection(refused.reply)

    async def _clear(self) -> None:
        if self._is_begun:
            self._dialogue.say(b"RSET")
            try:
                reply = await self._dialogue.reply(Step.RESET, self._settings.timeouts.reset)
            except RelayUnavailable as problem:
                raise StaleConnection(problem.reply) from problem
            if not reply.is_positive:
                self._dialogue.is_in_step = False
                raise StaleConnection(f"{reply} [{Step.RESET}]")
        self._is_begun = True
