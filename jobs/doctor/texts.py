"""TXT records over DNS, for as long as a person waits. The only file that knows dnspython."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

PATIENCE = 10.0  # seconds for all
ONE_ANSWER = 3.0  # seconds for one, with all servers and repetitions


class DnsSilent(Exception):  # noqa: N818 — named for what is the matter
    """DNS does not answer now, or not to us: nothing is known about the name."""


@dataclass(slots=True)
class Texts:
    """Looks names up, each once. Time runs from the first; the system's servers are asked unless others are given."""

    resolver: Resolver | None = None
    patience: float = PATIENCE
    _until: float = field(init=False, default=0.0)
    _known: dict[str, Sequence[str]] = field(init=False, default_factory=dict)

    def of(self, name: str) -> Sequence[str]:
        """The TXT records of a name, each put together from its parts (RFC 7208 3.3); none where there are none.

        Raises:
            DnsSilent: nobody answered in time, or the answer was a failure.
        """
        if name not in self._known:
            self._known[name] = self._asked(name)
        return self._known[name]

    def _asked(self, name: str) -> Sequence[str]:
        now = time.monotonic()
        self._until = self._until or now + self.patience
        left = self._until - now
        if left <= 0:
            raise DnsSilent(name)
        try:
            self.resolver = self.resolver or Resolver()
            answer = self.resolver.resolve(f"{name}.", "TXT", lifetime=min(left, ONE_ANSWER))
        except (NXDOMAIN, NoAnswer):
            return ()
        except (DNSException, OSError) as error:
            raise DnsSilent(name) from error
        return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
