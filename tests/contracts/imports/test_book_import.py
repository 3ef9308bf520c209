"""Importing a book: what goes in, what stays out, what is said, and that doing it again changes nothing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.files.sheet import BookFileError
from contracts.imports import report as import_report
from contracts.imports.book_import import import_book
from contracts.store.tables import lines
from jobs.database.engines import create_engine_for
from tests.contracts.builders import a_csv, a_row, an_engine, an_xlsx, imported, in_book
from tests.databases import on_each_database
from tests.postgres import database_url


@pytest.fixture
def engine(tmp_path):
    engine = an_engine(tmp_path)
    yield engine
    engine.dispose()


def counts(report):
    return report.added_count, report.changed_count, report.unchanged_count, report.rejected_count


def rejections(report):
    return [(problem.row, problem.column, problem.value) for problem in report.rejections.shown]


def flagged(report):
    return [(flag.row, flag.rule, flag.column) for flag in report.flags.shown]


@on_each_database
def test_importing_the_same_file_again_changes_nothing_and_writes_nothing(engine, tmp_path):
    path = a_csv(tmp_path, a_row(), a_row(line="2", menu="rooms"), a_row(contract="K/2", account_number="00012"))

    first = imported(engine, path)
    before = versions(engine)
    again = imported(engine, path)

    assert (counts(first), first.accounts_added_count, first.written) == ((3, 0, 0, 0), 2, True)
    assert (counts(again), again.accounts_added_count, again.changes.total) == ((0, 0, 3, 0), 0, 0)
    assert versions(engine) == before


def versions(engine):
    """What changes with anything that is written: the file's bytes, or the transaction that wrote each row."""
    if engine.dialect.name == "sqlite":
        return Path(engine.url.database).read_bytes()
    with engine.connect() as connection:
        return [
            connection.execute(sa.text(f"SELECT xmin, {table}.* FROM {table} ORDER BY 2, 3")).all()  # noqa: S608 - our tables
            for table in ("accounts", "contracts", "lines")
        ]


@on_each_database
def test_a_changed_cell_is_told_with_its_row_old_and_new_value(engine, tmp_path):
    imported(engine, a_csv(tmp_path))

    report = imported(
        engine, a_csv(tmp_path, a_row(seats="12", owner_email="new@example.co.jp", term_start="2021/3/1"))
    )

    told = {(change.row, change.subject, change.column, change.old, change.new) for change in report.changes.shown}
    assert told == {
        (2, "K-0001/1", "seats", "10", "12"),
        (2, "K-0001/1", "term_start", "2021-02-01", "2021-03-01"),
        (2, "K-0001/1", "term_end", "2022-01-31", "2022-02-28"),
        (2, "98765432", "owner_email", "owner@example.co.jp", "new@example.co.jp"),
    }
    assert (counts(report), report.accounts_changed_count) == ((0, 1, 0, 0), 1)
    assert in_book(engine).lines[0].seats == 12
    assert in_book(engine).account.owner_email == "new@example.co.jp"


@on_each_database
def test_an_absent_column_leaves_what_is_stored_and_an_empty_cell_clears_it(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(partner_name="販売店", declined_on="2021-10-01")))

    imported(engine, a_csv(tmp_path, a_row(opened_on="", declined_on=None, owner_name="", partner_name=None)))

    contract = in_book(engine)
    assert (contract.lines[0].opened_on, contract.lines[0].declined_on) == (None, date(2021, 10, 1))
    assert (contract.account.owner_name, contract.account.partner_name) == ("", "販売店")


def test_a_row_that_cannot_be_stays_out_and_the_others_go_in(engine, tmp_path):
    report = imported(engine, a_csv(tmp_path, a_row(seats="0"), a_row(line="2"), a_row(line="", contract="")))

    assert counts(report) == (1, 0, 0, 2)
    assert rejections(report) == [(2, "seats", "0"), (4, "contract", ""), (4, "line", "")]
    assert [line.line for line in in_book(engine).lines] == ["2"]


def test_strict_takes_all_rows_or_none(engine, tmp_path):
    refused = imported(engine, a_csv(tmp_path, a_row(), a_row(line="2", seats="0")), strict=True)
    assert (refused.written, in_book(engine)) == (False, None)

    taken = imported(engine, a_csv(tmp_path, a_row(), a_row(line="2")), strict=True)
    assert (taken.written, len(in_book(engine).lines)) == (True, 2)


@on_each_database
def test_a_dry_run_reports_what_the_import_then_does_and_writes_nothing(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(), a_row(line="2", menu="rooms", ordered_on="")))
    rows = [
        a_row(seats="9"),
        a_row(line="3", menu="pro", order="continuation", term_start="2022-02-01"),
        a_row(line="4", seats="?"),
        a_row(contract="00012", owner_email="x"),
        a_row(contract="12"),
        a_row(account_number="1"),
    ]
    path = a_csv(tmp_path, *rows)
    before = versions(engine)
    read_only = create_engine_for(database_url(tmp_path, "book.db"), read_only=True)

    dry = imported(read_only, path, dry_run=True)
    read_only.dispose()

    assert versions(engine) == before
    real = imported(engine, path)
    assert (dry.written, real.written) == (False, True)
    for part in ("changes", "rejections", "flags", "accounts_changed_count"):
        assert getattr(dry, part) == getattr(real, part)
    assert counts(dry) == counts(real) == (2, 1, 0, 3)


@on_each_database
def test_a_file_that_breaks_off_leaves_the_book_as_it_was(engine, tmp_path):
    path = a_csv(tmp_path, *(a_row(line=str(number)) for number in range(1, 1200)))
    path.write_text(path.read_text("utf-8") + '98765432,"never closed', "utf-8")

    with pytest.raises(BookFileError):
        imported(engine, path)

    assert in_book(engine) is None


@pytest.mark.parametrize("gap", [0, 600], ids=["in one batch", "in two"])
def test_the_same_line_twice_is_ignored_if_alike_and_rejected_if_not(engine, tmp_path, gap):
    between = [a_row(contract="K-9999", line=str(number)) for number in range(gap)]
    path = a_csv(tmp_path, a_row(), *between, a_row(), a_row(seats="11"))

    report = imported(engine, path)

    assert rejections(report) == [(4 + gap, "line", "1")]
    assert (3 + gap, "", "line") in flagged(report)
    assert in_book(engine).lines[0].seats == 10
    assert counts(imported(engine, path)) == (0, 0, 2 + gap, 1)


def test_a_contract_under_two_accounts_is_rejected_with_both_named(engine, tmp_path):
    imported(engine, a_csv(tmp_path))

    report = imported(engine, a_csv(tmp_path, a_row(account_number="11112222", line="2")))

    (problem,) = report.rejections.shown
    assert (problem.column, problem.value) == ("account_number", "11112222")
    assert problem.values == {"contract": "K-0001", "account": "98765432"}
    assert len(in_book(engine).lines) == 1


@pytest.mark.parametrize("gap", [0, 600], ids=["in one batch", "in two"])
def test_of_rows_that_disagree_about_their_account_the_last_counts_and_is_flagged(engine, tmp_path, gap):
    between = [a_row(account_number="1", contract="K-9999", line=str(number + 1)) for number in range(gap)]
    path = a_csv(tmp_path, a_row(), *between, a_row(line="2", owner_name="鈴木 花子"))

    first, again = imported(engine, path), imported(engine, path)

    assert (3 + gap, "", "owner_name") in flagged(first)
    assert in_book(engine).account.owner_name == "鈴木 花子"
    assert (counts(again), again.accounts_changed_count, again.changes.total) == ((0, 0, 2 + gap, 0), 0, 0)


LOST_ZEROS = [
    ("account_number", "00012345", "12345", {"contract": "K-0002"}),
    ("contract", "0077", "77", {}),
    ("line", "01", "1", {}),
]


@on_each_database
@pytest.mark.parametrize("numbers", LOST_ZEROS, ids=lambda numbers: numbers[0])
@pytest.mark.parametrize("at_once", [True, False], ids=["in one file", "in two"])
def test_a_number_that_lost_its_zeros_is_rejected_instead_of_becoming_a_second_one(engine, tmp_path, numbers, at_once):
    column, known, typed, others = numbers
    if not at_once:
        imported(engine, a_csv(tmp_path, a_row(**{column: known})))

    rows = [a_row(**{column: known})] if at_once else []
    report = imported(engine, a_csv(tmp_path, *rows, a_row(**{column: typed}, **others)))

    assert rejections(report) == [(3 if at_once else 2, column, typed)]
    assert report.rejections.shown[0].values == {"other": known}


def test_a_number_with_zeros_beside_one_without_goes_in_and_is_flagged(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(contract="77")))

    report = imported(engine, a_csv(tmp_path, a_row(contract="0077")))

    assert flagged(report) == [(2, "", "contract")]
    assert in_book(engine, "0077")


def test_a_contract_is_looked_at_whole_and_flagged_at_the_row_of_the_line(engine, tmp_path):
    """B2, B3, and T7 on a line that this file does not have."""
    imported(engine, a_csv(tmp_path, a_row(), a_row(line="2", menu="rooms", months="24")))

    late = a_row(
        line="3", menu="pro", order="continuation", term_start="2022-02-01", ordered_on="2021-12-03", seats="5"
    )
    report = imported(engine, a_csv(tmp_path, late | {"months": "6"}))

    assert flagged(report) == [(None, "T7", "line"), (2, "B2", "line"), (2, "B3", "line")]
    assert [flag.value for flag in report.flags.shown] == ["K-0001/2", "K-0001/3", "K-0001/3"]
    assert counts(report) == (1, 0, 0, 0)


def test_a_line_whose_menu_item_left_the_catalogue_is_flagged_and_stops_nothing(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(), a_row(contract="K-0002", seats="9")))
    with engine.begin() as connection:
        connection.execute(sa.update(lines).where(lines.c.contract == "K-0001").values(menu="gone"))

    report = imported(engine, a_csv(tmp_path, a_row(line="2"), a_row(contract="K-0002", seats="9")))

    assert [(flag.rule, flag.value) for flag in report.flags.shown] == [("", "gone"), ("limits", "K-0002/1")]


def test_findings_past_the_bound_are_counted_and_not_lost(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(import_report, "SHOWN", 3)

    report = imported(engine, a_csv(tmp_path, *(a_row(line=str(number), seats="0") for number in range(8))))

    assert (len(report.rejections.shown), report.rejections.more, report.rejections.total) == (3, 5, 8)
    assert report.rejected_count == 8


def test_progress_is_told_batch_by_batch_and_ends_with_all_rows(engine, tmp_path):
    told = []

    imported(
        engine, a_csv(tmp_path, *(a_row(line=str(n)) for n in range(1, 1201))), progress=lambda *seen: told.append(seen)
    )

    assert [done for done, _ in told] == [500, 1000, 1200]
    assert {total for _, total in told} == {1200}


def test_a_workbook_and_a_csv_of_the_same_book_are_the_same_import(engine, tmp_path):
    imported(engine, a_csv(tmp_path, a_row(), a_row(line="2")))

    report = imported(engine, an_xlsx(tmp_path, a_row(seats=10, ordered_on=date(2021, 1, 10)), a_row(line=2)))

    assert counts(report) == (0, 0, 2, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({
    "line": st.sampled_from(["1", "2", "02", "3"]), "seats": st.sampled_from(["1", "20", "0"]),
    "contract": st.sampled_from(["A", "7", "007"]), "account_number": st.sampled_from(["1", "2"]),
    "menu": st.sampled_from(["pro", "rooms", "registration"]), "owner_name": st.sampled_from(["甲", "乙"]),
}), min_size=1, max_size=8))  # fmt: skip
def test_any_book_imported_twice_changes_nothing_the_second_time(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("book")
    engine = an_engine(folder)
    path = a_csv(folder, *(a_row(**row) for row in rows))
    with path.open(encoding="utf-8", newline="") as file:
        row_count = sum(1 for _ in csv.reader(file)) - 1

    dry, first, again = imported(engine, path, dry_run=True), imported(engine, path), imported(engine, path)
    engine.dispose()

    assert (dry.rejections, dry.flags, counts(dry)) == (first.rejections, first.flags, counts(first))
    assert sum(counts(first)) == first.row_count == row_count
    assert (again.added_count, again.changed_count, again.changes.total) == (0, 0, 0)
    assert again.rejected_count == first.rejected_count


def test_a_new_account_of_a_file_without_languages_has_the_first_of_the_installation_s(engine, tmp_path):
    row = {name: value for name, value in a_row().items() if name != "language"}
    with engine.connect() as connection:
        import_book(connection, open_book(a_csv(tmp_path, row), shipped_catalogue(), ("en", "ja")))

    assert in_book(engine).account.language == "en"
