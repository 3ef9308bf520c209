"""What a relay's replies mean: pure functions from a reply at a step to what the caller can do about it.

The first digit decides (RFC 5321 4.2.1); enhanced codes (RFC 3463) say only whose fault a refusal for good is: this
recipient's, this mail's, or ours and the relay's. docs/delivery-outcomes.md has it all as a table; when what was not
accepted is tried again: notify/delivery/retry.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from notify.transports.transport import (
    DeliveryError,
    MessageRefused,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
)

_KEPT = 500  # characters of a reply that go on record
_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?= |$)")
_SPEAKS_OF_US = frozenset({500, 502, 503, 504, 530, 534, 535, 538})  # of commands out of turn and of logging in
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
_TOO_MANY = frozenset({"", "5.5.3"})  # recipients (RFC 3463 3.6); with another code 552 is of the mailbox or the mail
_LEAST_CODE, _FOR_GOOD, _GREATEST_CODE = 200, 500, 599
_TOO_MUCH = 552  # of a MAIL or a text: too big (RFC 1870 6.1); of a RCPT: too many of them (RFC 5321 4.5.3.1.10)


class Step(StrEnum):
    """What the relay's reply answers."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "end of text"
    QUIT = "QUIT"


@dataclass(frozen=True, slots=True)
class Reply:
    """A relay's reply, fit to be kept and shown."""

    code: int
    enhanced: str  # "5.1.1"; "" where the relay gives none, or one of another class than the code's
    text: str  # one printable line, the enhanced code included

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()

    @property
    def is_reply(self) -> bool:
        """Whether SMTP has such a code."""
        return _LEAST_CODE <= self.code <= _GREATEST_CODE

    @property
    def is_positive(self) -> bool:
        """Done; any 2xx."""
        return self._digit == "2"

    @property
    def is_go_on(self) -> bool:
        """The relay waits for more; any 3xx."""
        return self._digit == "3"

    @property
    def is_refusal(self) -> bool:
        """For now or for good."""
        return self._digit in ("4", "5")

    @property
    def _digit(self) -> str:
        return str(self.code)[:1]


def reply_of(code: int, message: str) -> Reply:
    """The reply, made fit to be kept. `message` may hold anything, lone surrogates too."""
    text = printable(message)
    found = _ENHANCED.match(text)
    is_of_this_class = found is not None and found[1] == str(code)[:1]
    return Reply(code, found[0] if found is not None and is_of_this_class else "", text)


def printable(text: str, limit: int = _KEPT) -> str:
    """The text as one line of printable signs, cut where it is too long."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else " " if each.isspace() else "?" for each in text)
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def refusal(step: Step, reply: Reply) -> DeliveryError:
    """The error for a reply that is not the one the step hopes for; it never means that the mail was accepted."""
    return _kind_of_refusal(step, reply)(f"{reply} [{step}]")


def _kind_of_refusal(step: Step, reply: Reply) -> type[DeliveryError]:
    if reply.code < _FOR_GOOD:
        return RelayUnavailable  # a 2xx or 3xx out of turn as well: the next connection may do better
    if step is Step.RCPT:
        return _refusal_of_recipient(reply)
    if step in (Step.DATA, Step.TEXT):
        return _refusal_of_text(reply)
    if step is Step.MAIL and _is_too_big(reply):
        return MessageRefused
    return RelayMisconfigured


def _refusal_of_recipient(reply: Reply) -> type[DeliveryError]:
    if reply.code == _TOO_MUCH and reply.enhanced in _TOO_MANY:
        return RelayUnavailable
    if reply.enhanced in _TOO_BIG:
        return MessageRefused
    if _speaks_of_us(reply):
        return RelayMisconfigured
    return RecipientRefused  # 5.5.x too: large providers say "550 5.5.0 mailbox unavailable"


def _refusal_of_text(reply: Reply) -> type[DeliveryError]:
    if _is_too_big(reply):
        return MessageRefused
    if reply.enhanced.startswith(("5.1.", "5.2.")):
        return RecipientRefused
    if _speaks_of_us(reply) or reply.enhanced.startswith("5.3."):
        return RelayMisconfigured
    return MessageRefused


def _is_too_big(reply: Reply) -> bool:
    return reply.enhanced in _TOO_BIG or (reply.code == _TOO_MUCH and not reply.enhanced)


def _speaks_of_us(reply: Reply) -> bool:
    return reply.code in _SPEAKS_OF_US or reply.enhanced.startswith("5.7.")
