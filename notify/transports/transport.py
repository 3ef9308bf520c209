"""Where a mail goes: one small protocol, errors sorted by what the caller can do, and delivery into a Maildir."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from notify.record.values import Envelope
from notify.transports.maildir import is_read, make_maildir, put_mail

_PATH = re.compile(r"[!-;=?-~]*")  # what may stand between the brackets of a return path


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


class OutcomeUnknown(DeliveryError):  # noqa: N818 - named for what happened
    """The text was handed over and no answer came: it may have been accepted (RFC 1047)."""


class Transport(Protocol):
    """Takes envelopes, several at a time where its delivery is told so."""

    async def hand_over(self, envelope: Envelope) -> str:
        """The other side's reply, once it has accepted the mail.

        Raises:
            RecipientRefused | RelayUnavailable | RelayMisconfigured | OutcomeUnknown: it has not, or perhaps not.
        """
        ...

    async def close(self) -> None:
        """Gives back what the transport holds; nothing is handed over after it."""
        ...


class MaildirTransport:
    """Puts mail into a Maildir, as a delivering agent does; makes the folder, for its owner only, where there is none.

    A file appears in new/ whole and on disk, or not at all. Its name follows from the envelope, so that an envelope
    handed over once more after a crash is one file; one that a person sends again is another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_made = False

    async def hand_over(self, envelope: Envelope) -> str:
        """The name of the file that holds the mail.

        Raises:
            RecipientRefused: the address cannot stand in a header.
            RelayMisconfigured: the Maildir cannot be written to; no mail would fare better.
        """
        if not (_PATH.fullmatch(envelope.address) and envelope.address and _PATH.fullmatch(envelope.sender)):
            raise RecipientRefused("the address holds a space, a bracket or a sign that is not ASCII")
        try:
            return self._deliver(envelope)
        except OSError as problem:
            raise RelayMisconfigured(self._sentence(problem)) from problem

    async def close(self) -> None:
        """Nothing is held open."""

    def _deliver(self, envelope: Envelope) -> str:
        if not self._is_made:
            make_maildir(self._path)
            self._is_made = True
        name = _file_name(envelope)
        if envelope.attempt > 1 and is_read(self._path, name):
            return f"in the maildir already, and read, as {name}"
        put_mail(self._path, name, _delivered(envelope))
        return f"in the maildir as {name}"

    def _sentence(self, problem: OSError) -> str:
        if isinstance(problem, FileExistsError | NotADirectoryError):
            return f"the maildir {self._path} cannot be used: a file is where a folder must be"
        return f"the maildir {self._path} cannot be written to: {problem.strerror or problem}"


def _file_name(envelope: Envelope) -> str:
    identity = f"{envelope.id}\0{envelope.address}\0{envelope.resends}\0".encode() + envelope.raw
    return f"kigen.{sha256(identity).hexdigest()[:40]}"


def _delivered(envelope: Envelope) -> bytes:
    head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.address}\r\n"
    return head.encode("ascii") + envelope.raw
