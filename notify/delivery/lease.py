"""Until when what a delivery has claimed is surely its own: its machine may have slept, or its process stood still."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's goes on while the machine sleeps


def seconds_gone() -> float:
    """Of a clock that nobody sets."""
    return time.clock_gettime(_BOOTTIME)


class Lease:
    """Of all claims of one delivery. It is renewed when a third of it is over.

    When half of it is over nothing is handed over any more: the rest is for the relay, which may take ten minutes to
    answer (RFC 5321 4.5.3.2.6), and for putting on record what it said. Two clocks are asked, and the one that says
    more counts: `clock`, by which others take over what is claimed, and one that nobody sets. Once it is found lost, it
    is for good.
    """

    def __init__(
        self, clock: Callable[[], datetime], length: timedelta, seconds: Callable[[], float] = seconds_gone
    ) -> None:
        self.length = length
        self._clock, self._seconds = clock, seconds
        self._since, self._is_lost = self.looked(), False

    def looked(self) -> tuple[datetime, float]:
        """Both clocks."""
        return self._clock(), self._seconds()

    def begin_anew(self, since: tuple[datetime, float]) -> None:
        """It was renewed by a statement that was said after `since`."""
        self._since = since

    def is_to_be_renewed(self) -> bool:
        """Whether a third is over."""
        return self._over() >= self.length / 3

    def is_ours(self) -> bool:
        """Whether what is claimed may be handed over."""
        self._is_lost = self._is_lost or self._over() >= self.length / 2
        return not self._is_lost

    def _over(self) -> timedelta:
        """How much of it; a clock that was set back has shown nothing good either."""
        (at, seconds), (since, seconds_then) = self.looked(), self._since
        return max(abs(at - since), timedelta(seconds=seconds - seconds_then))
