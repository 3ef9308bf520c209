"""One connection's life: opened, protected and logged in, then one mail after another."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from notify.smtp_line import Line, connected
from notify.smtp_login import log_in
from notify.smtp_replies import Step, refusal
from notify.smtp_settings import SmtpSettings
from notify.transport import DeliveryError, MessageRefused, RelayUnavailable


class StaleConnection(RelayUnavailable):
    """A connection that had served before was dead when it was wanted; nothing has been said of the mail."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is handed over. The addresses are ASCII, without spaces and brackets; each line of the text ends in CRLF."""

    sender: str  # may be ""
    recipient: str
    text: bytes


class Session:
    """A connection that is ready for mail, for one at a time."""

    def __init__(self, line: Line, settings: SmtpSettings, opened_at: float) -> None:
        self._line = line
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
        except BaseException:
            line.abort()
            raise
        return cls(line, settings, now)

    @property
    def is_open(self) -> bool:
        """Whether nothing is known against the connection."""
        return self._line.is_open

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
        waits = self._settings.timeouts
        recipient = b"RCPT " + _path(b"TO", mail.recipient)
        try:
            await self._begin(mail, recipient)
            await self._line.agree(Step.RCPT, recipient, seconds=waits.rcpt)
            await self._line.agree_to_text(seconds=waits.data)
        except DeliveryError:
            await self._line.hear_the_rest(seconds=waits.data)
            raise
        reply = await self._line.hand_over_text(mail.text)
        if not reply.is_positive:
            raise refusal(Step.TEXT, reply)
        self._is_begun = False
        return str(reply)

    async def quit(self) -> None:
        """Takes leave and closes; errors in that are nobody's concern any more."""
        await self._line.quit()

    def abort(self) -> None:
        """Closes at once."""
        self._line.abort()

    def _check_size(self, mail: Mail) -> None:
        limit = self._line.offers.get("size", "")  # "0" or nothing: no fixed limit (RFC 1870 4)
        if limit.isdecimal() and 0 < int(limit) < len(mail.text):
            raise MessageRefused(f"the mail has {len(mail.text)} octets, and the relay takes {int(limit)} at most")

    async def _begin(self, mail: Mail, recipient: bytes) -> None:
        has_served, self._mails = self._mails > 0, self._mails + 1
        size = [f"SIZE={len(mail.text)}".encode()] if "size" in self._line.offers else []
        sender = b" ".join((b"MAIL", _path(b"FROM", mail.sender), *size))
        try:
            await self._clear()
            self._line.say_ahead(sender, recipient, b"DATA")
            await self._line.agree(Step.MAIL, sender, seconds=self._settings.timeouts.mail)
        except RelayUnavailable as problem:
            if has_served and not self._line.is_sound:
                raise StaleConnection(problem.reply) from problem
            raise

    async def _clear(self) -> None:
        if self._is_begun:
            reply = await self._line.ask(Step.RESET, b"RSET", seconds=self._settings.timeouts.reset)
            self._line.is_sound = self._line.is_sound and reply.is_positive
            if not self._line.is_sound:
                raise RelayUnavailable(f"{reply} [{Step.RESET}]")
        self._is_begun = True


def _path(keyword: bytes, address: str) -> bytes:
    return b"%b:<%b>" % (keyword, address.encode("ascii"))
