"""What each letter is given to say (L1–L4): plain data, the same for a run and a preview."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import Contract, OrderKind, Term
from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.notices.decision import Action, Decision, Reason
from jobs.notices.letter import LetterRules, calendar_lines, lasting, letter_data, told_together
from jobs.notices.listing import LETTERS
from notify.letters.renderer import Renderer
from tests.contracts.values import BUSINESS, ENTERPRISE, PRO, ROOMS, STORAGE, TERM_END, WEBINAR, a_continuation, a_line
from tests.jobs.builders import a_job, a_mailable_contract, on

SENDER = {
    "company": "例示販売株式会社",
    "admin_site": "https://admin.example.com/",
    "order_form_url": "",
    "reply_to": "",
    "brand": {"signature": [], "footer": ""},
    "sales_desk": {"name": "営業窓口", "email": "sales@example.co.jp", "phone": "", "hours": ""},
    "support_desk": {"name": "サポートデスク", "email": "support@example.co.jp", "phone": "03-0000-0001", "hours": ""},
}
RULES = LetterRules({"ja": SENDER}, shipped_catalogue())
RELEASE_DAY = date(2021, 12, 28)  # 30 days before the term end, on a business day
ORDERED = date(2021, 10, 1)


def to_send(decisions):
    return [decision for decision in decisions if decision.action is Action.SEND]


def renewal(contract, as_of=date(2021, 9, 1), **rules):
    job = a_job(renewal_notice.NOTICE, **rules)
    return letter_data(job, to_send(job.decide(contract, on(as_of))), contract, RULES, as_of)


def release(contract, line="1", as_of=RELEASE_DAY):
    job = a_job(license_release.NOTICE)
    decided = [one for one in to_send(job.decide(contract, on(as_of))) if one.line == line]
    return letter_data(job, decided, contract, RULES, as_of)


def extension(contract, as_of=date(2021, 11, 1)):
    job = a_job(extension_confirmation.NOTICE)
    return letter_data(job, to_send(job.decide(contract, on(as_of))), contract, RULES, as_of)


def start(contract, at):
    job = a_job(service_start.NOTICE)
    return letter_data(job, to_send(job.decide(contract, at)), contract, RULES, at.as_of)


def a_partial_renewal(*more, seats=30, menu=BUSINESS, **changes):
    registered = {"ordered_on": ORDERED, "opened_on": date(2021, 11, 1)}
    return a_mailable_contract(a_line(seats=49, **changes), *more, a_continuation(seats=seats, menu=menu, **registered))


# What every letter says


def test_every_letter_says_whose_account_it_is_about_and_who_writes():
    people = {"owner_name": "見本 花子", "partner_name": "見本販売店", "contact_department": "情報システム部"}
    contract = a_mailable_contract(a_line(), **people)

    found = renewal(contract)

    assert (found["language"], found["as_of"], found["contract"]) == ("ja", date(2021, 9, 1), "K-0001")
    assert found["account"] == {
        "number": "98765432", "company": "株式会社見本", "owner_name": "見本 花子",
        "contact_department": "情報システム部", "contact_name": "",
    }  # fmt: skip
    assert found["partner"] == {"name": "見本販売店"}
    assert found["sender"] == SENDER


def test_a_contract_without_a_sales_partner_names_none():
    assert renewal(a_mailable_contract(a_line()))["partner"] is None


def test_an_address_is_nowhere_in_the_words_of_a_letter():  # P3
    contract = a_mailable_contract(
        a_line(),
        owner_email="secret@example.co.jp",
        partner_email="p@example.com",
        administrator_emails=("a@example.com",),
    )

    said = json.dumps(renewal(contract), default=str)

    assert not any(address in said for address in ("secret@example.co.jp", "p@example.com", "a@example.com"))


def test_menu_items_are_named_in_the_account_s_language():
    contract = a_mailable_contract(a_line(), language="en")

    assert renewal(contract)["items"][0]["menu"] == "Zoom Workplace Business"


# L1, the renewal notice


def test_a_renewal_notice_says_the_closing_day_the_days_left_and_the_new_term():  # L1, B1, T5
    found = renewal(a_mailable_contract(a_line()))

    assert found["closing_day"] == date(2021, 12, 2)
    assert found["days_left"] == 92
    assert found["term_end"] == TERM_END
    assert found["new_term"] == {"start": date(2022, 2, 1), "end": date(2023, 1, 31), "months": 12}


def test_on_the_closing_day_itself_no_day_is_left_and_it_stands_in_the_calendar():  # B1
    found = renewal(a_mailable_contract(a_line()), as_of=date(2021, 12, 2))

    assert (found["days_left"], found["calendar_file"]) == (0, True)


def test_the_length_of_the_example_is_configuration():
    found = renewal(a_mailable_contract(a_line()), renewal_months=24)

    assert found["new_term"] == {"start": date(2022, 2, 1), "end": date(2024, 1, 31), "months": 24}


@pytest.mark.parametrize(
    ("menu", "is_base", "is_storage"), [(BUSINESS, True, False), (ROOMS, False, False), (STORAGE, False, True)]
)
def test_a_renewal_notice_says_what_holds_of_a_base_licence_and_of_storage(menu, is_base, is_storage):  # B3, B4
    found = renewal(a_mailable_contract(a_line(menu=menu)))

    assert (found["is_base"], found["is_storage"]) == (is_base, is_storage)


def test_lines_told_together_are_all_in_it():
    found = renewal(a_mailable_contract(a_line("1"), a_line("2", STORAGE, 1)))

    assert [(item["line"], item["seats"]) for item in found["items"]] == [("1", 10), ("2", 1)]
    assert (found["is_base"], found["is_storage"]) == (True, True)


# L2, the service start, and its change


def a_new_line(starts_on):
    return a_line(term=Term(starts_on, date(2022, 8, 31)), opened_on=date(2021, 8, 25))


def test_a_service_start_says_when_what_and_for_how_long():  # L2
    contract = a_mailable_contract(a_new_line(date(2021, 9, 1)))
    at = on(date(2021, 8, 25))

    found = start(contract, at)

    assert found["start_date"] == date(2021, 9, 1)
    assert found["items"] == [
        {
            "line": "1",
            "menu": BUSINESS.name("ja"),
            "what": "seats",
            "seats": 10,
            "term_start": date(2021, 9, 1),
            "term_end": date(2022, 8, 31),
        }
    ]


def test_no_letter_holds_a_password():  # N2: it travels in the provider's own mail only
    contract = a_mailable_contract(a_new_line(date(2021, 9, 1)))
    at = on(date(2021, 8, 25))

    found = start(contract, at)

    assert not [name for name in found if "password" in name]


def test_a_changed_start_says_the_date_that_was_told_and_the_one_that_holds():  # N3
    contract = a_mailable_contract(a_new_line(date(2021, 10, 1)))
    at = on(date(2021, 8, 27), ("service-start", "2021-09-01"))

    found = start(contract, at)

    assert (found["old_start"], found["new_start"]) == (date(2021, 9, 1), date(2021, 10, 1))


# L3, the extension confirmation


def business(seats):
    return {"menu": BUSINESS.name("ja"), "seats": seats}


def test_an_extension_says_the_old_end_the_new_term_and_what_changed_in_seats():  # L3, T5
    found = extension(a_partial_renewal())

    assert found["old_end"] == TERM_END
    assert found["new_term"] == {"start": date(2022, 2, 1), "end": date(2023, 1, 31)}
    (change,) = found["changes"]
    assert (change["before"], change["after"]) == ([business(49)], [business(30)])


def test_an_extension_of_several_lines_as_one_counts_them_together():
    contract = a_partial_renewal(a_line("2", seats=9, order=OrderKind.ADDITION), seats=58)

    found = extension(contract)

    (change,) = found["changes"]
    assert (change["before"], change["after"]) == ([business(58)], [business(58)])


def test_an_extension_below_enterprise_s_minimum_says_what_it_falls_to():  # N7
    (change,) = extension(a_partial_renewal(menu=ENTERPRISE, seats=30))["changes"]

    assert change["falls_to"] == {
        "menu": ENTERPRISE.name("ja"), "minimum": 50, "seats": 30, "to_menu": BUSINESS.name("ja"),
    }  # fmt: skip


def test_an_extension_of_business_falls_to_nothing():
    assert [change["falls_to"] for change in extension(a_partial_renewal())["changes"]] == [None]


# L4, the release reminder


def test_a_release_reminder_says_how_many_seats_of_what_by_when():  # L4, N5
    found = release(a_partial_renewal())

    (change,) = found["changes"]
    assert (change["released"], change["before"], change["after"]) == (19, [business(49)], [business(30)])
    assert (found["term_end"], found["days_left"]) == (TERM_END, 34)


def test_a_release_reminder_of_a_dropped_option_continues_nothing():  # N5
    found = release(a_partial_renewal(a_line("2", ROOMS, 3)), line="2")

    (change,) = found["changes"]
    assert (change["released"], change["menu_before"], change["after"]) == (3, ROOMS.name("ja"), [])


def test_a_release_reminder_is_about_every_ending_line_of_the_family():
    found = release(a_partial_renewal(a_line("2", PRO, 5)))

    assert [(item["line"], item["seats"]) for item in found["items"]] == [("1", 49), ("2", 5)]
    (change,) = found["changes"]
    assert change["before"] == [business(49), {"menu": PRO.name("ja"), "seats": 5}]
    assert change["released"] == 24


def test_a_renewal_that_cuts_one_family_and_adds_to_another_is_said_to_be_mixed():  # N6
    cut_only = a_partial_renewal()
    mixed = a_partial_renewal(a_line("2", WEBINAR, 1), a_continuation("8", WEBINAR, 4, ordered_on=ORDERED))

    assert not release(cut_only)["is_mixed"]
    assert release(mixed)["is_mixed"]


def test_a_reminder_about_an_option_does_not_speak_of_the_base_licence_s_minimum():  # N7
    contract = a_partial_renewal(a_line("2", ROOMS, 3), menu=ENTERPRISE, seats=30)

    falls = [[change["falls_to"] for change in release(contract, line=line)["changes"]] for line in ("1", "2")]
    assert (falls[0][0]["minimum"], falls[1]) == (50, [None])


def test_an_order_dated_later_is_not_in_the_letter_yet():
    later = a_continuation("8", seats=5, ordered_on=date(2021, 12, 29))

    assert [change["seats_after"] for change in release(a_partial_renewal(later))["changes"]] == [30]


# What all letters have in common


def test_each_language_has_its_sender_and_one_that_has_none_that_of_the_first():
    rules = LetterRules({"ja": {"company": "例示販売株式会社"}, "en": {"company": "Example"}}, RULES.catalogue)

    assert [rules.sender_in(language)["company"] for language in ("en", "fr")] == ["Example", "例示販売株式会社"]


def test_what_is_to_be_sent_and_what_a_person_has_to_approve_is_told_and_nothing_else():
    reasons = {"due": "send", "awaiting-approval": "hold", "owner-missing": "hold", "continued": "skip"}
    decisions = [
        Decision("renewal-notice", "K-0001", str(line), "2022-01/5m", Action(action), Reason(reason))
        for line, (reason, action) in enumerate(reasons.items(), start=1)
    ]

    told = [[decision.line for decision in group] for group in told_together(decisions, by_contract=False)]

    assert told == [["1"], ["2"]]


def test_the_calendar_entry_of_several_lines_goes_by_the_first():
    job = a_job(renewal_notice.NOTICE)
    at = on(date(2021, 9, 1))
    decisions = to_send(job.decide(a_mailable_contract(a_line("1"), a_line("2", STORAGE, 1)), at))
    data = {"as_of": at.as_of, "closing_day": date(2021, 12, 2)}
    letter = job.letter("renewal-notice")

    assert calendar_lines(letter, decisions, data) == ("1",)
    assert calendar_lines(letter, decisions, data | {"closing_day": date(2021, 8, 31)}) == ()  # that day is over


def test_a_confirmation_takes_each_line_s_day_out_of_the_calendar_once():
    job, at = a_job(extension_confirmation.NOTICE), on(date(2021, 11, 1))
    (decision,) = to_send(job.decide(a_partial_renewal(), at))
    told = [replace(decision, withdraws=lines) for lines in (("1", "2"), ("2", "3"))]
    data = {"as_of": at.as_of, "closing_day": date(2021, 12, 2)}

    assert calendar_lines(job.letter("extension-confirmation"), told, data) == ("1", "2", "3")


def test_no_item_is_left_out_of_a_letter_until_it_is_too_long():
    assert renewal(a_mailable_contract(a_line()))["more_items"] == 0


@pytest.mark.parametrize(
    ("kind", "is_deadline", "is_withdrawn", "keep_months", "makes_contract"),
    [
        ("renewal-notice", True, False, 60, False),
        ("service-start", False, False, 120, True),
        ("service-start-change", False, False, 120, True),
        ("service-start-correction", False, False, 120, True),
        ("extension-confirmation", False, True, 120, False),
        ("license-release", True, False, 60, False),
    ],
)
def test_of_each_letter_it_is_said_what_its_day_is_for_and_how_long_it_is_kept(
    kind, is_deadline, is_withdrawn, keep_months, makes_contract
):
    letter = LETTERS[kind]

    assert (letter.calendar_entry.is_deadline, letter.calendar_entry.is_withdrawn) == (is_deadline, is_withdrawn)
    assert (letter.keep_months, letter.makes_contract) == (keep_months, makes_contract)


# What a person approves


def test_the_facts_of_a_letter_stay_the_same_as_days_pass():
    contract = a_mailable_contract(a_line())

    assert lasting(renewal(contract, date(2021, 9, 1))) == lasting(renewal(contract, date(2021, 9, 8)))
    assert lasting(renewal(contract)) != lasting(renewal(a_mailable_contract(a_line(seats=11))))


def test_a_letter_without_its_reference_date_is_a_fault_of_ours():
    contract: Contract = a_mailable_contract(a_line())
    decision = Decision("license-release", "K-0001", "1", "2022-01-31/30d", Action.SEND, "due")

    with pytest.raises(ValueError, match="decided without its date"):
        letter_data(a_job(license_release.NOTICE), [decision], contract, RULES, RELEASE_DAY)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_data_is_all_that_the_shipped_letters_ask_for(language):
    """Each kind rendered from real decisions: a name that is missing would be an error."""
    renderer = Renderer()
    contract = a_partial_renewal(a_line("2", ROOMS, 3))
    contract = replace(contract, account=replace(contract.account, language=language, owner_name=""))

    for letter, data in (
        ("renewal-notice", renewal(a_mailable_contract(a_line(), language=language))),
        ("extension-confirmation", extension(contract)),
        ("license-release", release(contract)),
    ):
        words = renderer.words(letter, language, data)
        assert contract.account.company in words.text
