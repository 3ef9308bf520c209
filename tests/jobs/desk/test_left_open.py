"""The desk is never told that all is well while a term end has left something open: twenty books, day by day.

What is open is said here once more from the rules alone (N5, B1, B4), on rows as the book has them.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import ContractLine, OrderKind, Term
from contracts.rules.loose_ends import loose_ends
from contracts.rules.releases import releases_due
from contracts.rules.storage import storage_that_runs_on
from contracts.store.book import Book
from jobs.desk.items import Reach, of_contract
from jobs.desk.sections import INFORMS, Last, Section, letters
from jobs.desk.sources import near_days
from tests.contracts.builders import a_csv, a_row, an_engine, imported
from tests.contracts.values import a_contract
from tests.jobs.desk.builders import NOW, the_desk

YEAR = "2026-01-01 2026-12-31 2025-12-10 2025-12-15"
NEXT = "2027-01-01 2027-12-31 2026-08-10 2026-08-20"
# Menu, order, seats, first and last day, ordered on, opened on, declined on; "-" for none.
BOOKS = {
    "seats move": [f"business new 20 {YEAR}", f"webinar new 1 {YEAR}", f"business continuation 10 {NEXT}",
                   f"webinar continuation 11 {NEXT}"],
    "two families cut": [f"business new 49 {YEAR}", f"webinar new 3 {YEAR}", f"business continuation 30 {NEXT}",
                         f"webinar continuation 1 {NEXT}"],
    "below the minimum": [f"webinar new 1 {YEAR}", f"enterprise-essentials new 60 {YEAR}",
                          f"webinar continuation 1 {NEXT}", f"enterprise-essentials continuation 45 {NEXT}"],
    "cut": [f"business new 49 {YEAR}", f"business continuation 30 {NEXT}"],
    "moved start": ["business new 20 2026-09-01 2027-08-31 2026-08-01 2026-08-10"],
    "short remainder": [f"business new 10 {YEAR}", f"business continuation 10 {NEXT}",
                        "business addition 5 2026-12-01 2026-12-31 2026-11-20 2026-11-25"],
    "storage step": [f"business new 20 {YEAR}", f"storage-200gb new 1 {YEAR}", f"business continuation 20 {NEXT}",
                     "storage-1tb continuation 1 2027-01-01 2027-12-31 2026-07-20 2026-07-25"],
    "tickets outlive": [f"business new 20 {YEAR}",
                        "events-per-attendee addition 600 2026-07-01 2027-06-30 2026-06-10 2026-06-25"],
    "tickets lapse": [f"business new 20 {YEAR}", f"events-per-attendee new 600 {YEAR}",
                      f"business continuation 20 {NEXT}"],
    "storage declined": [f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR} 2026-09-01",
                         f"business continuation 20 {NEXT}"],
    "upgrade in mid-term": ["business new 49 2026-02-01 2026-07-31 2026-01-10 2026-01-15",
                            "enterprise-essentials addition 59 2026-08-01 2027-01-31 2026-04-01 2026-07-25"],
    "closes on a closed day": ["business new 20 2026-03-01 2027-02-28 2026-02-10 2026-02-15"],
    "sold no more": ["enterprise-named-host new 60 2024-03-01 2027-02-28 2024-02-10 2024-02-15"],
    "two lines as one": [f"business new 49 {YEAR}", f"business continuation 30 {NEXT}",
                         f"business continuation 10 {NEXT}"],
    "pro anew": ["business new 20 2025-10-01 2026-09-30 2025-09-10 2025-09-15",
                 "pro new 5 2026-10-01 2027-09-30 2026-04-10 2026-09-15"],
    "storage runs on": [f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"business continuation 20 {NEXT}"],
    "pro in January": ["pro new 3 2027-01-07 2027-12-31 2026-12-10 2026-12-15",
                       "rooms new 1 2027-01-01 2027-12-31 2026-12-10 2026-12-15"],
    "enterprise": [f"enterprise-essentials new 60 {YEAR}"],
    "five flags": ["pro new 5 2026-04-01 2027-03-31 2026-03-10 -",
                   "events-per-attendee new 100 2026-04-01 2028-03-31 2026-03-10 -",
                   "storage-200gb new 2 2026-04-01 2027-03-31 2026-03-10 -",
                   "business addition 5 2026-06-01 2027-03-31 2026-05-10 -",
                   "pro continuation 5 2027-04-01 2028-03-31 2026-04-10 -"],
    "english": [f"business new 20 {YEAR}"],
}  # fmt: skip
# Neighbours: what settles it, and the same beside other lines.
NEIGHBOURS = {
    "cut, released": [f"business new 49 {YEAR} - 2027-01-10", f"business continuation 30 {NEXT}"],
    "cut, the rest declined": [f"business new 49 {YEAR} 2026-10-20", f"business continuation 30 {NEXT}"],
    "storage registered late": [f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}",
                                f"business continuation 20 {NEXT}",
                                "storage-1tb continuation 1 2027-01-01 2027-12-31 2026-10-20 2026-11-20"],
    "webinar dropped": [f"business new 20 {YEAR}", f"webinar new 3 {YEAR}", f"business continuation 20 {NEXT}"],
    "ended as a whole": [f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"webinar new 3 {YEAR}"],
    "continued in two orders": [f"business new 49 {YEAR}", f"business continuation 30 {NEXT}",
                                "business continuation 19 2027-01-01 2027-12-31 2026-10-25 2026-10-28"],
}  # fmt: skip
AHEAD = 14
CATALOGUE = shipped_catalogue()
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
ONE_DAY = timedelta(days=1)
BASES = {"pro": 1, "business": 2, "enterprise-essentials": 3, "enterprise-named-host": 3}


@dataclass(frozen=True)
class Row:
    """A row of the book."""

    number: int
    menu: str
    order: str
    seats: int
    first: date
    last: date
    ordered: date
    opened: date
    declined: date
    released: date

    @property
    def family(self):
        return "base" if self.menu in BASES else self.menu.split("-")[0]

    @property
    def is_assigned(self):
        return self.family not in {"storage", "events"}


def rows_of(book):
    never = date.max
    for number, text in enumerate(book, start=1):
        menu, order, seats, *days = [*text.split(), "-", "-"][:9]
        yield Row(number, menu, order, int(seats), *(never if day == "-" else date.fromisoformat(day) for day in days))


def a_year_after(day):
    return date(day.year + 1, day.month, monthrange(day.year + 1, day.month)[1])


def open_by_the_rules(book, day) -> Iterator[tuple[str, str, int]]:
    """Section, the day it is about, and seats, of all that term ends have left open on that day."""
    known = [row for row in rows_of(book) if row.ordered <= day]
    for end, family in product(sorted({row.last for row in known}), sorted({row.family for row in known})):
        ending = [row for row in known if (row.last, row.family) == (end, family)]
        following = [row for row in known if (row.first, row.family) == (end + ONE_DAY, family)]
        if ending and family == "storage":
            yield from running_on(known, ending, following, end, day)
        elif ending and ending[0].is_assigned and not is_bought_anew(known, end):
            yield from cut(known, ending, following, end, day)


def running_on(known, ending, following, end, day):
    """B4: "continues for a year"; the desk is told until its continuation is registered; it dies with its base."""
    has_base = any(row.family == "base" and row.first <= end + ONE_DAY <= row.last for row in known)
    is_registered = any(row.opened <= day for row in following)
    for row in ending:
        is_ended = row.declined <= end - 60 * ONE_DAY
        if end - 60 * ONE_DAY < day <= a_year_after(end) and has_base and not is_registered and not is_ended:
            yield ("runs-on", str(end + ONE_DAY), row.seats)


def cut(known, ending, following, end, day):
    """N5: ending seats less those continuing on the next day. B1: until 60 days before the end they can go on."""
    closes = end - 60 * ONE_DAY
    goes_on = any(row.first <= end + ONE_DAY <= row.last and row.family != "events" for row in known)
    seats = sum(row.seats for row in ending) - sum(row.seats for row in following)
    undecided = seats - sum(row.seats for row in ending if row.declined <= day)
    is_released = any(row.released <= day for row in ending)
    if following and undecided > 0 and closes - AHEAD * ONE_DAY <= day <= closes:
        yield ("undecided", str(closes), undecided)
    if goes_on and seats > 0 and not is_released and end - AHEAD * ONE_DAY <= day <= a_year_after(end):
        yield ("unreleased", str(end), seats)


def is_bought_anew(known, end):
    """B3, T8: a lower base licence under a new order is no continuation, and what goes a person says."""
    before = max((BASES[row.menu] for row in known if row.last == end and row.family == "base"), default=0)
    return any(
        row.order == "new" and BASES.get(row.menu, 9) < before for row in known if row.first == end + ONE_DAY
    )  # fmt: skip


def days_of(book):
    """Each day on which anything changes, and those beside it, and each Monday, which may say that all is well."""
    turns = set()
    for row in rows_of(book):
        ends = (row.last + step * ONE_DAY for step in (-74, -60, -14, 0))
        turns |= {row.first, row.ordered, row.opened, row.declined, row.released, a_year_after(row.last), *ends}
    near = {day + step * ONE_DAY for day in turns if day < date(9999, 1, 1) for step in (-1, 0, 1)}
    mondays = {FIRST + (4 + 7 * week) * ONE_DAY for week in range(156)}
    return sorted(day for day in near | mondays if FIRST <= day <= LAST)


def as_columns(name, book):
    for row in rows_of(book):
        days = {
            "term_start": row.first, "term_end": row.last, "ordered_on": row.ordered, "opened_on": row.opened,
            "declined_on": row.declined, "released_on": row.released,
        }  # fmt: skip
        yield a_row(
            account_number=f"A-{name}", contract=name, company=f"株式会社{name}", owner_email="owner@example.co.jp",
            line=row.number, menu=row.menu, order=row.order, seats=row.seats, months="",
            **{column: "" if day == date.max else day for column, day in days.items()},
        )  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """All the books as one, each a contract of its name, imported as a file."""
    folder = tmp_path_factory.mktemp("books")
    engine = an_engine(folder)
    rows = [row for name, book in (BOOKS | NEIGHBOURS).items() for row in as_columns(name, book)]
    assert imported(engine, a_csv(folder, *rows)).rejected_count == 0
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def contracts(engine):
    with engine.connect() as connection:
        found = Book(connection, CATALOGUE).contracts(list(BOOKS | NEIGHBOURS))
    return {contract.number: contract for contract in found}


def as_contract(book):
    def known(day):
        return None if day == date.max else day

    return a_contract(
        *(
            ContractLine(
                "K-0001", str(row.number), CATALOGUE.find(row.menu), OrderKind(row.order), row.seats, row.first,
                Term(row.first, row.last), known(row.ordered), known(row.opened), known(row.declined),
                known(row.released),
            )
            for row in rows_of(book)
        )
    )  # fmt: skip


def letter_on(items, day):
    reader = the_desk(last=replace(Last(day - ONE_DAY, NOW), at=NOW))
    (letter,) = letters(items, [reader])
    return letter


def told_as_open(letter):
    """What the letter tells of what term ends have left open."""
    days = {Section.RUNS_ON: "start", Section.UNDECIDED: "closing_day", Section.UNRELEASED: "term_end"}
    return sorted(
        (str(told.section), str(item.facts[days[told.section]]), item.facts["seats"])
        for told in letter.told
        if told.section in days
        for item in told.items
    )


@pytest.mark.parametrize("name", [*BOOKS, *NEIGHBOURS])
def test_the_letter_tells_just_what_is_open_by_the_rules_and_never_that_all_is_well(contracts, name):
    book = (BOOKS | NEIGHBOURS)[name]
    for day in days_of(book):
        letter = letter_on(of_contract(contracts[name], Reach(day, day - ONE_DAY, AHEAD)), day)

        expected = sorted(open_by_the_rules(book, day))
        assert (day, told_as_open(letter)) == (day, expected)
        assert not expected or letter.to_settle >= len(expected)


MENUS = ("business", "pro", "webinar", "storage-200gb", "storage-1tb")
DAYS = ("2025-12-10", "2026-07-20", "2026-10-20", "2026-11-01", "2026-11-20", "2026-12-28", "2027-01-10")
TERMS = ("2026-01-01 2026-12-31", "2026-01-01 2027-03-31", "2027-01-01 2027-12-31", "2027-01-01 2027-03-31")
LINES = st.builds(
    "{} {} {} {} {} {} {} {}".format,
    st.sampled_from(MENUS), st.sampled_from(("new", "addition", "continuation")), st.integers(1, 4),
    st.sampled_from(TERMS), st.sampled_from(DAYS), *[st.sampled_from(("-", "-", *DAYS))] * 3,
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=6))
def test_whatever_the_book_the_letter_tells_just_what_is_open_by_the_rules(book):
    contract = as_contract(book)
    for day in days_of(book):
        letter = letter_on(of_contract(contract, Reach(day, day - ONE_DAY, AHEAD)), day)

        assert (day, told_as_open(letter)) == (day, sorted(open_by_the_rules(book, day)))


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=6))
def test_whatever_is_open_an_import_has_put_down_where(book):
    contract = as_contract(book)
    kept = {(found.line, found.term_end) for found in loose_ends(contract)}
    for day in days_of(book):
        released = {(found.line.line, found.term_end) for found in releases_due(contract, day, day + 59 * ONE_DAY)}
        running = {(found.line.line, found.line.term.last_day) for found in storage_that_runs_on(contract, day)}
        assert (day, released | running) == (day, (released | running) & kept)


def test_what_an_import_put_down_finds_all_of_it(contracts, engine):
    for day in days_of(BOOKS["cut"] + BOOKS["five flags"]):
        reach = Reach(day, day - ONE_DAY, AHEAD)
        found = letter_on(near_days(engine, CATALOGUE, reach), day)
        each = letter_on((item for contract in contracts.values() for item in of_contract(contract, reach)), day)

        assert found == each


@pytest.mark.parametrize(
    ("name", "day", "said"),
    [
        ("cut", "2026-12-28", [("unreleased", "2026-12-31", 19)]),
        ("cut", "2027-01-04", [("unreleased", "2026-12-31", 19)]),
        ("storage runs on", "2026-11-02", [("runs-on", "2027-01-01", 1)]),
        ("storage runs on", "2026-12-30", [("runs-on", "2027-01-01", 1)]),
        ("storage runs on", "2027-01-04", [("runs-on", "2027-01-01", 1)]),
        ("two families cut", "2026-10-20", [("undecided", "2026-11-01", 2), ("undecided", "2026-11-01", 19)]),
    ],
)
def test_a_day_on_which_the_desk_was_told_that_all_is_well(name, day, said):
    assert sorted(open_by_the_rules(BOOKS[name], date.fromisoformat(day))) == said


def test_what_is_only_to_be_known_settles_nothing():
    assert not INFORMS & {Section.RUNS_ON, Section.UNDECIDED, Section.UNRELEASED, Section.WAITING, Section.LAPSED}
