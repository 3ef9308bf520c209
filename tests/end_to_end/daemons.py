"""Builders for the daemon: in this process with a clock that tests set, or as a process of its own with a fast one."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.app import App
from jobs.config.load import load_settings
from jobs.daemon.daemon import Daemon
from jobs.daemon.session import Pace
from tests.end_to_end.daemon_driver import set_clock
from tests.end_to_end.installation import Installation

DRIVER = Path(__file__).parent / "daemon_driver.py"
TOKYO = ZoneInfo("Asia/Tokyo")
PACE = Pace(heartbeat=0.02, poll=0.02)
PATIENCE = 300.0  # seconds until a test gives up; none is waited for where all is well


def in_tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands still until a test sets it."""

    instant: datetime
    zone: ZoneInfo = TOKYO

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.astimezone(self.zone).date()

    own_today = today

    def hear(self, _instant: datetime, _seconds: float) -> None:
        """It is the one that a test set, whatever a server's shows."""

    def set(self, text: str) -> None:
        """To that wall time in the zone."""
        self.instant = datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)

    def go_on(self, **step: float) -> None:
        self.instant += timedelta(**step)


class StagedApp(App):
    """The real composition with a clock that a test sets."""

    @cached_property
    def clock(self) -> SetClock:
        return self.__dict__["staged_clock"]


def an_app(kigen: Installation, clock: SetClock, kind: type[App] = StagedApp) -> App:
    app = kind(load_settings(kigen.config, {}))
    clock.zone = ZoneInfo(app.settings.timezone)
    app.__dict__["staged_clock"] = clock
    return app


@dataclass(slots=True)
class Seen:
    """A watcher that keeps what it was told."""

    runs: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.told.append("start")

    async def after_run(self, job: str, as_of: date, error: str = "") -> None:
        self.runs.append((job, str(as_of), "failed" if error else "good"))

    async def stop(self) -> None:
        self.told.append("stop")


@asynccontextmanager
async def at_work(app: App, reopen: Callable[[], App] | None = None, **options):
    """A daemon in this event loop; it is asked to stop when the block ends, and has ended then."""
    daemon = Daemon(app, reopen or (lambda: app), **{"pace": PACE, **options})
    life = asyncio.create_task(daemon.run())
    await asyncio.sleep(0)
    try:
        yield daemon
    finally:
        daemon.request_stop()
        await asyncio.wait_for(life, PATIENCE)


async def until(holds: Callable[[], object]) -> None:
    """Waits for something that ought to come true."""
    give_up_at = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come true"
        await asyncio.sleep(0.01)


def wait_until(holds: Callable[[], object]) -> None:
    """The same, outside an event loop."""
    asyncio.run(until(holds))


def statuses(kigen: Installation) -> list[tuple[str, str]]:
    """Of each run, its job and day and how it ended, oldest first; read behind the program's back."""
    connection = sqlite3.connect(f"{database_of(kigen).as_uri()}?mode=ro", uri=True)
    try:
        return [(f"{job} {day}", outcome) for job, day, outcome in connection.execute(RUNS)]
    finally:
        connection.close()


def database_of(kigen: Installation) -> Path:
    moved = kigen.folder / "db" / "kigen.db"  # where a test wants to take the folder away
    return moved if moved.exists() else kigen.database


RUNS = "SELECT job, as_of, outcome FROM runs ORDER BY id"


@contextmanager
def a_daemon(kigen: Installation, instant: str = "", **environment: str):
    """`kigen daemon` as a process; with a wall time in Tokyo, one whose clock is set to it, and goes on from there.

    It is told to stop when the block ends, unless it has ended.
    """
    if instant:
        set_clock(clock_of(kigen), in_tokyo(instant))
    command = (
        [sys.executable, DRIVER, kigen.config, clock_of(kigen)]
        if instant
        else [Path(sys.executable).parent / "kigen", "daemon", "--config", kigen.config]
    )
    out = (kigen.folder / "daemon.log").open("ab")
    process = subprocess.Popen(
        list(map(str, command)), stdout=out, stderr=out, env={**os.environ, "PYTHONUTF8": "1", **environment}
    )
    try:
        yield process
    finally:
        out.close()
        stop(process)


def clock_of(kigen: Installation) -> Path:
    return kigen.folder / "clock"


def stop(process: subprocess.Popen) -> int:
    """Asks it to stop and waits for it; its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def log_of(kigen: Installation) -> str:
    """What the daemon processes of the installation have said."""
    file = kigen.folder / "daemon.log"
    return file.read_text("utf-8") if file.exists() else ""
