"""Return addresses: where one envelope's failures come back to, and which envelope an address speaks of.

Whoever can write to the return address can claim that a mail came back, and an owner whose mail comes back is not
written to any more. So the address names the envelope together with a check that only this installation's key makes:
a forged report needs the address of that very mail, which its recipient's own servers have seen and nobody else has.
The check holds the Message-ID as well: in a restored database the same number may be given to another mail.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass

from notify.addresses import quoted
from notify.record.values import Envelope

_TOKEN = re.compile(r'\+([0-9]{1,19})-([a-z2-7]{16})"?@', re.IGNORECASE)  # servers may change an address's case
_LOCAL_PART = 64  # octets, and of a whole path 254 (RFC 5321 4.5.3.1)
_PATH = 254
_OCTETS = 10  # of the check: 80 bits, tried only by sending mail
LONGEST_BASE = _LOCAL_PART - len("+9223372036854775807-") - 16  # characters before the @ that leave room for the token


@dataclass(frozen=True, slots=True)
class Token:
    """What a return address says: which envelope it names, and the check that has to hold."""

    envelope: int
    check: str


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """Makes the return addresses of one installation. Without a `base` mail returns to its sender, as it is."""

    base: str = ""
    key: str = ""

    def of(self, envelope: Envelope) -> str:
        """The return address of the envelope: `bounce+TOKEN@domain` (RFC 5233), for MAIL FROM; the same at each try.

        Raises:
            ValueError: the base leaves no room for the token.
        """
        if not self.base:
            return envelope.sender
        local, _, domain = self.base.rpartition("@")
        address = f"{local}+{envelope.id}-{check_of(self.key, envelope.id, envelope.message_id)}@{domain}"
        path = quoted(address)
        if path.rindex("@") > _LOCAL_PART or len(path) > _PATH:
            raise ValueError(f"'{path}' is longer than an address may be")
        return address


def check_of(key: str, envelope: int, message_id: str) -> str:
    """What only the holder of the key can say of this envelope of this mail: 16 letters and digits, in lower case."""
    digest = hmac.digest(key.encode(), f"{envelope} {message_id}".encode(), "sha256")
    return b32encode(digest[:_OCTETS]).decode("ascii").lower()


def tokens_in(text: str) -> list[Token]:
    """What the return addresses in a text say, each once. Whether their checks hold is for the caller to ask."""
    found = (Token(int(number), check.lower()) for number, check in _TOKEN.findall(text))
    return list(dict.fromkeys(token for token in found if token.envelope < 2**63))


def holds(token: Token, key: str, message_id: str) -> bool:
    """Whether the token was made with this key for that mail."""
    return hmac.compare_digest(check_of(key, token.envelope, message_id), token.check)
