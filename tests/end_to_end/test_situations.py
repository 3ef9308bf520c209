"""Situations in which an owner or the desk was misled, through the command line: what is flagged, sent and not sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.installation import sold

YEAR = "2026-01-01 12 2025-12-10 2025-12-15"
NEXT = "2027-01-01 12 2026-08-10 2026-08-20"


def a_book(*rows: str, **facts: dict[str, str]) -> list[dict[str, Any]]:
    """Rows by their words: menu, order, seats, start, months, ordered on, opened on; further columns by the line."""
    names = ("menu", "order", "seats", "term_start", "months", "ordered_on", "opened_on")
    return [
        sold("K-1", line=str(number), **dict(zip(names, (*row.split(), "", "")[:7], strict=True)))
        | facts.get(f"line{number}", {})
        for number, row in enumerate(rows, start=1)
    ]


def sent(kigen, job, day):
    """Line and kind of what the job has sent on that day."""
    return [
        (line, kind)
        for line, kind, action in kigen.run(job, day).decisions("line", "kind", "action")
        if action == "send"
    ]


STORAGE_UP = a_book(
    f"business new 20 {YEAR}", f"storage-200gb new 1 {YEAR}",
    f"business continuation 20 {NEXT}", "storage-1tb continuation 1 2027-01-01 12 2026-07-20 2026-07-25",
)  # fmt: skip
TICKETS_OUTLIVE = a_book(
    f"business new 20 {YEAR}", "events-per-attendee addition 600 2026-07-01 12 2026-06-10 2026-06-25"
)
UPGRADE = a_book(
    "business new 49 2026-02-01 6 2026-01-10 2026-01-15",
    "enterprise-essentials addition 59 2026-08-01 6 2026-04-01 2026-07-25",
)
PRO_ANEW = a_book(
    "business new 20 2025-10-01 12 2025-09-10 2025-09-15", "pro new 5 2026-10-01 12 2026-04-10 2026-09-15"
)
TWO_AS_ONE = a_book(f"business new 49 {YEAR}", *(f"business continuation {seats} {NEXT}" for seats in (30, 10)))


@pytest.mark.parametrize(
    ("book", "job", "day", "lines"),
    [
        (STORAGE_UP, "renewal-notice", "2026-08-03", [("1", "renewal-notice")]),  # B5: not of the lower step
        (STORAGE_UP, "extension-confirmation", "2026-07-25", [("4", "extension-confirmation")]),
        (STORAGE_UP, "license-release", "2026-12-01", []),
        (TICKETS_OUTLIVE, "renewal-notice", "2027-01-04", []),  # T6
        (TICKETS_OUTLIVE, "license-release", "2026-12-01", [("2", "license-release")]),
        (UPGRADE, "renewal-notice", "2026-04-01", []),  # T8
        (UPGRADE, "license-release", "2026-07-24", []),
        (UPGRADE, "service-start", "2026-07-25", [("2", "service-start")]),
        (PRO_ANEW, "renewal-notice", "2026-05-01", []),  # B3
        (PRO_ANEW, "license-release", "2026-08-31", []),
        (TWO_AS_ONE, "extension-confirmation", "2026-08-20", [(line, "extension-confirmation") for line in "23"]),  # N4
    ],
)  # fmt: skip
def test_what_is_sent_is_what_is_true(kigen, book, job, day, lines):
    kigen.bring(*book)

    assert sent(kigen, job, day) == lines


def test_two_continuations_of_one_family_are_one_mail(kigen):
    """Book 14, N4."""
    kigen.bring(*TWO_AS_ONE)

    kigen.run("extension-confirmation", "2026-08-20")

    assert len(kigen.inbox) == 1
    assert kigen.ledger("line", "status", kind="extension-confirmation") == [("K-1/2", "sent"), ("K-1/3", "sent")]


@pytest.mark.parametrize(
    ("book", "rules"),
    [
        (STORAGE_UP, set()),
        (TICKETS_OUTLIVE, {"T6"}),
        (UPGRADE, set()),
        (PRO_ANEW, {"B3"}),
        (  # book 06
            a_book(
                f"business new 10 {YEAR}", f"business continuation 10 {NEXT}",
                "business addition 5 2026-12-01 1 2026-11-20 2026-11-25",
            ),
            {"T4"},
        ),
        (  # book 17
            a_book("pro new 3 2027-01-07 12 2026-12-10 2026-12-15", "rooms new 1 2027-01-01 12 2026-12-10 2026-12-15"),
            {"T7"},
        ),
        (  # book 19
            a_book(
                "pro new 5 2026-04-01 12 2026-03-10", "events-per-attendee new 100 2026-04-01 24 2026-03-10",
                "storage-200gb new 2 2026-04-01 12 2026-03-10", "business addition 5 2026-06-01 10 2026-05-10",
                "pro continuation 5 2027-04-01 12 2026-04-10",
            ),
            {"T8", "limits", "T6", "B5", "B1", "B3"},
        ),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_flagged_by_the_import(kigen, book, rules):
    found = kigen.bring(*book).json["flags"]

    assert {flag["rule"] for flag in found} == rules


@pytest.mark.parametrize("opened_on", ["2026-09-25", ""])
def test_a_start_that_was_told_and_moves_is_announced_before_the_day_that_was_told(kigen, opened_on):
    """Book 05, N3."""
    kigen.bring(*a_book("business new 20 2026-09-01 12 2026-08-01 2026-08-10"))
    kigen.run("service-start", "2026-08-10")

    kigen.bring(*a_book(f"business new 20 2026-10-01 12 2026-08-01 {opened_on}"))

    assert sent(kigen, "service-start", "2026-08-25") == [("1", "service-start-change")]
    assert sent(kigen, "service-start", "2026-08-26") == []
