"""How many mails are handed over at a time: as many as may be, and fewer where the relay takes no more connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from notify.transports.transport import RelayUnavailable

_AGAIN_SECONDS = 60.0  # after which one connection more is tried
_WHAT = r"\b(?:connections?|sessions?|threads?)\b"
_CROWD = re.compile(
    rf"4\d\d .*(?:\b(?:too many|maximum number of|concurrent|simultaneous)\b.{{0,30}}{_WHAT}|{_WHAT}.{{0,30}}\blimit)",
    re.IGNORECASE,
)


class Crowded(RelayUnavailable):
    """The relay takes no more connections than it has of ours already; nothing was accepted."""


def speaks_of_a_crowd(reply: str) -> bool:
    """Whether a reply on record refuses for now because there are too many connections, whatever it answers."""
    return _CROWD.match(reply) is not None


class Places:
    """So many mails are in hand at a time; who finds no place waits, in the order of coming.

    A place is withheld for each connection that the relay did not take, and let again one by one, a minute apart.
    """

    def __init__(self, places: int, clock: Callable[[], float]) -> None:
        self._free = asyncio.Semaphore(places)
        self._most = places
        self._clock = clock
        self._withheld = 0
        self._is_leaving_one_less = False
        self._again_at = 0.0

    async def __aenter__(self) -> None:
        """Waits for a place and takes it."""
        await self._free.acquire()

    async def __aexit__(self, *_: object) -> None:
        """Leaves it to the next, where it is not withheld."""
        if self._is_leaving_one_less:
            self._is_leaving_one_less = False
            self._withheld += 1
            return
        self._free.release()
        if self._withheld and self._clock() >= self._again_at:
            self._let_again()

    def withhold(self) -> None:
        """Said by who leaves its place with no further wait: it is not left to the next, save the last one."""
        self._is_leaving_one_less = self._withheld < self._most - 1
        self._again_at = self._clock() + _AGAIN_SECONDS

    def restore(self) -> None:
        """All places, as at first."""
        while self._withheld:
            self._let_again()

    def _let_again(self) -> None:
        self._withheld -= 1
        self._again_at = self._clock() + _AGAIN_SECONDS
        self._free.release()
