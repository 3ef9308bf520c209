"""What the daemon's parts share while one configuration holds: the app, the wish to stop, who wakes whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from jobs.app import App
from jobs.daemon.outage import Outage
from jobs.daemon.pulse import Pulse
from jobs.daemon.systemd import Notifier
from jobs.runs.timetable import JobDay


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the daemon looks by itself, in seconds."""

    heartbeat: float = 30.0  # at the clock, the job days and the database
    poll: float = 5.0  # for mail that another process queued, approved or left behind


@dataclass(slots=True)
class Session:
    """One configuration at work. The events wake the parts; they belong to the event loop it was made in."""

    app: App
    pulse: Pulse
    outage: Outage
    notifier: Notifier
    pace: Pace
    is_asked: Callable[[], bool]  # whether the process was asked to stop; at once, from any thread
    watched: Callable[[JobDay, str], Awaitable[None]]  # hears of each run, and why it failed, "" where it was good
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    look: asyncio.Event = field(default_factory=asyncio.Event)  # something may be due
    deliver: asyncio.Event = field(default_factory=asyncio.Event)  # something may have been queued
    ready: asyncio.Event = field(default_factory=asyncio.Event)  # the first look was taken
    # One at a time decides in this process: the parts it decides with, like the calendar, are not made for two.
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    has_news: bool = True  # something may have come up that the sales desk is told at once
    is_ending: bool = False

    def end(self) -> None:
        """Asks all parts to finish what they have in hand."""
        self.is_ending = True
        for event in (self.stop, self.look, self.deliver, self.ready):
            event.set()

    def is_to_stop(self) -> bool:
        """Whether what is under way is to come to its end. May be asked from any thread."""
        return self.is_ending or self.is_asked()

    async def rest(self, wake: asyncio.Event, seconds: float | None) -> None:
        """Waits until it is woken, or for so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()
        if not self.is_ending:
            wake.clear()
