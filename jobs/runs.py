"""The history of runs, and one run of a job at a time."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, desc, insert, select, update

from jobs.tables import baselines, runs

LEASE = timedelta(minutes=10)


class RunUnderWay(Exception):  # noqa: N818 — named for what happened
    """Another process runs this job right now."""


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


def this_process() -> str:
    """Who holds a run or a claim: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Runs:
    """Runs and baselines as the database has them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, job: str, as_of: date, now: datetime) -> int:
        """Opens a run and returns its id.

        A run whose lease is over, or whose process on this host is gone, is recorded as died and taken over.

        Raises:
            RunUnderWay: another process runs this job.
        """
        with self._engine.begin() as connection:
            for row in connection.execute(select(runs).where(runs.c.job == job, runs.c.outcome == "running")):
                if row.lease_until > now and not is_gone(row.owner):
                    raise RunUnderWay(f"{job} is being run by {row.owner} since {row.started_at:%Y-%m-%d %H:%M:%S} UTC")
                died = {"finished_at": now, "outcome": "died", "error": "the process ended without a word"}
                connection.execute(update(runs).where(runs.c.id == row.id).values(died))
            values = {
                "job": job, "as_of": as_of, "started_at": now, "lease_until": now + LEASE, "owner": this_process(),
                "outcome": "running", "counts": {}, "error": "",
            }  # fmt: skip
            return int(connection.execute(insert(runs).values(values).returning(runs.c.id)).scalar_one())

    def renew(self, run: int, now: datetime) -> None:
        """Says that the run is alive."""
        with self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(lease_until=now + LEASE))

    def finish(
        self, run: int, now: datetime, counts: Mapping[str, Any], error: str = "", *, is_stopped: bool = False
    ) -> None:
        """Closes the run with what came out, or with why it failed, or was stopped."""
        outcome = "stopped" if is_stopped else "failed" if error else "done"
        values = {"finished_at": now, "outcome": outcome, "counts": dict(counts), "error": error}
        with self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(values))

    def latest(self, limit: int, job: str | None = None) -> list[Run]:
        """The latest runs, newest first."""
        query = select(runs).order_by(desc(runs.c.id)).limit(limit)
        if job is not None:
            query = query.where(runs.c.job == job)
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(query)]

    def baseline(self) -> date | None:
        """The day from which this installation is responsible; None where none was set."""
        with self._engine.connect() as connection:
            return connection.execute(select(baselines.c.day).order_by(desc(baselines.c.id)).limit(1)).scalar()

    def set_baseline(self, day: date, now: datetime) -> None:
        """Records the day from which this installation is responsible; earlier ones stay on record."""
        with self._engine.begin() as connection:
            connection.execute(insert(baselines).values(day=day, set_at=now))


def is_gone(owner: str) -> bool:
    """Whether a process of this host has ended; of another host's nothing is known but its lease."""
    host, _, process = owner.rpartition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _run(row: Row[Any]) -> Run:
    return Run(
        row.id, row.job, row.as_of, row.started_at, row.finished_at, row.owner, row.outcome, row.counts, row.error
    )
