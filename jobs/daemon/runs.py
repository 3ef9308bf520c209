"""The daemon's runs: each time it looks, the job days that are due run, one after the other, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from datetime import datetime, timedelta

from jobs.daemon.outage import is_outage
from jobs.daemon.pulse import DATABASE
from jobs.daemon.session import RunEnded, Session, timetable
from jobs.daily_jobs import chores
from jobs.log.logger import Logger
from jobs.runs.decide import Batch
from jobs.runs.history import JobDayDone, Origin, Run, RunUnderWay
from jobs.runs.run import RunResult
from jobs.runs.stopping import NotYet, Stopped
from jobs.timetable import JobDay, due_days

PUT_OFF = timedelta(minutes=1)  # for a run that was too early
LATE = timedelta(minutes=10)  # from then on it is worth a word that a day is caught up with

_log = Logger("jobs.daemon")


class DueRuns:
    """Runs what is due, until the session ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._app = session.app
        self._table = timetable(session.app)
        self._jobs = {job.name: job for job in session.app.jobs}
        self._since = session.app.clock.now()
        self._chores = {chore.name: chore for chore in chores(session.app)}
        self._elsewhere: set[JobDay] = set()  # said to be run by another process
        self._put_off: dict[JobDay, datetime] = {}  # when a run found that it was too early

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
        self._session.outage.over(question)
        self._session.ready.set()
        self._elsewhere &= set(due)
        for day in due:
            if self._session.is_to_stop():
                return
            if not self._is_put_off(day):
                await self._run(day)
            if day in self._elsewhere and self._goes_first(day):
                return  # what comes after it builds on what the other process is at: the next look goes on
        self._session.notifier.status(f"waiting until {self._next_at()}")

    def _due(self) -> list[JobDay]:
        def record(day: JobDay) -> list[Run]:
            return self._app.runs.scheduled(day.job, day.day)

        found = list(due_days(self._table, record, self._app.clock.now(), self._since))
        self._session.pulse.beat(DATABASE)
        return found

    def _goes_first(self, day: JobDay) -> bool:
        chore = self._chores.get(day.job)
        return chore is not None and chore.goes_first

    def _is_put_off(self, day: JobDay) -> bool:
        found_at = self._put_off.get(day)
        return found_at is not None and found_at <= self._app.clock.now() < found_at + PUT_OFF

    def _next_at(self) -> str:
        return f"{self._table.next_at(self._app.clock.now()).astimezone(self._table.zone):%Y-%m-%d %H:%M}"

    async def _run(self, day: JobDay) -> None:
        started_at = self._app.clock.now()
        about = {"job": day.job, "as_of": str(day.day)}
        if started_at - self._table.due_at(day.job, day.day) > LATE:
            _log.info("catching up", **about, due_at=self._table.due_at(day.job, day.day).isoformat())
        self._session.notifier.status(f"running {day.job} for {day.day}")
        result = RunResult(day.job, day.day, dry_run=False)
        error: Exception | None = None
        try:
            async with self._session.deciding:
                await asyncio.to_thread(self._carry_out, day, result)
        except (JobDayDone, RunUnderWay) as other:
            self._is_elsewhere(day, other)
            return
        except Exception as failure:  # noqa: BLE001 — said below, and to the watchers; the next look tries again
            error = failure
        ended = self._ended(day, result, started_at, error)
        if isinstance(error, NotYet):
            self._put_off = {day: self._app.clock.now()}
        if error is not None and not ended.is_stopped:
            _log.error("job day failed, it is tried again", **about, cause=error)
        self._session.has_news = True
        self._session.deliver.set()
        await self._session.watched(ended)
        if error is not None and is_outage(error):
            raise error

    def _carry_out(self, day: JobDay, result: RunResult) -> None:
        """The run itself, to its end, or to the end of a batch where the daemon is to stop."""
        if chore := self._chores.get(day.job):
            counts = chore.do(self._app, day.day, self._app.clock.now, Origin.SCHEDULED, self._go_on)
            result.counts.update(counts)
            return
        search = self._app.agenda(self._jobs[day.job]).search(day.day)
        run: Generator[Batch] = self._app.runner.run(search, result, Origin.SCHEDULED)
        for _ in run:
            try:
                self._go_on()
            except Stopped as request:
                run.throw(request)

    def _go_on(self) -> None:
        self._session.pulse.beat(DATABASE)
        if self._session.is_to_stop():
            raise Stopped("asked to stop")

    def _is_elsewhere(self, day: JobDay, why: Exception) -> None:
        if isinstance(why, RunUnderWay) and day not in self._elsewhere:
            self._elsewhere.add(day)
            _log.info("run left to another", job=day.job, as_of=str(day.day), reason=str(why))

    def _ended(self, day: JobDay, result: RunResult, started_at: datetime, error: Exception | None) -> RunEnded:
        return RunEnded(
            job=day.job,
            as_of=day.day,
            started_at=started_at,
            seconds=(self._app.clock.now() - started_at).total_seconds(),
            counts=dict(result.counts) | dict(result.ledger),
            error=f"{type(error).__name__}: {error}" if error is not None else "",
            is_stopped=isinstance(error, Stopped),
        )
