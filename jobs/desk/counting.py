"""What the dates in the book have to say to the desk, counted by the database; only what a letter shows is read.

A closing day may be that of a hundred thousand lines, of which a letter shows fifty and says how many more there are.
The conditions are those of `digest_items.of_contract`, as statements; a test holds the two together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select, union

from contracts.rules.terms import CLOSING_DAYS
from contracts.store.book import Book
from contracts.store.tables import accounts, contracts, day_before, in_plain_order, lines
from jobs.desk.items import LATE_OPENING, OPENED_BY_US, Reach, of_contract
from jobs.desk.sections import Item, Reader, Section, reader_of
from jobs.desk.sources import BATCH, of_the_book, reading

if TYPE_CHECKING:
    from contracts.catalogue import Catalogue
    from jobs.app import App

_BEFORE = timedelta(days=CLOSING_DAYS)  # from a closing day to the end of its term
_ONE_DAY = timedelta(days=1)
_CONTINUATION = "continuation"

ReaderAt = Callable[[str, date], str]  # (partner, urgency) → the line of the letter that tells it; "": no letter does


class _Place(NamedTuple):
    """Where an item is found again."""

    section: Section
    contract: str
    line: str


class _Lines(NamedTuple):
    """The lines that a section tells, and the column by which the most urgent come first."""

    section: Section
    urgency: ColumnElement[date]
    are_told: ColumnElement[bool]


@dataclass(slots=True)
class NearDays:
    """The items of closing days and starts in reach that letters show: the `most` urgent of each reader and section.

    `most` None shows all of them; then nothing has to be counted.
    """

    app: App
    reach: Reach
    readers: Sequence[Reader]
    most: int | None
    _more: dict[tuple[str, Section], int] = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        """Those items, as `of_contract` makes them."""
        if self.most is None:
            yield from of_the_book(self.app, self.reach)
        else:
            yield from self._counted(self.most)

    def more(self) -> Mapping[tuple[str, Section], int]:
        """How many there are beside them, by the reader's line and section; to be asked when all items were taken."""
        return self._more

    def _counted(self, most: int) -> Iterator[Item]:
        shown: dict[str, set[_Place]] = defaultdict(set)
        with reading(self.app) as connection:
            for these in _sections(connection, self.app.catalogue, self.reach):
                for place in self._places(connection, these, most):
                    shown[place.contract].add(place)
        numbers = sorted(shown)
        for start in range(0, len(numbers), BATCH):
            with reading(self.app) as connection:
                found = Book(connection, self.app.catalogue).contracts(numbers[start : start + BATCH])
            for contract in found:
                for item in of_contract(contract, self.reach):
                    if _Place(item.section, item.contract, item.line) in shown[contract.number]:
                        yield item

    def _places(self, connection: Connection, these: _Lines, most: int) -> Iterator[_Place]:
        """Where the most urgent are, until each reader has as many as a letter shows, or all that there are."""
        reader_at, partner = self._reader_at(these.section), self._partner()
        counts = _counts(connection, these, partner, reader_at)
        missing = {line: min(count, most) for line, count in counts.items()}
        if not any(missing.values()):
            return
        with connection.execute(_by_urgency(connection, these, partner)) as rows:
            for row in rows:
                line = reader_at(row.partner, row.urgency)
                if not missing.get(line):
                    continue
                yield _Place(these.section, row.contract, row.line)
                missing[line] -= 1
                if not any(missing.values()):
                    break
        # Where some are missing, the book was changed since they were counted: there are no more.
        for line in (line for line, count in counts.items() if count > most and not missing[line]):
            self._more[line, these.section] = counts[line] - most

    def _partner(self) -> ColumnElement[str] | None:
        """The column that tells readers apart; None where there is only the desk."""
        return accounts.c.partner_name if any(reader.partners for reader in self.readers) else None

    def _reader_at(self, section: Section) -> ReaderAt:
        reader = lru_cache(1000)(lambda partner: reader_of(partner, self.readers))

        def at(partner: str, urgency: date) -> str:
            found = reader(partner)
            is_told = section is not Section.CLOSED or (found is not None and urgency - _BEFORE >= found.last.day)
            return found.line if found is not None and is_told else ""

        return at


def _counts(
    connection: Connection, these: _Lines, partner: ColumnElement[str] | None, reader_at: ReaderAt
) -> Counter[str]:
    """How many of these lines are told to whom, by the line of the reader's letter."""
    by = [these.urgency] if partner is None else [these.urgency, partner]
    query = _asked(these, partner, func.count().label("how_many")).group_by(*by)
    counts: Counter[str] = Counter()
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        counts[reader_at(row.partner, row.urgency)] += row.how_many
    del counts[""]
    return counts


def _by_urgency(connection: Connection, these: _Lines, partner: ColumnElement[str] | None) -> Select[Any]:
    """These lines in the order of `Item.order`."""
    place = (lines.c.contract, lines.c.line)
    in_order = (in_plain_order(connection, column) for column in place)
    query = _asked(these, partner, *place).order_by(these.urgency, *in_order)
    return query.execution_options(yield_per=BATCH)


def _asked(these: _Lines, partner: ColumnElement[str] | None, *columns: ColumnElement[Any]) -> Select[Any]:
    of_whom = literal("") if partner is None else partner
    query = select(these.urgency.label("urgency"), of_whom.label("partner"), *columns).where(these.are_told)
    return query if partner is None else query.select_from(lines.join(contracts).join(accounts))


def _sections(connection: Connection, catalogue: Catalogue, reach: Reach) -> Iterator[_Lines]:
    """The lines of each section, as `of_contract` chooses them."""
    menus = {code: item for code in _menus_near(connection, reach) if (item := catalogue.find(code)) is not None}
    families: dict[str, list[str]] = defaultdict(list)
    for code, item in menus.items():
        families[item.family].append(code)
    fixed = [code for code, item in menus.items() if item.fixed_after_closing]
    undecided = and_(
        lines.c.term_end >= reach.as_of,
        _is_ordered(lines.c.ordered_on, reach.as_of),
        ~_is_past(func.coalesce(lines.c.declined_on, lines.c.declined_recorded_on), reach.as_of),
        ~_is_continued(connection, reach.as_of, families.values()),
    )
    closing = _ends(max(reach.since, reach.as_of), reach.until)
    yield _Lines(Section.CLOSING, lines.c.term_end, and_(closing, undecided))
    closed = _ends(reach.since, reach.as_of - _ONE_DAY)
    yield _Lines(Section.CLOSED, lines.c.term_end, and_(closed, undecided, lines.c.menu.not_in(fixed)))
    unopened = and_(
        lines.c.starts_on.between(reach.as_of - LATE_OPENING, reach.until),
        lines.c.order_kind.in_(OPENED_BY_US),
        ~_is_past(lines.c.opened_on, reach.as_of),
        _is_ordered(lines.c.ordered_on, reach.as_of),
        lines.c.term_end >= reach.as_of,
    )
    yield _Lines(Section.UNOPENED, lines.c.starts_on, unopened)


def _ends(first: date, last: date) -> ColumnElement[bool]:
    """The term ends of closing days between these."""
    return lines.c.term_end.between(first + _BEFORE, last + _BEFORE)


def _is_past(day: ColumnElement[date | None], as_of: date) -> ColumnElement[bool]:
    return and_(day.is_not(None), day <= as_of)


def _is_ordered(ordered_on: ColumnElement[date | None], as_of: date) -> ColumnElement[bool]:
    return or_(ordered_on.is_(None), ordered_on <= as_of)


def _is_continued(connection: Connection, as_of: date, families: Collection[Sequence[str]]) -> ColumnElement[bool]:
    """Whether an order of the line's family takes up where its term ends (`Contract.continuations_of`)."""
    other = lines.alias()
    of_one_family = [and_(lines.c.menu.in_(codes), other.c.menu.in_(codes)) for codes in families if len(codes) > 1]
    return exists().where(
        other.c.contract == lines.c.contract,
        other.c.order_kind == _CONTINUATION,
        # Said of the other's start, or SQLite would look through all that start on that day instead of the contract's.
        day_before(connection, other.c.starts_on) == lines.c.term_end,
        _is_ordered(other.c.ordered_on, as_of),
        or_(other.c.menu == lines.c.menu, *of_one_family),
    )


def _menus_near(connection: Connection, reach: Reach) -> Sequence[str]:
    """The menu items of lines with a closing day in reach, and of what continues them, as the book spells them."""
    ending = _ends(reach.since, reach.until)
    first, last = (day + _BEFORE + _ONE_DAY for day in (reach.since, reach.until))
    continuing = and_(lines.c.order_kind == _CONTINUATION, lines.c.starts_on.between(first, last))
    return connection.scalars(union(*(select(lines.c.menu).where(which) for which in (ending, continuing)))).all()
