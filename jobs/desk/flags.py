"""Which contracts break a rule of the domain, and which of that is news: remembered beside the book.

A watcher of the book (contracts/store/looks.py) knows what was changed since the last look. A contract without a flag
has no row. One that a letter told of has as its day the one after that letter. If the letter went out it stands
flagged from then on, with a day that never comes; else it is told once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Engine, and_, exists, false, func, select, update

from contracts.catalogue import Catalogue
from contracts.model import Contract
from contracts.rules.checks import Flag, flags
from contracts.store.book import Book
from contracts.store.looks import AT_ONCE, looked_at, put_off, register, standing
from contracts.store.tables import contracts, day_before, insert_for, lines, looks
from jobs.database.tables import agendas
from jobs.desk.items import flagged
from jobs.desk.sections import JOB, Item, Reader, reader_of
from jobs.desk.sources import BATCH, reading

STANDS = date.max
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Look:
    """One look at the book for a letter of that day; with `writes` it is remembered what was found and told."""

    engine: Engine
    catalogue: Catalogue
    full_every_days: int
    as_of: date
    readers: Sequence[Reader]
    writes: bool
    _whole: bool = False
    _stand: ColumnElement[bool] = field(default_factory=false)
    _how_many_stand: int = 0
    _told: dict[str, date | None] = field(default_factory=dict)
    _first_told: dict[str, str] = field(default_factory=dict)  # contract → whose letter; by none of this day before
    _versions: dict[str, int] = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        """Each flag of a contract that is new, was changed, or was told in a letter that did not go out."""
        if self.writes:
            with self.engine.begin() as connection:
                register(connection, JOB)
        self._whole = self._is_to_see_all()
        self._stand = self._that_stand()
        with reading(self.engine) as connection:
            query = select(func.count()).select_from(looks).where(self._stand)
            self._how_many_stand = connection.execute(query).scalar_one()
        for numbers in self._numbers():
            yield from self._batch(numbers)

    def standing(self) -> int:
        """How many contracts stand flagged beside what is news; to be asked when all items were taken."""
        with reading(self.engine) as connection:
            before = standing(connection, JOB, STANDS)
        return before + self._how_many_stand + list(self._told.values()).count(STANDS)

    def told(self, without: Collection[str] = ()) -> None:
        """The letters that tell these items are on the ledger, `without` those of some readers.

        Their letter of the day had gone out before: what is new since then is news for the next one.
        """
        if self._how_many_stand:
            # Locked in the order in which all are (contracts/store/looks.py), so that no two wait for each other.
            those = select(looks.c.contract).where(self._stand).order_by(looks.c.contract).with_for_update()
            change = update(looks).where(looks.c.watcher == JOB, looks.c.contract.in_(those)).values(look_on=STANDS)
            with self.engine.begin() as connection:
                connection.execute(change)
        untold = {number: AT_ONCE for number, line in self._first_told.items() if line in without}
        self._put_off(self._told | untold, self._versions)
        if not self._whole:
            return
        values = {"rules": self._rules(), "looked_until": self.as_of, "looked_at_all_on": self.as_of}
        with self.engine.begin() as connection:
            insert = insert_for(connection)(agendas).values({"job": JOB} | values)
            connection.execute(insert.on_conflict_do_update(index_elements=["job"], set_=values))

    def _is_to_see_all(self) -> bool:
        """Nothing relies on the memory alone: by other rules, and every so many days, all of the book is looked at."""
        with reading(self.engine) as connection:
            row = connection.execute(select(agendas).where(agendas.c.job == JOB)).one_or_none()
        if row is None or row.rules != self._rules():
            return True
        all_on: date = row.looked_at_all_on
        return self.as_of >= all_on + self.full_every_days * _ONE_DAY

    def _that_stand(self) -> ColumnElement[bool]:
        """Which rows stand by now: told in a letter that went out, and nothing can have become of them since.

        So they need not be looked at one by one. None where all of the book is looked at, or where a contract may have
        nobody to be told of it; one that was changed, or a line of which has ended, is looked at.
        """
        if self._whole or not any(reader.is_desk for reader in self.readers):
            return false()
        last = min(reader.last.day for reader in self.readers)
        with reading(self.engine) as connection:
            told_on = day_before(connection, looks.c.look_on)
        has_ended = exists().where(
            lines.c.contract == looks.c.contract, lines.c.term_end.between(told_on, self.as_of - _ONE_DAY)
        )
        return and_(looks.c.watcher == JOB, looks.c.look_on > AT_ONCE, looks.c.look_on <= last + _ONE_DAY, ~has_ended)

    def _rules(self) -> str:
        return sha256(repr(self.catalogue).encode()).hexdigest()

    def _numbers(self) -> Iterator[Sequence[str]]:
        if self._whole:
            column, query = contracts.c.number, select(contracts.c.number)
        else:  # what was told in a letter of this day is looked at again: it may be written anew
            column = looks.c.contract
            query = select(column).where(looks.c.watcher == JOB, looks.c.look_on <= self.as_of + _ONE_DAY, ~self._stand)
        after = ""
        while True:
            with reading(self.engine) as connection:
                page = connection.execute(query.where(column > after).order_by(column).limit(BATCH)).scalars().all()
            yield page
            if len(page) < BATCH:
                return
            after = page[-1]

    def _batch(self, numbers: Sequence[str]) -> Iterator[Item]:
        with reading(self.engine) as connection:
            seen = looked_at(connection, JOB, numbers)
            found = Book(connection, self.catalogue).contracts(numbers)
        sound: dict[str, date | None] = {}
        for contract in found:
            look_on, version = seen.get(contract.number, (None, 0))
            if version:
                self._versions[contract.number] = version
            broken = list(_of_today(contract, flags(contract), self.as_of))
            if not broken:
                sound[contract.number] = None
            elif look_on != STANDS:
                yield from self._told_of(contract, broken, look_on)
        self._put_off(sound, self._versions)
        for number in sound:
            self._versions.pop(number, None)

    def _told_of(self, contract: Contract, broken: Iterable[Flag], look_on: date | None) -> Iterator[Item]:
        """The flags of one contract; one that a letter told of is news for whose letter did not go out."""
        was_told = look_on is not None and look_on != AT_ONCE
        news_on = look_on - 2 * _ONE_DAY if look_on is not None and was_told else None
        reader = reader_of(contract.account.partner_name, self.readers)
        items = [flagged(contract, flag, news_on) for flag in broken]
        is_news = reader is None or items[0].is_for(reader.last)
        tomorrow = self.as_of + _ONE_DAY
        self._told[contract.number] = tomorrow if is_news else STANDS
        if reader is not None and is_news and look_on != tomorrow:
            self._first_told[contract.number] = reader.line
        yield from items

    def _put_off(self, days: Mapping[str, date | None], versions: Mapping[str, int]) -> None:
        if self.writes and days:
            with self.engine.begin() as connection:
                put_off(connection, JOB, days, versions)


def _of_today(contract: Contract, found: Iterable[Flag], as_of: date) -> Iterator[Flag]:
    """The flags of lines that have not ended."""
    for flag in found:
        line = contract.line(flag.line)
        if line is not None and line.term is not None and line.term.last_day >= as_of:
            yield flag
