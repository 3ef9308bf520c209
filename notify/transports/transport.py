"""Where a mail goes: one small protocol, and errors sorted by what the caller can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from notify.record.values import Envelope

_PATH = re.compile(r"[!-;=?-~]*")  # what may stand between the brackets of a path


class DeliveryError(Exception):
    """An envelope was not, or perhaps not, accepted. `reply` is what the other side said, or what went wrong."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class RecipientRefused(DeliveryError):  # noqa: N818 - named for what happened
    """The server will not take mail for this address; trying again will not help."""


class MessageRefused(RecipientRefused):
    """This mail is refused for good, whoever it is for: too big, or its content is. Says nothing of the address."""


class RelayUnavailable(DeliveryError):  # noqa: N818 - named for what happened
    """No answer, or a temporary refusal of this mail; trying again later may help."""


class RelayMisconfigured(DeliveryError):  # noqa: N818 - named for what happened
    """The relay or our configuration is at fault, whoever the mail is for; trying the next mail will not help."""


class SenderRefused(RelayMisconfigured):
    """While it took this mail's commands the relay refused who sends it. If it takes the next one, it was this mail."""


class OutcomeUnknown(DeliveryError):  # noqa: N818 - named for what happened
    """The text was handed over and no answer came: it may have been accepted (RFC 1047)."""


class NoLongerOurs(DeliveryError):  # noqa: N818 - named for what happened
    """Whoever hands it over may not any more; nothing was handed over."""


def always() -> bool:
    """For a mail that nobody else can have meanwhile."""
    return True


class Transport(Protocol):
    """Takes envelopes, several at a time where its delivery is told so."""

    async def hand_over(self, envelope: Envelope, *, may_go: Callable[[], bool] = always) -> str:
        """The other side's reply, once it has accepted the mail.

        `may_go` is asked at the last moment before the mail could be accepted: this process may have been frozen since
        it began, and the mail be another's by now.

        Raises:
            NoLongerOurs: `may_go` said no, and nothing was accepted.
            RecipientRefused | RelayUnavailable | RelayMisconfigured | OutcomeUnknown: it has not, or perhaps not.
        """
        ...

    async def close(self) -> None:
        """Gives back what the transport holds; nothing is handed over after it."""
        ...


def check_paths(envelope: Envelope) -> None:
    """Whether the envelope's addresses can be said to a server and stand in a header.

    Raises:
        RecipientRefused: the recipient's cannot.
        RelayMisconfigured: the return address cannot.
    """
    if not envelope.address or not _PATH.fullmatch(envelope.address):
        raise RecipientRefused("the address holds a space, a bracket or a sign that is not ASCII")
    if not _PATH.fullmatch(envelope.sender):
        raise RelayMisconfigured("the return address holds a space, a bracket or a sign that is not ASCII")
