"""What lives beside the daemon and hears of its runs."""

from __future__ import annotations

from datetime import date


class Watcher:
    """Started and stopped with the daemon, and told of each run; one that has nothing to do at one of them does not."""

    async def start(self) -> None:
        """Begins."""

    async def stop(self) -> None:
        """Ends; nothing is left behind."""

    async def after_run(self, job: str, as_of: date, error: str = "") -> None:
        """Hears that a run ended; `error` is why it failed, "" for a good one."""
