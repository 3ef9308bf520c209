"""Which parts of the daemon live: each says so now and then, and silence for too long means it is stuck."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

DATABASE, SCHEDULER, DELIVERY = "database", "scheduler", "delivery"
# Seconds of silence that are no reason to worry: a database that is restarted, a busy machine, and a relay that takes
# its ten minutes to answer the final dot (RFC 5321 4.5.3.2.6).
ALLOWED = MappingProxyType({DATABASE: 300.0, SCHEDULER: 120.0, DELIVERY: 900.0})


class Pulse:
    """When each part was last heard of, in seconds of a clock that never goes back. All of them begin alive."""

    def __init__(self, allowed: Mapping[str, float] = ALLOWED, seconds: Callable[[], float] = time.monotonic) -> None:
        self._allowed = dict(allowed)
        self._seconds = seconds
        self._heard = dict.fromkeys(allowed, seconds())

    def beat(self, part: str) -> None:
        """The part lives. May be said from any thread."""
        self._heard[part] = self._seconds()

    def silence(self, part: str) -> float:
        """Seconds since the part was heard of."""
        return self._seconds() - self._heard[part]

    def stuck(self) -> list[str]:
        """The parts that were silent for too long."""
        return [part for part, allowed in self._allowed.items() if self.silence(part) > allowed]
