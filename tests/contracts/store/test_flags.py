"""Which rules the book breaks, as rows beside its lines: an import writes them with the lines, and told stays told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from contracts.catalogue import Catalogue
from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.imports.book_import import import_book
from contracts.store.flags import note_told, standing
from tests.contracts.builders import a_csv, a_row, an_engine, imported

pytestmark = pytest.mark.usefixtures("each_database")

DAY = date(2021, 11, 25)
ODD = {"term_start": "2021-02-15"}  # T1; its term still ends on 31 January


@pytest.fixture
def engine(tmp_path):
    engine = an_engine(tmp_path)
    yield engine
    engine.dispose()


def bring(engine, tmp_path, *rows, **options):
    return imported(engine, a_csv(tmp_path, *rows), **options)


def flags(engine, on=DAY):
    """The flags that stand: contract, line, rule, and the day for which somebody was told."""
    with engine.connect() as connection:
        return [(each.contract, each.flag.line, each.flag.rule, each.told_on) for each in standing(connection, on)]


def tell(engine, on=DAY):
    with engine.begin() as connection:
        note_told(connection, [each.id for each in standing(connection, on)], on)


def test_what_a_row_breaks_stands_beside_its_line_from_the_import_on(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD), a_row(contract="K-0002"))

    assert flags(engine) == [("K-0001", "1", "T1", None)]


def test_a_flag_goes_with_what_it_is_about(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))
    bring(engine, tmp_path, a_row())

    assert flags(engine) == []


def test_what_was_told_stays_told_while_its_row_is_as_it_was(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))
    tell(engine)
    bring(engine, tmp_path, a_row(**ODD), a_row(contract="K-0002", **ODD))

    assert flags(engine) == [("K-0001", "1", "T1", DAY), ("K-0002", "1", "T1", None)]


def test_a_row_that_was_changed_and_still_breaks_a_rule_is_new(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))
    tell(engine)
    bring(engine, tmp_path, a_row(**ODD, seats="11"))

    assert flags(engine) == [("K-0001", "1", "T1", None)]


def test_another_address_of_the_owner_makes_no_flag_new(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))
    tell(engine)
    bring(engine, tmp_path, a_row(**ODD, owner_email="new@example.co.jp"))

    assert flags(engine) == [("K-0001", "1", "T1", DAY)]


def test_the_flags_of_a_line_that_has_ended_do_not_stand(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))

    assert (len(flags(engine, date(2022, 1, 31))), flags(engine, date(2022, 2, 1))) == (1, [])


@pytest.mark.parametrize("options", [{"dry_run": True}, {"strict": True}])
def test_an_import_that_writes_nothing_leaves_the_flags_as_they_were(engine, tmp_path, options):
    bring(engine, tmp_path, a_row(**ODD))
    tell(engine)
    bring(engine, tmp_path, a_row(), a_row(contract="K-0002", **ODD), a_row(contract="K-3", seats="none"), **options)

    assert flags(engine) == [("K-0001", "1", "T1", DAY)]


def test_an_import_of_the_same_book_by_another_catalogue_writes_them_anew(engine, tmp_path):
    bring(engine, tmp_path, a_row())
    items = shipped_catalogue().items
    other = Catalogue(tuple(replace(item, new_from=50) if item.code == "business" else item for item in items))

    with engine.connect() as connection:
        import_book(connection, open_book(a_csv(tmp_path, a_row()), other))

    assert flags(engine) == [("K-0001", "1", "limits", None)]


def test_what_was_told_is_told_by_its_row_and_not_by_another_that_came_in_its_place(engine, tmp_path):
    bring(engine, tmp_path, a_row(**ODD))
    with engine.connect() as connection:
        told = [each.id for each in standing(connection, DAY)]
    bring(engine, tmp_path, a_row(**ODD, seats="11"))

    with engine.begin() as connection:
        note_told(connection, told, DAY)

    assert flags(engine) == [("K-0001", "1", "T1", None)]
