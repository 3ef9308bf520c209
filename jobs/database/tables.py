"""The tables of the runner itself: the history of runs, and what a person set for the whole installation."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, Index, Integer, MetaData, String, Table, Text, text

from notify.record.columns import UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_RUNNING = text("outcome = 'running'")
_ANSWERS_FOR_ITS_DAY = text("origin = 'scheduled' AND outcome IN ('running', 'done')")

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", String(64), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("lease_until", UtcDateTime, nullable=False),  # a run still unfinished after it is taken for dead
    Column("owner", String(255), nullable=False),  # host and process, and a mark that only this run has
    Column("outcome", String(16), nullable=False),  # running, done, failed, stopped, died
    Column("counts", JSON, nullable=False),
    Column("error", Text, nullable=False, default=""),
    Column("origin", String(16), nullable=False, server_default="asked"),  # see jobs.runs.history.Origin
    Index("ix_runs_job_outcome", "job", "outcome"),
    Index("ix_runs_job_as_of", "job", "as_of"),
    # One run of a job at a time, and one of a day that answers for it, whoever else is about to begin one.
    Index("uq_runs_job_running", "job", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    Index(
        "uq_runs_job_day",
        "job",
        "as_of",
        unique=True,
        sqlite_where=_ANSWERS_FOR_ITS_DAY,
        postgresql_where=_ANSWERS_FOR_ITS_DAY,
    ),
)

baselines = Table(
    "baselines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

# What a job has looked at already: see jobs/runs/agenda.py.
agendas = Table(
    "agendas",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("rules", String(64), nullable=False),  # by which rules it looked, as a hash
    Column("looked_until", Date, nullable=False),
    Column("looked_at_all_on", Date, nullable=False),
)

# What must not be purged or forgotten, by whose word and why; never deleted. See jobs/retention/legal_holds.py.
legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("of", String(16), nullable=False),  # contract or account
    Column("number", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", String(128), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("cleared_reason", Text),
    Column("cleared_by", String(128)),
    Column("cleared_at", UtcDateTime),
)

# That somebody asked to be forgotten and when that was done, without who it was: see jobs/retention/forget.py.
forgettings = Table(
    "forgettings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("reference", Text, nullable=False),  # of the request, as the office files it
    Column("by", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("counts", JSON, nullable=False),
)
