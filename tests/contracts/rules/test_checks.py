"""Which rules a contract in the book breaks: each is flagged by its name, and a lawful book is left in peace."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.calendar import BusinessCalendar
from contracts.files.book_file import open_book
from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import Account, Contract, ContractLine, OrderKind, Term, line_order
from contracts.rules.checks import flags
from tests.contracts.builders import csv_text

CATALOGUE = shipped_catalogue()
ACCOUNT = Account("98765432", "株式会社見本")


def sold(line, menu, seats, order="new", **days):
    """A line by the words of the book, its `first`, `last` and `ordered` day as text; "" is no such day."""
    days = {"first": "2021-02-01", "last": "2022-01-31", "ordered": "2021-01-10"} | days
    starts_on = date.fromisoformat(days["first"])
    term = Term(starts_on, date.fromisoformat(days["last"])) if days["last"] else None
    ordered_on = date.fromisoformat(days["ordered"]) if days["ordered"] else None
    return ContractLine("K-0001", line, CATALOGUE[menu], OrderKind(order), seats, starts_on, term, ordered_on)


def broken(*lines):
    """Rule and line of each flag."""
    return [(flag.rule, flag.line) for flag in flags(Contract("K-0001", ACCOUNT, lines))]


BASE = sold("1", "business", 40)
NEXT = {"order": "continuation", "first": "2022-02-01", "last": "2023-01-31", "ordered": "2021-10-10"}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [BASE],
        [
            BASE,
            sold("2", "business", 9, "addition", first="2021-08-01", ordered="2021-07-10"),
            sold("3", "business", 49, **NEXT),
        ],
        [sold("1", "pro", 9, first="2026-01-07", last="2026-12-31", ordered="2025-12-10")],
        [
            sold("1", "pro", 5, first="2026-01-07", last="2026-12-31", ordered="2025-12-10"),
            sold("2", "rooms", 1, first="2026-01-01", last="2026-12-31", ordered="2025-12-10"),
        ],
        [sold("1", "pro", 5), sold("2", "pro", 4, "addition", first="2022-01-01", ordered="2021-11-10")],
        [
            sold("1", "business", 49),
            sold("2", "enterprise-essentials", 59, "addition", first="2021-08-01", ordered="2021-07-10"),
        ],
        [
            sold("1", "business", 49, last="2021-07-31"),
            sold("2", "enterprise-essentials", 59, "addition", first="2021-08-01", ordered="2021-07-10"),
            sold("3", "enterprise-essentials", 59, **NEXT),
        ],
        [
            BASE,
            sold("2", "storage-1tb", 1),
            sold("3", "business", 40, **NEXT),
            sold("4", "storage-1tb", 1, **NEXT | {"ordered": "2022-01-20"}),
        ],
        [
            BASE,
            sold("2", "business", 5, "addition", first="2022-01-01", ordered="2021-12-20"),
            sold("3", "business", 45, **NEXT | {"ordered": "2021-12-20"}),
        ],
        [
            BASE,
            sold("2", "business", 40, **NEXT),
            sold("3", "business", 5, "addition", first="2022-01-01", ordered="2021-12-20"),
        ],
        [
            BASE,
            sold(
                "2", "events-per-attendee", 100, "addition", first="2021-09-01", last="2022-08-31", ordered="2021-08-10"
            ),
        ],
        [BASE, sold("2", "rooms", 2, ordered=""), sold("3", "registration", 1, first="2021-01-15", last="")],
        [sold("1", "registration", 1, first="2021-01-15", last="")],
        [sold("1", "enterprise-essentials", 60), sold("2", "business", 45, **NEXT)],
        [sold("1", "education", 20, ordered="2024-12-06", first="2025-01-01", last="2025-12-31")],
        [sold("1", "business", 5), sold("2", "business", 5)],
        [sold("1", "enterprise-essentials", 60, ordered=""), sold("2", "enterprise-essentials", 45, **NEXT)],
    ],
    ids=lambda lines: ", ".join(f"{line.menu.code} {line.order} {line.seats}" for line in lines) or "nothing",
)
def test_a_lawful_contract_has_no_flag(lines):
    assert broken(*lines) == []


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("T1", sold("1", "business", 40, first="2021-02-03")),
        ("T1", sold("1", "pro", 5, first="2026-01-01", last="2026-12-31")),
        ("T1", sold("1", "business", 10, first="2026-01-07", last="2026-12-31")),
        ("T2", sold("1", "business", 40, last="2022-01-30")),
        ("T5", sold("1", "business", 40, **NEXT)),
        ("T7", sold("1", "rooms", 1)),
        ("limits", sold("1", "business", 9)),
        ("limits", sold("1", "business", 50)),
        ("limits", sold("1", "pro", 10)),
        ("limits", sold("1", "enterprise-essentials", 49)),
        ("limits", sold("1", "education", 20, ordered="2024-12-07", first="2025-01-01", last="2025-12-31")),
        ("limits", sold("1", "enterprise-named-host", 50, ordered="", first="2025-01-01", last="2025-12-31")),
    ],
)
def test_a_line_that_breaks_a_rule_is_flagged_with_its_name(rule, line):
    assert broken(line) == [(rule, "1")]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("T3", sold("2", "business", 5, "addition", first="2021-08-01", last="2022-07-31", ordered="2021-07-10")),
        ("T4", sold("2", "business", 5, "addition", first="2022-01-01", ordered="2021-12-03")),
        (
            "T4",
            sold(
                "2", "events-per-attendee", 5, "addition", first="2022-01-01", last="2022-12-31", ordered="2021-12-20"
            ),
        ),
        ("T5", sold("2", "business", 40, **NEXT | {"first": "2022-03-01"})),
        ("T7", sold("2", "rooms", 1, first="2021-08-01", last="2022-07-31")),
        ("T7", sold("2", "rooms", 1, first="2022-02-01", last="2023-01-31")),
        ("B2", sold("2", "business", 40, **NEXT | {"ordered": "2021-12-03"})),
        ("B3", sold("2", "pro", 9, **NEXT)),
        ("limits", sold("2", "business", 40, "addition", first="2021-08-01", ordered="2021-07-10")),
        ("limits", sold("2", "business", 10, "addition", first="2021-08-01", ordered="2021-07-10")),
    ],
)
def test_a_line_that_breaks_a_rule_beside_another_is_flagged_and_the_other_is_not(rule, line):
    assert (rule, "2") in broken(BASE, line)
    assert {flagged for _, flagged in broken(BASE, line)} == {"2"}


def test_a_continuation_on_the_closing_day_itself_is_in_time():
    """B2."""
    assert broken(BASE, sold("2", "business", 40, **NEXT | {"ordered": "2021-12-02"})) == []


def test_an_addition_with_sixty_days_left_needs_no_continuation():
    """T4: fewer than 60 days, not 60."""
    assert broken(BASE, sold("2", "business", 5, "addition", first="2022-01-01", ordered="2021-12-02")) == []


def test_an_option_continued_without_its_base_is_flagged():
    """T7."""
    lines = [BASE, sold("2", "rooms", 1), sold("3", "rooms", 1, **NEXT)]

    assert broken(*lines) == [("T7", "3")]


def test_what_is_broken_is_told_in_the_order_of_lines():
    lines = [sold("1", "pro", 12), sold("2", "rooms", 1, first="2021-02-05"), sold("10", "rooms", 1, last="2022-01-30")]

    assert broken(*lines) == [("limits", "1"), ("T1", "2"), ("T2", "10")]


def test_the_sample_book_is_flagged_only_where_it_means_to_be(tmp_path):
    from jobs.demo.book import sample_book  # noqa: PLC0415  the one test here that leans on the product above

    path = tmp_path / "book.csv"
    path.write_text(csv_text(sample_book(date(2026, 9, 14), BusinessCalendar())), "utf-8")
    by_number: dict[str, list[ContractLine]] = {}
    for row in open_book(path, CATALOGUE):
        facts = {
            name: value for name, value in row.line_values.items() if name not in {"menu", "order_kind", "term_end"}
        }
        last, starts_on = row.line_values["term_end"], row.line_values["starts_on"]
        line = ContractLine(
            row.contract,
            row.line,
            CATALOGUE[row.line_values["menu"]],
            OrderKind(row.line_values["order_kind"]),
            term=Term(starts_on, last) if last else None,
            **facts,
        )
        by_number.setdefault(row.contract, []).append(line)

    flagged = {
        number: sorted(
            {
                flag.rule
                for flag in flags(
                    Contract(number, ACCOUNT, tuple(sorted(lines, key=lambda line: line_order(line.line))))
                )
            }
        )
        for number, lines in by_number.items()
    }

    assert {number: rules for number, rules in flagged.items() if rules} == {
        "CASE-ODD-START": ["T1"],
        "CASE-SHORT-REMAINDER": ["T4"],
        "CASE-NO-BASE": ["T7"],
    }
