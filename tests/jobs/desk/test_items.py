"""What stands in each section of the desk's letter, and the exact command that settles it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.model import OrderKind, Term
from contracts.rules.flag import Flag
from contracts.store.flags import StandingFlag
from jobs.desk.items import (
    Reach,
    Returned,
    broken,
    fed_file,
    flagged,
    of_contract,
    paused,
    returned,
    stuck,
)
from jobs.runs.history import Run
from tests.contracts.values import (
    CLOSING_DAY,
    ENTERPRISE,
    PAY_PER_ATTENDEE,
    PRO,
    REGISTRATION,
    STORAGE,
    TERM_END,
    a_continuation,
    a_contract,
    a_line,
)
from tests.jobs.desk.builders import NOW, REACH, TODAY, a_notice

NEXT_YEAR = Term(date(2021, 12, 1), date(2022, 11, 30))


def found(*lines, reach=REACH):
    """Of each item of a contract with these lines, its section and line."""
    return [(str(item.section), item.line) for item in of_contract(a_contract(*lines), reach)]


def on(day, ahead=14, since=None):
    return Reach(day, since or day - timedelta(days=1), ahead)


# closing days (B1)


def test_a_line_without_a_decision_is_told_in_the_days_before_its_closing_day():
    (item,) = of_contract(a_contract(a_line(seats=10)), REACH)

    assert (item.company, item.contract, item.line) == ("株式会社見本", "K-0001", "1")
    assert (item.facts["closing_day"], item.facts["days"], item.facts["seats"]) == (CLOSING_DAY, 7, 10)
    assert item.commands == ("kigen import FILE", "kigen decline K-0001/1")


@pytest.mark.parametrize(("day", "is_told"), [(15, False), (14, True), (0, True)])
def test_a_closing_day_is_near_for_as_many_days_as_configured(day, is_told):
    assert bool(found(a_line(), reach=on(CLOSING_DAY - timedelta(days=day)))) is is_told


def test_a_line_whose_family_is_continued_is_not_told():  # N1
    assert found(a_line(), a_continuation(ordered_on=date(2021, 8, 20))) == []


def test_a_continuation_that_is_ordered_tomorrow_does_not_count_yet():
    assert found(a_line(), a_continuation(ordered_on=TODAY + timedelta(days=1))) == [("closing", "1")]


def test_a_line_that_the_customer_declined_is_not_told():
    assert found(a_line(declined_on=TODAY)) == []


def test_what_has_no_term_is_not_told():
    assert found(a_line(menu=REGISTRATION, term=None)) == []


@pytest.mark.parametrize("order", list(OrderKind))
def test_t8_a_line_that_goes_on_the_next_day_under_any_order_is_not_told(order):
    upgrade = a_continuation(menu=ENTERPRISE, seats=59, order=order, opened_on=TODAY)

    assert found(a_line(seats=49), upgrade) == []


def test_b3_a_line_after_which_pro_was_bought_anew_waits_for_a_person():
    pro = a_continuation(menu=PRO, seats=5, order=OrderKind.NEW, opened_on=TODAY)

    assert found(a_line(seats=20), pro) == [("closing", "1")]
    assert found(a_line(seats=20, declined_on=TODAY), pro) == []


def test_t6_tickets_that_die_with_their_base_licence_have_no_closing_day():
    tickets = a_line("2", PAY_PER_ATTENDEE, 600, term=Term(date(2021, 5, 1), date(2022, 4, 30)))
    day = date(2022, 2, 22)  # a week before the closing day that the tickets would have

    assert found(a_line("1"), tickets, reach=on(day)) == []
    assert found(a_line("1"), tickets, a_continuation("3"), reach=on(day)) == [("closing", "2")]


def test_the_soonest_closing_day_is_the_most_urgent():
    later = a_line("2", term=Term(date(2021, 3, 1), date(2022, 2, 5)))

    items = sorted(of_contract(a_contract(later, a_line("1")), REACH), key=lambda item: item.order)

    assert [item.line for item in items] == ["1", "2"]


# windows that closed (B2)


def test_a_line_whose_window_closed_since_the_last_letter_ends_and_is_told():
    (item,) = of_contract(a_contract(a_line()), on(CLOSING_DAY + timedelta(days=1)))

    assert (item.section, item.facts["term_end"], item.news_on) == ("closed", TERM_END, CLOSING_DAY)
    assert item.commands == ("kigen explain K-0001/1",)


def test_a_window_that_closed_before_the_last_letter_is_old_news():
    day = CLOSING_DAY + timedelta(days=5)

    assert found(a_line(), reach=on(day, since=CLOSING_DAY + timedelta(days=1))) == []


def test_storage_does_not_end_after_its_closing_day():  # B4
    assert found(a_line(menu=STORAGE), reach=on(CLOSING_DAY + timedelta(days=1))) == []


def test_storage_can_be_ended_until_its_closing_day_and_is_told_as_such():  # B4
    (item,) = of_contract(a_contract(a_line(menu=STORAGE)), REACH)

    assert item.facts["is_storage"]


# what a partial continuation leaves open (B1, N5)


def test_b1_seats_that_a_partial_continuation_left_out_are_told_in_the_days_before_the_closing_day():
    (item,) = of_contract(a_contract(a_line(seats=49), a_continuation(seats=30)), REACH)

    facts = {name: item.facts[name] for name in ("seats", "ending", "continuing", "closing_day", "days")}
    assert item.section == "undecided"
    assert facts == {"seats": 19, "ending": 49, "continuing": 30, "closing_day": CLOSING_DAY, "days": 7}
    assert item.commands == ("kigen import FILE", "kigen decline K-0001/1")


def test_the_lines_to_decline_are_as_few_as_hold_the_seats_that_are_undecided():
    lines = a_line("1", seats=4), a_line("2", seats=20), a_line("3", seats=6)

    (item,) = of_contract(a_contract(*lines, a_continuation(seats=5)), REACH)

    assert item.commands == ("kigen import FILE", "kigen decline K-0001/2", "kigen decline K-0001/3")
    declined = (lines[0], replace(lines[1], declined_on=TODAY), replace(lines[2], declined_on=TODAY))
    assert found(*declined, a_continuation(seats=5)) == []


def test_tickets_of_which_fewer_are_bought_again_leave_nothing_undecided():  # T6
    tickets = a_line("2", PAY_PER_ATTENDEE, 1200), a_continuation("8", PAY_PER_ATTENDEE, 600)

    assert found(a_line(), a_continuation(), *tickets) == []


def test_n5_a_release_is_told_in_the_days_before_the_term_end_and_until_it_is_recorded():
    cut = (a_line(seats=49), a_continuation(seats=30))
    soon, late = on(TERM_END - timedelta(days=14)), on(TERM_END + timedelta(days=100))

    assert found(*cut, reach=on(TERM_END - timedelta(days=15))) == []
    assert found(*cut, reach=soon) == found(*cut, reach=late) == [("unreleased", "1")]
    assert found(replace(cut[0], released_on=TERM_END), cut[1], reach=late) == []


def test_n5_a_release_stands_with_the_command_that_records_it():
    (item,) = of_contract(a_contract(a_line(seats=49), a_continuation(seats=30)), on(TERM_END))

    assert item.commands == ("kigen release K-0001/1", "kigen explain K-0001/1")
    assert (item.facts["seats"], item.facts["billed_from"], item.news_on) == (19, date(2022, 2, 1), None)


def test_no_release_is_told_while_more_seats_can_be_ordered():
    cut = (a_line(seats=49), a_continuation(seats=30))

    assert found(*cut, reach=on(CLOSING_DAY, ahead=100)) == [("undecided", "1")]
    assert ("unreleased", "1") in found(*cut, reach=on(CLOSING_DAY + timedelta(days=1), ahead=100))


def test_b4_storage_that_runs_on_is_told_until_its_continuation_is_registered():
    base = a_line("1"), a_continuation("8")
    storage = a_line("2", STORAGE, 1)
    (item,) = of_contract(a_contract(*base, storage), on(CLOSING_DAY + timedelta(days=1)))

    assert (item.section, item.line, item.commands) == (
        "runs-on", "2", ("kigen import FILE", "kigen explain K-0001/2")
    )  # fmt: skip
    assert (item.facts["start"], item.facts["until"]) == (date(2022, 2, 1), date(2023, 1, 31))
    registered = a_continuation("9", STORAGE, 1, opened_on=CLOSING_DAY + timedelta(days=2))
    assert found(*base, storage, registered, reach=on(CLOSING_DAY + timedelta(days=2))) == []


# services that are not opened (N2)


def test_a_service_that_starts_soon_and_is_not_opened_is_told():
    (item,) = of_contract(a_contract(a_line(term=NEXT_YEAR)), REACH)

    assert (item.section, item.facts["start"], item.facts["days"]) == ("unopened", date(2021, 12, 1), 6)
    assert item.commands == ("kigen import FILE", "kigen explain K-0001/1")


def test_a_service_that_ought_to_have_started_is_told_for_a_month():
    line = a_line(term=NEXT_YEAR)

    assert found(line, reach=on(date(2021, 12, 31))) == [("unopened", "1")]
    assert found(line, reach=on(date(2022, 1, 1))) == []


def test_a_service_that_is_opened_is_not_told():
    assert found(a_line(term=NEXT_YEAR, opened_on=TODAY)) == []


def test_a_continuation_needs_no_opening():
    assert found(a_line(term=NEXT_YEAR, order=OrderKind.CONTINUATION)) == []


# notices


def test_a_failed_notice_is_sent_again_or_cancelled():
    item = stuck(a_notice(said="550 5.1.1 no such user"))

    assert (item.section, item.facts["said"]) == ("failed", "550 5.1.1 no such user")
    assert item.commands == ("kigen notices resend 12", "kigen notices cancel 12")


def test_a_doubt_is_settled_one_way_or_the_other():
    item = stuck(a_notice(status="in-doubt"))

    assert item.commands == ("kigen notices settle 12 --sent", "kigen notices settle 12 --not-sent")


@pytest.mark.parametrize(
    ("reason", "commands"),
    [
        ("owner-missing", ("kigen import FILE",)),
        ("owner-invalid", ("kigen import FILE",)),
        ("owner-bounced", ("kigen import FILE", "kigen bounce --clear gone@example.co.jp")),
        ("awaiting-approval", ("kigen approve 12",)),
    ],
)
def test_a_held_notice_is_freed_by_what_its_reason_asks_for(reason, commands):
    item = stuck(a_notice(status="held", reason=reason, owner="gone@example.co.jp"))

    assert (item.section, item.reason, item.commands) == ("held", reason, commands)


def test_what_waits_for_approval_comes_after_what_nobody_can_receive():
    waits = stuck(a_notice(status="held", reason="awaiting-approval", due_on=date(2021, 1, 1)))
    homeless = stuck(a_notice(status="held", reason="owner-missing"))

    assert homeless.order < waits.order


def a_return(**changes):
    usual = {
        "id": 1, "at": NOW, "bounce_class": "hard", "role": "to", "address": "gone@example.co.jp", "is_marked": True,
        "said": "5.1.1", "kind": "renewal-notice", "contract": "K-0001", "line": "1", "occasion": "2022-01/4m",
    }  # fmt: skip
    return returned(Returned(**usual | changes))


def test_a_mail_that_came_back_asks_for_another_owner_or_says_that_the_address_works():  # N8
    item = a_return()

    assert (item.news_at, item.facts["address"]) == (NOW, "gone@example.co.jp")
    assert item.commands == ("kigen import FILE", "kigen bounce --clear gone@example.co.jp")


@pytest.mark.parametrize("changes", [{"is_marked": False, "bounce_class": "policy"}, {"role": "cc"}])
def test_a_mail_that_came_back_for_another_reason_or_was_a_copy_holds_nothing(changes):
    assert a_return(**changes).commands == ()


# the rest


def test_a_row_of_the_book_that_breaks_a_rule_is_told_with_the_rule():
    flag = Flag("T7", "2", "flag.no-base", {"day": date(2021, 2, 1)})
    item = flagged(StandingFlag(1, "K-1", flag, "株式会社見本", "", None))

    assert (item.line, item.facts["rule"], item.commands) == ("2", "T7", ("kigen import FILE",))


def test_a_run_that_failed_is_told_with_what_runs_it_again_and_what_says_why():
    said = "the process ended without a word"
    item = broken(Run(7, "license-release", TODAY, NOW, NOW, "host:1", "died", {}, said, "scheduled"))

    assert item.commands == ("run-job license-release", "kigen runs --failed --since 2021-11-25")


def test_a_file_of_the_feed_that_failed_is_told_with_its_report():
    put = {"file": "book.csv", "put": "failed/20211124T180000Z-book.csv", "put_at": NOW.isoformat()}
    item = fed_file(put | {"problem": "is empty", "code": "file.empty", "values": {}, "report": None, "missing": []})

    assert (item.facts["report"], item.news_at) == ("failed/20211124T180000Z-book.csv.report.txt", NOW)


def test_a_pause_is_told_with_who_set_it_and_why():
    item = paused(date(2021, 11, 20), "sato", "wrong price list")

    assert (item.facts["by"], item.facts["said"], item.commands) == ("sato", "wrong price list", ("kigen resume",))


@pytest.mark.parametrize("number", ["K 1; rm -rf ~", "K'1", "$(id)", "-x", "K\n1", "`id`"])
def test_a_command_is_one_command_whatever_the_book_calls_a_contract(number):
    contract = replace(a_contract(a_line(contract=number)), number=number)
    (item,) = of_contract(contract, REACH)

    words = shlex.split(item.commands[1])

    assert words[:2] == ["kigen", "decline"]
    assert words[-1] == f"{number}/1".replace("\n", " ")
    assert len(words) == (4 if number.startswith("-") else 3)
