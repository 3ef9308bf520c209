"""N5–N7: licences that end without continuing must be released by the term end, 2022-01-31."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from jobs.notices.decision import Action
from jobs.notices.license_release import ReleaseRules, decisions, due_day
from tests.contracts.values import (
    ENTERPRISE,
    PAY_PER_ATTENDEE,
    PRO,
    ROOMS,
    STORAGE,
    TERM_END,
    WEBINAR,
    a_continuation,
    a_line,
)
from tests.jobs.builders import JAPAN, a_mailable_contract, on, silence, told

RULES = ReleaseRules()
STEPS = [shipped_catalogue()[code] for code in ("storage-200gb", "storage-1tb", "storage-5tb")]
ORDERED = date(2021, 10, 1)
THIRTY, SEVEN, ONE = "2022-01-31/30d", "2022-01-31/7d", "2022-01-31/1d"


def decided(contract, at, rules=RULES):
    return told(decisions(contract, rules, at))


def by_line(contract, at):
    return [(d.line, d.occasion, d.reason.value) for d in decisions(contract, RULES, at) if d.action is not Action.NONE]


def a_partial_renewal(**changes):
    return a_mailable_contract(a_line(seats=49, **changes), a_continuation(seats=30, ordered_on=ORDERED))


def test_a_partial_renewal_is_reminded_thirty_days_before_the_term_end():
    # 2022-01-01 is a holiday, and the office is closed from 29 December: the reminder moves to the 28th
    assert due_day(TERM_END, 30, JAPAN) == date(2021, 12, 28)
    assert decided(a_partial_renewal(), on(date(2021, 12, 28))) == [(THIRTY, "send", "due")]


def test_it_is_reminded_again_seven_days_and_one_day_before():
    sent_before = ("license-release", THIRTY), ("license-release", SEVEN)

    assert due_day(TERM_END, 7, JAPAN) == date(2022, 1, 24)
    assert due_day(TERM_END, 1, JAPAN) == date(2022, 1, 28)  # the 30th is a Sunday: the Friday before
    assert decided(a_partial_renewal(), on(date(2022, 1, 28), *sent_before))[-1] == (ONE, "send", "due")


def test_a_recorded_release_ends_the_reminders():
    contract = a_partial_renewal(released_on=date(2022, 1, 10))

    assert {reason for *_, reason in decided(contract, on(date(2022, 1, 24)))} == {"released"}


def test_a_release_recorded_on_any_ending_line_speaks_for_the_family():
    contract = a_mailable_contract(
        a_line("1", seats=40),
        a_line("2", seats=9, released_on=date(2022, 1, 10)),
        a_continuation(seats=30, ordered_on=ORDERED),
    )

    assert {reason for *_, reason in decided(contract, on(date(2022, 1, 24)))} == {"released"}


@pytest.mark.parametrize(("released_on", "reason"), [(date(2022, 1, 24), "released"), (date(2022, 1, 25), "due")])
def test_n5_a_release_counts_from_the_day_on_which_it_is_recorded(released_on, reason):
    contract = a_partial_renewal(released_on=released_on)

    assert decided(contract, on(date(2022, 1, 24)))[-1][-1] == reason


def test_n5_a_single_licence_that_does_not_go_on_is_reminded_of():
    contract = a_mailable_contract(a_line(seats=30), a_continuation(seats=29, ordered_on=ORDERED))

    assert decided(contract, on(date(2021, 12, 28))) == [(THIRTY, "send", "due")]


@pytest.mark.parametrize(
    ("occasion", "code", "day"), [(SEVEN, "days-before-end", None), (THIRTY, "days-before-end-moved", date(2022, 1, 1))]
)
def test_n5_the_reason_of_the_due_day_says_whether_it_was_moved(occasion, code, day):
    found = next(d for d in decisions(a_partial_renewal(), RULES, on(date(2022, 1, 24))) if d.occasion == occasion)

    assert (found.checks[0].code, found.checks[0].values.get("day")) == (code, day)


@pytest.mark.parametrize("as_of", [date(2021, 12, 28), date(2022, 1, 24)])
def test_all_checks_of_a_reminder_that_goes_let_it_go(as_of):
    sent = [d for d in decisions(a_partial_renewal(), RULES, on(as_of)) if d.action is Action.SEND]

    assert [check.passed for decision in sent for check in decision.checks if not check.passed] == []
    assert len(sent) == 1


def test_of_a_family_the_line_that_speaks_is_named():
    *_, other = decisions(a_mailable_contract(a_line("1"), a_line("2")), RULES, on(date(2021, 12, 28)))

    assert (other.line, other.checks[0].values) == ("2", {"line": "1", "family": "base"})


def test_several_lines_continued_as_one_of_the_same_seats_release_nothing():
    contract = a_mailable_contract(
        a_line("1", seats=40),
        a_line("2", seats=9, order=OrderKind.ADDITION),
        a_continuation(seats=49, ordered_on=ORDERED),
    )

    assert decided(contract, on(date(2021, 12, 28))) == [(THIRTY, "skip", "nothing-to-release")]


def test_an_upgrade_releases_nothing():
    contract = a_mailable_contract(a_line(seats=49), a_continuation(menu=ENTERPRISE, seats=59, ordered_on=ORDERED))

    assert decided(contract, on(date(2021, 12, 28))) == [(THIRTY, "skip", "nothing-to-release")]


def test_an_option_dropped_beside_a_continued_base_is_a_reduction_to_nothing():
    contract = a_mailable_contract(a_line("1"), a_line("2", ROOMS, 3), a_continuation(ordered_on=ORDERED))

    assert by_line(contract, on(date(2021, 12, 28))) == [("1", THIRTY, "nothing-to-release"), ("2", THIRTY, "due")]


def test_an_option_can_still_be_continued_until_the_closing_day_and_is_not_dropped_before():  # B1
    contract = a_mailable_contract(a_line("1"), a_line("2", ROOMS, 3), a_continuation(ordered_on=ORDERED))
    early = ReleaseRules(days_before=(90,))

    found = [d.reason.value for d in decisions(contract, early, on(date(2021, 12, 2))) if d.line == "2"]

    assert found == ["nothing-to-release"]


def test_a_contract_that_ends_as_a_whole_needs_no_release():
    contract = a_mailable_contract(a_line("1"), a_line("2", ROOMS, 3))

    assert {reason for *_, reason in by_line(contract, on(date(2021, 12, 28)))} == {"nothing-to-release"}


# T6: tickets lapse (books 08 and 09)

OUTLIVING = Term(date(2021, 10, 1), date(2022, 9, 30))


@pytest.mark.parametrize("term", [OUTLIVING, Term(date(2021, 2, 1), TERM_END)], ids=["outliving", "ending with it"])
def test_t6_before_a_contract_ends_the_owner_is_told_of_the_tickets_that_lapse_with_it(term):
    contract = a_mailable_contract(a_line("1"), a_line("2", PAY_PER_ATTENDEE, 600, term=term))

    assert by_line(contract, on(date(2021, 12, 28))) == [("1", THIRTY, "nothing-to-release"), ("2", THIRTY, "due")]


def test_t6_tickets_that_end_by_themselves_beside_a_continued_base_are_told_of():
    contract = a_mailable_contract(a_line("1"), a_line("2", PAY_PER_ATTENDEE, 600), a_continuation(ordered_on=ORDERED))

    assert by_line(contract, on(date(2021, 12, 28)))[1] == ("2", THIRTY, "due")


def test_t6_tickets_beside_a_base_licence_that_goes_on_do_not_lapse_with_it():
    events = a_line("2", PAY_PER_ATTENDEE, 600, term=OUTLIVING)
    contract = a_mailable_contract(a_line("1"), events, a_continuation(ordered_on=ORDERED))

    assert by_line(contract, on(date(2021, 12, 28))) == [("1", THIRTY, "nothing-to-release")]


def test_t6_what_lapsed_with_the_base_licence_is_not_spoken_of_again():
    contract = a_mailable_contract(a_line("1"), a_line("2", PAY_PER_ATTENDEE, 600, term=OUTLIVING))

    assert silence(decisions(contract, RULES, on(date(2022, 9, 1)))) == ["term-over", "term-over"]
    *_, tickets = decisions(contract, RULES, on(date(2022, 9, 1)))
    assert tickets.checks[0].values == {"day": TERM_END}


def test_t6_of_tickets_that_lapse_today_the_owner_is_still_told():
    contract = a_mailable_contract(a_line("1"), a_line("2", PAY_PER_ATTENDEE, 600, term=OUTLIVING))

    assert by_line(contract, on(TERM_END))[-1] == ("2", ONE, "late")


# B4, B5: storage that goes (books 07 and 10)


def test_b4_storage_that_nobody_declined_in_time_continues_and_nothing_is_to_be_said():
    contract = a_mailable_contract(a_line("1"), a_line("2", STORAGE, 1), a_continuation(ordered_on=ORDERED))

    assert by_line(contract, on(date(2021, 12, 28)))[1] == ("2", THIRTY, "nothing-to-release")


def test_b4_of_storage_declined_in_time_the_owner_is_reminded():
    declined = a_line("2", STORAGE, 1, declined_on=date(2021, 11, 1))
    contract = a_mailable_contract(a_line("1"), declined, a_continuation(ordered_on=ORDERED))

    assert by_line(contract, on(date(2021, 12, 28)))[1] == ("2", THIRTY, "due")


@pytest.mark.parametrize(("new", "reason"), [(0, "due"), (1, "nothing-to-release"), (2, "nothing-to-release")])
def test_b5_of_storage_the_owner_is_reminded_where_a_lower_step_takes_up(new, reason):
    base = a_line("1"), a_continuation(ordered_on=ORDERED)
    storage = a_line("2", STEPS[1], 1), a_continuation("10", STEPS[new], 1, ordered_on=ORDERED)

    assert by_line(a_mailable_contract(*base, *storage), on(date(2021, 12, 28)))[1] == ("2", THIRTY, reason)


# T8: a change in mid-term, and Pro bought anew (books 11 and 15)


@pytest.mark.parametrize("order", list(OrderKind))
def test_t8_an_upgrade_under_any_order_releases_nothing(order):
    contract = a_mailable_contract(a_line(seats=49), a_continuation(menu=ENTERPRISE, seats=59, order=order))

    assert decided(contract, on(date(2021, 12, 28))) == [(THIRTY, "skip", "nothing-to-release")]


def test_t8_what_has_to_go_where_pro_was_bought_anew_is_for_a_person_to_say():
    pro = a_continuation(menu=PRO, seats=5, order=OrderKind.NEW, ordered_on=ORDERED)
    contract = a_mailable_contract(a_line("1", seats=20), a_line("2", WEBINAR, 2), pro)

    assert {reason for *_, reason in by_line(contract, on(date(2022, 1, 28)))} == {"nothing-to-release"}
    failed = {c.code for d in decisions(contract, RULES, on(date(2022, 1, 28))) for c in d.checks if not c.passed}
    assert "bought-anew" in failed


def test_there_is_one_reminder_for_each_family_named_by_its_first_ending_line():
    contract = a_mailable_contract(
        a_line("2", seats=40), a_line("10", seats=9), a_line("11", WEBINAR, 5), a_line("12", WEBINAR, 5),
        a_continuation("20", seats=30, ordered_on=ORDERED), a_continuation("21", WEBINAR, 4, ordered_on=ORDERED),
    )  # fmt: skip

    assert by_line(contract, on(date(2021, 12, 28))) == [("2", THIRTY, "due"), ("11", THIRTY, "due")]


def test_a_day_missed_is_caught_up_with_the_latest_reminder_only():
    assert decided(a_partial_renewal(), on(date(2022, 1, 25))) == [
        (THIRTY, "skip", "superseded"),
        (SEVEN, "send", "late"),
    ]


def test_a_renewal_ordered_later_does_not_count_yet():
    contract = a_mailable_contract(a_line(seats=49), a_continuation(seats=30, ordered_on=date(2021, 12, 29)))

    assert decided(contract, on(date(2021, 12, 28))) == [(THIRTY, "skip", "nothing-to-release")]


@pytest.mark.parametrize("days", [30, 7, 1])
def test_a_reminder_never_comes_after_its_day(days):  # N5: a day that is no business day moves to the one before
    for year in range(2024, 2041):
        for number in range(1, 13):
            term_end = date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
            due_on = due_day(term_end, days, JAPAN)

            assert due_on <= term_end - timedelta(days=days)
            assert JAPAN.is_business_day(due_on)


def test_business_49_continued_as_business_30_is_the_worked_case():
    decision = next(d for d in decisions(a_partial_renewal(), RULES, on(date(2021, 12, 28))) if d.action is Action.SEND)

    assert (decision.line, decision.reference, decision.not_after) == ("1", TERM_END, TERM_END)
    assert any(check.values.get("count") == 19 for check in decision.checks)
