"""Which rules a contract in the book breaks: each is flagged by its name, and a lawful book is left in peace."""

from __future__ import annotations

from dataclasses import replace
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


def codes(*lines):
    return [flag.code for flag in flags(Contract("K-0001", ACCOUNT, lines))]


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
            sold("2", "rooms", 1, first="2026-01-07", last="2026-12-31", ordered="2025-12-10"),
        ],
        [sold("1", "pro", 5), sold("2", "pro", 4, "addition", first="2022-01-01", ordered="2021-11-10")],
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
            sold("2", "business", 45, **NEXT),
            sold("3", "business", 5, "addition", first="2022-01-01", ordered="2021-12-20"),
        ],
        [
            BASE,
            sold("2", "business", 30, **NEXT),
            sold("3", "business", 5, "addition", first="2022-01-01", ordered="2021-12-20"),
            sold("4", "business", 5, **NEXT | {"ordered": "2021-12-20"}),
        ],
        [
            BASE,
            sold(
                "2", "events-per-attendee", 600, "addition", first="2021-09-01", last="2022-08-31", ordered="2021-08-10"
            ),
            sold("3", "business", 40, **NEXT),
        ],
        [BASE, sold("2", "storage-200gb", 1), sold("3", "business", 40, **NEXT), sold("4", "storage-1tb", 1, **NEXT)],
        [BASE, sold("2", "storage-1tb", 1), sold("3", "business", 40, **NEXT), sold("4", "storage-200gb", 1, **NEXT)],
        [
            BASE,
            sold("2", "storage-200gb", 1, last="2021-07-31"),
            sold("3", "storage-1tb", 1, "addition", first="2021-08-01", ordered="2021-07-10"),
        ],
        [BASE, sold("2", "rooms", 2, ordered=""), sold("3", "registration", 1, first="2021-01-15", last="")],
        [sold("1", "registration", 1, first="2021-01-15", last="")],
        [sold("1", "enterprise-essentials", 60), sold("2", "business", 45, **NEXT)],
        [sold("1", "education", 20, ordered="2024-12-06", first="2025-01-01", last="2025-12-31")],
        [sold("1", "business", 5), sold("2", "business", 5)],
        [sold("1", "business", 10), sold("2", "business", 39, "addition", first="2021-08-01", ordered="2021-07-10")],
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
        ("T1", sold("1", "pro", 5, first="2026-01-08", last="2026-12-31")),
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
                "2", "events-per-attendee", 600, "addition", first="2022-01-01", last="2022-12-31", ordered="2021-12-20"
            ),
        ),
        ("T5", sold("2", "business", 40, **NEXT | {"first": "2022-03-01"})),
        ("T7", sold("2", "rooms", 1, first="2021-08-01", last="2022-07-31")),
        ("T7", sold("2", "rooms", 1, first="2022-02-01", last="2023-01-31")),
        ("B2", sold("2", "business", 40, **NEXT | {"ordered": "2021-12-03"})),
        ("B3", sold("2", "pro", 9, **NEXT)),
        ("limits", sold("2", "business", 40, "addition", first="2021-08-01", ordered="2021-07-10")),
        ("limits", sold("2", "business", 10, "addition", first="2021-08-01", ordered="2021-07-10")),
        ("limits", sold("2", "events-per-attendee", 599, "addition", first="2021-03-01", ordered="2021-02-10")),
        ("limits", sold("2", "events-per-attendee", 599)),
        ("T6", sold("2", "events-per-attendee", 600, "addition", first="2021-09-01", last="2022-08-31")),
        ("T6", sold("2", "events-per-attendee", 600, last="2022-02-28")),
        ("B1", sold("2", "business", 40, **NEXT | {"ordered": "2021-06-30"})),
        ("B3", sold("2", "pro", 9, **NEXT | {"order": "new"})),
        ("B5", sold("2", "storage-200gb", 2)),
    ],
)
def test_a_line_that_breaks_a_rule_beside_another_is_flagged_and_the_other_is_not(rule, line):
    assert (rule, "2") in broken(BASE, line)
    assert {flagged for _, flagged in broken(BASE, line)} == {"2"}


def test_a_continuation_on_the_closing_day_itself_is_in_time():
    """B2."""
    assert broken(BASE, sold("2", "business", 40, **NEXT | {"ordered": "2021-12-02"})) == []


def test_b2_a_late_continuation_goes_with_no_addition_that_was_ordered_on_another_day():
    addition = sold("2", "business", 5, "addition", first="2021-08-01", ordered="2021-07-10")

    assert broken(BASE, addition, sold("3", "business", 45, **NEXT | {"ordered": "2021-12-20"})) == [("B2", "3")]


def test_an_addition_with_sixty_days_left_needs_no_continuation():
    """T4: fewer than 60 days, not 60."""
    assert broken(BASE, sold("2", "business", 5, "addition", first="2022-01-01", ordered="2021-12-02")) == []


# T4: a continuation of the addition's own seats (book 06)


@pytest.mark.parametrize(
    ("menu", "first", "last", "ordered", "late"),
    [
        ("business", "2022-01-01", "2022-01-31", "2021-12-20", "2021-12-20"),
        ("rooms", "2022-01-01", "2022-01-31", "2021-12-03", "2021-12-20"),
    ],
)
def test_t4_a_continuation_that_was_ordered_without_the_addition_does_not_carry_it(menu, first, last, ordered, late):
    base = sold("1", "business", 40)
    own, before = sold("2", menu, 10), sold("3", menu, 10, **NEXT)
    addition = sold("4", menu, 5, "addition", first=first, last=last, ordered=ordered)
    together = sold("5", menu, 5, **NEXT | {"ordered": late})

    found = broken(base, sold("6", "business", 40, **NEXT), own, before, addition)

    assert ("T4", "4") in found
    assert ("T4", "4") not in broken(base, sold("6", "business", 40, **NEXT), own, before, addition, together)


def test_t4_one_continuation_does_not_carry_two_additions():
    lines = [
        BASE,
        sold("2", "business", 40, **NEXT),
        sold("3", "business", 4, "addition", first="2022-01-01", ordered="2021-12-10"),
        sold("4", "business", 5, "addition", first="2022-01-01", ordered="2021-12-20"),
        sold("5", "business", 5, **NEXT | {"ordered": "2021-12-20"}),
    ]

    assert broken(*lines) == [("T4", "3")]


def test_t4_tickets_ordered_late_need_the_base_licence_continued_and_no_seats_of_their_own():
    tickets = sold(
        "2", "events-per-attendee", 600, "addition", first="2022-01-01", last="2022-12-31", ordered="2021-12-20"
    )

    assert ("T4", "2") in broken(BASE, tickets)
    assert broken(BASE, tickets, sold("3", "business", 40, **NEXT)) == []


# T7: an option in a January Pro contract (book 17)


@pytest.mark.parametrize("year", ["2026", "2027"])
@pytest.mark.parametrize("option", ["rooms", "webinar", "translated-captions"])
def test_t7_an_option_that_starts_before_its_base_licence_in_january_is_flagged(option, year):
    ordered = {"last": f"{year}-12-31", "ordered": "2025-12-10"}
    pro, business = (sold("1", menu, 9, first=f"{year}-01-{day}", **ordered) for menu, day in PRO_AND_ANOTHER)

    assert broken(pro, sold("2", option, 1, first=f"{year}-01-01", **ordered)) == [("T7", "2")]
    assert broken(pro, sold("2", option, 1, first=f"{year}-01-07", **ordered)) == []
    assert ("T7", "2") not in broken(business, sold("2", option, 1, first=f"{year}-01-01", **ordered))


PRO_AND_ANOTHER = (("pro", "07"), ("education-enterprise", "01"))


def test_t1_an_option_starts_on_the_seventh_only_with_a_base_licence_that_does():
    lines = [sold("1", "business", 10, first="2026-01-01", last="2026-12-31", ordered="2025-12-10")]
    lines += [sold("2", "rooms", 1, first="2026-01-07", last="2026-12-31", ordered="2025-12-10")]

    assert broken(*lines) == [("T1", "2")]


# T8: a change in mid-term (books 11, 15, 19)

AUGUST = {"first": "2021-08-01", "ordered": "2021-07-10"}


def test_t8_pro_moves_up_only_at_renewal():
    running, ended = sold("1", "pro", 5), sold("1", "pro", 5, last="2021-07-31")

    assert broken(running, sold("2", "business", 10, "addition", **AUGUST)) == [("T8", "2")]
    assert broken(ended, sold("2", "business", 10, "addition", **AUGUST)) == [("T8", "2")]
    assert broken(running, sold("2", "business", 10, **NEXT)) == []


@pytest.mark.parametrize("menu", ["enterprise-essentials", "enterprise-named-host"])
def test_t8_the_base_that_an_upgrade_replaces_ends_on_the_day_before(menu):
    upgrade = sold("2", menu, 59, "addition", **AUGUST)

    assert broken(sold("1", "business", 49), upgrade) == [("T8", "2")]
    assert broken(sold("1", "business", 49, last="2021-07-31"), upgrade) == []


def test_t8_an_item_without_a_greatest_number_may_run_on_beside_a_higher_one():
    teachers = sold("2", "education-enterprise", 20, "addition", **AUGUST)

    assert broken(sold("1", "education-campus", 200), teachers) == []


@pytest.mark.parametrize(("old", "rule"), [("business", "B3"), ("education-campus", "B3"), ("pro", None)])
def test_b3_pro_bought_anew_after_a_higher_base_licence_is_for_a_person(old, rule):
    found = broken(sold("1", old, 20), sold("2", "pro", 5, **NEXT | {"order": "new"}))

    assert [each for each in found if each[1] == "2"] == ([(rule, "2")] if rule else [])


# B4, B5: storage is a ladder (books 07, 19)

STEPS = ("storage-200gb", "storage-1tb", "storage-5tb")


@pytest.mark.parametrize("new", STEPS)
@pytest.mark.parametrize("old", STEPS)
def test_b5_any_step_of_storage_continues_any_other_while_the_window_is_open(old, new):
    lines = [BASE, sold("2", old, 1), sold("3", "business", 40, **NEXT), sold("4", new, 1, **NEXT)]

    assert broken(*lines) == []


@pytest.mark.parametrize(("old", "new"), [(STEPS[1], STEPS[0]), (STEPS[2], STEPS[1]), (STEPS[2], STEPS[0])])
def test_b4_storage_is_not_cut_after_the_closing_day(old, new):
    late = NEXT | {"ordered": "2021-12-03"}
    lines = [BASE, sold("2", old, 1), sold("3", "business", 40, **NEXT)]

    assert broken(*lines, sold("4", new, 1, **late)) == [("B4", "4")]
    assert broken(*lines, sold("4", new, 1, **late | {"ordered": "2021-12-02"})) == []
    assert broken(*lines, sold("4", old, 1, **late)) == []


@pytest.mark.parametrize("step", STEPS)
def test_b5_two_of_one_step_of_storage_do_not_add_up(step):
    assert broken(BASE, sold("2", step, 1), sold("3", step, 1, "addition", **AUGUST)) == [("B5", "3")]
    assert broken(BASE, sold("2", step, 1), sold("3", step, 1)) == [("B5", "3")]
    assert broken(BASE, sold("2", step, 2)) == [("B5", "2")]


def test_b5_the_lower_step_of_storage_ends_where_the_next_takes_its_place():
    upgrade = sold("3", "storage-1tb", 1, "addition", **AUGUST)

    assert broken(BASE, sold("2", "storage-200gb", 1), upgrade) == [("B5", "3")]
    assert broken(BASE, sold("2", "storage-200gb", 1, last="2021-07-31"), upgrade) == []


def test_b5_an_item_of_the_family_that_is_no_step_of_the_ladder_may_run_on_beside_one():
    plain = replace(CATALOGUE["storage-200gb"], code="storage-plain", rank=0)

    assert broken(BASE, replace(sold("2", "storage-1tb", 1), menu=plain), sold("3", "storage-1tb", 1, **AUGUST)) == []


@pytest.mark.parametrize("step", STEPS)
def test_b5_storage_is_not_sold_beside_pro(step):
    assert broken(sold("1", "pro", 5), sold("2", step, 1)) == [("B5", "2")]
    assert ("B5", "2") in broken(sold("1", "pro", 5), sold("2", step, 1, "addition", **AUGUST))
    assert ("B5", "2") in broken(sold("1", "pro", 5, "addition", **AUGUST), sold("2", step, 1))
    assert broken(sold("1", "education-campus", 20), sold("2", step, 1)) == []


# B1: a continuation ordered before its window (book 19)


@pytest.mark.parametrize("menu", ["business", "rooms", "storage-1tb"])
def test_b1_a_continuation_can_be_ordered_from_the_first_day_of_the_sixth_month_before(menu):
    lines = [BASE, sold("2", "business", 40, **NEXT), sold("3", menu, 1), sold("4", menu, 1, **NEXT)]
    early, in_time = (sold("4", menu, 1, **NEXT | {"ordered": day}) for day in ("2021-06-30", "2021-07-01"))

    assert ("B1", "4") in broken(*lines[:3], early)
    assert ("B1", "4") not in broken(*lines[:3], in_time)


# T6: tickets (books 08, 19)


def test_t6_tickets_are_valid_for_twelve_months_at_most():
    base = sold("1", "business", 40, last="2023-01-31")

    assert broken(base, sold("2", "events-per-attendee", 600, last="2022-01-31")) == []
    assert broken(base, sold("2", "events-per-attendee", 600, last="2022-02-28")) == [("T6", "2")]


def test_t6_tickets_that_lapse_with_the_base_licence_are_flagged_with_their_number_and_day():
    tickets = sold("2", "events-per-attendee", 600, "addition", **AUGUST | {"last": "2022-07-31"})

    (flag,) = flags(Contract("K-0001", ACCOUNT, (BASE, tickets)))

    assert (flag.rule, flag.code) == ("T6", "flag.lapses-with-base")
    assert (flag.values["seats"], flag.values["day"]) == (600, date(2022, 2, 1))


def test_the_five_flags_that_were_missing_in_one_book():
    """Book 19."""
    lines = [
        sold("1", "pro", 5, first="2026-04-01", last="2027-03-31", ordered="2026-03-10"),
        sold("2", "events-per-attendee", 100, first="2026-04-01", last="2028-03-31", ordered="2026-03-10"),
        sold("3", "storage-200gb", 2, first="2026-04-01", last="2027-03-31", ordered="2026-03-10"),
        sold("4", "business", 5, "addition", first="2026-06-01", last="2027-03-31", ordered="2026-05-10"),
        sold("5", "pro", 5, "continuation", first="2027-04-01", last="2028-03-31", ordered="2026-04-10"),
    ]

    assert {("T8", "4"), ("limits", "2"), ("T6", "2"), ("B5", "3"), ("B1", "5")} <= set(broken(*lines))
    assert [code for code in codes(*lines) if "storage" in code or "beside" in code] == ["flag.not-beside"]


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
        "CASE-PAY-PER-ATTENDEE": ["T6"],  # the tickets outlive a base licence that is not continued yet
    }


def test_t1_an_option_beside_a_base_licence_that_starts_wrongly_starts_wrongly_too():
    late = {"first": "2021-02-05"}

    assert broken(sold("1", "business", 40, **late), sold("2", "rooms", 1, **late)) == [("T1", "1"), ("T1", "2")]


def test_t3_where_there_is_a_base_licence_the_end_of_an_option_is_no_end_of_the_contract():
    lines = [BASE, sold("2", "rooms", 1, last="2022-03-31"), sold("3", "rooms", 1, "addition", last="2022-03-31")]

    assert ("T3", "3") in broken(*lines)


def test_t7_an_option_whose_base_licence_ends_a_single_day_before_it_is_flagged():
    assert ("T7", "2") in broken(sold("1", "business", 40, last="2022-01-30"), sold("2", "rooms", 1))


def test_t8_of_several_lower_lines_the_first_is_named():
    business, higher = sold("2", "business", 5), sold("3", "enterprise-essentials", 59, "addition", **AUGUST)
    waiting = replace(business, menu=replace(business.menu, upgrade_at_renewal=True))

    def told(*lines):
        return next(flag.values for flag in flags(Contract("K-0001", ACCOUNT, lines)) if flag.rule == "T8")

    assert told(BASE, business, higher) == {"old": "business", "line": "1", "day": date(2021, 7, 31)}
    assert told(sold("1", "pro", 5), waiting, higher)["old"] == "pro"
