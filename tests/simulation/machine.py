"""The machine that the program runs on: a clock of its own, and processes that can die at any step."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import notify.delivery.delivery

TOKYO = ZoneInfo("Asia/Tokyo")
TICK = timedelta(seconds=2)  # how long each look at the clock takes


class Killed(BaseException):
    """The process is gone. Whatever still runs in it for Python's sake, `finally` included, does nothing any more."""


@dataclass(slots=True)
class Process:
    """One process. With a fuse it dies after so many steps: statements, commits, looks at the clock, mails."""

    number: int
    fuse: int | None = None
    is_dead: bool = False
    died_at: str = ""
    on_look: Callable[[], None] | None = None  # what another process does while this one looks at the clock
    task: asyncio.Task[object] | None = None  # the delivery that it runs

    def step(self, what: str) -> None:
        """Goes on, or dies here.

        Raises:
            Killed: it is dead.
        """
        if self.fuse is not None and not self.is_dead:
            self.fuse -= 1
            if self.fuse <= 0:
                self.is_dead, self.died_at = True, what
                if self.task is not None:
                    self.task.cancel()  # else a part of it might wait for ever for the part that died
        if self.is_dead:
            raise Killed(what)


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
        return self.now

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

        @sa.event.listens_for(engine, "begin")
        def begin(_connection) -> None:
            self.transactions += 1

        @sa.event.listens_for(engine, "commit")
        def commit(_connection) -> None:
            self._step("COMMIT")  # dying here, it is rolled back
            self.transactions -= 1

        @sa.event.listens_for(engine, "rollback")
        def rollback(_connection) -> None:
            self.transactions -= 1

    def _step(self, what: str) -> None:
        process = self.current.get()
        if process is not None:
            process.step(what)

    @contextmanager
    def stands_in_for_the_system(self) -> Iterator[None]:
        """Threads are this machine's, and not the system's."""
        real_threads = notify.delivery.delivery.ThreadPoolExecutor
        notify.delivery.delivery.ThreadPoolExecutor = InTurn
        try:
            yield
        finally:
            notify.delivery.delivery.ThreadPoolExecutor = real_threads
