"""The scheduler that wakes the daemon. It decides nothing: what is due is looked up by whoever is woken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

# A wake-up that comes late is as good as one in time, several are as good as one.
_JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class Waker:
    """Calls `wake` with a name at its time of day in the zone. Started and stopped within the event loop."""

    def __init__(self, zone: ZoneInfo, times: Mapping[str, time], wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._scheduler = AsyncIOScheduler(timezone=zone, job_defaults=_JOB_DEFAULTS)
        for name, at in times.items():
            # Each trigger is given the zone: on its own it would take the host's.
            trigger = CronTrigger(hour=at.hour, minute=at.minute, timezone=zone)
            self._scheduler.add_job(self._call, trigger, args=[name], id=name)

    def start(self) -> None:
        """From now on."""
        self._scheduler.start()

    def look_at_the_clock(self) -> None:
        """Its timer counts seconds: where the clock was set, or the host slept, it would come too late."""
        self._scheduler.wakeup()

    def stop(self) -> None:
        """No more."""
        self._scheduler.shutdown(wait=False)

    async def _call(self, name: str) -> None:
        # A coroutine, so that it is called in the loop and not in a thread.
        self._wake(name)
