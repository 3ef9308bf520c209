"""What the dates in the book have to say: found by index, it is what one finds who looks at each line."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from contracts.rules.loose_ends import loose_ends
from contracts.store.book import ACCOUNT_COLUMNS, Book, Stored
from contracts.store.tables import accounts, contracts, lines
from contracts.store.tables import loose_ends as open_ends
from jobs.cli.access import open_to_write
from jobs.desk.items import Reach, of_contract
from jobs.desk.sources import near_days
from tests.end_to_end.installation import Installation
from tests.jobs.desk.builders import TODAY
from tests.postgres import database_url

PREFIXES = ("K-", "k-", "K_", "契約", "É-", "-x")  # a language would order them otherwise
LINES = ("1", "2", "10", "a", "B")
MENUS = ("business", "pro", "rooms", "Zoom Rooms", "storage-1tb", "storage-5tb", "registration")  # with an alias
AHEAD = 7
CLOSES_IN = (-32, -31, -10, -2, -1, 0, 1, AHEAD, AHEAD + 1)  # days from now
ENDED_IN = (-426, -425, -424, -300, -70, -61, -60, -59, AHEAD - 60, AHEAD - 59)  # with an end near or past, as well
STARTS_IN = (-31, -30, -1, 0, AHEAD, AHEAD + 1)
FACTS = ("ordered_on", "opened_on", "declined_on", "declined_recorded_on", "released_on", "released_recorded_on")


def in_days(number):
    return TODAY + timedelta(days=number)


def a_line(chance, starts_on, term_end, order="new"):
    """The columns of a line; now and then one of its facts is dated, before today or after it."""
    facts = {name: in_days(chance.choice((-40, 0, 1))) if chance.random() < 0.2 else None for name in FACTS}
    return {
        "menu": chance.choice(MENUS), "order_kind": order, "seats": chance.randrange(1, 99), "starts_on": starts_on,
        "term_end": term_end, **facts,
    }  # fmt: skip


def some_lines(chance):
    """The lines of a contract: near its closing day or its start, each perhaps with what continues it."""
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.25:
            starts_on = in_days(chance.choice(STARTS_IN))
            term_end = chance.choice((None, starts_on, in_days(0), in_days(300)))
            order = chance.choice(("new", "addition", "continuation"))
            yield a_line(chance, starts_on, term_end and max(starts_on, term_end), order)
            continue
        term_end = in_days(60 + chance.choice(CLOSES_IN + ENDED_IN))
        ending = a_line(chance, term_end - timedelta(days=360), term_end)
        yield ending
        if chance.random() < 0.5:
            starts_on = term_end + timedelta(days=chance.choice((1, 1, 1, 2)))
            ends = chance.choice((None, starts_on + timedelta(days=360)))
            after = a_line(chance, starts_on, ends, chance.choice(("continuation", "continuation", "new")))
            yield after | {"menu": chance.choice((ending["menu"], after["menu"]))}


def a_book(chance):
    """Contracts with what a letter may tell of: number → the columns of each line."""
    numbers = {f"{chance.choice(PREFIXES)}{number}" for number in chance.sample(range(200), 60)}
    return {number: dict(zip(chance.sample(LINES, 5), some_lines(chance), strict=False)) for number in sorted(numbers)}


def at_place(item):
    return (item.section, item.contract, item.line)


@pytest.fixture
def app(tmp_path):
    """An installation without a book."""
    app = open_to_write(Installation(tmp_path / "kigen", url=database_url(tmp_path)).config)
    yield app
    app.close()


def bring(app, book):
    """The book holds these contracts, and no others."""
    no_words = dict.fromkeys(ACCOUNT_COLUMNS, "")
    with app.engine.begin() as connection:
        for table in (open_ends, lines, contracts, accounts):
            connection.execute(delete(table))
        stored = Book(connection, app.catalogue)
        stored.write(
            Stored(
                {f"A {number}": no_words for number in book},
                {number: f"A {number}" for number in book},
                {(number, line): columns for number, lines in book.items() for line, columns in lines.items()},
            )
        )
        stored.keep_loose_ends({each.number: list(loose_ends(each)) for each in stored.contracts(list(book))})


@pytest.mark.usefixtures("each_database")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.integers(0, 2**32))
def test_what_the_dates_say_is_found_as_by_who_looks_at_each_contract(app, seed):
    chance = Random(seed)  # noqa: S311 - it is to be repeatable, not secret
    book = a_book(chance)
    bring(app, book)
    reach = Reach(TODAY, in_days(-chance.choice((1, 2, 10, 31))), AHEAD)

    found = list(near_days(app.engine, app.catalogue, reach))

    with app.engine.connect() as connection:
        each = Book(connection, app.catalogue).contracts(list(book))
    assert sorted(found, key=at_place) == sorted(
        (item for one in each for item in of_contract(one, reach)), key=at_place
    )
