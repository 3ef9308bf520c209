"""The sign of life for a dead man's switch: a web address that is asked for after each run, another after a bad one.

Nothing of it fails or holds up a run, and the addresses, which are secrets, are not logged.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from datetime import date
from http.client import HTTPException
from urllib.parse import quote

from jobs import __version__
from jobs.config.settings import Monitoring
from jobs.log.logger import Logger
from jobs.monitoring.watcher import Watcher

JOB = "{job}"
SECONDS = 5.0  # for each step of a try: a switch that does not answer at once is told by its own alarm
TRIES = 2

_log = Logger("jobs.heartbeat")


class Heartbeat(Watcher):
    """Tells after each run that it was good, or was not."""

    def __init__(self, table: Monitoring, *, seconds: float = SECONDS) -> None:
        self._good, self._bad = table.heartbeat_url.get_secret_value(), table.failure_url.get_secret_value()
        self._seconds = seconds
        self._under_way: set[asyncio.Task[bool]] = set()

    async def stop(self) -> None:
        """Waits for what is being told."""
        await asyncio.gather(*self._under_way)

    async def after_run(self, job: str, as_of: date, error: str = "") -> None:  # noqa: ARG002 — a watcher's signature
        """Begins to tell; the next run does not wait for it. `error` is "" after a good run."""
        if self.tells(error):
            task = asyncio.create_task(asyncio.to_thread(self.tell, job, error))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def tells(self, error: str = "") -> bool:
        """Whether there is an address to ask for."""
        return bool(self._bad if error else self._good)

    def beats_for(self, job: str) -> bool:
        """Whether a command's run of this job is a sign of life: of all of them, or of one with its own address."""
        return job == "all" or JOB in self._good

    def tell(self, job: str, error: str = "") -> bool:
        """Asks for the address, once more where that failed. Whether it was answered well."""
        url = (self._bad if error else self._good).replace(JOB, quote(job, safe=""))
        said = ""
        for _ in range(TRIES if url else 0):
            said = _asked(url, self._seconds)
            if not said:
                return True
        if url:
            _log.warning("heartbeat failed", job=job, good=not error, reason=said)
        return False


def _asked(url: str, seconds: float) -> str:
    """What went wrong, without the address; "" for nothing."""
    request = urllib.request.Request(url, headers={"User-Agent": f"kigen/{__version__}"})  # noqa: S310 — settings allow http and https only
    try:
        with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310 — as above
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except urllib.error.URLError as error:
        return f"{type(error.reason).__name__}" if isinstance(error.reason, OSError) else "it cannot be asked for"
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__
