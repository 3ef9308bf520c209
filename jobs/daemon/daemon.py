"""The daemon: it wakes in time, runs the job days that are due, delivers what is queued, and stops in order.

    scheduler, heartbeat ⇢ look → due days → runs ⇢ delivery
    SIGTERM, SIGINT: what is in hand is finished.   SIGHUP: the same, then on with the new configuration.

It keeps nothing in memory that the database does not know: several daemons on one database share the work by its rows.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError

from jobs.app import App
from jobs.config.load import ServiceManager
from jobs.daemon.delivery import Drain
from jobs.daemon.outage import Outage
from jobs.daemon.pulse import DATABASE, SCHEDULER, Pulse
from jobs.daemon.runs import DueRuns
from jobs.daemon.session import Pace, Session
from jobs.daemon.systemd import Notifier
from jobs.daemon.waker import Waker
from jobs.database.failures import sentence_and_status
from jobs.log.logger import Logger
from jobs.monitoring.watcher import Watcher
from jobs.runs.stopping import Stopping
from jobs.runs.timetable import JobDay

WATCHER_SECONDS = 30.0
DELIVER = "deliver"
_NOBODY = ServiceManager()
_PACE = Pace()

_log = Logger("jobs.daemon")


class Daemon:
    """Runs until it is asked to stop. `reopen` gives the app of the configuration as it is now, for SIGHUP.

    `watchers` gives those of an app: they are started with it, hear of each run, and are stopped with it.
    """

    def __init__(  # noqa: PLR0913 — the parts of a daemon, each named once
        self,
        app: App,
        reopen: Callable[[], App],
        *,
        watchers: Callable[[App], Sequence[Watcher]] = lambda _app: (),
        manager: ServiceManager = _NOBODY,
        pace: Pace = _PACE,
        pulse: Pulse | None = None,
    ) -> None:
        self._app = app
        self._reopen = reopen
        self._watchers_of = watchers
        self._watchers: Sequence[Watcher] = ()
        self._manager = manager
        self._pace = pace
        self.pulse = pulse or Pulse()
        self._outage = Outage()
        self._notifier = Notifier(manager, lambda error: _log.warning("service manager not told", error=str(error)))

    async def run(self) -> None:
        """The daemon's life."""
        self._stopping = Stopping()
        self._reload = asyncio.Event()
        with self._stopping.listening(), _hearing(signal.SIGHUP, self._reload.set):
            alive = asyncio.create_task(self._feed_the_watchdog())
            _log.info("daemon started", zone=self._app.settings.timezone)
            try:
                while not self._stopping.is_requested():
                    await self._work_with(self._app)
            finally:
                alive.cancel()
                await asyncio.gather(alive, return_exceptions=True)
                _log.info("daemon stopped")

    def request_stop(self) -> None:
        """Asks it to stop, from any thread."""
        self._stopping.request()

    async def _work_with(self, app: App) -> None:
        """One configuration at work, until it is to be another one, or the daemon is to stop."""
        session = Session(
            app, self.pulse, self._outage, self._notifier, self._pace, self._stopping.is_requested, self._tell_run
        )
        runs, drain = DueRuns(session), Drain(session)
        async with self._watched(app), _woken(session, drain) as waker:
            parts = asyncio.gather(
                runs.run(), drain.run(), self._heartbeat(session, waker), self._pulse(session), self._say_ready(session)
            )
            try:
                await self._next_app(parts)
                if self._stopping.is_requested():
                    self._notifier.stopping()
            finally:
                session.end()
                await parts
                await asyncio.to_thread(_let_go, app)

    async def _next_app(self, parts: asyncio.Future[Any]) -> None:
        """Waits until it is asked to stop, or the configuration was read anew and can be used, or a part has failed."""
        while True:
            await _first_of(self._stopping.event.wait(), self._reload.wait(), asyncio.shield(parts))
            if self._stopping.is_requested() or parts.done():
                return
            self._reload.clear()
            self._notifier.reloading()
            if (app := await self._read_anew()) is not None:
                self._app = app
                return
            self._notifier.ready()

    async def _read_anew(self) -> App | None:
        try:
            app = await asyncio.to_thread(self._reopen)
        except Exception as error:
            found = sentence_and_status(error)
            if found is None:
                raise
            _log.warning("configuration not read anew, the old one holds", reason=found[0])
            return None
        _log.info("configuration read anew")
        return app

    async def _say_ready(self, session: Session) -> None:
        await session.rest(session.ready, None)
        if not session.is_ending:
            self._notifier.ready()

    # Signs of life

    async def _heartbeat(self, session: Session, waker: Waker) -> None:
        """Looks anew, whatever the scheduler thinks: its timer counts seconds, but clocks are set and hosts sleep."""
        while not session.is_to_stop():
            self.pulse.beat(SCHEDULER)
            waker.look_at_the_clock()
            session.look.set()
            await session.rest(session.stop, self._pace.heartbeat)

    async def _pulse(self, session: Session) -> None:
        """Asks the database, whatever the others are busy with."""
        while not session.is_to_stop():
            try:
                await asyncio.to_thread(session.app.runs.latest, 1)
                self.pulse.beat(DATABASE)
            except DBAPIError as error:  # whoever needs the database says so
                _log.debug("no pulse", error=str(error.orig))
            await session.rest(session.stop, self._pace.heartbeat)

    async def _feed_the_watchdog(self) -> None:
        """Tells the service manager that all is well, twice as often as it wants to hear it; not where it is not."""
        if self._manager.watchdog_seconds is None:
            return
        said: list[str] = []
        while True:
            stuck = self.pulse.stuck()
            if not stuck:
                self._notifier.alive()
            elif stuck != said:
                _log.error("watchdog not fed", stuck=stuck)
            said = stuck
            await asyncio.sleep(self._manager.watchdog_seconds / 2)

    # Watchers

    @asynccontextmanager
    async def _watched(self, app: App) -> AsyncIterator[None]:
        self._watchers = self._watchers_of(app)
        for each in self._watchers:
            await _harmless(each.start(), each)
        try:
            yield
        finally:
            for each in self._watchers:
                await _harmless(each.stop(), each)

    async def _tell_run(self, day: JobDay, error: str) -> None:
        for each in self._watchers:
            await _harmless(each.after_run(day.job, day.day, error), each)


@asynccontextmanager
async def _woken(session: Session, drain: Drain) -> AsyncIterator[Waker]:
    """While the block runs, the scheduler wakes the parts at their times."""

    def wake(name: str) -> None:
        if name == DELIVER:
            drain.hurry()
        else:
            session.look.set()

    table = session.app.timetable
    waker = Waker(table.zone, {**table.times, DELIVER: session.app.settings.jobs.deliver.at}, wake)
    waker.start()
    try:
        yield waker
    finally:
        waker.stop()


@contextmanager
def _hearing(number: signal.Signals, heard: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)


async def _first_of(*waits: Awaitable[object]) -> None:
    """Returns when one of them has come; the others are given up."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _harmless(call: Awaitable[None], watcher: Watcher) -> None:
    try:
        async with asyncio.timeout(WATCHER_SECONDS):
            await call
    except Exception as error:  # noqa: BLE001 — who only looks on must not keep a notice from its day
        _log.error("watcher failed", watcher=type(watcher).__name__, cause=error)


def _let_go(app: App) -> None:
    app.fence.close()
    app.engine.dispose()
