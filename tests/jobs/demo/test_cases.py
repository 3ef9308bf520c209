"""What kigen says to the worked cases of the sample book, on any day: the expectations of WORKED_CASES, kept."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import groupby

import holidays
import pytest

from contracts.calendar import BusinessCalendar, YearlyClosure
from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.files.rows import ParsedRow
from contracts.model import Account, Contract, ContractLine, OrderKind, Term
from contracts.rules.checks import flags
from contracts.rules.seats import term_change
from jobs.demo.book import sample_book, write_book
from jobs.notices.decision import Action, Circumstances
from tests.contracts.oracle import DAYS, day_of
from tests.jobs.builders import every_job

OFFICE = BusinessCalendar(holidays.country_holidays("JP", years=range(2020, 2045)), (YearlyClosure((12, 29), (1, 3)),))
JOBS = every_job(OFFICE)
CATALOGUE = shipped_catalogue()
AS_OF = date(2026, 9, 14)
# One day in 131, and every trying one: each month end, leap day and first of 2028, and New Year.
TRIED = sorted(
    {day_of(day) for day in [day for day in DAYS if 2024 <= day[0] <= 2040][::131]}
    | {date(2028, month, 1) for month in range(1, 13)}
    | {date(2028, month, 1) - timedelta(days=1) for month in range(1, 13)}
    | {date(2025, 12, 28) + timedelta(days=count) for count in range(12)}
    | {date(2028, 2, 29)}
)


def contracts_of(as_of):
    rows = sample_book(as_of, OFFICE)
    return {number: _contract(number, list(group)) for number, group in groupby(rows, lambda row: row["contract"])}


def _contract(number, rows):
    row = rows[0]
    account = Account(row["account_number"], row["company"], row["owner_name"], row["owner_email"])
    return Contract(number, account, tuple(_line(row) for row in rows))


def _line(row):
    starts_on = date.fromisoformat(row["term_start"])
    facts = {fact: _day(row[fact]) for fact in ("ordered_on", "opened_on", "declined_on", "released_on")}
    return ContractLine(
        row["contract"],
        row["line"],
        CATALOGUE[row["menu"]],
        OrderKind(row["order"]),
        int(row["seats"]),
        starts_on,
        Term(starts_on, _day(row["term_end"])) if row["term_end"] else None,
        **facts,
    )


def _day(text):
    return date.fromisoformat(text) if text else None


@cache
def books():
    return {as_of: contracts_of(as_of) for as_of in TRIED}


def said(contract, as_of, action=Action.SEND):
    """What is sent (or held) about a contract, as kind, line and what the occasion says beside the date."""
    decided = [decision for job in JOBS for decision in job.decide(contract, Circumstances(as_of, calendar=OFFICE))]
    return {(str(one.kind), one.line, one.occasion[10:] or one.occasion[7:]) for one in decided if one.action is action}


def kinds_said(contract, as_of):
    return {(kind, line) for kind, line, _ in said(contract, as_of)}


def reasons(contract, as_of, kind):
    decided = [decision for job in JOBS for decision in job.decide(contract, Circumstances(as_of, calendar=OFFICE))]
    return [str(one.reason) for one in decided if one.kind == kind and one.action is not Action.NONE]


# What the import says


def test_the_file_of_the_book_is_read_whole_and_only_a_malformed_address_is_flagged_in_its_rows(tmp_path):
    write_book(tmp_path / "book.csv", sample_book(AS_OF, OFFICE))

    file = open_book(tmp_path / "book.csv", CATALOGUE)
    rows = list(file)

    assert file.flags == ()
    assert all(isinstance(row, ParsedRow) for row in rows)
    assert len(rows) == len(sample_book(AS_OF, OFFICE))
    assert {row.contract for row in rows if row.flags} == {"CASE-OWNER-MALFORMED", "CASE-OWNER-MISSING"}


def test_only_the_contracts_that_mean_to_be_are_flagged_and_for_that_rule():
    for as_of, book in books().items():
        found = {(number, flag.rule) for number, contract in book.items() for flag in flags(contract)}
        meant = {("CASE-ODD-START", "T1"), ("CASE-SHORT-REMAINDER", "T4"), ("CASE-NO-BASE", "T7")}
        assert found == meant | {("CASE-PAY-PER-ATTENDEE", "T6")}, as_of


# What the jobs say


@pytest.mark.parametrize(
    ("contract", "expected"),
    [
        ("CASE-FIRST-NOTICE", {("renewal-notice", "1")}),
        ("CASE-SECOND-NOTICE", {("renewal-notice", "1")}),
        ("CASE-LATE-KNOWN", {("renewal-notice", "1")}),
        ("CASE-WINDOW-CLOSED", set()),
        ("CASE-CONTINUED", set()),
        ("CASE-OPTION-OPEN", {("renewal-notice", "2")}),
        ("CASE-DECLINED", set()),
        ("CASE-STORAGE", {("renewal-notice", "1"), ("renewal-notice", "2")}),
        ("CASE-OWNER-MISSING", set()),
        ("CASE-OWNER-MALFORMED", set()),
        ("CASE-HOSTILE-NAME", {("renewal-notice", "1")}),
        ("CASE-REDUCED", {("license-release", "1")}),
        ("CASE-RELEASED", set()),
        ("CASE-CONTINUED-IN-FULL", set()),
        ("CASE-UPGRADE", set()),
        ("CASE-OPTION-DROPPED", {("license-release", "2")}),
        ("CASE-STORAGE-KEPT", set()),
        ("CASE-ENDS-AS-A-WHOLE", set()),
        ("CASE-BELOW-MINIMUM", {("license-release", "1"), ("extension-confirmation", "2")}),
        ("CASE-MIXED", {("license-release", "2")}),
        ("CASE-NEW", {("service-start", "1")}),
        ("CASE-ADDITION", {("service-start", "2")}),
        ("CASE-EXTENSION", {("extension-confirmation", "2")}),
        ("CASE-PAY-PER-ATTENDEE", set()),
        ("CASE-UNDER-WAY", set()),
    ],
)
def test_on_any_day_the_owner_is_sent_just_what_the_case_promises(contract, expected):
    for as_of, book in books().items():
        assert kinds_said(book[contract], as_of) == expected, as_of


@pytest.mark.parametrize(
    ("contract", "occasion"),
    [("CASE-FIRST-NOTICE", "/5m"), ("CASE-SECOND-NOTICE", "/4m"), ("CASE-LATE-KNOWN", "/4m")],
)
def test_n1_one_renewal_notice_goes_out_the_latest_that_is_true(contract, occasion):
    for as_of, book in books().items():
        assert said(book[contract], as_of) == {("renewal-notice", "1", occasion)}, as_of


@pytest.mark.parametrize(
    ("contract", "kind", "expected"),
    [
        ("CASE-WINDOW-CLOSED", "renewal-notice", {"window-closed"}),
        ("CASE-CONTINUED", "renewal-notice", {"continued"}),
        ("CASE-DECLINED", "renewal-notice", {"declined"}),
        ("CASE-OWNER-MISSING", "renewal-notice", {"superseded", "owner-missing"}),
        ("CASE-OWNER-MALFORMED", "renewal-notice", {"superseded", "owner-invalid"}),
        ("CASE-RELEASED", "license-release", {"released"}),
        ("CASE-CONTINUED-IN-FULL", "license-release", {"nothing-to-release"}),
        ("CASE-UPGRADE", "license-release", {"nothing-to-release"}),
        ("CASE-STORAGE-KEPT", "license-release", {"nothing-to-release"}),
        ("CASE-ENDS-AS-A-WHOLE", "license-release", {"nothing-to-release"}),
        ("CASE-UNDER-WAY", "extension-confirmation", {"window-closed"}),
    ],
)
def test_on_any_day_silence_has_the_reason_that_the_case_is_about(contract, kind, expected):
    for as_of, book in books().items():
        assert set(reasons(book[contract], as_of, kind)) == expected, as_of


@pytest.mark.parametrize(
    ("contract", "family", "seats"),
    [("CASE-REDUCED", "base", 19), ("CASE-BELOW-MINIMUM", "base", 15), ("CASE-MIXED", "rooms", 2)],
)
def test_n5_the_seats_that_a_case_has_to_release(contract, family, seats):
    assert change_of(contract).of(family).cut == seats


def test_n6_n7_the_mixed_renewal_is_mixed_and_the_small_one_falls_to_business():
    assert change_of("CASE-MIXED").is_mixed
    assert change_of("CASE-BELOW-MINIMUM").falls_to == (CATALOGUE["enterprise-essentials"], 45)


def change_of(number):
    contract = contracts_of(AS_OF)[number]
    return term_change(contract, contract.line("1").term.last_day, AS_OF)
