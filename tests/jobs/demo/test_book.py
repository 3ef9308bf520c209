"""The sample book on any day: lawful but for what is flagged on purpose, each worked case where it should be."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from functools import cache

import holidays
import pytest

from contracts.calendar import BusinessCalendar, Month, YearlyClosure
from contracts.rules.terms import closing_day, purchase_window
from jobs.demo.book import HEADERS, WORKED_CASES, sample_book, write_book
from tests.contracts.oracle import DAYS, day_of, days_in, is_open, month_before, triple

JAPAN = holidays.country_holidays("JP", years=range(2020, 2045))
OFFICE = BusinessCalendar(JAPAN, (YearlyClosure((12, 29), (1, 3)),))
AS_OF = date(2026, 9, 14)
BASES = {"pro", "business", "enterprise-essentials", "education-campus", "education-enterprise"}
FACTS = ("ordered_on", "opened_on", "declined_on", "released_on")


def days_tried():
    """Some two hundred days of 2024 to 2040: one in 97, and the trying ones (month ends, leap days, New Year)."""
    span = [day for day in DAYS if 2024 <= day[0] <= 2040]
    new_year = {(12, number) for number in range(28, 32)} | {(1, number) for number in range(1, 9)}
    trying = [day for day in span if day[1:] == (2, 29)]
    trying += [day for day in span if day[0] in {2025, 2026} and day[1:] in new_year]
    trying += [day for day in span if day[0] in {2027, 2028} and (day[2] <= 2 or day in days_in(*day[:2])[-2:])]
    trying += [(2027, 5, number) for number in range(3, 9)]
    return [day_of(day) for day in sorted({*span[::97], *trying})]


class Book:
    """The sample book of one day, read as a newcomer reads it: by contract number."""

    def __init__(self, as_of):
        self.as_of = as_of
        self.rows = sample_book(as_of, OFFICE)
        self.contracts = {}
        for row in self.rows:
            self.contracts.setdefault(row["contract"], []).append(row)

    def __repr__(self):
        return f"the sample book of {self.as_of}"

    def lines(self, contract):
        return self.contracts[contract]

    def line(self, contract, line="1"):
        return next(row for row in self.lines(contract) if row["line"] == line)

    def end(self, contract, line="1"):
        return day(self.line(contract, line)["term_end"])


@cache
def books():
    return [Book(as_of) for as_of in days_tried()]


@cache
def day(text):
    return date.fromisoformat(text)


def seats(rows, menu, order=""):
    return sum(int(row["seats"]) for row in rows if row["menu"] == menu and order in row["order"])


# What it holds


def test_the_book_has_more_than_two_hundred_lines_of_many_customers():
    rows = sample_book(AS_OF, OFFICE)

    assert len(rows) >= 220
    assert len({row["company"] for row in rows}) >= 140
    assert {row["order"] for row in rows} == {"new", "addition", "continuation"}
    assert {row["language"] for row in rows} == {"ja", "en"}
    assert any(row["partner_email"] for row in rows)
    assert any(";" in row["administrator_emails"] for row in rows)


def test_the_book_speaks_of_terms_that_end_in_each_of_the_coming_fourteen_months():
    ends = {Month.of(day(row["term_end"])) for row in sample_book(AS_OF, OFFICE) if row["term_end"]}

    assert {Month.of(AS_OF).plus(ahead) for ahead in range(15)} <= ends


def test_the_same_day_gives_the_same_book():
    assert sample_book(AS_OF, OFFICE) == sample_book(AS_OF, OFFICE)


def test_every_row_has_just_the_columns_of_a_book_file():
    assert {tuple(sorted(row)) for row in sample_book(AS_OF, OFFICE)} == {tuple(sorted(HEADERS))}


def test_nobody_real_can_be_written_to():
    addresses = {
        address
        for row in sample_book(AS_OF, OFFICE)
        for column in ("owner_email", "administrator_emails", "partner_email")
        for address in row[column].split(";")
        if address and row["contract"] != "CASE-OWNER-MALFORMED"
    }

    assert [
        address for address in addresses if not re.fullmatch(r"[\w.-]+@([\w-]+\.)?example\.(co\.jp|com)", address)
    ] == []


def test_an_account_is_told_the_same_on_each_of_its_rows():
    account_columns = list(HEADERS)[:8]
    accounts = {tuple(row[column] for column in account_columns) for row in sample_book(AS_OF, OFFICE)}

    assert len(accounts) == len({account[0] for account in accounts})


def test_every_worked_case_is_in_the_book_and_has_its_sentence():
    cases = [number for number in Book(AS_OF).contracts if number.startswith("CASE-")]

    assert cases == list(WORKED_CASES)
    assert all(sentence.endswith(".") for sentence in WORKED_CASES.values())


# It is lawful on any day


def test_no_fact_lies_in_the_future_and_each_follows_the_order():
    for book in books():
        for row in book.rows:
            facts = [day(row[fact]) for fact in FACTS if row[fact]]
            assert row["ordered_on"]
            assert min(facts) == day(row["ordered_on"]), row
            assert max(facts) <= book.as_of, row


def test_t1_every_term_starts_on_the_1st_save_pro_in_january():
    for book in books():
        odd = {
            (row["contract"], row["menu"], row["order"], row["term_start"][5:])
            for row in book.rows
            if not row["term_start"].endswith("-01")
        }
        pro_in_january = {start for start in odd if start[1:] == ("pro", "new", "01-07")}

        assert {contract for contract, *_ in odd - pro_in_january} == {"CASE-ODD-START"}
        assert "CASE-PRO-JANUARY" in {contract for contract, *_ in pro_in_january}


def test_t2_every_term_ends_on_a_month_end_and_only_a_registration_has_none():
    for book in books():
        for row in book.rows:
            assert (row["term_end"] == "") is (row["menu"] == "registration")
            if row["term_end"]:
                year, month, _ = triple(day(row["term_end"]))
                assert triple(day(row["term_end"])) == days_in(year, month)[-1]


def test_t3_every_addition_ends_with_a_line_that_it_joins():
    for book in books():
        for rows in book.contracts.values():
            ends = {row["term_end"] for row in rows if row["order"] != "addition"}
            joining = [row for row in rows if row["order"] == "addition" and row["menu"] != "events-per-attendee"]
            assert all(row["term_end"] in ends for row in joining)


def test_t4_every_addition_but_the_flagged_one_was_ordered_with_sixty_days_left():
    for book in books():
        additions = [row for row in book.rows if row["order"] == "addition"]
        short = {row["contract"] for row in additions if day(row["ordered_on"]) > closing_day(day(row["term_end"]))}

        assert short == {"CASE-SHORT-REMAINDER"}


def test_t5_b1_every_continuation_takes_up_where_a_line_ends_and_was_ordered_in_its_window():
    for book in books():
        for rows in book.contracts.values():
            ends = {row["term_end"] for row in rows}
            for row in rows:
                if row["order"] == "continuation":
                    ended = day(row["term_start"]) - timedelta(days=1)
                    assert str(ended) in ends
                    assert purchase_window(ended).covers(day(row["ordered_on"])), row


def test_t7_every_contract_but_the_flagged_one_has_a_base_license_as_long_as_its_options():
    for book in books():
        for number, rows in book.contracts.items():
            covered = {row["term_end"] for row in rows if row["menu"] in BASES}
            options = [row for row in rows if row["menu"] not in BASES | {"registration", "events-per-attendee"}]
            assert all(row["term_end"] in covered for row in options) is (number != "CASE-NO-BASE")


# The worked cases stand where the day has them


def notice_day_has_come(term_end, months_before, as_of):
    """Whether the first business day of that notice month is there (N1), by the oracle."""
    month = month_before(term_end.year, term_end.month, months_before)
    first_open = next(day for day in days_in(*month) if is_open(day, JAPAN))
    return day_of(first_open) <= as_of


def test_n1_the_first_notice_is_due_and_the_second_is_not():
    for book in books():
        end = book.end("CASE-FIRST-NOTICE")

        assert notice_day_has_come(end, 5, book.as_of)
        assert not notice_day_has_come(end, 4, book.as_of)
        assert book.as_of <= closing_day(end)


@pytest.mark.parametrize(
    "contract",
    [
        "CASE-SECOND-NOTICE",
        "CASE-CONTINUED",
        "CASE-OPTION-OPEN",
        "CASE-DECLINED",
        "CASE-STORAGE",
        "CASE-OWNER-MISSING",
        "CASE-OWNER-MALFORMED",
        "CASE-HOSTILE-NAME",
    ],
)
def test_n1_the_second_notice_has_come_and_the_window_is_open_for(contract):
    for book in books():
        end = book.end(contract)

        assert notice_day_has_come(end, 4, book.as_of)
        assert not notice_day_has_come(end, 3, book.as_of)
        assert book.as_of <= closing_day(end)


def test_n1_for_the_late_known_line_both_notice_months_are_past_and_the_window_is_open():
    for book in books():
        end = book.end("CASE-LATE-KNOWN")

        assert notice_day_has_come(end, 3, book.as_of)
        assert book.as_of <= closing_day(end)


def test_b2_the_closed_window_is_closed_and_its_term_still_runs():
    for book in books():
        end = book.end("CASE-WINDOW-CLOSED")

        assert closing_day(end) < book.as_of <= end


def test_n5_what_is_to_be_released_ends_within_thirty_days():
    for book in books():
        for contract in ("CASE-REDUCED", "CASE-RELEASED", "CASE-OPTION-DROPPED", "CASE-MIXED", "CASE-BELOW-MINIMUM"):
            assert timedelta(0) <= book.end(contract) - book.as_of <= timedelta(days=30)


def test_n2_n4_what_was_just_opened_starts_next_month_or_the_month_after():
    for book in books():
        next_month = Month.of(book.as_of).plus(1)

        assert day(book.line("CASE-NEW")["term_start"]) == next_month.first_day
        assert day(book.line("CASE-ADDITION", "2")["term_start"]) == next_month.first_day
        assert day(book.line("CASE-EXTENSION", "2")["term_start"]) == next_month.plus(1).first_day
        for contract, line in (("CASE-NEW", "1"), ("CASE-ADDITION", "2"), ("CASE-EXTENSION", "2")):
            assert day(book.line(contract, line)["opened_on"]) == OFFICE.on_or_before(book.as_of)


@pytest.mark.parametrize(
    ("contract", "ending", "continuing"),
    [
        ("CASE-REDUCED", {"business": 49}, {"business": 30}),
        ("CASE-CONTINUED-IN-FULL", {"business": 49}, {"business": 49}),
        ("CASE-UPGRADE", {"business": 49}, {"enterprise-essentials": 59}),
        ("CASE-OPTION-DROPPED", {"business": 20, "rooms": 3}, {"business": 20}),
        ("CASE-BELOW-MINIMUM", {"enterprise-essentials": 60}, {"business": 45}),
        ("CASE-MIXED", {"business": 20, "rooms": 5}, {"business": 30, "rooms": 3}),
        ("CASE-ENDS-AS-A-WHOLE", {"business": 24, "webinar": 2}, {}),
    ],
)
def test_n5_to_n7_the_seats_of(contract, ending, continuing):
    rows = Book(AS_OF).lines(contract)
    renewed = [row for row in rows if row["order"] == "continuation"]
    before = [row for row in rows if row["order"] != "continuation"]

    assert {row["menu"]: seats(before, row["menu"]) for row in before} == ending
    assert {row["menu"]: seats(renewed, row["menu"]) for row in renewed} == continuing


def test_n8_the_owners_that_cannot_be_written_to():
    book = Book(AS_OF)

    assert book.line("CASE-OWNER-MISSING")["owner_email"] == ""
    assert not book.line("CASE-OWNER-MALFORMED")["owner_email"].isascii()


def test_t6_pay_per_attendee_runs_twelve_months_and_outlives_the_base():
    for book in books():
        events = book.line("CASE-PAY-PER-ATTENDEE", "2")

        assert Month.of(day(events["term_start"])).plus(11) == Month.of(day(events["term_end"]))
        assert day(events["term_end"]) > book.end("CASE-PAY-PER-ATTENDEE")


def test_a_name_may_hold_markup_quotes_and_emoji():
    row = Book(AS_OF).line("CASE-HOSTILE-NAME")

    assert "<script>" in row["company"]
    assert {'"', "'", "🎉"} <= set(row["company"])


# As a file


def test_the_file_opens_in_excel_with_japanese_headers(tmp_path):
    write_book(tmp_path / "book.csv", sample_book(AS_OF, OFFICE))

    raw = (tmp_path / "book.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").splitlines()[0].split(",") == list(HEADERS.values())


def test_the_file_reads_back_as_the_book_with_its_orders_in_japanese(tmp_path):
    write_book(tmp_path / "book.csv", sample_book(AS_OF, OFFICE))

    with (tmp_path / "book.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.DictReader(file))
    in_english = {"新規": "new", "追加": "addition", "継続": "continuation"}
    assert [
        {column: row[japanese] for column, japanese in HEADERS.items()} | {"order": in_english[row["注文区分"]]}
        for row in read
    ] == sample_book(AS_OF, OFFICE)
