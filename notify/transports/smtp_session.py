"""One connection's mails, one after another: what is said of each, and what of it has to be said anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notify.transports.smtp_line import Line
from notify.transports.smtp_replies import Step, refusal
from notify.transports.smtp_settings import SmtpSettings
from notify.transports.transport import MessageRefused, NoLongerOurs, RelayUnavailable


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
    """A connection that is ready for mail, for one at a time. `opened_at` is in seconds of any steady clock."""

    def __init__(self, line: Line, settings: SmtpSettings, opened_at: float) -> None:
        self._line = line
        self._offers = dict(line.client.esmtp_extensions)  # the library forgets them when the connection is lost
        self._settings = settings
        self._waits = settings.timeouts
        self._opened_at = opened_at
        self._mails = 0  # how many were begun
        self._is_begun = False  # one was begun and not ended: a RSET comes before the next

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
        await self._begin(mail)
        await self._agree(mail, Step.RCPT, b"RCPT TO:<%b>" % mail.recipient.encode("ascii"), self._waits.rcpt)
        if not mail.may_go():
            raise NoLongerOurs(f"it is another's by now [{Step.DATA}]")
        await self._agree(mail, Step.DATA, b"DATA", self._waits.data)
        reply = await self._line.hand_over_text(mail.text, mail.may_go, self._waits)
        if not reply.is_positive:
            raise refusal(Step.TEXT, reply, mail.sender)
        self._is_begun = False
        return str(reply)

    async def quit(self) -> None:
        """Takes leave and closes; errors in that are nobody's concern any more."""
        await self._line.quit(self._waits.quit)

    def abort(self) -> None:
        """Closes at once."""
        self._line.abort()

    def _check_size(self, mail: Mail) -> None:
        limit = self._offers.get("size", "")  # "0" or nothing: no fixed limit (RFC 1870 4)
        if limit.isdecimal() and 0 < int(limit) < len(mail.text):
            raise MessageRefused(f"the mail has {len(mail.text)} octets, and the relay takes {int(limit)} at most")

    async def _begin(self, mail: Mail) -> None:
        """RSET where it is due, and MAIL; what breaks there on a connection that served before is not the mail's."""
        is_new, self._mails = not self._mails, self._mails + 1
        size = b" SIZE=%d" % len(mail.text) if "size" in self._offers else b""
        try:
            if self._is_begun:
                await self._reset()
            self._is_begun = True
            await self._agree(
                mail, Step.MAIL, b"MAIL FROM:<%b>%b" % (mail.sender.encode("ascii"), size), self._waits.mail
            )
        except RelayUnavailable as problem:
            if is_new or self.is_open:
                raise
            raise StaleConnection(problem.reply) from problem

    async def _reset(self) -> None:
        reply = await self._line.ask(Step.RESET, b"RSET", seconds=self._waits.reset)
        if not reply.is_positive:
            self._line.is_sound = False
            raise RelayUnavailable(f"{reply} [{Step.RESET}]")

    async def _agree(self, mail: Mail, step: Step, command: bytes, seconds: float) -> None:
        reply = await self._line.ask(step, command, seconds=seconds)
        if not (reply.is_go_on if step is Step.DATA else reply.is_positive):
            if not reply.is_refusal:
                self._line.is_sound = False  # out of turn: who knows which command it answers
            raise refusal(step, reply, mail.sender)
