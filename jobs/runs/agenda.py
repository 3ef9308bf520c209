"""What a job need not look at again: cost follows what has come to a turn or was changed, not what exists.

After a job has looked at a contract, the next day on which its answer may be another is known: the forecast's days. It
is written down beside the book (contracts/store/looks.py), where every change of the contract moves it forward. The
next run looks at what has its day by then, at lines that come into the job's time, and at what waits on the ledger.

Nothing relies on that alone. All of the book is looked at where it is small, where the rules are not those of the last
look, where the day is not after the last one, and every so many days in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, select

from contracts.model import Contract
from contracts.store.looks import AT_ONCE, bring_forward, put_off, register
from contracts.store.tables import contracts, insert_for
from jobs.database.tables import agendas
from jobs.notices.notice import Job
from jobs.runs.search import Search


@dataclass(frozen=True, slots=True)
class AgendaRules:
    """When all of the book is looked at: while it has no more contracts than this, and every so many days."""

    small_book: int = 1000
    full_every_days: int = 7


class Agenda:
    """What one job looked at, by rules of which `rules` tells the hash; it is not asked while the book is small."""

    def __init__(self, engine: Engine, job: Job, rules: Callable[[], str], when: AgendaRules) -> None:
        self._engine = engine
        self._job = job
        self._rules = rules
        self._when = when
        self._looked_by = ""  # the rules when the run began

    def search(self, as_of: date) -> Search:
        """What the job has to look at on that day: all of the book, or what has come up since its last look."""
        with self._engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            if self._is_small(connection):
                return Search(self._job, as_of, as_of)
            row = connection.execute(select(agendas).where(agendas.c.job == self._job.name)).one_or_none()
        whole = Search(self._job, as_of, as_of, watcher=self._job.name)
        if row is None or row.rules != self._rules() or as_of <= row.looked_until:
            return whole
        if as_of >= row.looked_at_all_on + timedelta(days=self._when.full_every_days):
            return whole
        return replace(whole, since=row.looked_until)

    def begin(self, search: Search) -> None:
        """Before a run looks: from now on, changes of the book are noted for it."""
        if search.watcher:
            self._looked_by = self._rules()
            with self._engine.begin() as connection:
                register(connection, search.watcher)

    def put_off(
        self, search: Search, looked_at: Mapping[str, Contract], again: Container[str], seen: Mapping[str, int]
    ) -> None:
        """These contracts have their answer on the ledger, save those to look at `again` in any case.

        `seen` are their versions, read before they were (contracts/store/looks.py).
        """
        if not search.watcher:
            return
        days = {
            number: AT_ONCE if number in again else next_turn(self._job, contract, search.last)
            for number, contract in looked_at.items()
        }
        with self._engine.begin() as connection:
            put_off(connection, search.watcher, days, seen)

    def look_again(self, numbers: Collection[str]) -> None:
        """The next run looks at these contracts in any case."""
        if numbers:
            with self._engine.begin() as connection:
                bring_forward(connection, sorted(numbers))

    def finish(self, search: Search) -> None:
        """A run has looked at everything that it was to look at."""
        if not search.watcher:
            return
        values = {"rules": self._looked_by, "looked_until": search.last}
        if search.since is None:
            values["looked_at_all_on"] = search.last
        row = {"job": self._job.name, "looked_at_all_on": search.last} | values
        with self._engine.begin() as connection:
            insert = insert_for(connection)(agendas).values(row)
            connection.execute(insert.on_conflict_do_update(index_elements=["job"], set_=values))

    def _is_small(self, connection: Connection) -> bool:
        beyond = select(contracts.c.number).order_by(contracts.c.number).offset(self._when.small_book).limit(1)
        return connection.execute(beyond).first() is None


def next_turn(job: Job, contract: Contract, after: date) -> date | None:
    """The next day on which a decision about the contract may become another; None: not before it changes."""
    return min((day for day in turns(job, contract) if day > after), default=None)


def turns(job: Job, contract: Contract) -> set[date]:
    """The days on which a decision may become another: the job's own, and the facts of the book."""
    facts = {
        day
        for line in contract.lines
        for day in (line.ordered_on, line.opened_on, line.declined_on, line.released_on)
        if day is not None
    }
    return facts | set(job.turns(contract))
