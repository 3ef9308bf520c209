"""What a relay's replies mean: pure functions from a reply at a step to what the caller can do about it.

The first digit decides (RFC 5321 4.2.1). Whose fault a refusal for good is, this recipient's, this mail's, or ours and
the relay's, say its enhanced code (RFC 3463) and, where that says nothing of a recipient, words in which a relay speaks
of who sends. docs/delivery-outcomes.md has it all as a table; when what was not accepted is tried again:
notify/delivery/retry.py; what only others' answers tell: notify/delivery/refusals.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from notify.bounces.mail import without_addresses
from notify.bounces.values import BounceClass
from notify.bounces.words import class_of
from notify.transports.transport import (
    DeliveryError,
    MessageRefused,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    SenderRefused,
)

_KEPT = 500  # characters of a reply that go on record
_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?= |$)")
_SPEAKS_OF_US = frozenset({500, 502, 503, 504, 530, 534, 535, 538})  # of commands out of turn and of logging in
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
_TOO_MANY = frozenset({"", "5.5.3"})  # recipients (RFC 3463 3.6); with another code 552 is of the mailbox or the mail
_OF_A_RECIPIENT = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.2.2"})
# Of our address (5.1.7, 5.1.8); of what we may send as (5.2.252, 5.7.60) or in a day (5.1.90, 5.4.5, 5.7.705, 5.7.708);
# of our login (5.7.3, 5.7.8, 5.7.9, 5.7.57); of where we come from (5.7.25, 5.7.64, 5.7.501 to 503, 5.7.511, 5.7.606 to
# 649); of our domain (5.7.27, 5.7.750). Of other refusals by rule (5.7.x) words say whether they are ours.
_OURS = re.compile(
    r"5\.(?:1\.(?:[78]|90)|2\.252|4\.5|7\.(?:[389]|25|27|57|60|64|50[123]|511|6(?:0[6-9]|[1-4]\d)|705|708|750))"
)
_OF_OUR_ADDRESS = (
    r"sender (?:address|domain|identit|verif)", r"sender (?:is |was )?(?:rejected|refused|denied|not)",
    r"(?:bad|invalid|unknown|banned|disabled|verified|unauthenticated|outbound) sender", r"(?:envelope|header)[ -]from",
    r"send ?as ?denied", r"\bsend as\b", r"on behalf of", r"mail from", r"from[ -]address", r"(?:not|n't|un) ?verified",
    r"return[ -]path",
    r"送信者", r"送信元", r"差出人",
)  # fmt: skip
_OF_OUR_QUOTA = (
    r"storedrv\.submission", r"(?:sending|submission|outbound|daily|hourly|your) (?:\w+ )?(?:limit|quota)",
    r"sending (?:is |was |has been )?(?:paused|suspended|disabled)", r"too many (?:messages|mails) (?:sent|from)",
    r"送信(?:数|通数|制限|上限)",
)  # fmt: skip
_OF_OUR_RIGHT = (
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not|prohibited)", r"unable to relay", r"rcpthosts",
    r"not (?:allowed|permitted|authori[sz]ed) to (?:relay|send|submit)", r"not authenticated", r"must authenticate",
    r"credentials",
    r"authentication (?:is )?(?:required|needed)", r"log ?in first", r"(?:starttls|encryption) (?:is )?required",
    r"only with (?:ssl|tls)", r"client (?:host|address|\[)", r"認証",
    r"your (?:ip|host|server|network|account|tenant|subscription)\b",
    r"(?:account|tenant|subscription|plan)\b.{0,20} (?:suspended|restricted|expired)",
)  # fmt: skip
_OUR_WORDS = re.compile("|".join((*_OF_OUR_ADDRESS, *_OF_OUR_QUOTA, *_OF_OUR_RIGHT)), re.IGNORECASE)
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


_OF_A_MAIL = (Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT)


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


def refusal(step: Step, reply: Reply, sender: str = "") -> DeliveryError:
    """The error for a reply that is not the one the step hopes for; it never means that the mail was accepted.

    `sender` is the mail's return address: who is told that it is unknown is not the recipient.
    """
    return _kind_of_refusal(step, reply, sender)(f"{reply} [{step}]")


def _kind_of_refusal(step: Step, reply: Reply, sender: str) -> type[DeliveryError]:
    if reply.code < _FOR_GOOD:
        return RelayUnavailable  # a 2xx or 3xx out of turn as well: the next connection may do better
    if step not in _OF_A_MAIL:
        return RelayMisconfigured
    if step is not Step.RCPT and _is_too_big(reply):
        return MessageRefused
    if step is Step.MAIL or _speaks_of_us(reply, sender):
        return SenderRefused
    if reply.enhanced.startswith("5.7."):
        return RelayUnavailable  # somebody's rule against this mail: it may be another tomorrow, and others may go
    return _refusal_of_recipient(reply) if step is Step.RCPT else _refusal_of_text(reply)


def _refusal_of_recipient(reply: Reply) -> type[DeliveryError]:
    if reply.code == _TOO_MUCH and reply.enhanced in _TOO_MANY:
        return RelayUnavailable
    if reply.enhanced in _TOO_BIG or _speaks_of_the_letter(reply):
        return MessageRefused
    return RecipientRefused  # 5.5.x too: large providers say "550 5.5.0 mailbox unavailable"


def _refusal_of_text(reply: Reply) -> type[DeliveryError]:
    if reply.enhanced.startswith(("5.1.", "5.2.")) and not _speaks_of_the_letter(reply):
        return RecipientRefused
    return SenderRefused if reply.enhanced.startswith("5.3.") else MessageRefused


def _is_too_big(reply: Reply) -> bool:
    return reply.enhanced in _TOO_BIG or (reply.code == _TOO_MUCH and not reply.enhanced)


def _speaks_of_the_letter(reply: Reply) -> bool:
    """Whether it is this mail that is not wanted, as in "taken for spam": says nothing against the address."""
    return class_of(reply.enhanced, str(reply)) is BounceClass.POLICY


def _speaks_of_us(reply: Reply, sender: str) -> bool:
    """Whether who sends is refused, whoever the mail is for."""
    if reply.code in _SPEAKS_OF_US or _OURS.fullmatch(reply.enhanced):
        return True
    if reply.enhanced in _OF_A_RECIPIENT:
        return False
    names_us = bool(sender) and sender.casefold() in reply.text.casefold()
    return names_us or bool(_OUR_WORDS.search(without_addresses(reply.text)))
