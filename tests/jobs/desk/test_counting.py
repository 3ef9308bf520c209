"""The desk's letter of a large book: what the database counts is what one finds who looks at each line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from contracts.store.book import ACCOUNT_COLUMNS, Book, Stored
from contracts.store.tables import accounts, contracts, lines
from jobs.cli.opening import open_to_write
from jobs.desk.counting import NearDays
from jobs.desk.items import Reach
from jobs.desk.sections import Last, letters, plain
from jobs.desk.sources import of_the_book
from tests.end_to_end.installation import Installation
from tests.jobs.desk.builders import LAST, TODAY, a_colleague, the_desk
from tests.postgres import database_url

SAMPLE, OTHER = "サンプル販売株式会社", "Other kk"
PARTNERS = ("", SAMPLE, "ｻﾝﾌﾟﾙ販売株式会社", OTHER, "OTHER  KK", "Third")
PREFIXES = ("K-", "k-", "K_", "契約", "É-", "-x")  # a language would order them otherwise
LINES = ("1", "2", "10", "a", "B")
MENUS = ("business", "pro", "rooms", "Zoom Rooms", "storage-1tb", "storage-5tb", "registration")  # with an alias
AHEAD = 7
CLOSES_IN = (-32, -31, -10, -2, -1, 0, 1, AHEAD, AHEAD + 1)  # days from now
STARTS_IN = (-31, -30, -1, 0, AHEAD, AHEAD + 1)
FACTS = ("ordered_on", "opened_on", "declined_on", "declined_recorded_on")


def in_days(number):
    return TODAY + timedelta(days=number)


def a_line(chance, starts_on, term_end, order="new"):
    """The columns of a line; now and then one of its facts is dated, before today or after it."""
    facts = {name: in_days(chance.choice((-40, 0, 1))) if chance.random() < 0.2 else None for name in FACTS}
    return {
        "menu": chance.choice(MENUS), "order_kind": order, "seats": chance.randrange(1, 99), "starts_on": starts_on,
        "term_end": term_end, "released_on": None, **facts,
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
        term_end = in_days(60 + chance.choice(CLOSES_IN))
        ending = a_line(chance, in_days(-300), term_end)
        yield ending
        if chance.random() < 0.5:
            starts_on = term_end + timedelta(days=chance.choice((1, 1, 1, 2)))
            after = a_line(chance, starts_on, None, chance.choice(("continuation", "continuation", "new")))
            yield after | {"menu": chance.choice((ending["menu"], after["menu"]))}


def a_book(chance):
    """Contracts with what a letter may tell of: number → the partner, and the columns of each line."""
    numbers = {f"{chance.choice(PREFIXES)}{number}" for number in chance.sample(range(200), 60)}
    return {
        number: (chance.choice(PARTNERS), dict(zip(chance.sample(LINES, 5), some_lines(chance), strict=False)))
        for number in sorted(numbers)
    }


def some_readers(chance):
    """The desk, colleagues who look after partners, or both, each with a last letter of their own."""
    looked_after = chance.choice(((), ([SAMPLE],), ([SAMPLE, "third"], [OTHER])))
    desk = [the_desk()] if not looked_after or chance.random() < 0.7 else []
    theirs = [a_colleague(*map(plain, names), line=f"partner {names[0]}") for names in looked_after]
    return [replace(reader, last=Last(in_days(-chance.choice((1, 2, 10, 40))), LAST.at)) for reader in desk + theirs]


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
        for table in (lines, contracts, accounts):
            connection.execute(delete(table))
        Book(connection, app.catalogue).write(
            Stored(
                {f"A {number}": no_words | {"partner_name": partner} for number, (partner, _) in book.items()},
                {number: f"A {number}" for number in book},
                {(number, line): columns for number, (_, lines) in book.items() for line, columns in lines.items()},
            )
        )


@pytest.mark.usefixtures("each_database")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.integers(0, 2**32))
def test_a_letter_that_counts_is_the_one_of_who_looks_at_each_line(app, seed):
    chance = Random(seed)  # noqa: S311 - it is to be repeatable, not secret
    readers, most = some_readers(chance), chance.choice((1, 3, 50))
    bring(app, a_book(chance))
    reach = Reach(TODAY, max(min(reader.last.day for reader in readers), in_days(-31)), AHEAD)

    near = NearDays(app, reach, readers, most)
    counting = letters(near.items(), readers, most=most, more=near.more)

    assert counting == letters(of_the_book(app, reach), readers, most=most)
