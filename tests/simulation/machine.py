"""The machine that the program runs on: a clock of its own, and processes that meet with misfortune at any step."""

from __future__ import annotations

import asyncio
import errno
import os
import selectors
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa

import jobs.installation.notebooks
import jobs.runs.processes
import notify.delivery.delivery
from notify.delivery.lease import Lease
from notify.ledger.notebook import Notebook

TOKYO = ZoneInfo("Asia/Tokyo")
TICK = timedelta(seconds=2)  # how long each look at the clock takes
AWAY, FULL = "away", "full"
FAULTS = {
    AWAY: psycopg.OperationalError("server closed the connection unexpectedly"),
    FULL: sqlite3.OperationalError("database or disk is full"),
}
# What is rare, and has to come about in a run of seeds all the same.
TAKEN_OVER = "a process stood still for longer than its lease, and what it had in hand was taken over"
WOKE = "a process woke, and what it had in hand was another's"
TWINS = "a delivery began while one of a machine with the same name had mail in hand"
SKEWED = "the same, and its clock was wrong"
DATABASE_AWAY = "a statement failed, the database being away"
OUT_OF_PATIENCE = "the database was away for longer than a delivery has patience"
DATABASE_FULL = "a commit failed, the disk being full"
NOTEBOOK_FULL = "a note could not be written, the disk being full"
NO_POWER = "the power was cut with mail accepted that was not on record"
KILLED = "a process was killed with mail accepted that was not on record"
RARE = (
    TAKEN_OVER, WOKE, TWINS, SKEWED, DATABASE_AWAY, OUT_OF_PATIENCE, DATABASE_FULL, NOTEBOOK_FULL, NO_POWER, KILLED,
)  # fmt: skip


class Killed(BaseException):
    """The process is gone. Whatever still runs in it for Python's sake, `finally` included, does nothing any more."""


@dataclass(slots=True)
class Trouble:
    """The database is away, or the disk is full: after so many halves of hand-overs, for so many tries."""

    what: str
    after: int
    lasts: int
    was_met: int = 0

    def is_met(self) -> bool:
        """One more try: whether it fails."""
        if self.after > 0 or self.was_met >= self.lasts:
            return False
        self.was_met += 1
        return True


@dataclass(slots=True)
class Process:
    """One process. With a fuse it dies after so many steps: statements, commits, looks at the clock, mails."""

    number: int
    fuse: int | None = None
    burns_at: str = ""  # steps of this kind only; "": all
    is_dead: bool = False
    died_at: str = ""
    on_look: Callable[[], None] | None = None  # what another process does while this one looks at the clock
    task: asyncio.Task[object] | None = None  # the delivery that it runs
    is_twin: bool = False  # it belongs to the other installation, on a machine with the same name
    skew: timedelta = timedelta()  # how far its clock is ahead
    waits: int = 0  # turns of the loop before it begins its delivery
    trouble: Trouble | None = None
    frost: int | None = None  # halves of hand-overs until it stands still
    on_frost: Callable[[], None] | None = None  # what others do until it wakes
    has_slept: bool = False

    def step(self, what: str) -> None:
        """Goes on, or dies here.

        Raises:
            Killed: it is dead.
        """
        if self.fuse is not None and not self.is_dead and self.burns_at in ("", what):
            self.fuse -= 1
            if self.fuse <= 0:
                self.is_dead, self.died_at = True, what
                if self.task is not None:
                    self.task.cancel()  # else a part of it might wait for ever for the part that died
        if self.is_dead:
            raise Killed(what)

    def meets(self, what: str) -> bool:
        """Whether this trouble is met by one more try."""
        return self.trouble is not None and self.trouble.what == what and self.trouble.is_met()

    def comes_to_trouble(self) -> None:
        """One more half of a hand-over. Stands still, if its time has come, until others have done what they do."""
        if self.trouble is not None:
            self.trouble.after -= 1
        if self.frost is not None:
            self.frost -= 1
            if self.frost < 0:
                self.frost, self.has_slept = None, True
                self.on_frost()


class InTurn(Executor):
    """Threads whose work is done when it is asked for: which one is faster must not change what happens."""

    def __init__(self, *_threads: object, **_names: object) -> None:
        return

    def submit(self, call, /, *arguments, **named) -> Future:
        done: Future = Future()
        try:
            done.set_result(call(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            done.set_exception(error)
        return done


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop for which no time goes by: where everything waits, the next timer is due at once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(_Selector(self))
        self.set_exception_handler(_say_what_nobody_asked_for)

    def time(self) -> float:
        return self.seconds

    def run_in_executor(self, executor: Executor | None, call, *arguments):
        """The loop's own threads do their work when it is asked for, like all others."""
        return super().run_in_executor(executor or InTurn(), call, *arguments)


def _say_what_nobody_asked_for(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    if not isinstance(context.get("exception"), Killed):  # what dies with its process, nobody waits for
        loop.default_exception_handler(context)


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None):
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and nothing is left that could end it")
        if not ready:
            self._loop.seconds += max(0.0, timeout)
        return ready


@dataclass(slots=True)
class Machine:
    """Time and processes. Nothing here reads the real clock."""

    now: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    latest: datetime = datetime(2024, 1, 1, tzinfo=UTC)  # the latest instant that a process ever saw
    transactions: int = 0  # that are open
    processes: dict[int, Process] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)  # how often what is rare came about
    boots: int = 1
    current: ContextVar[Process | None] = field(default_factory=lambda: ContextVar("process", default=None))

    @contextmanager
    def process(self, fuse: int | None = None) -> Iterator[Process]:
        """A process for the duration of the block; that it was killed ends the block, and is no error."""
        process = Process(1000 + len(self.processes), fuse)
        self.processes[process.number] = process
        token = self.current.set(process)
        try:
            with suppress(Killed):
                yield process
        except BaseException:
            if not process.is_dead:  # a group of exceptions, or what a library made of the kill
                raise
        finally:
            self.current.reset(token)
            process.on_look = None
            del self.processes[process.number]
            self.processes[-process.number] = process  # gone: its number is not given again

    def look(self) -> datetime:
        """The clock, as a process sees it."""
        process = self.current.get()
        if process is not None:
            process.step("clock")
            if process.on_look is not None and not self.transactions:  # else both would wait for the file's lock
                process.on_look()
        self.now += TICK
        self.latest = max(self.latest, self.now)
        return self.now + process.skew if process is not None else self.now

    def seconds(self) -> float:
        """Of a clock that nobody sets while a process delivers."""
        return self.now.timestamp()

    @property
    def today(self) -> date:
        return self.now.astimezone(TOKYO).date()

    def set_clock(self, day: date, hour: int) -> None:
        """Turns the clock to that hour of that day in Tokyo."""
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=TOKYO).astimezone(UTC)

    def watch(self, engine: sa.Engine) -> None:
        """Makes each statement and commit a step of the process that it belongs to; and the disk fast."""

        @sa.event.listens_for(engine, "connect")
        def fast(connection: object, _record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")

        @sa.event.listens_for(engine, "before_cursor_execute")
        def statement(_connection, _cursor, text: str, *_rest: object) -> None:
            self._step(text.split(None, 1)[0])
            self._fails_where(AWAY)

        @sa.event.listens_for(engine, "begin")
        def begin(_connection) -> None:
            self.transactions += 1

        @sa.event.listens_for(engine, "commit")
        def commit(connection) -> None:
            self._step("COMMIT")  # dying here, it is rolled back
            self._fails_where(FULL)
            self._fails_where(AWAY)
            self.transactions -= 1

        @sa.event.listens_for(engine, "rollback")
        def rollback(_connection) -> None:
            self.transactions -= 1

    def _step(self, what: str) -> None:
        process = self.current.get()
        if process is not None:
            process.step(what)

    def _fails_where(self, what: str) -> None:
        process = self.current.get()
        if process is not None and process.meets(what):
            self.reached[DATABASE_FULL if what == FULL else DATABASE_AWAY] += 1
            raise sa.exc.OperationalError("", {}, FAULTS[what])

    def _write(self, write: Callable[[Notebook, bytes], None], notebook: Notebook, line: bytes) -> None:
        process = self.current.get()
        if process is not None and process.meets(FULL):
            self.reached[NOTEBOOK_FULL] += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(notebook, line)

    @contextmanager
    def stands_in_for_the_system(self) -> Iterator[None]:
        """Threads, names, boots and the time gone by are this machine's. All processes have one name and number."""
        numbers, write = count(1), Notebook._write  # noqa: SLF001 - the disk that it writes on is ours
        with ExitStack() as stack:
            for place, name, stand_in in (
                (notify.delivery.delivery, "ThreadPoolExecutor", InTurn),
                (notify.delivery.delivery, "Lease", partial(Lease, seconds=self.seconds)),
                (jobs.runs.processes, "socket", SimpleNamespace(gethostname=lambda: "twin")),
                (jobs.runs.processes, "os", SimpleNamespace(getpid=lambda: 7)),
                (jobs.runs.processes, "secrets", SimpleNamespace(token_hex=lambda _bytes: str(next(numbers)))),
                (jobs.installation.notebooks, "boot", lambda: f"boot {self.boots}"),
                (Notebook, "_write", lambda notebook, line: self._write(write, notebook, line)),
            ):
                stack.enter_context(patch.object(place, name, stand_in))
            yield
