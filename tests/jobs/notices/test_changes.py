"""What letters say of several lines they say of each: seats by family and menu item, never added up (N4, N5, N7)."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from tests.jobs.notices.situations import a_book, letters

EXTENSION, RELEASE = extension_confirmation.NOTICE, license_release.NOTICE
STORAGE = "Zoom クラウド録画容量拡張 "
GROUPED = {"group_by": "contract"}
YEAR = "2026-01-01 12 2025-12-10 2025-12-15"
NEXT = "2027-01-01 12 2026-08-10 2026-08-20"


def said(data, *names):
    return [tuple(each[name] for name in names) for each in data["changes"]]


def only(found):
    ((_, data),) = found
    return data


# Lines of several families in one letter (books 01, 02 and 03)


@pytest.mark.parametrize(
    ("language", "names"),
    [("ja", ("Zoom Workplace ビジネス", "Zoom ウェビナー")), ("en", ("Zoom Workplace Business", "Zoom Webinars"))],
)
def test_a_cut_and_an_addition_in_one_letter_are_said_of_each_family(language, names):
    """Book 01: 20 Business + 1 Webinar become 10 + 11, and are not 21 as before."""
    book = a_book(
        f"business new 20 {YEAR}", f"webinar new 1 {YEAR}",
        f"business continuation 10 {NEXT}", f"webinar continuation 11 {NEXT}", language=language,
    )  # fmt: skip

    data = only(letters(EXTENSION, book, "2026-08-20", **GROUPED))

    assert said(data, "menu_before", "seats_before", "menu_after", "seats_after", "released", "added") == [
        (names[0], 20, names[0], 10, 10, 0),
        (names[1], 1, names[1], 11, 0, 10),
    ]


@pytest.mark.parametrize(("webinars", "is_mixed"), [(11, True), (1, False)])
@pytest.mark.parametrize("rules", [{}, GROUPED], ids=["by line", "grouped"])
def test_n6_the_letter_of_an_addition_knows_that_the_renewal_cuts_as_well(rules, webinars, is_mixed):
    """G2(3): what is added waits for the cut, which another letter may tell."""
    book = a_book(
        f"business new 20 {YEAR}", f"webinar new 1 {YEAR}",
        f"business continuation 10 {NEXT}", f"webinar continuation {webinars} {NEXT}",
    )  # fmt: skip

    assert {data["is_mixed"] for _, data in letters(EXTENSION, book, "2026-08-20", **rules)} == {is_mixed}


@pytest.mark.parametrize("options", [("webinar",), ("rooms", "large-meeting", "scheduler")])
def test_licences_to_release_are_said_of_each_family(options):
    """Book 02: 19 Business and 2 Webinar, not 21 Business."""
    rows = [f"business new 49 {YEAR}", f"business continuation 30 {NEXT}"]
    rows += [
        f"{option} {order} {seats}"
        for option in options
        for order, seats in (("new", f"3 {YEAR}"), ("continuation", f"1 {NEXT}"))
    ]

    data = only(letters(RELEASE, a_book(*rows), "2026-12-01", **GROUPED))

    assert said(data, "family", "released") == [("base", 19), *((option, 2) for option in options)]


@pytest.mark.parametrize("menu", ["enterprise-essentials", "enterprise-named-host"])
@pytest.mark.parametrize("notice", [EXTENSION, RELEASE], ids=lambda notice: notice.name)
def test_a_fall_below_the_minimum_is_said_whichever_line_comes_first(notice, menu):
    """Book 03, N7."""
    book = a_book(
        f"webinar new 2 {YEAR}", f"{menu} new 60 {YEAR}",
        f"webinar continuation 1 {NEXT}", f"{menu} continuation 45 {NEXT}",
    )  # fmt: skip
    day = "2026-08-20" if notice is EXTENSION else "2026-12-01"

    data = only(letters(notice, book, day, **GROUPED))

    falls = {each["family"]: each["falls_to"] and each["falls_to"]["seats"] for each in data["changes"]}
    assert falls == {"webinar": None, "base": 45}


def test_the_items_of_one_family_are_named_each():
    book = a_book(f"business new 20 {YEAR}", f"pro new 5 {YEAR}", f"enterprise-essentials continuation 50 {NEXT}")

    (change,) = only(letters(EXTENSION, book, "2026-08-20"))["changes"]

    assert [item["seats"] for item in change["before"]] == [20, 5]
    assert (change["menu_before"], change["seats_before"]) == ("Zoom Workplace ビジネス", 25)
    assert (change["menu_after"], change["added"]) == ("Zoom Workplace エンタープライズ Essentials", 25)


# Several lines of one family (book 14)


@pytest.mark.parametrize("menu", ["business", "webinar"])
@pytest.mark.parametrize("rules", [{}, GROUPED], ids=["by line", "grouped"])
def test_two_continuations_of_one_family_are_told_as_one_change(menu, rules):
    """Book 14, N4."""
    book = a_book(
        f"business new 49 {YEAR}", f"{menu} new 49 {YEAR}",
        f"{menu} continuation 30 {NEXT}", f"{menu} continuation 10 {NEXT}",
    )  # fmt: skip
    if menu == "business":
        book = a_book(f"business new 49 {YEAR}", *(f"business continuation {seats} {NEXT}" for seats in (30, 10)))

    ((decisions, data),) = letters(EXTENSION, book, "2026-08-20", **rules)

    assert len(decisions) == 2
    assert said(data, "family", "seats_before", "seats_after", "released") == [(book.lines[-1].family, 49, 40, 9)]


def test_continuations_of_two_families_are_two_letters_where_they_are_told_by_line():
    book = a_book(
        f"business new 20 {YEAR}", f"webinar new 1 {YEAR}",
        f"business continuation 20 {NEXT}", f"webinar continuation 1 {NEXT}",
    )  # fmt: skip

    assert [len(data["changes"]) for _, data in letters(EXTENSION, book, "2026-08-20")] == [1, 1]


# What is assigned to nobody (books 07 to 10)


@pytest.mark.parametrize(("old", "new"), [("200gb", "1tb"), ("200gb", "5tb"), ("1tb", "5tb")])
def test_a_higher_step_of_storage_is_an_extension_of_the_lower_one(old, new):
    """Book 07, B5: not "stays at 0"."""
    book = a_book(
        f"business new 20 {YEAR}", f"storage-{old} new 1 {YEAR}",
        f"business continuation 20 {NEXT}", f"storage-{new} continuation 1 2027-01-01 12 2026-07-20 2026-07-25",
    )  # fmt: skip

    data = only(letters(EXTENSION, book, "2026-07-25"))

    assert said(data, "what", "seats_before", "seats_after", "released", "added") == [("storage", 1, 1, 0, 0)]
    assert said(data, "menu_before", "menu_after") == [(STORAGE + old.upper(), STORAGE + new.upper())]


def test_storage_that_goes_releases_no_licence():
    """Book 10, D(13): recordings are deleted or moved in time."""
    book = a_book(
        f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"business continuation 20 {NEXT}",
        line2={"declined_on": date(2026, 9, 1)},
    )  # fmt: skip

    data = only(letters(RELEASE, book, "2026-12-01"))

    assert said(data, "what", "menu_after", "released") == [("storage", None, 0)]


def test_storage_that_goes_down_says_what_is_left():
    book = a_book(
        f"business new 20 {YEAR}", f"storage-5tb new 1 {YEAR}",
        f"business continuation 20 {NEXT}", f"storage-200gb continuation 1 {NEXT}",
    )  # fmt: skip

    (change,) = only(letters(RELEASE, book, "2026-12-01"))["changes"]

    assert (change["menu_before"][-3:], change["menu_after"][-5:], change["released"]) == ("5TB", "200GB", 0)


def test_t6_tickets_that_start_on_the_last_day_of_the_base_licence_lapse_with_it():
    book = a_book(f"business new 20 {YEAR}", "events-per-attendee new 600 2026-12-31 12")

    data = only(letters(RELEASE, book, "2026-12-01"))

    assert said(data, "what", "seats_before", "menu_after") == [("tickets", 600, None)]


def test_t6_tickets_that_end_with_the_base_licence_and_those_that_would_outlive_it_lapse_together():
    ending, outliving = f"events-per-attendee new 600 {YEAR}", "events-per-attendee addition 700 2026-07-01 12"
    book = a_book(f"business new 20 {YEAR}", ending, outliving)

    assert said(only(letters(RELEASE, book, "2026-12-01")), "seats_before", "seats_after") == [(1300, 0)]


def test_a_letter_about_nothing_to_release_asks_for_what_its_first_line_loses():
    book = a_book(
        f"business new 20 {YEAR}", f"storage-1tb new 1 {YEAR}", f"events-per-attendee new 600 {YEAR}",
        f"business continuation 20 {NEXT}", line2={"declined_on": date(2026, 9, 1)},
    )  # fmt: skip

    data = only(letters(RELEASE, book, "2026-12-01", **GROUPED))

    assert (data["asks_for"], [change["what"] for change in data["changes"]]) == ("storage", ["storage", "tickets"])


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("goes_on", [True, False], ids=["the base goes on", "the base ends"])
def test_of_tickets_it_is_said_how_many_lapse_and_when(goes_on, lines):
    """Books 08 and 09, T6."""
    tickets = "events-per-attendee new 600 " + (YEAR if goes_on else "2026-07-01 12")
    book = a_book(f"business new 20 {YEAR}", *[tickets] * lines, *[f"business continuation 20 {NEXT}"] * goes_on)

    data = only(letters(RELEASE, book, "2026-12-01"))

    assert data["term_end"] == date(2026, 12, 31)
    assert said(data, "what", "seats_before", "menu_after", "released") == [("tickets", 600 * lines, None, 0)]


def test_the_renewal_notice_of_a_base_licence_says_which_tickets_lapse_without_it():
    """T6: before the base's end the owner is told."""
    book = a_book(f"business new 20 {YEAR}", f"webinar new 1 {YEAR}", "events-per-attendee addition 600 2026-07-01 12")

    found = [data["tickets_lapse"] for _, data in letters(renewal_notice.NOTICE, book, "2026-08-03")]

    assert found == [[{"menu": "Zoom Events/Webinar Plus (Pay Per Attendee)", "seats": 600}], []]


# What an owner who decides has to know of the item (books 13 and 18)


@pytest.mark.parametrize(
    ("menu", "minimum"),
    [("enterprise-essentials", 50), ("enterprise-named-host", 50), ("business", None), ("education-enterprise", None)],
)
def test_n7_the_renewal_notice_says_below_how_many_seats_the_item_becomes_another(menu, minimum):
    data = only(letters(renewal_notice.NOTICE, a_book(f"{menu} new 60 {YEAR}"), "2026-08-03"))

    assert (data["minimum"] and data["minimum"]["minimum"]) == minimum
    if minimum:
        assert data["minimum"]["to_menu"] == "Zoom Workplace ビジネス"


@pytest.mark.parametrize(
    ("menu", "is_named"), [("enterprise-named-host", True), ("education", True), ("business", False), ("rooms", False)]
)
def test_an_item_that_is_not_sold_anew_is_named_where_its_renewal_is_asked_for(menu, is_named):
    """Book 13, D(13): no new orders since 2024-12-07."""
    data = only(letters(renewal_notice.NOTICE, a_book(f"{menu} new 60 {YEAR}"), "2026-08-03"))

    assert data["not_sold_anew"] == [data["items"][0]["menu"]] * is_named


@pytest.mark.parametrize(("day", "is_named"), [("2024-12-06", False), ("2024-12-07", True)])
def test_d13_an_item_is_named_from_the_day_on_from_which_it_is_not_sold_anew(day, is_named):
    data = only(letters(renewal_notice.NOTICE, a_book("education new 60 2024-05-01 12"), day))

    assert bool(data["not_sold_anew"]) is is_named


# A change in mid-term (book 11)


@pytest.mark.parametrize("menu", ["enterprise-essentials", "enterprise-named-host"])
def test_t8_the_start_letter_of_an_upgrade_says_what_it_takes_the_place_of(menu):
    """G2(2): 59 Enterprise in the place of 49 Business."""
    book = a_book("business new 49 2026-02-01 6", f"{menu} addition 59 2026-08-01 6 2026-04-01 2026-07-25")

    (replaced,) = only(letters(service_start.NOTICE, book, "2026-07-25"))["replaces"]

    assert (replaced["menu_before"], replaced["seats_before"]) == ("Zoom Workplace ビジネス", 49)
    assert (replaced["seats_after"], replaced["added"], replaced["released"]) == (59, 10, 0)


def test_b5_the_start_letter_of_a_next_step_of_storage_says_what_it_takes_the_place_of():
    """D(13) ②: an overage order, from the first of the month after next."""
    book = a_book(
        f"business new 20 {YEAR}", "storage-200gb new 1 2026-01-01 7",
        "storage-1tb addition 1 2026-08-01 5 2026-06-20 2026-07-25",
    )  # fmt: skip

    (replaced,) = only(letters(service_start.NOTICE, book, "2026-07-25"))["replaces"]

    assert (replaced["what"], replaced["menu_before"][-5:], replaced["menu_after"][-3:]) == ("storage", "200GB", "1TB")


@pytest.mark.parametrize(
    "more", ["business addition 5 2026-08-01 5 2026-07-01 2026-07-25", "rooms new 1 2026-08-01 5 2026-07-01 2026-07-25"]
)
def test_t8_what_stands_beside_others_takes_the_place_of_nothing(more):
    assert (
        only(letters(service_start.NOTICE, a_book("business new 20 2026-01-01 12", more), "2026-07-25"))["replaces"]
        == []
    )


def test_t8_pro_bought_anew_takes_the_place_of_nothing():
    """Book 15, B3."""
    book = a_book("business new 20 2025-10-01 12", "pro new 5 2026-10-01 12 2026-04-10 2026-09-15")

    assert only(letters(service_start.NOTICE, book, "2026-09-15"))["replaces"] == []


# Storage beside what ends without an order (book 16)


@pytest.mark.parametrize(
    ("rows", "others", "further"),
    [
        (("business", "storage-1tb", "business"), ["Zoom Workplace ビジネス"], 1),
        (("storage-1tb",), [], 0),
        (("business", "webinar"), [], 1),
        (("business", "business"), [], 0),
    ],
)
def test_b4_what_ends_without_an_order_is_named_only_beside_storage_which_runs_on(rows, others, further):
    data = only(
        letters(renewal_notice.NOTICE, a_book(*(f"{menu} new 20 {YEAR}" for menu in rows)), "2026-08-03", **GROUPED)
    )

    assert (data["beside_storage"], data["other_menus"]) == (others, further)


# An option that waits for its base licence (book 17)


@pytest.mark.parametrize(("start", "base_start"), [("2027-01-01", date(2027, 1, 7)), ("2027-01-07", None)])
def test_t7_the_start_letter_of_an_option_says_when_its_base_licence_starts(start, base_start):
    days = "12 2026-12-10 2026-12-15"
    book = a_book(f"pro new 3 2027-01-07 {days}", f"rooms new 1 {start} {days}")

    found = [data["base_start"] for _, data in letters(service_start.NOTICE, book, "2026-12-15")]

    assert found == [None, base_start]


# The closing day on a day on which nobody works (book 12)


@pytest.mark.parametrize(
    ("start", "day", "closing_day", "reaches_by"),
    [
        ("2026-03-01", "2026-10-01", date(2026, 12, 30), date(2026, 12, 28)),  # the company is closed from the 29th
        ("2026-01-01", "2026-08-03", date(2026, 11, 1), date(2026, 10, 30)),  # a Sunday
        ("2026-06-01", "2026-12-01", date(2027, 4, 1), None),
        ("2026-07-01", "2027-01-04", date(2027, 5, 1), date(2027, 4, 30)),  # a Saturday
        ("2026-04-01", "2026-10-01", date(2027, 1, 30), date(2027, 1, 29)),
        ("2026-12-01", "2027-06-01", date(2027, 10, 1), None),
    ],
)
def test_b1_where_nobody_works_on_the_closing_day_the_last_office_day_before_it_is_named(
    start, day, closing_day, reaches_by
):
    found = only(letters(renewal_notice.NOTICE, a_book(f"business new 20 {start} 12"), day))

    assert (found["closing_day"], found["reaches_by"]) == (closing_day, reaches_by)
