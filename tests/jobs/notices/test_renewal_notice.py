"""N1: 5 and 4 months before the end month, until the customer decides or the window closes. Term end: 2022-01-31."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calendar import Month
from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from contracts.rules.terms import closing_day, term_of
from jobs.notices.renewal_notice import RenewalRules, decisions, due_day
from tests.contracts.values import BUSINESS, PAY_PER_ATTENDEE, PRO, REGISTRATION, ROOMS, a_continuation, a_line, month
from tests.jobs.builders import JAPAN, a_mailable_contract, on, silence, told

RULES = RenewalRules()
CATALOGUE = shipped_catalogue()
FIRST, SECOND = "2022-01/5m", "2022-01/4m"


def decided(contract, at, rules=RULES):
    return told(decisions(contract, rules, at))


def test_the_first_notice_is_due_on_the_first_business_day_five_months_before_the_end_month():
    assert decided(a_mailable_contract(a_line()), on(date(2021, 8, 2))) == [(FIRST, "send", "due")]


def test_the_second_notice_is_due_four_months_before_the_end_month():
    at = on(date(2021, 9, 1), ("renewal-notice", FIRST))

    assert decided(a_mailable_contract(a_line()), at) == [(FIRST, "skip", "already-sent"), (SECOND, "send", "due")]


def test_on_the_day_before_the_first_notice_there_is_nothing_to_say():
    found = list(decisions(a_mailable_contract(a_line()), RULES, on(date(2021, 8, 1))))

    assert silence(found) == ["not-due", "not-due"]


@pytest.mark.parametrize(
    ("term_end", "first_month", "second_month"),
    [
        (date(2022, 1, 31), "2021-08", "2021-09"),
        (date(2024, 2, 29), "2023-09", "2023-10"),
        (date(2027, 2, 28), "2026-09", "2026-10"),
    ],
)
def test_the_notice_months_of_the_worked_cases(term_end, first_month, second_month):
    months = [str(Month.of(due_day(term_end, before, RULES, JAPAN))) for before in (5, 4)]

    assert months == [first_month, second_month]


@pytest.mark.parametrize("end_month", [Month(2024, 1).plus(index) for index in range(17 * 12)], ids=str)
def test_every_due_day_lies_in_its_month_is_a_business_day_and_not_past_the_closing_day(end_month):
    for months in RULES.months_before:
        day = due_day(end_month.last_day, months, RULES, JAPAN)

        assert Month.of(day).plus(months) == end_month
        assert JAPAN.is_business_day(day)
        assert day <= closing_day(end_month.last_day)  # B1


@given(st.integers(1, 31), st.integers(2, 24), st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_a_configured_day_of_the_month_never_leaves_its_month_nor_passes_the_closing_day(day, months, any_day):
    term_end = Month.of(any_day).last_day

    due_on = due_day(term_end, months, RenewalRules(day=day or "first-business-day"), JAPAN)

    assert Month.of(due_on).plus(months) == Month.of(term_end)
    assert due_on <= closing_day(term_end)


@pytest.mark.parametrize(
    ("day", "due_on"),
    [
        (1, date(2021, 8, 2)),  # a Sunday
        (3, date(2021, 8, 3)),
        (15, date(2021, 8, 16)),  # a Sunday
        (20, date(2021, 8, 20)),
        (31, date(2021, 8, 31)),
    ],
)
def test_the_day_of_the_month_is_configuration(day, due_on):
    """N1: the guide names a month only."""
    rules = RenewalRules(day=day)

    assert due_day(date(2022, 1, 31), 5, rules, JAPAN) == due_on
    assert decided(a_mailable_contract(a_line()), on(due_on), rules) == [(FIRST, "send", "due")]
    assert silence(list(decisions(a_mailable_contract(a_line()), rules, on(due_on - timedelta(days=1))))) == [
        "not-due",
        "not-due",
    ]


def test_a_missed_first_notice_goes_out_late_while_it_is_the_latest():
    assert decided(a_mailable_contract(a_line()), on(date(2021, 8, 20))) == [(FIRST, "send", "late")]


def test_a_line_first_known_between_the_second_notice_and_the_closing_day_gets_one_notice_the_latest():
    found = decided(a_mailable_contract(a_line()), on(date(2021, 10, 20)))

    assert found == [(FIRST, "skip", "superseded"), (SECOND, "send", "late")]


def test_a_notice_can_still_go_out_on_the_closing_day():  # B1: "that day included"
    assert decided(a_mailable_contract(a_line()), on(date(2021, 12, 2)))[-1] == (SECOND, "send", "late")


def test_the_day_after_the_closing_day_is_too_late_for_any_notice():
    found = decided(a_mailable_contract(a_line()), on(date(2021, 12, 3)))

    assert found == [(FIRST, "skip", "window-closed"), (SECOND, "skip", "window-closed")]


def test_a_continuation_ordered_but_not_registered_ends_the_notices():
    contract = a_mailable_contract(a_line(), a_continuation(ordered_on=date(2021, 8, 20)))

    found = decided(contract, on(date(2021, 9, 1), ("renewal-notice", FIRST)))

    assert found == [(FIRST, "skip", "already-sent"), (SECOND, "skip", "continued")]


def test_a_continuation_of_part_of_the_seats_ends_the_notices_too():
    contract = a_mailable_contract(a_line(seats=49), a_continuation(seats=30, ordered_on=date(2021, 8, 1)))

    assert decided(contract, on(date(2021, 8, 2))) == [(FIRST, "skip", "continued")]


def test_a_continuation_ordered_later_does_not_count_yet():
    contract = a_mailable_contract(a_line(), a_continuation(ordered_on=date(2021, 9, 2)))

    assert (SECOND, "send", "due") in decided(contract, on(date(2021, 9, 1)))


def test_an_option_beside_a_continued_base_is_still_reminded():
    base, option = a_line("1"), a_line("2", ROOMS, 3)
    contract = a_mailable_contract(base, option, a_continuation(ordered_on=date(2021, 8, 1)))

    found = [(d.line, d.reason.value) for d in decisions(contract, RULES, on(date(2021, 8, 2))) if d.occasion == FIRST]

    assert found == [("1", "continued"), ("2", "due")]


def test_a_higher_base_license_continues_a_lower_one():  # B3, N5: all base licences are one family
    contract = a_mailable_contract(a_line(menu=PRO), a_continuation(menu=BUSINESS))

    assert decided(contract, on(date(2021, 8, 2))) == [(FIRST, "skip", "continued")]


# T8, B3, B5: what takes up on the next day (books 07, 11 and 15)


@pytest.mark.parametrize("order", list(OrderKind))
@pytest.mark.parametrize(
    ("old", "new"), [("business", "enterprise-essentials"), ("storage-200gb", "storage-1tb"), ("rooms", "rooms")]
)
def test_t8_what_goes_on_the_next_day_under_any_order_is_not_reminded(old, new, order):
    contract = a_mailable_contract(
        a_line(menu=CATALOGUE[old], seats=1),
        a_continuation(menu=CATALOGUE[new], seats=1, order=order, ordered_on=date(2021, 8, 1)),
    )

    assert decided(contract, on(date(2021, 8, 2))) == [(FIRST, "skip", "continued")]


@pytest.mark.parametrize("menu", ["business", "education-campus", "enterprise-essentials"])
def test_b3_an_owner_who_bought_pro_anew_is_not_asked_to_continue(menu):
    pro = a_continuation(menu=PRO, seats=5, order=OrderKind.NEW, ordered_on=date(2021, 8, 1))

    assert decided(a_mailable_contract(a_line(menu=CATALOGUE[menu]), pro), on(date(2021, 8, 2))) == [
        (FIRST, "skip", "bought-anew")
    ]


# T6: tickets and the base licence (book 08)

TICKETS = a_line("2", PAY_PER_ATTENDEE, 600, term=Term(date(2021, 8, 1), date(2022, 7, 31)))


def of_tickets(as_of, *more):
    contract = a_mailable_contract(a_line("1"), TICKETS, *more)
    return next((d.action, d.reason) for d in decisions(contract, RULES, on(as_of)) if d.line == "2")


def test_t6_tickets_are_not_to_be_renewed_once_their_base_licence_has_ended():
    assert of_tickets(date(2022, 1, 31)) == ("none", "not-due")
    assert of_tickets(date(2022, 2, 1)) == ("none", "term-over")
    assert of_tickets(date(2022, 3, 1)) == ("none", "term-over")


def test_t6_tickets_are_not_to_be_renewed_once_it_is_certain_that_their_base_licence_ends():
    late_months = RenewalRules(months_before=(7,))
    contract = a_mailable_contract(a_line("1"), TICKETS)

    (found,) = (d for d in decisions(contract, late_months, on(date(2022, 1, 4))) if d.line == "2")

    assert (found.action, found.reason) == ("skip", "lapses")
    assert [dict(check.values) for check in found.checks if check.code == "lapses-with-base"] == [
        {"day": date(2022, 1, 31)}
    ]


def test_t6_tickets_whose_base_licence_goes_on_are_reminded():
    assert of_tickets(date(2022, 2, 1), a_continuation("3")) == ("send", "due")


def test_a_customer_who_declined_is_not_reminded():
    contract = a_mailable_contract(a_line(declined_on=date(2021, 8, 1)))

    assert decided(contract, on(date(2021, 8, 2))) == [(FIRST, "skip", "declined")]


def test_what_a_customer_will_say_on_a_later_day_does_not_count_yet():
    contract = a_mailable_contract(a_line(declined_on=date(2021, 8, 3)))

    assert decided(contract, on(date(2021, 8, 2))) == [(FIRST, "send", "due")]


def test_what_was_due_before_the_baseline_is_another_systems_business():
    at = on(date(2021, 9, 1), baseline=date(2021, 9, 1))

    assert decided(a_mailable_contract(a_line()), at) == [(FIRST, "skip", "before-baseline"), (SECOND, "send", "due")]


def test_registration_has_no_term_and_no_notice_of_expiry():
    found = list(decisions(a_mailable_contract(a_line(menu=REGISTRATION, term=None)), RULES, on(date(2021, 8, 2))))

    assert silence(found) == ["not-its-kind"]


def test_a_line_whose_term_is_over_is_not_looked_at():
    found = list(decisions(a_mailable_contract(a_line()), RULES, on(date(2022, 2, 1))))

    assert silence(found) == ["term-over"]


def test_a_moved_term_end_is_a_new_occasion():
    moved = a_line(term=Term(date(2021, 2, 1), date(2022, 2, 28)))

    assert [occasion for occasion, *_ in decided(a_mailable_contract(moved), on(date(2021, 9, 1)))] == ["2022-02/5m"]


def test_the_months_are_configuration():  # N1: the guide warns that the timing may change
    rules = RenewalRules(months_before=(6, 3))

    assert decided(a_mailable_contract(a_line()), on(date(2021, 10, 1)), rules) == [
        ("2022-01/6m", "skip", "superseded"),
        ("2022-01/3m", "send", "due"),
    ]


def test_a_decision_carries_its_due_day_its_last_day_and_its_recipients():
    contract = a_mailable_contract(
        a_line(), administrator_emails=("admin@example.co.jp",), partner_email="sales@example.com"
    )
    rules = RenewalRules(copy_to=("administrators", "partner"))

    decision = list(decisions(contract, rules, on(date(2021, 9, 1))))[-1]

    assert (decision.due_on, decision.not_after) == (date(2021, 9, 1), date(2021, 12, 2))
    assert decision.to == ("owner@example.co.jp",)  # P1
    assert decision.cc == ("admin@example.co.jp", "sales@example.com")  # P2


def test_a_copy_to_an_address_that_is_gone_is_left_out():
    contract = a_mailable_contract(a_line(), administrator_emails=("gone@example.co.jp", "admin@example.co.jp"))
    rules = RenewalRules(copy_to=("administrators",))
    at = replace(on(date(2021, 9, 1)), bounced=frozenset({"gone@example.co.jp"}))

    decision = list(decisions(contract, rules, at))[-1]

    assert (decision.to, decision.cc) == (("owner@example.co.jp",), ("admin@example.co.jp",))


@given(st.dates(date(2023, 1, 1), date(2040, 12, 31)), st.sampled_from([6, 12, 24]))
def test_on_every_day_of_a_lines_life_at_most_one_notice_is_to_be_sent(as_of, months):
    line = a_line(term=term_of(month("2023-02").first_day, months * 9))

    assert sum(action == "send" for _, action, _ in decided(a_mailable_contract(line), on(as_of))) <= 1


@pytest.mark.parametrize(
    ("as_of", "reasons"), [(date(2022, 1, 31), {"window-closed"}), (date(2022, 2, 1), {"term-over"})]
)
def test_b2_the_term_is_over_on_the_day_after_its_last_one(as_of, reasons):
    found = decisions(a_mailable_contract(a_line()), RULES, on(as_of))

    assert {str(decision.reason) for decision in found} - {"superseded"} == reasons


@pytest.mark.parametrize(("rules", "code"), [(RULES, "first-business-day"), (RenewalRules(day=15), "day-of-month")])
def test_n1_the_reason_of_the_due_day_is_said_as_it_is_configured(rules, code):
    first, *_ = decisions(a_mailable_contract(a_line()), rules, on(date(2021, 8, 20)))

    assert first.checks[0].code == code
    assert all(check.passed for check in first.checks)  # the notice goes
