"""The daemon's runs: each time it looks, the job days that are due run, one after the other, in a thread."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from jobs.daemon.outage import is_outage
from jobs.daemon.pulse import DATABASE
from jobs.daemon.session import Session
from jobs.day import is_waited_for
from jobs.log.logger import Logger
from jobs.notices.listing import FEED
from jobs.runs.history import JobDayDone, Run, RunUnderWay
from jobs.runs.late_mail import late_said, say_late
from jobs.runs.stopping import NotYet, Stopped
from jobs.runs.timetable import JobDay, due_days

PUT_OFF = timedelta(minutes=1)  # for a run that was too early
LATE = timedelta(minutes=10)  # from then on it is worth a word that a day is caught up with

_log = Logger("jobs.daemon")


@dataclass(frozen=True, slots=True)
class _Hindrance:
    """Why a job day is not run now: it is run elsewhere, or it was too early. Patience with it counts from `begins`."""

    why: NotYet | RunUnderWay
    begins: datetime
    found_at: datetime


class DueRuns:
    """Runs what is due, until the session ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._app = session.app
        self._table = session.app.timetable
        self._since = session.app.clock.now()
        self._hindered: dict[JobDay, _Hindrance] = {}
        self._doubt = ""  # why today may not be the day it is, as it was said last

    async def run(self) -> None:
        """Looks and runs, again and again."""
        session = self._session
        while not session.is_to_stop():
            seconds, question = session.pace.heartbeat, session.outage.ask()
            try:
                await self.catch_up(question)
            except Exception as error:  # noqa: BLE001 — the daemon outlives a fault; the next look tries again
                if is_outage(error):
                    seconds = session.outage.pause(question, error)
                else:
                    _log.error("look failed", cause=error)
            await session.rest(session.look, seconds)

    async def catch_up(self, question: int) -> None:
        """Runs each job day that is due, in turn."""
        due = await asyncio.to_thread(self._due)
        doubt = await asyncio.to_thread(self._app.doubt_of_today) if due else ""
        self._session.outage.over(question)
        self._session.ready.set()
        if doubt:
            await self._wait_for_a_person(due[0], doubt)
            return
        self._doubt = ""
        self._hindered = {day: why for day, why in self._hindered.items() if day in due}
        waits: date | None = None  # the day whose other jobs build on what its feed is about to bring
        for day in due:
            if self._session.is_to_stop():
                return
            if day.day == waits:
                continue
            if not self._is_put_off(day):
                await self._run(day)
            if self._holds_back(day):
                waits = day.day
        self._session.notifier.status(f"waiting until {self._next_at()}")

    async def _wait_for_a_person(self, day: JobDay, doubt: str) -> None:
        """Says once why nothing is run, to whom it may concern."""
        if doubt != self._doubt:
            _log.error("no job is run before the clock is looked at", reason=doubt)
            self._session.notifier.status(f"jobs wait: {doubt}")
            await self._session.watched(day, doubt)
        self._doubt = doubt

    def _due(self) -> list[JobDay]:
        def record(day: JobDay) -> list[Run]:
            return self._app.runs.scheduled(day.job, day.day)

        found = list(due_days(self._table, record, self._app.clock.now(), self._since))
        self._session.pulse.beat(DATABASE)
        return found

    def _holds_back(self, day: JobDay) -> bool:
        found = self._hindered.get(day) if day.job == FEED else None
        return found is not None and is_waited_for(found.why, found.begins, self._app.clock.now())

    def _is_put_off(self, day: JobDay) -> bool:
        found = self._hindered.get(day)
        if found is None or not isinstance(found.why, NotYet):
            return False
        return found.found_at <= self._app.clock.now() < found.found_at + PUT_OFF

    def _next_at(self) -> str:
        return f"{self._table.next_at(self._app.clock.now()).astimezone(self._table.zone):%Y-%m-%d %H:%M}"

    async def _run(self, day: JobDay) -> None:
        due_at, about = self._table.due_at(day.job, day.day), {"job": day.job, "as_of": str(day.day)}
        if self._app.clock.now() - due_at > LATE:
            _log.info("catching up", **about, due_at=due_at.isoformat())
        self._session.notifier.status(f"running {day.job} for {day.day}")
        error: Exception | None = None
        try:
            async with self._session.deciding:
                await asyncio.to_thread(self._app.day.run_scheduled, day.job, day.day, self._go_on)
        except JobDayDone:
            return
        except RunUnderWay as other:
            self._is_elsewhere(day, other)
            return
        except Exception as failure:  # noqa: BLE001 — said below, and to the watchers; the next look tries again
            error = failure
        self._hindered.pop(day, None)
        if isinstance(error, NotYet):
            self._hindered[day] = _Hindrance(error, due_at, self._app.clock.now())
        await self._ended(day, error)

    async def _ended(self, day: JobDay, error: Exception | None) -> None:
        """Says how a run of this daemon ended, to whom it may concern."""
        if error is not None and not isinstance(error, Stopped):
            _log.error("job day failed, it is tried again", job=day.job, as_of=str(day.day), cause=error)
        self._session.has_news = True
        self._session.deliver.set()
        if not isinstance(error, Stopped):  # neither good nor failed: it begins again
            await self._session.watched(
                day, f"{type(error).__name__}: {error}" if error is not None else await self._late()
            )
        if error is not None and is_outage(error):
            raise error

    async def _late(self) -> str:
        """Which mail waits for too long: while there is any, no run is a good one."""
        late = await asyncio.to_thread(self._app.late_mail.found)
        say_late(late)
        return late_said(late)

    def _go_on(self) -> None:
        self._session.pulse.beat(DATABASE)
        if self._session.is_to_stop():
            raise Stopped("asked to stop")

    def _is_elsewhere(self, day: JobDay, why: RunUnderWay) -> None:
        if day not in self._hindered:
            _log.info("run left to another", job=day.job, as_of=str(day.day), reason=str(why))
            self._hindered[day] = _Hindrance(why, self._app.clock.now(), self._app.clock.now())
