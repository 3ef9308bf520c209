"""What the database tells about how things go: read in one short look, for metrics, health and the doctor.

The cost follows what waits and what was written lately, not what the ledger holds: rows are numbered in the order in
which they are written, so that the first row of the last days is found by its number and the rest by indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, func, select

from jobs.database.tables import runs
from jobs.desk.sections import CONTRACT
from jobs.desk.sources import HAS_LAPSED
from jobs.notices.listing import DESK
from jobs.runs.history import Origin
from notify.ledger.late import NONE_LATE, Late
from notify.ledger.switches import Pause, paused
from notify.record.tables import attempts, envelopes, messages, notices
from notify.record.values import Outcome, Status

LATELY = timedelta(days=30)
OPEN = (Status.QUEUED, Status.SENDING, Status.HELD, Status.FAILED, Status.IN_DOUBT)
_KIND_AND_STATUS = (notices.c.kind, notices.c.status)
_UNTRIED = (Outcome.RELEASED, Outcome.BARRED, Outcome.LOST)


@dataclass(frozen=True, slots=True)
class RunSeen:
    """The end, or the beginning, of a run."""

    at: datetime
    outcome: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobVitals:
    """The latest run of a job, and the latest that was done."""

    latest: RunSeen
    done: RunSeen | None = None
    last_day: date | None = None  # the latest day that it was done for


@dataclass(frozen=True, slots=True)
class Delay:
    """When a notice went out, and the day it was due on. `reason` is "due", or "late" for what was decided after it."""

    kind: str
    reason: str
    due_on: date
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Vitals:
    """How things stand at `now`."""

    now: datetime
    pause: Pause | None = None
    jobs: Mapping[str, JobVitals] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], int] = field(default_factory=dict)  # how many, by job and outcome
    notices: Mapping[tuple[str, Status], int] = field(default_factory=dict)  # the open ones, by kind
    lately: Mapping[tuple[str, Status], int] = field(default_factory=dict)  # whose letter was written lately, by kind
    lapsed: Mapping[tuple[str], int] = field(
        default_factory=dict
    )  # of those, whose last day passed before they went out
    delays: tuple[Delay, ...] = ()  # of those
    replies: Mapping[str, int] = field(default_factory=dict)  # to tries lately: 2xx, 4xx, 5xx, none
    waiting: int = 0  # envelopes whose next try may begin
    retrying: int = 0  # envelopes that wait for the time of their next try
    oldest_at: datetime | None = None  # since when the oldest mail waits
    late: Late = NONE_LATE  # what has waited for too long
    due_since: datetime | None = None  # since when the longest waiting envelope could have been tried
    last_try_at: datetime | None = None  # when the latest try ended
    desk_letter: Status | None = None  # how the latest letter to the sales desk that has ended stands


def read_vitals(engine: Engine, now: datetime) -> Vitals:
    """How things stand.

    Raises:
        DBAPIError: the database cannot be read.
    """
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        message = _first_message(connection, now - LATELY)
        return Vitals(
            now=now,
            pause=paused(connection),
            jobs=_jobs(connection),
            runs=_counts(connection, (runs.c.job, runs.c.outcome)),
            notices=_counts(connection, _KIND_AND_STATUS, notices.c.status.in_(OPEN)),
            desk_letter=_desk_letter(connection),
            **_lately(connection, message),
            **_queue(connection, now),
        )


def _jobs(connection: Connection) -> dict[str, JobVitals]:
    # A look at one contract answers for no day, and a good one makes up for no bad run.
    whole = runs.c.origin != Origin.ONE_CONTRACT
    last = (
        select(func.max(runs.c.id).label("id"), func.max(runs.c.as_of).label("day")).where(whole).group_by(runs.c.job)
    )
    ended = last.where(runs.c.outcome == "done").subquery()
    query = select(runs, ended.c.day).join_from(runs, ended, runs.c.id == ended.c.id)
    done = {row.job: (_seen(row), row.day) for row in connection.execute(query)}
    latest = last.subquery()
    rows = connection.execute(select(runs).join_from(runs, latest, runs.c.id == latest.c.id))
    return {row.job: JobVitals(_seen(row), *done.get(row.job, (None, None))) for row in rows}


def _seen(row: Any) -> RunSeen:
    return RunSeen(row.finished_at or row.started_at, row.outcome, row.error)


def _counts(connection: Connection, by: Sequence[Column[Any]], *where: ColumnElement[bool]) -> dict[Any, int]:
    """How many rows there are of each combination of these columns."""
    query = select(*by, func.count()).where(*where).group_by(*by)
    return {tuple(combination): count for *combination, count in connection.execute(query)}


def _desk_letter(connection: Connection) -> Status | None:
    """The one to the desk itself; what a colleague's letter did not tell, the desk's does."""
    ended = notices.c.status.in_((Status.SENT, Status.HELD, Status.FAILED))
    of_desk = (notices.c.contract == CONTRACT, notices.c.kind == DESK, notices.c.line.not_like("partner %"))
    query = select(notices.c.status).where(*of_desk, ended).order_by(notices.c.id.desc()).limit(1)
    found: Status | None = connection.execute(query).scalar()
    return found


def _lately(connection: Connection, message: int) -> dict[str, Any]:
    recent = notices.c.message_id >= message
    sent = select(notices.c.kind, notices.c.reason, notices.c.due_on, notices.c.sent_at).where(
        recent, notices.c.sent_at.is_not(None), notices.c.due_on.is_not(None)
    )
    return {
        "lately": _counts(connection, _KIND_AND_STATUS, recent),
        "lapsed": _counts(connection, (notices.c.kind,), recent, HAS_LAPSED),
        "delays": tuple(Delay(*row) for row in connection.execute(sent)),
        "replies": _replies(connection, message),
    }


def _replies(connection: Connection, message: int) -> dict[str, int]:
    of_message = select(envelopes.c.id).where(envelopes.c.message_id >= message)
    first = connection.execute(of_message.order_by(envelopes.c.message_id, envelopes.c.id).limit(1)).scalar()
    if first is None:
        return {}
    digit = func.substr(attempts.c.reply, 1, 1)
    query = select(attempts.c.outcome, digit, func.count()).where(
        attempts.c.envelope_id >= first, attempts.c.outcome.is_not(None), attempts.c.outcome.not_in(_UNTRIED)
    )
    found: dict[str, int] = {}
    for outcome, said, count in connection.execute(query.group_by(attempts.c.outcome, digit)):
        name = _reply_class(outcome, said)
        found[name] = found.get(name, 0) + count
    return found


def _reply_class(outcome: Outcome, first_sign: str) -> str:
    """`2xx`, `4xx`, `5xx`, or `none` where the relay gave no reply to a mail."""
    if outcome is Outcome.ACCEPTED:
        return "2xx"  # a Maildir gives no code
    return f"{first_sign}xx" if first_sign in ("4", "5") else "none"


def _queue(connection: Connection, now: datetime) -> dict[str, Any]:
    is_queued = envelopes.c.status == Status.QUEUED
    is_due = func.coalesce(envelopes.c.next_attempt_at, envelopes.c.updated_at)
    may_go = envelopes.c.next_attempt_at.is_(None) | (envelopes.c.next_attempt_at <= now)
    query = select(func.count(), func.min(is_due, type_=envelopes.c.updated_at.type)).where(is_queued, may_go)
    waiting, due_since = connection.execute(query).one()
    oldest = func.min(envelopes.c.queued_at, type_=envelopes.c.queued_at.type)
    queued, oldest_at = connection.execute(select(func.count(), oldest).where(is_queued)).one()
    latest = select(func.max(envelopes.c.id)).scalar_subquery()
    # The envelopes that were tried last are seldom far from the end; those that wait long do not matter here.
    tried = select(func.max(attempts.c.finished_at)).where(attempts.c.envelope_id > latest - _LOOKED_AT)
    return {
        "waiting": waiting,
        "retrying": queued - waiting,
        "due_since": due_since,
        "oldest_at": oldest_at,
        "last_try_at": connection.execute(tried).scalar(),
    }


_LOOKED_AT = 2000


def _first_message(connection: Connection, since: datetime) -> int:
    """The number from which on messages were written since then: found by halving, for want of an index on the time."""
    number = messages.c.id
    # Each for itself: SQLite reads the whole table for the two at once.
    low = connection.execute(select(func.min(number))).scalar() or 1
    after = (connection.execute(select(func.max(number))).scalar() or 0) + 1
    while low < after:
        middle = (low + after) // 2
        query = select(number, messages.c.created_at).where(number >= middle).order_by(number).limit(1)
        found, written_at = connection.execute(query).one()
        if written_at >= since:
            after = middle
        else:
            low = found + 1
    return int(after)


def age(then: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 for never, and for what lies ahead."""
    return max(0.0, (now - then).total_seconds()) if then is not None else 0.0
