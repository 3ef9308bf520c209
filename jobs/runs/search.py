"""Which contracts a job has to look at: index ranges on the book, minus what the ledger settled long ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Engine, Select, String, Subquery, and_, cast, exists, func, or_, select, union

from contracts.store.looks import due_looks
from contracts.store.tables import lines, looks
from jobs.notices.candidates import EndingTerms, Openings
from jobs.notices.notice import Job
from notify.record.tables import notices
from notify.record.values import Status

BATCH = 500  # contracts that are decided on together
PAGE = 20_000  # numbers read at once: each reading sorts all that are left
OPEN = (Status.QUEUED, Status.HELD)


@dataclass(frozen=True, slots=True)
class Search:
    """What a job is asked to look at: the days from `first` to `last`, one contract only or all of the book.

    With `open_only`, just the contracts for which a notice of the job waits on the ledger. With `since`, what has come
    up after that day, up to which all was looked at by this `watcher` of the book (jobs/runs/agenda.py).
    """

    job: Job
    first: date
    last: date
    only: str | None = None
    open_only: bool = False
    watcher: str = ""
    since: date | None = None


def candidate_contracts(engine: Engine, search: Search) -> Iterator[Sequence[str]]:
    """The numbers of the contracts to look at, in batches, in order.

    They are read in pages, each in a transaction of its own, so that writing in between waits for nobody.
    """
    after = ""
    while True:
        with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            page = connection.execute(_page(search, after)).scalars().all()
        for start in range(0, len(page), BATCH):
            yield page[start : start + BATCH]
        if len(page) < PAGE:
            return
        after = page[-1]


def count_candidates(engine: Engine, search: Search, after: str = "") -> int:
    """How many contracts `candidate_contracts` will give, or will still give after this one."""
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        return connection.execute(select(func.count()).select_from(_numbers(search, after))).scalar_one()


def _page(search: Search, after: str) -> Select[str]:
    numbers = _numbers(search, after)
    return select(numbers.c.contract).order_by(numbers.c.contract).limit(PAGE)


def _numbers(search: Search, after: str) -> Subquery:
    """The numbers of all contracts to look at, each once, that come after this one."""
    job = search.job
    waiting = select(notices.c.contract).where(notices.c.kind.in_(job.kinds), notices.c.status.in_(OPEN))
    queries = [(waiting, notices.c.contract)]
    if not search.open_only:
        queries += [(query, lines.c.contract) for query in _by_the_book(search)]
    if search.since is not None:
        queries.append((due_looks(search.watcher, search.last), looks.c.contract))
    narrowed = [
        query.where(column > after) if search.only is None else query.where(column == search.only, column > after)
        for query, column in queries
    ]
    return union(*narrowed).subquery()


def _by_the_book(search: Search) -> list[Select[str]]:
    looks_at = search.job.notice.looks_at
    if isinstance(looks_at, EndingTerms):
        return [_ending(search, looks_at)]
    if search.since is not None:
        return [_opened_since(search, looks_at, search.since)]
    return [_opened(search, looks_at), _no_longer_opened(search, looks_at)]


def _ending(search: Search, terms: EndingTerms) -> Select[str]:
    """Lines whose term ends near enough for the job to have something to say; only those that came near since."""

    def last_end(by: date) -> date:
        return terms.last_end(by, search.job.rules, search.job.calendar)

    query = select(lines.c.contract).where(lines.c.term_end.between(search.first, last_end(search.last)))
    return query if search.since is None else query.where(lines.c.term_end > last_end(search.since))


def _opened(search: Search, openings: Openings) -> Select[str]:
    """Lines that were opened and still run: lately, or without a word about it on the ledger."""
    since = openings.first_day(search.first, search.job.rules)
    on_record = exists().where(and_(_spoken_of(search), notices.c.occasion == cast(lines.c.starts_on, String)))
    return select(lines.c.contract).where(
        lines.c.order_kind.in_(openings.orders),
        lines.c.opened_on <= search.last,
        lines.c.term_end >= search.first,
        or_(lines.c.opened_on >= since, lines.c.starts_on >= since, ~on_record),
    )


def _no_longer_opened(search: Search, openings: Openings) -> Select[str]:
    """Lines that the ledger speaks of and that are not opened by now, as the book stands: they may have moved (N3)."""
    return select(lines.c.contract).where(
        lines.c.order_kind.in_(openings.orders),
        or_(lines.c.opened_on.is_(None), lines.c.opened_on > search.last),
        lines.c.term_end >= search.first,
        exists().where(_spoken_of(search)),
    )


def _spoken_of(search: Search) -> ColumnElement[bool]:
    is_the_line = and_(notices.c.contract == lines.c.contract, notices.c.line == lines.c.line)
    return and_(notices.c.kind.in_(search.job.kinds), is_the_line)


def _opened_since(search: Search, openings: Openings, since: date) -> Select[str]:
    """Lines that the book says were opened after that day: known before, and looked at without an answer."""
    opened = and_(lines.c.opened_on > since, lines.c.opened_on <= search.last)
    return select(lines.c.contract).where(lines.c.order_kind.in_(openings.orders), opened)
