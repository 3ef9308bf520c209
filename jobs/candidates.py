"""Which contracts a job has to look at: index ranges on the book, minus what the ledger settled long ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, Select, String, Subquery, and_, cast, exists, func, or_, select, union

from contracts.store import lines
from jobs.job_list import Job
from notify.ledger_tables import notices
from notify.ledger_values import Status

BATCH = 500
OPEN = (Status.QUEUED, Status.HELD)


@dataclass(frozen=True, slots=True)
class Search:
    """What a job is asked to look at: the days from `first` to `last`, one contract only or all of the book.

    With `open_only`, just the contracts for which a notice of the job waits on the ledger.
    """

    job: Job
    first: date
    last: date
    only: str | None = None
    open_only: bool = False


def candidate_contracts(engine: Engine, search: Search) -> Iterator[Sequence[str]]:
    """The numbers of the contracts to look at, in batches, in order.

    Each batch is read in a transaction of its own, so that writing in between waits for nobody.
    """
    after = ""
    while True:
        with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            batch = connection.execute(_batch(search, after)).scalars().all()
        if not batch:
            return
        yield batch
        after = batch[-1]


def count_candidates(engine: Engine, search: Search) -> int:
    """How many contracts `candidate_contracts` will give."""
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        return connection.execute(select(func.count()).select_from(_numbers(search, ""))).scalar_one()


def _batch(search: Search, after: str) -> Select[str]:
    numbers = _numbers(search, after)
    return select(numbers.c.contract).order_by(numbers.c.contract).limit(BATCH)


def _numbers(search: Search, after: str) -> Subquery:
    """The numbers of all contracts to look at, each once, that come after this one."""
    job = search.job
    waiting = select(notices.c.contract).where(notices.c.kind.in_(job.kinds), notices.c.status.in_(OPEN))
    queries = [(waiting, notices.c.contract)]
    if not search.open_only:
        queries.append((_ending(search) if job.looks_ahead_days is not None else _opened(search), lines.c.contract))
    narrowed = [
        query.where(column > after) if search.only is None else query.where(column == search.only, column > after)
        for query, column in queries
    ]
    return union(*narrowed).subquery()


def _ending(search: Search) -> Select[str]:
    """Lines whose term ends near enough for the job to have something to say."""
    ahead = timedelta(days=search.job.looks_ahead_days or 0)
    return select(lines.c.contract).where(lines.c.term_end.between(search.first, search.last + ahead))


def _opened(search: Search) -> Select[str]:
    """Lines that were opened and still run: lately, or without a word about it on the ledger."""
    job = search.job
    since = search.first - timedelta(days=job.late_days)
    on_record = exists().where(
        and_(
            notices.c.kind.in_(job.kinds),
            notices.c.contract == lines.c.contract,
            notices.c.line == lines.c.line,
            notices.c.occasion == cast(lines.c.starts_on, String),
        )
    )
    return select(lines.c.contract).where(
        lines.c.order_kind.in_(job.orders),
        lines.c.opened_on <= search.last,
        lines.c.term_end >= search.first,
        or_(lines.c.opened_on >= since, lines.c.starts_on >= since, ~on_record),
    )
