"""`kigen daemon` in a process of its own whose clock is a file: an instant, when it was set, and how fast it goes on.

    python tests/end_to_end/daemon_driver.py CONFIG CLOCK [HOST]

All processes that look at the same file see the same time; whoever writes it anew sets the clock. With HOST it is on a
machine of that name, of whose processes those of another name know nothing.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from jobs.app import App
from jobs.cli.daemon import open_for_service
from jobs.clock import Clock
from jobs.config.load import service_manager
from jobs.daemon.daemon import Daemon
from jobs.daemon.session import Pace

PACE = Pace(heartbeat=0.1, poll=0.1)


def set_clock(file: Path, instant: datetime, speed: float = 1.0) -> None:
    """From now on it is this instant, and goes on so many times as fast as the world's."""
    draft = file.with_suffix(".new")
    draft.write_text(f"{instant.isoformat()} {time.monotonic()} {speed}")
    draft.replace(file)


@dataclass(slots=True)
class FileClock(Clock):
    """The present as the file has it."""

    file: Path

    def now(self) -> datetime:
        instant, since, speed = self.file.read_text().split()
        return datetime.fromisoformat(instant) + timedelta(seconds=(time.monotonic() - float(since)) * float(speed))

    def own_today(self) -> date:
        return self.today()


class DrivenApp(App):
    """The real composition with another clock."""

    @cached_property
    def clock(self) -> Clock:
        return FileClock(App.clock.func(self).zone, Path(sys.argv[2]))


def opened(config: Path) -> App:
    return DrivenApp(open_for_service(config).settings)


def main() -> None:
    config = Path(sys.argv[1])
    if len(sys.argv) > 3:
        socket.gethostname = lambda: sys.argv[3]
    asyncio.run(Daemon(opened(config), lambda: opened(config), manager=service_manager(), pace=PACE).run())


if __name__ == "__main__":
    main()
