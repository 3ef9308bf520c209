"""The book of contracts as a file: encodings, headers, sheets, and rows that cannot be."""

from __future__ import annotations

import os
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.files.rows import ParsedRow, RejectedRow
from contracts.files.sheet import BookFileError
from tests.contracts.builders import JAPANESE, a_csv, a_row, an_xlsx, csv_text, parsed


def opened(path):
    return open_book(path, shipped_catalogue())


def the_row(path):
    (row,) = parsed(path)
    assert isinstance(row, ParsedRow), row
    return row


def the_problem(folder, **changes):
    (row,) = parsed(a_csv(folder, a_row(**changes)))
    assert isinstance(row, RejectedRow), row
    return row.problems[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("names", [{}, JAPANESE], ids=["English", "Japanese"])
def test_a_csv_says_the_same_in_each_encoding_and_header(tmp_path, encoding, names):
    path = tmp_path / "book.csv"
    path.write_bytes(csv_text([a_row(owner_name="髙橋　①郎")], names).encode(encoding))

    row = the_row(path)

    assert (row.row, row.account, row.contract, row.line) == (2, "98765432", "K-0001", "1")
    assert row.account_values["owner_name"] == "髙橋　①郎"
    assert row.line_values["term_end"] == date(2022, 1, 31)


def test_columns_come_in_any_order_and_with_any_width_and_spacing(tmp_path):
    row = dict(reversed(a_row().items()))
    names = {"contract": " 契約　番号 ", "seats": "ﾗｲｾﾝｽ数", "account_number": "Account Number", "menu": "ＭＥＮＵ"}
    path = tmp_path / "book.csv"
    path.write_text(csv_text([row], names), "utf-8")

    assert the_row(path).contract == "K-0001"


def test_a_tab_separated_file_is_read(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(csv_text([a_row()], delimiter="\t"), "utf-8")

    assert the_row(path).contract == "K-0001"


def test_an_unknown_column_is_flagged_and_not_fatal(tmp_path):
    path = a_csv(tmp_path, a_row(remarks="call first"))

    assert [(flag.row, flag.column, flag.value) for flag in opened(path).flags] == [(1, "W", "remarks")]
    assert the_row(path)


def test_a_workbook_gives_the_same_values_as_its_csv(tmp_path):
    typed = a_row(term_start=datetime(2021, 2, 1), seats=10, months=12.0, account_number=98765432)  # noqa: DTZ001  a cell has no zone

    from_sheet, from_csv = the_row(an_xlsx(tmp_path, typed)), the_row(a_csv(tmp_path))

    assert (from_sheet.account, from_sheet.account_values) == (from_csv.account, from_csv.account_values)
    assert from_sheet.line_values == from_csv.line_values


def test_zeros_that_a_sheet_shows_in_front_of_a_number_are_part_of_it(tmp_path):
    path = an_xlsx(tmp_path, a_row(account_number=123))
    workbook = load_workbook(path)
    workbook.active["A2"].number_format = "00000000"
    workbook.save(path)

    assert the_row(path).account == "00000123"


def test_a_formula_that_was_never_calculated_is_reported_and_not_read_as_empty(tmp_path):
    path = an_xlsx(tmp_path, a_row(seats="=5+5"), a_row(line="2"))

    rejected, accepted = parsed(path)

    assert (rejected.row, rejected.problems[0].column, rejected.problems[0].value) == (2, "seats", "=5+5")
    assert rejected.problems[0].code == "row.formula-not-calculated"
    assert isinstance(accepted, ParsedRow)


def test_only_the_first_visible_sheet_is_read_and_the_others_are_named(tmp_path):
    path = an_xlsx(tmp_path)
    workbook = load_workbook(path)
    workbook.create_sheet("hidden", 0).sheet_state = "hidden"
    workbook.create_sheet("old")
    workbook.save(path)

    assert [(flag.code, flag.value) for flag in opened(path).flags] == [("flag.sheet-not-read", "old")]
    assert the_row(path)


def test_empty_rows_are_passed_over_and_keep_their_numbers(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text(csv_text([a_row()]).replace("\r\n", "\r\n,,,\r\n\r\n", 1), "utf-8")

    assert the_row(path).row == 4


@pytest.mark.parametrize(
    ("content", "code", "values"),
    [
        (b"", "file.empty", {}),
        (b"\n\n", "file.no-row", {}),
        (b"\xff\xfea\x00", "file.utf-16", {}),
        (b"\xd0\xcf\x11\xe0rest", "file.old-excel", {}),
        (b"PK\x03\x04rest", "file.damaged-excel", {"why": "File is not a zip file"}),
        (b"a,b\nc\x00,d\n", "file.nul-byte", {"line": 2}),
        (b"a,b\nc,\xff\xff\n", "file.unknown-encoding", {"line": 2, "other": 2}),
        ("契約番号\n株式会社".encode() + b"\xff\n", "file.damaged-utf-8", {"line": 2}),
        (b"\xef\xbb\xbfa,b\nc,\x83\x41\n", "file.damaged-utf-8", {"line": 2}),
        (csv_text([a_row(company=None)]).encode(), "file.no-required-column", {"columns": "company/会社名"}),
        (
            csv_text([a_row(company=None, seats=None)]).encode(), "file.no-required-column",
            {"columns": "company/会社名, seats/ライセンス数"},
        ),
        (csv_text([a_row(months=None, term_end=None)]).encode(), "file.no-end-column", {}),
        (
            csv_text([a_row(x="")], {"x": "契約番号"}).encode(), "file.column-twice",
            {"name": "contract", "text": "契約番号"},
        ),
        (csv_text([a_row()]).splitlines()[0].encode(), "file.no-data-row", {}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_book_is_refused_with_the_reason(tmp_path, content, code, values):
    path = tmp_path / "book.csv"
    path.write_bytes(content)

    with pytest.raises(BookFileError) as raised:
        opened(path)

    assert (raised.value.path, raised.value.code, raised.value.values) == (path, code, values)


def test_what_is_no_file_is_refused_with_the_reason(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    for path, said in [
        (tmp_path, "file.directory"),
        (tmp_path / "none.csv", "file.no-such-file"),
        (tmp_path / "pipe", "file.no-regular-file"),
    ]:
        with pytest.raises(BookFileError, match=said):
            opened(path)


def test_a_workbook_without_the_columns_is_refused(tmp_path):
    workbook = Workbook()
    workbook.save(tmp_path / "empty.xlsx")

    with pytest.raises(BookFileError, match=r"file\.no-row"):
        opened(tmp_path / "empty.xlsx")


def test_a_quote_that_is_never_closed_ends_the_reading_and_names_its_line(tmp_path):
    path = a_csv(tmp_path, a_row(), a_row(line="2"), a_row(line="3"))
    path.write_text(path.read_text("utf-8").replace("K-0001,2", '"K-0001,2'), "utf-8")

    with pytest.raises(BookFileError, match=r"file\.open-quote line=3"):
        parsed(path)


def test_wrong_quotes_on_one_line_reject_that_row_only(tmp_path):
    path = a_csv(tmp_path, a_row(), a_row(line="2"))
    path.write_text(path.read_text("utf-8").replace("株式会社見本", '"見本"株式会社', 1), "utf-8")

    bad, good = parsed(path)

    assert bad.problems[0].code == "row.quotes"
    assert good.line == "2"


def test_a_comma_too_many_rejects_the_row_instead_of_shifting_its_cells(tmp_path):
    path = a_csv(tmp_path, a_row(released_on="2022-01-31"))
    path.write_text(path.read_text("utf-8").replace("株式会社見本", "Example, Ltd.", 1), "utf-8")

    (row,) = parsed(path)

    assert row.problems[0].code == "row.right-of-last-column"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("account_number", "", "row.required"),
        ("company", " ", "row.required"),
        ("contract", "", "row.required"),
        ("line", "", "row.required"),
        ("menu", "プラチナ", "row.unknown-menu-item"),
        ("order", "renewal", "row.unknown-order"),
        ("seats", "0", "row.whole-number"),
        ("seats", "10.5", "row.whole-number"),
        ("term_start", "2021-02-30", "row.no-such-day"),
        ("months", "121", "row.whole-number"),
        ("months", "", "row.required-or-months"),
        ("term_end", "2022-02-28", "row.months-disagree"),
        ("term_end", "2020-01-31", "row.before-start"),
        ("ordered_on", "soon", "row.no-date"),
        ("language", "fr", "row.unknown-language"),
        ("account_number", "9.87654E+07", "row.digits-lost"),
        ("company", "x" * 301, "row.too-long"),
    ],
)
def test_a_cell_that_cannot_be_rejects_its_row_with_row_column_value_and_reason(tmp_path, column, value, reason):
    problem = the_problem(tmp_path, **{column: value})

    assert (problem.row, problem.column) == (2, "term_end" if reason == "row.required-or-months" else column)
    assert problem.value in value.strip() or problem.value.endswith("…") or not value.strip()
    assert problem.code == reason


def test_every_bad_cell_of_a_row_is_named_at_once(tmp_path):
    (row,) = parsed(a_csv(tmp_path, a_row(seats="0", menu="?", term_start="?")))

    assert {problem.column for problem in row.problems} == {"seats", "menu", "term_start"}


def test_a_term_is_counted_from_months_or_given_as_its_end_or_both_alike(tmp_path):
    """T2."""
    for months, term_end in [("12", ""), ("", "2022-01-31"), ("12", "2022-01-31")]:
        row = the_row(a_csv(tmp_path, a_row(months=months, term_end=term_end)))
        assert row.line_values["term_end"] == date(2022, 1, 31)


def test_a_registration_has_no_term_and_one_that_is_given_is_flagged(tmp_path):
    row = the_row(a_csv(tmp_path, a_row(menu="registration", months="12")))

    assert row.line_values["term_end"] is None
    assert [(flag.column, flag.value) for flag in row.flags] == [("months", "12")]


@pytest.mark.parametrize("address", ["", "a@example.com,b@example.com", "owner", "a@example.com\nb@example.com"])
def test_an_owner_who_cannot_be_written_to_is_flagged_and_goes_in(tmp_path, address):
    """N8."""
    row = the_row(a_csv(tmp_path, a_row(owner_email=address)))

    assert [(flag.rule, flag.column) for flag in row.flags] == [("N8", "owner_email")]


def test_each_copy_address_that_cannot_be_written_to_is_flagged(tmp_path):
    """P2."""
    row = the_row(a_csv(tmp_path, a_row(administrator_emails="a@example.com;b@", partner_email="c")))

    assert [(flag.rule, flag.value) for flag in row.flags] == [("P2", "c"), ("P2", "b@")]
    assert row.account_values["administrator_emails"] == "a@example.com;b@"


def test_a_name_with_a_line_break_goes_in_without_it_and_is_flagged(tmp_path):
    row = the_row(a_csv(tmp_path, a_row(company="見本\r\nBcc: x@example.com")))

    assert row.account_values["company"] == "見本  Bcc: x@example.com"
    assert row.flags[0].column == "company"
    assert "\n" not in row.flags[0].value


def test_a_column_that_the_file_lacks_says_nothing_and_an_empty_cell_says_empty(tmp_path):
    lacking = the_row(a_csv(tmp_path, a_row(opened_on=None, partner_name=None)))
    empty = the_row(a_csv(tmp_path, a_row(opened_on="", partner_name="")))

    assert "opened_on" not in lacking.line_values
    assert "partner_name" not in lacking.account_values
    assert (empty.line_values["opened_on"], empty.account_values["partner_name"]) == (None, "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.sampled_from(sorted(JAPANESE)),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_no_text_in_any_cell_raises_anything_but_a_declared_error(tmp_path, column, text):
    path = tmp_path / "book.csv"
    path.write_bytes(csv_text([a_row(**{column: text})]).encode())

    (row,) = parsed(path)

    assert isinstance(row, ParsedRow | RejectedRow)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_workbook_is_read_or_refused_and_never_breaks_the_program(tmp_path, damage):
    path = an_xlsx(tmp_path)
    content = bytearray(path.read_bytes())
    for at, byte in damage:
        content[int(at * (len(content) - 1))] = byte
    path.write_bytes(content)

    try:
        rows = parsed(path)
    except BookFileError:
        return
    assert all(isinstance(row, ParsedRow | RejectedRow) for row in rows)


@pytest.mark.parametrize(
    ("written", "languages", "language"),
    [
        ("", ("ja", "en"), "ja"),
        ("", ("en", "ja"), "en"),
        ("日本語", ("ja", "en"), "ja"),
        ("English", ("ja", "en"), "en"),
        ("ＤＥ", ("ja", "de"), "de"),
    ],
)
def test_a_language_is_one_of_those_that_letters_are_written_in(tmp_path, written, languages, language):
    (row,) = open_book(a_csv(tmp_path, a_row(language=written)), shipped_catalogue(), languages)

    assert row.account_values["language"] == language


def test_a_language_that_no_letter_is_written_in_is_refused_with_those_that_there_are(tmp_path):
    (row,) = open_book(a_csv(tmp_path, a_row(language="英語")), shipped_catalogue(), ("ja", "de"))

    assert (row.problems[0].column, row.problems[0].code) == ("language", "row.unknown-language")
    assert row.problems[0].values == {"languages": "ja, de", "usual": "ja"}
