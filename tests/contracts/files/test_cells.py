"""What may stand in a cell: each form that is read, each that is refused, and why."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.files.cells import (
    CellError,
    Uncalculated,
    read_address,
    read_addresses,
    read_code,
    read_date,
    read_name,
    read_whole_number,
)

DAY = date(2022, 1, 31)
ANY_CELL = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.text().map(Uncalculated),
)  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    [
        "2022-01-31", "2022/1/31", "2022/01/31", "2022.1.31", "20220131", "2022年1月31日", "２０２２／１／３１",
        "２０２２年１月３１日", "令和4年1月31日", "令和４年１月３１日", "㋿4年1月31日", "R4.1.31", "r04/01/31",
        " 2022-01-31 ", "2022/1/31 0:00", "2022-01-31T00:00:00", "2022-01-31 00:00:00", 20220131, 20220131.0, DAY,
        datetime(2022, 1, 31),  # noqa: DTZ001  a sheet's cell has no zone
    ],
)  # fmt: skip
def test_a_date_is_read_in_every_form_that_names_one_day(cell):
    assert read_date(cell) == DAY


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("H31.4.30", date(2019, 4, 30)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_the_last_day_of_an_era_and_the_first_of_the_next_are_read(cell, day):
    assert read_date(cell) == day


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("令和元年4月30日", "row.outside-era era=令和"),
        ("平成31年5月1日", "row.outside-closed-era era=平成"),
        ("2022-02-29", "row.no-such-day"),
        ("2022-13-01", "row.no-such-day"),
        ("22/1/31", "row.no-date"),
        ("1/31/2022", "row.no-date"),
        ("2022-1/31", "row.no-date"),
        ("2022年1月", "row.no-date"),
        ("昭和60年1月1日", "row.no-date"),
        ("next month", "row.no-date"),
        ("٢٠٢٢-٠١-٣١", "row.no-date"),
        ("44592", "row.count-of-days"),
        (44592, "row.count-of-days"),
        (44592.5, "row.count-of-days"),
        ("0222-01-31", "row.outside-years first=2000 last=2099"),
        (date(1900, 1, 31), "row.outside-years first=2000 last=2099"),
        ("2022-01-31 09:00", "row.time-of-day"),
        (datetime(2022, 1, 31, 9, tzinfo=UTC), "row.time-of-day"),
        (time(9), "row.date-cell"),
        (True, "row.neither-text-nor-number"),
        ("#VALUE!", "row.spreadsheet-error"),
        (Uncalculated("=A1+1"), "row.formula-not-calculated"),
        (None, "row.no-date"),
    ],
)
def test_what_could_be_two_days_or_none_is_refused_with_the_reason(cell, reason):
    with pytest.raises(CellError, match=f"^{reason}"):
        read_date(cell)


@pytest.mark.parametrize("cell", ["1000", "１０００", "1,000", " 1000 ", 1000, 1000.0, "1000.0"])
def test_a_whole_number_is_read_as_people_and_excel_write_it(cell):
    assert read_whole_number(cell) == 1000


@pytest.mark.parametrize(
    "cell",
    ["0", 0, -1, "-1", "10.5", 10.5, "1,00", "ten", "1e3", True, None, float("nan"), float("inf"), 10**9, "9" * 5000],
)
def test_what_is_no_whole_number_from_1_is_refused(cell):
    with pytest.raises(CellError):
        read_whole_number(cell)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("K-0001", "K-0001"),
        (" Ｋ－０００１　", "K-0001"),
        ("K-0001/2", "K-0001/2"),
        ("00123", "00123"),
        (98765432, "98765432"),
        (98765432.0, "98765432"),
    ],
)
def test_a_code_is_read_from_text_and_from_a_number_cell(cell, code):
    assert read_code(cell) == code


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("9.87654E+07", "row.digits-lost"),
        (1.5, "row.rounded-number"),
        (10**15, "row.rounded-number"),
        (date(2022, 1, 2), "row.date-cell"),
        ("K-1\nK-2", "row.line-break"),
        ("K-\u202e1", "row.line-break"),
        ("K" * 65, "row.too-long most=64"),
        ("#REF!", "row.spreadsheet-error"),
        (False, "row.neither-text-nor-number"),
    ],
)
def test_a_code_that_a_spreadsheet_has_spoilt_is_refused(cell, reason):
    with pytest.raises(CellError, match=f"^{reason}$"):
        read_code(cell)


@pytest.mark.parametrize(
    "name", ["株式会社見本", "髙﨑　①㈱", "ＡＢＣ商事", "<script>alert(1)</script>", "=?utf-8?q?x?=", "O'Neil, Ltd."]
)
def test_a_name_stays_as_it_was_typed(name):
    assert read_name(name) == (name, ())


@pytest.mark.parametrize(
    ("typed", "kept", "harm"),
    [
        ("株式会社\n見本", "株式会社 見本", "flag.break-in-name"),
        ("a\r\nBcc: x@example.com", "a  Bcc: x@example.com", "flag.break-in-name"),
        ("a\u2028b\x85c", "a b c", "flag.break-in-name"),
        ("見本\u202egpj.exe", "見本gpj.exe", "flag.invisible-in-name"),
        ("見\u200b本", "見本", "flag.invisible-in-name"),
        ("見\ufffd本", "見\ufffd本", "flag.unreadable-in-name"),
    ],
)
def test_what_harms_in_a_name_is_taken_out_and_said(typed, kept, harm):
    assert read_name(typed) == (kept, (harm,))


def test_addresses_are_separated_by_semicolons_of_either_width():
    assert read_addresses("a@example.com; b@example.com；；a@example.com;") == ("a@example.com", "b@example.com")


def test_an_address_in_quotes_is_kept_without_them_so_that_it_is_one_with_the_bare_one():
    assert read_address('"a..b"@docomo.example') == "a..b@docomo.example"
    assert read_addresses('a..b@docomo.example; "a..b"@docomo.example') == ("a..b@docomo.example",)


def test_a_line_break_inside_an_address_cannot_become_two_headers():
    assert read_address("a@example.com\r\nBcc: b@example.com") == "a@example.com  Bcc: b@example.com"


@given(
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
)
def test_every_day_is_read_back_as_it_was_written(day, form):
    assert read_date(day.strftime(form)) == day


@given(st.integers(1, 9_999_999))
def test_every_number_is_read_back_as_it_was_written(number):
    assert read_whole_number(f"{number:,}") == read_whole_number(float(number)) == read_whole_number(number) == number


@given(ANY_CELL)
def test_no_cell_raises_anything_but_its_reason(cell):
    for read in (read_date, read_whole_number, read_code, read_name, read_address, read_addresses):
        with suppress(CellError):
            read(cell)


@given(st.text())
def test_a_name_that_was_kept_has_nothing_left_to_take_out(text):
    try:
        kept, _ = read_name(text)
    except CellError:
        return
    assert read_name(kept.replace("\ufffd", "")) == (kept.replace("\ufffd", "").strip(), ())
