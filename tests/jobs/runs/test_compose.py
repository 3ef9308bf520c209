"""From a decision to a mail ready for the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from icalendar import Calendar

from contracts.rules.terms import term_of
from jobs.app import App
from jobs.config.load import load_settings
from jobs.notices import extension_confirmation, renewal_notice, service_start
from jobs.notices.decision import Action
from jobs.notices.rules import OpeningRules
from notify.mail.headers import Mailbox
from tests.contracts.values import a_continuation, a_line
from tests.jobs.builders import a_mailable_contract, every_job, on

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def composer(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[sender.brand]\nsignature = """営業部\n第一課"""\n', encoding="utf-8")
    return App(load_settings(config, {})).composer


def the_decision(decisions):
    return next(decision for decision in decisions if decision.action is Action.SEND)


def renewal(as_of=date(2021, 9, 1)):
    contract = a_mailable_contract(a_line())
    return contract, the_decision(renewal_notice.decisions(contract, renewal_notice.RenewalRules(), on(as_of)))


def start(starts_on, *told):
    line = a_line(term=term_of(starts_on, 12), opened_on=date(2021, 8, 20))
    contract = a_mailable_contract(line)
    return contract, the_decision(service_start.decisions(contract, OpeningRules(), on(date(2021, 9, 1), *told)))


def draft_of(composer, contract, decision, as_of=date(2021, 9, 1), now=NOW):
    job = next(job for job in every_job() if decision.kind in job.kinds)
    return composer.draft(job, [decision], contract, as_of, now)


def calendar_entry(draft):
    mail = message_from_bytes(draft.raw, policy=policy.default)
    (attachment,) = mail.iter_attachments()
    (event,) = Calendar.from_ical(attachment.get_content()).walk("VEVENT")
    return event


def test_the_closing_day_comes_as_a_calendar_entry(composer):
    event = calendar_entry(draft_of(composer, *renewal()))

    assert event.decoded("DTSTART") == date(2021, 12, 2)  # B1


def test_a_moved_start_replaces_the_entry_of_the_start_first_told(composer):  # N3
    first = calendar_entry(draft_of(composer, *start(date(2021, 10, 1))))
    moved_on = start(date(2021, 11, 1), ("service-start", "2021-10-01"))
    moved = calendar_entry(draft_of(composer, *moved_on, as_of=date(2021, 9, 5)))

    assert moved["UID"] == first["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved.decoded("DTSTART") == date(2021, 11, 1)


def test_an_extension_is_no_day_to_keep_and_brings_no_entry(composer):
    contract = a_mailable_contract(a_line(), a_continuation("1", opened_on=date(2021, 9, 1)))
    rules = OpeningRules()
    decision = the_decision(extension_confirmation.decisions(contract, rules, on(date(2021, 9, 1))))

    mail = message_from_bytes(draft_of(composer, contract, decision).raw, policy=policy.default)

    assert list(mail.iter_attachments()) == []


def test_the_words_are_the_same_at_another_hour_and_the_message_id_is_not(composer):
    early, late = (draft_of(composer, *renewal(), now=NOW + timedelta(hours=hours)) for hours in (0, 5))

    assert early.words_hash == late.words_hash
    assert early.message_id != late.message_id


def test_another_day_changes_the_words_but_not_the_facts_that_a_person_approves(composer):
    contract, decision = renewal()

    today = draft_of(composer, contract, decision)
    tomorrow = draft_of(composer, contract, decision, as_of=date(2021, 9, 2))

    assert today.words_hash != tomorrow.words_hash  # "92 days left"
    assert today.facts_hash == tomorrow.facts_hash


def test_another_recipient_is_another_fact(composer):
    contract, decision = renewal()

    other = draft_of(composer, contract, replace(decision, to=("new-owner@example.co.jp",)))

    assert other.facts_hash != draft_of(composer, contract, decision).facts_hash


def test_the_signature_stands_in_the_letter_line_by_line(composer):
    mail = message_from_bytes(draft_of(composer, *renewal()).raw, policy=policy.default)

    assert "営業部\r\n第一課" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("language", "name", "company"),
    [
        ("ja", "ライセンス更新窓口", "株式会社サンプル販売"),
        ("en", "Licence desk", "Mihon Ltd."),
        ("de", "ライセンス更新窓口", "株式会社サンプル販売"),  # not configured
    ],
)
def test_a_letter_comes_from_who_its_language_says_is_writing(tmp_path, language, name, company):
    (tmp_path / "config.toml").write_text('[sender.en]\ncompany = "Mihon Ltd."\nfrom_name = "Licence desk"', "utf-8")
    composer = App(load_settings(tmp_path / "config.toml", {})).composer

    assert composer.rules.sender_in(language)["company"] == company
    assert composer.from_in(language) == Mailbox(name, "noreply@example.co.jp")
