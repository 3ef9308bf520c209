"""Who is told what by the desk's letter, in which order, how much of it, and when there is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from jobs.desk.sections import KEPT, Section, colleagues, is_written, letters, plain
from tests.jobs.builders import JAPAN
from tests.jobs.desk.builders import LAST, NOW, TODAY, YESTERDAY, a_colleague, a_letter, an_item, the_desk

MONDAY, TUESDAY = date(2021, 11, 22), date(2021, 11, 23)  # the 23rd is a public holiday in Japan


def told(items, *readers, **options):
    """By reader, the contracts that each section shows."""
    found = letters(items, readers or (the_desk(),), **options)
    return {
        letter.reader.line: {str(told.section): [item.contract for item in told.items] for told in letter.told}
        for letter in found
    }


def test_the_most_urgent_section_comes_first():
    items = [an_item(1, Section.BOOK), an_item(2, Section.CLOSING), an_item(3, Section.FAILED)]

    assert list(told(items)["sales"]) == ["failed", "closing", "book"]


def test_the_most_urgent_item_of_a_section_comes_first():
    assert told([an_item(3), an_item(1), an_item(2)])["sales"] == {"failed": ["K-1", "K-2", "K-3"]}


def test_of_a_section_the_most_urgent_items_are_kept_and_all_are_counted():
    (letter,) = letters((an_item(number) for number in range(3 * KEPT, 0, -1)), [the_desk()])

    (section,) = letter.told
    assert (len(section.items), section.count) == (KEPT, 3 * KEPT)
    assert [item.contract for item in section.items[:2]] == ["K-1", "K-2"]


def test_a_look_for_scripts_keeps_everything():
    (letter,) = letters((an_item(number) for number in range(KEPT + 1)), [the_desk()], most=None)

    assert (len(letter.told[0].items), letter.told[0].count) == (KEPT + 1, KEPT + 1)


def test_what_is_held_is_counted_by_its_reason():
    held = [an_item(number, Section.HELD, reason="awaiting-approval") for number in range(3)]

    (letter,) = letters([*held, an_item(9, Section.HELD, reason="owner-missing")], [the_desk()])

    assert letter.told[0].reasons == {"awaiting-approval": 3, "owner-missing": 1}


def test_a_line_that_ends_is_told_but_there_is_nothing_to_settle():
    (letter,) = letters([an_item(1, Section.CLOSED), an_item(2, Section.FAILED)], [the_desk()])

    assert (letter.to_settle, letter.informs) == (1, 1)


def test_the_items_of_a_partner_stand_together_the_one_with_the_most_urgent_first():
    (letter,) = letters([an_item(1), an_item(2, partner="甲"), an_item(3), an_item(4, partner="甲")], [the_desk()])

    groups = [(partner, [item.contract for item in items]) for partner, items in letter.told[0].by_partner(3)]
    assert groups == [("", ["K-1", "K-3"]), ("甲", ["K-2"])]


# by partner


def test_a_partners_items_go_to_the_colleague_who_looks_after_it_and_not_to_the_desk():
    found = told([an_item(1, partner="甲"), an_item(2)], the_desk(), a_colleague("甲"))

    assert found == {"sales": {"failed": ["K-2"]}, "partner 1": {"failed": ["K-1"]}}


def test_a_partner_is_the_same_in_every_width_and_case():
    found = told([an_item(1, partner="ＡＢＣ　販売")], the_desk(), a_colleague(plain("abc 販売")))

    assert found["partner 1"] == {"failed": ["K-1"]}


def test_a_colleague_with_two_partners_gets_one_letter():
    by_partner = {"甲": "sato@example.co.jp", "乙": "sato@example.co.jp", "丙": "ito@example.co.jp"}

    assert colleagues(by_partner) == [
        ("partner 甲", "sato@example.co.jp", frozenset({"甲", "乙"})),
        ("partner 丙", "ito@example.co.jp", frozenset({"丙"})),
    ]


def test_without_a_desk_what_belongs_to_no_partner_is_told_to_nobody():
    assert told([an_item(1)], a_colleague("甲")) == {"partner 1": {}}


def test_standing_flags_are_the_desks_to_know():
    desk, colleague = letters([], [the_desk(), a_colleague("甲")], lambda: 7)

    assert (desk.standing, colleague.standing) == (7, 0)


# since the last letter


def test_a_bounce_is_told_once_by_the_first_letter_after_it():
    before, after = (an_item(each, news_at=LAST.at + timedelta(minutes=each)) for each in (-1, 1))

    assert told([before, after])["sales"] == {"failed": ["K-1"]}


@pytest.mark.parametrize(("closed_on", "is_told"), [(date(2021, 11, 23), False), (YESTERDAY, True)])
def test_a_window_that_closed_is_told_by_the_first_letter_after_its_last_day(closed_on, is_told):
    # Yesterday's letter said of the 24th that it was the last day.
    found = told([an_item(1, Section.CLOSED, news_on=closed_on)])

    assert bool(found["sales"]) is is_told


def test_what_a_colleagues_last_letter_missed_is_news_for_that_colleague():
    late = a_colleague("甲", last=replace(LAST, day=date(2021, 11, 20)))
    item = an_item(1, Section.CLOSED, news_on=date(2021, 11, 22))

    found = told([item, replace(item, partner="甲")], the_desk(), late)

    assert (found["sales"], found["partner 1"]) == ({}, {"closed": ["K-1"]})


# when


def written(*items, as_of=TODAY, weekday="monday", **reader):
    letter = a_letter(*items, reader=the_desk(**reader))
    return is_written(letter, as_of, weekday, JAPAN)


def since(day):
    return replace(LAST, day=day)


def test_there_is_a_letter_when_something_is_to_be_said():
    assert written(an_item(), weekday="", last=since(YESTERDAY))


def test_there_is_none_when_nothing_is():
    assert not written(last=since(MONDAY))


def test_that_all_is_well_is_said_on_its_weekday():
    assert written(as_of=MONDAY, last=since(date(2021, 11, 19)))


def test_that_all_is_well_is_said_on_the_first_business_day_where_the_weekday_is_none():
    assert not written(as_of=TUESDAY, weekday="tuesday", last=since(MONDAY))
    assert written(as_of=date(2021, 11, 24), weekday="tuesday", last=since(MONDAY))


def test_that_all_is_well_is_said_later_where_nothing_ran_on_its_day():
    assert written(as_of=TODAY, last=since(date(2021, 11, 19)))


def test_that_all_is_well_is_not_said_again_in_the_same_week():
    assert not written(as_of=date(2021, 11, 26), last=since(MONDAY))


def test_a_desk_that_never_had_a_letter_waits_for_the_day_itself():
    assert not written(as_of=TODAY, had_one=False, last=since(date(2021, 11, 18)))
    assert written(as_of=MONDAY, had_one=False, last=since(date(2021, 11, 15)))


def test_that_all_is_well_can_be_left_out():
    assert not written(as_of=MONDAY, weekday="", last=since(date(2021, 11, 1)))


def test_a_colleague_is_not_told_that_all_is_well():
    letter = a_letter(reader=a_colleague("甲", last=since(date(2021, 11, 1))))

    assert not is_written(letter, MONDAY, "monday", JAPAN)


def test_an_instant_is_compared_with_an_instant():
    assert an_item(news_at=datetime.fromisoformat("2021-11-24T09:46+09:00")).is_for(LAST)
    assert not an_item(news_at=NOW - timedelta(days=1)).is_for(LAST)
