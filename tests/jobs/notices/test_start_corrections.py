"""N3: seats, menu or term that change after the start notice went out; a person has them corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import OrderKind, Term
from contracts.rules.terms import term_of
from jobs.language.messages import Messages
from jobs.notices.decision import Circumstances, Key, Recorded
from jobs.notices.letter import LetterRules, letter_data
from jobs.notices.rules import OpeningRules
from jobs.notices.service_start import NOTICE, correction, decisions, told_otherwise
from jobs.notices.told_terms import tells, told_by
from tests.contracts.values import a_line
from tests.jobs.builders import a_job, a_mailable_contract

RULES = OpeningRules()
CATALOGUE = shipped_catalogue()
SAYS = LetterRules({"ja": {}, "en": {}}, CATALOGUE)
TOLD_ON = datetime(2021, 8, 25, 9, tzinfo=UTC)
TOLD = a_line(
    menu=CATALOGUE["business"], seats=49, term=term_of(date(2021, 9, 1), 12),
    ordered_on=date(2021, 8, 1), opened_on=date(2021, 8, 25),
)  # fmt: skip
CORRECTED = Key("service-start-correction", "K-0001", "1", "2021-09-01")


def after(line=TOLD, as_of=date(2021, 9, 10), **more):
    """The circumstances of a day after the line was told as it is in TOLD; `more` are further notices of it."""
    record = {Key("service-start", "K-0001", "1", "2021-09-01"): recorded("sent", line, 12)}
    record |= {replace(CORRECTED, occasion=occasion): said for occasion, said in more.items()}
    return Circumstances(as_of, record)


def recorded(status, line, notice=13):
    at = TOLD_ON if notice == 12 else TOLD_ON + timedelta(days=9)
    return Recorded(status, at, notice=notice, checks=[tells(line).as_data])


def differs(line, *others, at=None):
    contract = a_mailable_contract(line, *others)
    told = told_otherwise(contract, line, RULES, at or after())
    return told.differs_in(contract, line) if told else ()


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({}, ()),
        ({"seats": 40}, ("seats",)),
        ({"menu": CATALOGUE["enterprise-essentials"], "seats": 50}, ("menu", "seats")),
        ({"term": Term(date(2021, 9, 1), date(2022, 7, 31))}, ("end",)),
    ],
)
def test_n3_what_the_book_says_otherwise_than_the_start_notice_is_found(changes, parts):
    assert differs(replace(TOLD, **changes)) == parts


def test_n3_a_start_that_moved_is_announced_by_itself_and_is_no_correction_for_as_long():
    moved = replace(TOLD, starts_on=date(2021, 10, 1), term=term_of(date(2021, 10, 1), 12))

    assert differs(moved, at=after(as_of=date(2021, 10, 31))) == ()
    assert differs(moved, at=after(as_of=date(2021, 11, 1))) == ("start", "end")


@pytest.mark.parametrize(
    ("opened_on", "last"), [(None, date(2021, 10, 31)), (date(2021, 10, 20), date(2021, 11, 19))], ids=str
)
def test_n3_that_time_ends_as_many_days_after_opening_or_start_as_are_configured(opened_on, last):
    moved = replace(TOLD, starts_on=date(2021, 10, 1), term=term_of(date(2021, 10, 1), 12), opened_on=opened_on)

    assert differs(moved, at=after(as_of=last)) == ()
    assert differs(moved, at=after(as_of=last + timedelta(days=1))) == ("start", "end")


def test_t8_a_base_that_ends_earlier_for_an_upgrade_is_no_correction():
    ended = replace(TOLD, term=Term(date(2021, 9, 1), date(2022, 1, 31)))
    higher = a_line(
        "2", CATALOGUE["enterprise-essentials"], 59, order=OrderKind.ADDITION,
        term=Term(date(2022, 2, 1), date(2022, 8, 31)), ordered_on=date(2021, 9, 5),
    )  # fmt: skip

    assert differs(ended, higher) == ()
    assert differs(ended) == ("end",)


def test_n3_what_is_over_and_what_another_system_told_is_left_alone():
    corrected = replace(TOLD, seats=40)
    elsewhere = after()
    elsewhere = replace(elsewhere, record={key: Recorded("sent", TOLD_ON) for key in elsewhere.record})

    assert differs(corrected, at=after(as_of=date(2022, 9, 1))) == ()
    assert differs(corrected, at=elsewhere) == ()


def test_n3_what_has_no_term_by_now_differs_in_nothing():
    without = replace(TOLD, term=None)
    ((key, start),) = after().record.items()

    assert told_by(key, start).differs_in(a_mailable_contract(without), without) == ()


def test_n3_a_continuation_is_confirmed_and_not_corrected_here():
    assert differs(replace(TOLD, order=OrderKind.CONTINUATION, seats=40)) == ()


def test_n3_what_runs_on_its_last_day_is_still_to_be_corrected():
    assert differs(replace(TOLD, seats=40), at=after(as_of=date(2022, 8, 31))) == ("seats",)


def test_n3_nothing_is_sent_to_the_owner_by_itself():
    (decision,) = decisions(a_mailable_contract(replace(TOLD, seats=40)), RULES, after())

    assert (decision.kind, decision.action, decision.reason) == ("service-start", "skip", "already-sent")


def test_n3_a_person_who_asks_gets_a_correction_that_names_what_it_corrects():
    line = replace(TOLD, seats=40)

    decision = correction(a_mailable_contract(line), line, RULES, after())

    assert (decision.key, decision.action, decision.to) == (CORRECTED, "send", ("owner@example.co.jp",))
    assert decision.reference == date(2021, 8, 25)
    assert all(check.passed for check in decision.checks)
    assert dict(decision.checks[1].values) == {
        "notice": 12, "day": date(2021, 8, 25), "menu": "business", "seats": 49,
        "first": date(2021, 9, 1), "last": date(2022, 8, 31),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ja", "2021年8月25日（水）の通知12（Zoom Workplace ビジネス　49ライセンス、"),
        ("en", "takes the place of notice 12 of 2021-08-25, which said Zoom Workplace Business, seats: 49"),
    ],
)
def test_n3_what_is_corrected_is_said_to_the_desk(language, said):
    line = replace(TOLD, seats=40)
    decision = correction(a_mailable_contract(line), line, RULES, after())

    assert said in Messages(language, CATALOGUE).said(decision.checks[1])


def test_n3_the_letter_says_of_each_line_what_was_told_and_what_is_right():
    line, other = replace(TOLD, seats=40), a_line("2", CATALOGUE["rooms"], 3, term=TOLD.term)
    contract = a_mailable_contract(other, line)
    job = a_job(NOTICE)

    said = letter_data(job, [correction(contract, line, RULES, after())], contract, SAYS, date(2021, 9, 10))

    (corrected,) = said["corrected"]
    assert (corrected["line"], corrected["differs"]) == ("1", ["seats"])
    assert [each["seats"] for each in corrected["before"] + corrected["after"]] == [49, 40]
    assert (said["start_date"], said["told_on"]) == (date(2021, 9, 1), date(2021, 8, 25))


@pytest.mark.parametrize(("menu", "said"), [("business", "Business"), ("gone", "gone")])
def test_n3_an_item_that_was_told_is_called_by_its_name_and_by_its_code_where_the_catalogue_has_it_no_more(menu, said):
    told = replace(TOLD, menu=replace(CATALOGUE["business"], code=menu))
    line = replace(TOLD, menu=CATALOGUE["enterprise-essentials"], seats=60)
    contract = a_mailable_contract(line, language="en")
    wish = correction(contract, line, RULES, after(told))

    (corrected,) = letter_data(a_job(NOTICE), [wish], contract, SAYS, date(2021, 9, 10))["corrected"]

    assert corrected["before"][0]["menu"].endswith(said)
    assert corrected["differs"] == ["menu", "seats"]


def test_n3_a_correction_that_waits_is_decided_on_again_and_gives_way_once_the_book_says_what_was_told():
    wrong, right = replace(TOLD, seats=40), TOLD
    waits = after(**{"2021-09-01": recorded("queued", wrong)})

    still = [d.key for d in decisions(a_mailable_contract(wrong), RULES, waits) if d.action == "send"]
    gone = [d.key for d in decisions(a_mailable_contract(right), RULES, waits) if d.action == "send"]

    assert (still, gone) == ([CORRECTED], [])


def test_n3_what_was_corrected_is_what_counts_as_told():
    line = replace(TOLD, seats=40)
    sent = after(**{"2021-09-01": recorded("sent", line)})

    assert differs(line, at=sent) == ()
    assert differs(TOLD, at=sent) == ("seats",)


def test_n3_a_second_correction_is_another_notice():
    sent = after(**{"2021-09-01": recorded("sent", replace(TOLD, seats=40))})
    line = replace(TOLD, seats=45)

    assert correction(a_mailable_contract(line), line, RULES, sent).occasion == "2021-09-01/2"


def test_n3_a_start_that_moves_after_a_correction_is_still_announced():
    sent = after(**{"2021-09-01": recorded("sent", replace(TOLD, seats=40))})
    moved = replace(TOLD, seats=40, starts_on=date(2021, 10, 1), term=term_of(date(2021, 10, 1), 12))

    (decision,) = decisions(a_mailable_contract(moved), RULES, sent)

    assert (decision.kind, decision.action) == ("service-start-change", "send")
