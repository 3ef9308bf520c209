"""Whoever watches the book is told of every change of a contract, and of no other's; none is lost in between."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.store.book import Book
from contracts.store.looks import due_looks, put_off, register, versions
from tests.contracts.builders import a_csv, a_row, an_engine, imported

TODAY, NEXT_MONTH = date(2021, 9, 1), date(2021, 10, 1)
ME = "renewal-notice"


@pytest.fixture
def engine(tmp_path):
    """A book of three contracts, two of them of one account, that were looked at and put off until next month."""
    engine = an_engine(tmp_path)
    imported(engine, a_csv(tmp_path, *ROWS))
    with engine.begin() as connection:
        register(connection, ME)
    put_off_all(engine, NEXT_MONTH)
    yield engine
    engine.dispose()


ROWS = [
    a_row(contract="K-1", account_number="A-1"),
    a_row(contract="K-2", account_number="A-2", company="二"),
    a_row(contract="K-3", account_number="A-2", company="二"),
]


def put_off_all(engine, until, contracts=("K-1", "K-2", "K-3")):
    with engine.begin() as connection:
        seen = versions(connection, ME, contracts)
        put_off(connection, ME, dict.fromkeys(contracts, until), seen)


def due(engine, on=TODAY):
    with engine.connect() as connection:
        return sorted(connection.scalars(due_looks(ME, on)))


def test_what_was_put_off_is_due_on_its_day_and_not_before(engine):
    assert due(engine) == []
    assert due(engine, NEXT_MONTH) == ["K-1", "K-2", "K-3"]


def test_a_changed_line_brings_its_contract_forward(engine, tmp_path):
    imported(engine, a_csv(tmp_path, ROWS[0] | {"seats": "12"}))

    assert due(engine) == ["K-1"]


def test_a_changed_account_brings_all_its_contracts_forward(engine, tmp_path):
    imported(engine, a_csv(tmp_path, *(row | {"owner_email": "new@example.co.jp"} for row in ROWS[1:])))

    assert due(engine) == ["K-2", "K-3"]


def test_a_new_contract_is_looked_at_at_once(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(contract="K-4", account_number="A-4")))

    assert due(engine) == ["K-4"]


def test_the_same_book_again_brings_nothing_forward(engine, tmp_path):
    imported(engine, a_csv(tmp_path, *ROWS))

    assert due(engine) == []


@pytest.mark.parametrize("record", [Book.record_release, Book.record_decline])
def test_what_a_person_records_brings_the_contract_forward(engine, record):
    with engine.begin() as connection:
        record(Book(connection, shipped_catalogue()), "K-2", ["1"], TODAY)

    assert due(engine) == ["K-2"]


def test_a_change_between_looking_and_putting_off_is_looked_at_again(engine, tmp_path):
    with engine.connect() as connection:
        seen = versions(connection, ME, ["K-1"])
    imported(engine, a_csv(tmp_path, ROWS[0] | {"seats": "12"}))
    with engine.begin() as connection:
        put_off(connection, ME, {"K-1": NEXT_MONTH}, seen)

    assert due(engine) == ["K-1"]


def test_a_contract_that_came_between_looking_and_putting_off_is_looked_at_again(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(contract="K-4", account_number="A-4")))
    with engine.begin() as connection:
        put_off(connection, ME, {"K-4": NEXT_MONTH}, seen={})

    assert due(engine) == ["K-4"]


def test_what_has_no_turn_to_come_is_looked_at_when_it_changes(engine, tmp_path):
    put_off_all(engine, None)
    assert due(engine, date(2099, 1, 1)) == []

    imported(engine, a_csv(tmp_path, ROWS[2] | {"seats": "12"}))

    assert due(engine) == ["K-3"]


def test_nobody_is_told_before_somebody_watches(tmp_path):
    engine = an_engine(tmp_path)
    imported(engine, a_csv(tmp_path, *ROWS))

    assert due(engine, date(2099, 1, 1)) == []
