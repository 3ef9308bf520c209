"""Where the readers of a kind of notice can say that they want no more of it, as configured (RFC 2369, RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from notify.mail.headers import Unsubscribe


@dataclass(frozen=True, slots=True)
class WaysOut:
    """The table [mail.unsubscribe]. Only `kinds` offer a way out; what is left empty is none."""

    kinds: frozenset[str] = frozenset()
    url: str = ""  # {account}, {kind} and {message} stand for the letter's own
    mailto: str = ""  # an address
    is_one_click: bool = False

    def of(self, kind: str, account: str, message_id: str) -> Unsubscribe | None:
        """What a letter of that kind offers; None where it offers nothing.

        {message} is the part of the Message-ID before its @: nobody can guess it, and the ledger knows whose it is.
        """
        if kind not in self.kinds or not (self.url or self.mailto):
            return None
        own = {"account": account, "kind": kind, "message": message_id.partition("@")[0]}
        filled = {name: quote(value, safe="") for name, value in own.items()}
        url = self.url.format_map(filled)
        subject = quote(f"unsubscribe {kind} {account}", safe="")
        mail = f"mailto:{self.mailto}?subject={subject}" if self.mailto else ""
        return Unsubscribe(tuple(each for each in (url, mail) if each), self.is_one_click)


NO_WAY_OUT = WaysOut()
