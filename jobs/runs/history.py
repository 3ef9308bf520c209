"""The history of runs, and one run of a job for a day at a time, across processes and machines.

The database refuses two running rows of one job, and a second scheduled run of a day that is running or done. A run
holds its row by a lease: a row whose lease is over, or whose notebook here nobody writes any more, is recorded as died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, desc, insert, select, update
from sqlalchemy.exc import IntegrityError

from jobs.database.tables import baselines, runs
from jobs.errors import Exit, KigenError
from jobs.installation.notebooks import Notebooks
from jobs.log.logger import RUNS, Logger, bind, unbind
from jobs.runs.processes import new_holder, process_of
from jobs.runs.stopping import Stopped
from notify.ledger.notebook import Notebook
from notify.record.statements import value_of

LEASE = timedelta(minutes=10)
_TRIES = 3  # each lost race leaves a row that the next look finds

_log = Logger(RUNS)


class Origin(StrEnum):
    """Why a run was begun. Only a scheduled one answers for its day: a person may have looked at one contract."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    ONE_CONTRACT = "one-contract"  # asked as well; it says nothing about the others


class RunUnderWay(KigenError):  # noqa: N818 — named for what happened
    """Another process runs this job right now."""

    status = Exit.REFUSED


class RunTakenOver(RunUnderWay):
    """The run's lease was over, and another process took the job over."""


class JobDayDone(Exception):  # noqa: N818 — named for what happened
    """The scheduled run of the job for that day is done."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a job for one day. `counts` is what came out, by action and status."""

    id: int
    job: str
    as_of: date
    started_at: datetime
    finished_at: datetime | None
    owner: str
    outcome: str
    counts: Mapping[str, Any]
    error: str
    origin: str

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return round((self.finished_at - self.started_at).total_seconds(), 3) if self.finished_at is not None else None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list: of one job, begun or made for `since` or a later day, only those that ended badly."""

    job: str | None = None
    since: date | None = None
    failed: bool = False


@dataclass(slots=True)
class _Begun:
    """A run that was begun here and is not finished. Its notebook only says whose it is, and that it lives."""

    notebook: Notebook
    job: str
    as_of: date
    alive_at: datetime  # when it said so
    began_at: float = field(default_factory=time.monotonic)


class Runs:
    """Runs and baselines as the database has them.

    The log says each run's beginning and end; between them, the run's facts go with each event.
    """

    def __init__(self, engine: Engine, notebooks: Notebooks) -> None:
        self._engine, self._notebooks = engine, notebooks
        self._begun: dict[int, _Begun] = {}

    @contextmanager
    def recorded(
        self,
        job: str,
        as_of: date,
        now: Callable[[], datetime],
        origin: Origin,
        counts: Callable[[], Mapping[str, Any]],
    ) -> Iterator[Callable[[], None]]:
        """A run on record from its beginning to its end, however it ends; what it gives says that the run is alive.

        Raises:
            RunUnderWay: another process runs this job.
            JobDayDone: the run is a scheduled one, and that of the day is done.
        """
        run = self.start(job, as_of, now(), origin)
        try:
            yield lambda: self.renew(run, now())
        except Stopped as request:
            self.finish(run, now(), counts(), str(request), is_stopped=True)
            raise
        except BaseException as error:
            self.finish(run, now(), counts(), f"{type(error).__name__}: {error}")
            raise
        self.finish(run, now(), counts())

    def start(self, job: str, as_of: date, now: datetime, origin: Origin = Origin.ASKED) -> int:
        """Opens a run and returns its id.

        A run whose lease is over, or whose notebook here nobody writes any more, is recorded as died and taken over.

        Raises:
            RunUnderWay: another process runs this job.
            JobDayDone: the run is a scheduled one, and that of the day is done.
            ConfigError: its notebook cannot be made.
        """
        owner = new_holder()
        notebook = self._notebooks.open(owner)
        try:
            run = self._started(job, as_of, now, origin, owner)
        except BaseException:
            notebook.close(is_done=True)
            raise
        self._begun[run] = _Begun(notebook, job, as_of, now)
        bind(run=run, job=job, as_of=as_of)
        _log.info("run started")
        return run

    def _started(self, job: str, as_of: date, now: datetime, origin: Origin, owner: str) -> int:
        for _ in range(_TRIES):
            with suppress(IntegrityError), self._engine.begin() as connection:
                self._make_way(connection, job, as_of, now, origin)
                return _insert(connection, job, as_of, now, origin, owner)
            # Another process was faster; the next look finds its row.
        raise RunUnderWay(f"{job} is begun by other processes over and over")

    def _make_way(self, connection: Connection, job: str, as_of: date, now: datetime, origin: Origin) -> None:
        """Ends the running row of one that is dead.

        Raises:
            RunUnderWay: it lives.
            JobDayDone: there is nothing to begin.
        """
        done = select(runs.c.id).where(
            runs.c.job == job, runs.c.as_of == as_of, runs.c.origin == Origin.SCHEDULED, runs.c.outcome == "done"
        )
        if origin is Origin.SCHEDULED and connection.execute(done).first() is not None:
            raise JobDayDone(f"{job} for {as_of} is done")
        for row in connection.execute(select(runs).where(runs.c.job == job, runs.c.outcome == "running")).all():
            if _is_held(row.lease_until, now) and not self._notebooks.accounts([row.owner]):
                since = f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC"
                raise RunUnderWay(f"{job} is being run by {process_of(row.owner)} since {since}")
            died = {"finished_at": now, "outcome": "died", "error": "the process ended without a word"}
            # Not where it said a moment ago that it is alive.
            connection.execute(_open(row.id).where(runs.c.lease_until == row.lease_until).values(died))
            self._notebooks.discard(row.owner)

    def renew(self, run: int, now: datetime) -> None:
        """Says that the run is alive, where a third of its lease is over: to say it is a commit.

        Raises:
            RunTakenOver: it took so long to say so that another process took it for dead.
        """
        begun = self._begun[run]
        if begun.alive_at <= now < begun.alive_at + LEASE / 3:
            return
        with self._engine.begin() as connection:
            still_ours = connection.execute(_open(run).values(lease_until=now + LEASE)).rowcount
        if not still_ours:
            raise RunTakenOver(f"run {run} was silent for more than {LEASE}, and another process took it over")
        begun.alive_at = now

    def finish(
        self, run: int, now: datetime, counts: Mapping[str, Any], error: str = "", *, is_stopped: bool = False
    ) -> None:
        """Closes the run with what came out, or with why it failed, or was stopped; not where it was taken over."""
        outcome = "stopped" if is_stopped else "failed" if error else "done"
        values = {"finished_at": now, "outcome": outcome, "counts": dict(counts), "error": error}
        begun, is_written = self._begun.pop(run), False
        try:
            with self._engine.begin() as connection:
                connection.execute(_open(run).values(values))
            is_written = True
        finally:
            # Where this could not be written, a notebook stays that nobody writes: the next run takes the row over.
            begun.notebook.close(is_done=is_written)
            _say_end(run, begun, outcome, counts, error)

    def latest(self, limit: int) -> list[Run]:
        """The latest runs, newest first."""
        return self.listed(RunFilter(), limit)

    def listed(self, which: RunFilter, limit: int) -> list[Run]:
        """The runs that match, newest first."""
        query = select(runs).order_by(desc(runs.c.id)).limit(limit)
        if which.job is not None:
            query = query.where(runs.c.job == which.job)
        if which.since is not None:
            query = query.where(runs.c.as_of >= which.since)
        if which.failed:
            query = query.where(runs.c.outcome.in_(("failed", "died")))
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(query)]

    def scheduled(self, job: str, day: date) -> list[Run]:
        """The scheduled runs of a job for that day, oldest first."""
        of_day = (runs.c.job == job, runs.c.as_of == day, runs.c.origin == Origin.SCHEDULED)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(select(runs).where(*of_day).order_by(runs.c.id))]

    def baseline(self) -> date | None:
        """The day from which this installation is responsible; None where none was set."""
        with self._engine.connect() as connection:
            return connection.execute(select(baselines.c.day).order_by(desc(baselines.c.id)).limit(1)).scalar()

    def set_baseline(self, day: date, now: datetime) -> None:
        """Records the day from which this installation is responsible; earlier ones stay on record."""
        with self._engine.begin() as connection:
            connection.execute(insert(baselines).values(day=day, set_at=now))

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(sqlite_begin="DEFERRED")


def _say_end(run: int, begun: _Begun, outcome: str, counts: Mapping[str, Any], error: str) -> None:
    unbind("run", "job", "as_of")
    facts: dict[str, Any] = {
        "run": run,
        "job": begun.job,
        "as_of": begun.as_of,
        "seconds": round(time.monotonic() - begun.began_at, 3),
        "counts": {name: count for name, count in counts.items() if count},
        **({"reason": error} if error else {}),
    }
    if outcome == "failed":
        _log.error("run failed", **facts)
    else:
        _log.info("run stopped" if outcome == "stopped" else "run finished", **facts)


def _is_held(lease_until: datetime, now: datetime) -> bool:
    """Whether a lease is not over; one that ends further ahead than any does was given by a clock that was wrong."""
    return now < lease_until <= now + 2 * LEASE


def _insert(  # noqa: PLR0913, PLR0917 — a row is all of this
    connection: Connection, job: str, as_of: date, now: datetime, origin: Origin, owner: str
) -> int:
    values = {
        "job": job, "as_of": as_of, "started_at": now, "lease_until": now + LEASE, "owner": owner,
        "outcome": "running", "counts": {}, "error": "", "origin": origin,
    }  # fmt: skip
    return int(connection.execute(insert(runs).values(values).returning(runs.c.id)).scalar_one())


def _open(run: int) -> Any:
    return update(runs).where(runs.c.id == run, runs.c.outcome == "running")


def run_of(row: Row[Any]) -> Run:
    """The run that a row of the table `runs` tells of."""
    return value_of(Run, row, owner=process_of(row.owner))
