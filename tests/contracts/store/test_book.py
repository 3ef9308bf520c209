"""The book in a database: contracts come back as values, and what people recorded here stands beside the book."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from contracts.catalogue import Catalogue
from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from contracts.store.book import Book, UnknownMenuError
from contracts.store.tables import lines
from tests.contracts.builders import a_csv, a_row, an_engine, imported, in_book

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def engine(tmp_path):
    engine = an_engine(tmp_path)
    yield engine
    engine.dispose()


def test_a_contract_comes_back_with_its_account_and_its_lines_in_the_order_people_read(engine, tmp_path):
    row = a_row(administrator_emails="a@example.com;b@example.com", language="en")
    imported(engine, a_csv(tmp_path, *(row | {"line": line} for line in ("10", "2", "1"))))

    contract = in_book(engine)

    assert (contract.account.number, contract.account.language) == ("98765432", "en")
    assert contract.account.administrator_emails == ("a@example.com", "b@example.com")
    assert [line.line for line in contract.lines] == ["1", "2", "10"]
    line = contract.lines[0]
    assert (line.menu.code, line.order, line.seats) == ("business", OrderKind.NEW, 10)
    assert line.term == Term(date(2021, 2, 1), date(2022, 1, 31))


def test_contracts_come_in_the_order_asked_for_without_those_that_are_not_there(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(contract="A"), a_row(contract="B/1"), a_row(contract="C")))

    with engine.connect() as connection:
        found = Book(connection, shipped_catalogue()).contracts(["C", "none", "B/1", "C"])

    assert [contract.number for contract in found] == ["C", "B/1"]


@pytest.mark.parametrize(
    ("record", "fact"), [(Book.record_release, "released_on"), (Book.record_decline, "declined_on")]
)
def test_what_was_recorded_here_counts_until_the_book_says_it_itself(engine, tmp_path, record, fact):
    imported(engine, a_csv(tmp_path))

    with engine.begin() as connection:
        book = Book(connection, shipped_catalogue())
        assert record(book, "K-0001", ["1", "no such line"], date(2022, 1, 20)) == 1

    assert getattr(in_book(engine).lines[0], fact) == date(2022, 1, 20)
    imported(engine, a_csv(tmp_path, a_row(seats="12")))
    assert getattr(in_book(engine).lines[0], fact) == date(2022, 1, 20)
    imported(engine, a_csv(tmp_path, a_row(**{fact: "2022-01-25"})))
    assert getattr(in_book(engine).lines[0], fact) == date(2022, 1, 25)


@pytest.mark.parametrize(
    ("change", "is_marked"),
    [
        ({"seats": "12"}, True),
        ({"menu": "enterprise-essentials", "seats": "50"}, True),
        ({"term_start": "2021-03-01", "months": "11"}, True),
        ({"months": "11"}, True),
        ({"ordered_on": "2020-12-02", "opened_on": "2021-01-20", "company": "株式会社別名"}, False),
        ({}, False),
    ],
)
def test_n3_a_line_stays_marked_once_the_book_says_another_menu_seats_or_term_of_it(
    engine, tmp_path, change, is_marked
):
    imported(engine, a_csv(tmp_path))
    imported(engine, a_csv(tmp_path, a_row(**change)))
    imported(engine, a_csv(tmp_path))

    with engine.connect() as connection:
        assert connection.scalar(sa.select(lines.c.restated)) is is_marked


def test_a_menu_item_that_left_the_catalogue_is_named_with_its_line(engine, tmp_path):
    imported(engine, a_csv(tmp_path))
    smaller = Catalogue(tuple(item for item in shipped_catalogue().items if item.code != "business"))

    with engine.connect() as connection:
        book = Book(connection, smaller)
        with pytest.raises(UnknownMenuError, match=r"menu\.unknown line=K-0001/1 menu=business"):
            book.contract("K-0001")


def test_the_database_itself_refuses_a_line_that_cannot_be(engine, tmp_path):
    imported(engine, a_csv(tmp_path))

    for wrong in ({"seats": 0}, {"order_kind": "gift"}, {"term_end": date(2020, 1, 31)}, {"contract": "none"}):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(sa.update(lines).values(wrong))


def test_every_constraint_has_a_name_so_that_a_migration_can_drop_it():
    for table in lines.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints)
        assert all(index.name for index in table.indexes)
