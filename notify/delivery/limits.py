"""How fast mail may leave: so many in a minute, overall and to one recipient domain, and so many at once to a domain.

They hold for this process alone: two that deliver at the same time have each their own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

_MINUTE = 60.0  # seconds

Seconds = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """What one recipient domain takes; 0 means as much as there is."""

    connections: int = 0  # mails on their way at once
    per_minute: int = 0


class Limits:
    """Waits where a limit says so; each domain is served in the order of asking, and none waits for another's limit.

    A mail waits for its domain first and only then joins the others in the line for the overall limit. In no minute,
    whichever second it begins with, do more mails pass than allowed. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        per_minute: int = 0,
        domains: Mapping[str, DomainLimit] | None = None,
        *,
        clock: Seconds = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._overall = _Pace(per_minute, clock)
        self._limits = {name.casefold(): limit for name, limit in (domains or {}).items()}
        self._paces = {name: _Pace(limit.per_minute, clock) for name, limit in self._limits.items()}
        self._lines: _Lines | None = None

    @property
    def hold_nobody(self) -> bool:
        """Whether no mail ever waits here."""
        return not self._limits and self._overall.is_free

    @asynccontextmanager
    async def slot(self, domain: str) -> AsyncIterator[None]:
        """Waits until a mail to this domain may leave; one of the domain's places is taken while the block runs."""
        name, lines = domain.casefold(), self._lines_of_this_loop()
        async with lines.places.get(name) or nullcontext():
            await self._wait_in_line(name, lines)
            yield

    async def _wait_in_line(self, name: str, lines: _Lines) -> None:
        async with lines.turns.get(name) or nullcontext():
            own = self._paces.get(name)
            if own is not None:
                await self._wait_for(own)
            async with lines.overall:
                await self._wait_for(self._overall)
                # Both are noted at the moment it passes: a mail that is cancelled while it waits uses nothing up.
                self._overall.note()
                if own is not None:
                    own.note()

    async def _wait_for(self, pace: _Pace) -> None:
        while (left := pace.seconds_left()) > 0:
            await self._sleep(left)

    def _lines_of_this_loop(self) -> _Lines:
        # Locks belong to the event loop they were first waited for in; what has passed counts beyond it.
        loop = asyncio.get_running_loop()
        if self._lines is None or self._lines.loop is not loop:
            self._lines = _Lines(loop, self._limits)
        return self._lines


class _Pace:
    """When the last mails passed, as many as may in a minute."""

    def __init__(self, per_minute: int, clock: Seconds) -> None:
        self._clock = clock
        self._passed: deque[float] = deque(maxlen=per_minute)

    @property
    def is_free(self) -> bool:
        """Whether as many may pass as there are."""
        return not self._passed.maxlen

    def seconds_left(self) -> float:
        """Until the next one may pass; 0 for now."""
        if not self._passed or len(self._passed) < (self._passed.maxlen or 0):
            return 0.0
        return max(0.0, self._passed[0] + _MINUTE - self._clock())

    def note(self) -> None:
        """One passes now."""
        self._passed.append(self._clock())


class _Lines:
    """Who waits for what, in the order of coming: asyncio's locks are fair."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: Mapping[str, DomainLimit]) -> None:
        self.loop = loop
        self.overall = asyncio.Lock()
        self.turns = {name: asyncio.Lock() for name, limit in limits.items() if limit.per_minute}
        self.places: dict[str, AbstractAsyncContextManager[None]] = {
            name: asyncio.Semaphore(limit.connections) for name, limit in limits.items() if limit.connections
        }
