"""Which days in the reader's calendar are over once a line is continued."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from contracts.model import OrderKind
from jobs.notices.calendar_entries import entries_told, settled_entries
from jobs.notices.decision import Circumstances, Key, Recorded
from tests.contracts.values import WEBINAR, a_continuation, a_contract, a_line

TOLD_AT = datetime(2021, 9, 1, tzinfo=UTC)
KIND = "renewal-notice"


def told(letter, *lines, months=5, status="sent"):
    """Lines that one letter told, as the ledger has them."""
    at = TOLD_AT + timedelta(days=30 * (5 - months))
    return {Key(KIND, "K-0001", line, f"2022-01/{months}m"): Recorded(status, at, letter=letter) for line in lines}


def settled(record, *others, continuation=None):
    continuation = continuation or a_continuation("9")
    known = a_contract(a_line("1"), *others, continuation)
    return settled_entries(KIND, known, continuation, Circumstances(date(2021, 11, 1), record))


def test_an_entry_goes_by_the_first_line_that_its_letter_tells():
    assert entries_told(KIND, told(7, "10", "2")) == {"2": ["10", "2"]}


def test_lines_told_by_letters_of_their_own_have_entries_of_their_own():
    assert settled(told(7, "1") | told(8, "2"), a_line("2")) == ("1", "2")


def test_only_the_entries_of_what_is_continued_are_over():
    assert settled(told(7, "1") | told(8, "2"), a_line("2", WEBINAR)) == ("1",)


def test_an_entry_about_several_lines_stays_while_one_of_them_is_open():
    assert settled(told(7, "1", "2"), a_line("2", WEBINAR)) == ()


def test_an_entry_about_several_lines_is_over_when_the_others_were_declined():
    assert settled(told(7, "1", "2"), a_line("2", WEBINAR, declined_on=date(2021, 10, 1))) == ("1",)


def test_an_entry_about_several_lines_is_over_when_the_others_go_on_under_a_new_order():  # T8
    anew = replace(a_continuation("3", WEBINAR), order=OrderKind.NEW)

    assert settled(told(7, "1", "2"), a_line("2", WEBINAR), anew) == ("1",)


def test_the_last_line_to_be_continued_settles_the_entries_of_all_letters():
    record = told(7, "1", "2") | told(8, "2", months=4)  # line 1 was continued between the two
    webinar = a_continuation("10", WEBINAR)

    assert settled(record, a_line("2", WEBINAR), a_continuation("9"), continuation=webinar) == ("1", "2")


def test_a_letter_takes_the_place_of_an_earlier_one_about_other_lines():
    record = told(7, "1", "2") | told(8, "1", months=4)

    assert settled(record, a_line("2", WEBINAR)) == ("1",)


def test_what_the_owner_never_had_is_not_taken_back():
    assert settled(told(7, "1", status="withdrawn")) == ()
    assert settled(told(None, "1")) == ()  # another system told it
    assert settled({replace(key, kind="license-release"): each for key, each in told(7, "1").items()}) == ()
