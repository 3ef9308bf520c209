"""From a decision to a mail ready for the ledger."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from icalendar import Calendar

from contracts.rules.terms import term_of
from jobs.app import App
from jobs.config.load import load_settings
from jobs.notices import extension_confirmation, renewal_notice, service_start
from jobs.notices.decision import Action, Key, Recorded
from jobs.notices.rules import OpeningRules
from notify.letters.words import Words
from notify.mail.headers import Mailbox
from tests.contracts.values import WEBINAR, a_continuation, a_line
from tests.jobs.builders import a_job, a_mailable_contract, every_job, on

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def composer(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[sender.brand]\nsignature = """営業部\n第一課"""\n', encoding="utf-8")
    return App(load_settings(config, {})).composer


def text_of(draft):
    return message_from_bytes(draft.raw, policy=policy.default).get_body(("plain",)).get_content()


def the_decision(decisions):
    return next(decision for decision in decisions if decision.action is Action.SEND)


def renewal(as_of=date(2021, 9, 1)):
    contract = a_mailable_contract(a_line())
    return contract, the_decision(renewal_notice.decisions(contract, renewal_notice.RenewalRules(), on(as_of)))


def start(starts_on, *told):
    line = a_line(term=term_of(starts_on, 12), opened_on=date(2021, 8, 20))
    contract = a_mailable_contract(line)
    return contract, the_decision(service_start.decisions(contract, OpeningRules(), on(date(2021, 9, 1), *told)))


def extension(as_of=date(2021, 9, 1), *told, letters=(), lines=None):
    """The confirmation of a continuation; `told` are lines that a renewal notice told, `letters` which one each."""
    record = {
        Key("renewal-notice", "K-0001", line, "2022-01/5m"): Recorded("sent", NOW - timedelta(days=1), letter=letter)
        for line, letter in zip(told, letters or range(len(told)), strict=True)
    }
    contract = a_mailable_contract(*(lines or (a_line("1"), a_continuation("2", opened_on=as_of))))
    return contract, the_decision(extension_confirmation.decisions(contract, OpeningRules(), on(as_of, record=record)))


def draft_of(composer, contract, decision, as_of=date(2021, 9, 1), now=NOW):
    job = next(job for job in every_job() if decision.kind in job.kinds)
    return composer.draft(job, [decision], contract, as_of, now)


def calendar_entries(draft):
    mail = message_from_bytes(draft.raw, policy=policy.default)
    return [Calendar.from_ical(file.get_content()).walk("VEVENT")[0] for file in mail.iter_attachments()]


def calendar_entry(draft):
    (event,) = calendar_entries(draft)
    return event


class OfTheCalendar:
    """A renderer whose letters all have something to say in the calendar."""

    def words(self, *_letter, **_variants):
        return Words("件名", "本文", "<p>本文</p>", "", event="更新期限\n契約番号")


def test_to_names_the_owner_without_the_honorific_that_the_book_has(composer):
    contract, decision = renewal()
    contract = replace(contract, account=replace(contract.account, owner_name="見本 花子 様"))

    mail = message_from_bytes(draft_of(composer, contract, decision).raw, policy=policy.default)

    assert mail["To"].addresses[0].display_name == "見本 花子"


def test_the_closing_day_comes_as_a_calendar_entry(composer):
    event = calendar_entry(draft_of(composer, *renewal()))

    assert event.decoded("DTSTART") == date(2021, 12, 2)  # B1


def test_a_moved_start_replaces_the_entry_of_the_start_first_told(composer):  # N3
    first = calendar_entry(draft_of(composer, *start(date(2021, 10, 1))))
    moved_on = start(date(2021, 11, 1), ("service-start", "2021-10-01"))
    moved = calendar_entry(draft_of(composer, *moved_on, as_of=date(2021, 9, 5), now=NOW + timedelta(days=4)))

    assert moved["UID"] == first["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved.decoded("DTSTART") == date(2021, 11, 1)


def test_what_is_said_later_counts_within_the_same_day_too(composer):
    early, late = (calendar_entry(draft_of(composer, *renewal(), now=NOW + timedelta(hours=hours))) for hours in (0, 5))

    assert (late["UID"], late["SEQUENCE"]) == (early["UID"], early["SEQUENCE"] + 5 * 3600)


def test_sequences_fit_what_calendars_take_for_sixty_years(composer):
    last = calendar_entry(draft_of(composer, *renewal(), now=datetime(2088, 1, 1, tzinfo=UTC)))

    assert 0 < last["SEQUENCE"] < 2**31


def test_a_day_in_the_past_is_not_attached_and_the_letter_says_nothing_of_a_file(composer):
    contract, decision = start(date(2021, 9, 1))
    said = {as_of: draft_of(composer, contract, decision, as_of=date(2021, 9, as_of)) for as_of in (1, 2)}

    assert [len(calendar_entries(said[as_of])) for as_of in (1, 2)] == [1, 0]
    assert [text_of(said[as_of]).count(".ics") for as_of in (1, 2)] == [1, 0]
    assert said[1].facts_hash == said[2].facts_hash  # nobody has to approve it anew


def test_an_extension_takes_the_closing_day_out_of_the_calendar(composer):
    composer = replace(composer, renderer=OfTheCalendar())
    entered = calendar_entry(draft_of(composer, *renewal()))
    withdrawn = calendar_entry(draft_of(composer, *extension(date(2021, 9, 2), "1"), now=NOW + timedelta(days=1)))

    assert (withdrawn["STATUS"], withdrawn["UID"]) == ("CANCELLED", entered["UID"])
    assert withdrawn["SEQUENCE"] > entered["SEQUENCE"]
    assert withdrawn["ORGANIZER"] == entered["ORGANIZER"]
    assert withdrawn.decoded("DTSTART") == date(2021, 12, 2)


def test_an_extension_whose_owner_was_never_told_a_closing_day_withdraws_none(composer):
    composer = replace(composer, renderer=OfTheCalendar())

    assert calendar_entries(draft_of(composer, *extension())) == []


def test_a_closing_day_that_has_passed_is_not_withdrawn(composer):
    composer, day = replace(composer, renderer=OfTheCalendar()), date(2021, 12, 3)

    assert calendar_entries(draft_of(composer, *extension(day, "1"), as_of=day)) == []


def test_each_entry_is_withdrawn_by_a_file_of_its_own(composer):  # RFC 5546 3.2.5: one UID
    lines = (a_line("1"), a_line("2"), a_continuation("3", opened_on=date(2021, 9, 1)))
    draft = draft_of(replace(composer, renderer=OfTheCalendar()), *extension(date(2021, 9, 1), "1", "2", lines=lines))
    names = [file.get_filename() for file in message_from_bytes(draft.raw, policy=policy.default).iter_attachments()]

    assert len({entry["UID"] for entry in calendar_entries(draft)}) == 2
    assert names == ["extension-confirmation-1-2021-12-02.ics", "extension-confirmation-2-2021-12-02.ics"]


@pytest.fixture(scope="module", params=["ja", "en"])
def long_letter(request, tmp_path_factory):
    """A renewal notice about 400 lines of a contract, in a language; the last is called as a formula would be."""
    lines = [a_line(str(number), WEBINAR, seats=number) for number in range(1, 400)]
    lines.append(a_line("400", replace(WEBINAR, name_ja="=1+1", name_en="=1+1"), seats=400))
    contract = a_mailable_contract(*lines, language=request.param)
    job = a_job(renewal_notice.NOTICE, group_by="contract")
    decided = [each for each in job.decide(contract, on(date(2021, 9, 1))) if each.action is Action.SEND]
    config = tmp_path_factory.mktemp("long") / "config.toml"
    config.touch()
    composer = App(load_settings(config, {})).composer
    return message_from_bytes(composer.draft(job, decided, contract, date(2021, 9, 1), NOW).raw, policy=policy.default)


def test_a_letter_about_more_than_one_mail_holds_stays_below_what_gmail_cuts_off(long_letter):
    assert len(long_letter.get_body(("html",)).get_content().encode()) < 100_000


def test_what_a_long_letter_leaves_out_stands_in_the_table_beside_it(long_letter):
    file = next(part for part in long_letter.iter_attachments() if part.get_content_type() == "text/csv")
    heading, *rows = csv.reader(io.StringIO(file.get_content().removeprefix("\ufeff"), newline=""))

    assert file.get_filename() == "renewal-notice-K-0001.csv"
    assert heading[1] == {"ja": "明細番号", "en": "Line"}[long_letter["Content-Language"]]
    assert [row[1] for row in rows] == [str(number) for number in range(1, 401)]
    assert rows[0][3:] == ["1", "2021-02-01", "2022-01-31"]
    assert rows[399][2] == "'=1+1"  # no spreadsheet runs it


def test_a_letter_that_one_mail_holds_has_no_table(composer):
    mail = message_from_bytes(draft_of(composer, *renewal()).raw, policy=policy.default)

    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"]


def test_another_number_of_licences_in_the_table_is_another_letter(composer):
    def words_hash(seats):
        lines = [a_line(str(number), WEBINAR) for number in range(1, 400)]
        contract = a_mailable_contract(*lines, a_line("400", WEBINAR, seats=seats))
        job = a_job(renewal_notice.NOTICE, group_by="contract")
        decided = [each for each in job.decide(contract, on(date(2021, 9, 1))) if each.action is Action.SEND]
        return composer.draft(job, decided, contract, date(2021, 9, 1), NOW).words_hash

    assert words_hash(1) != words_hash(2)


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
    assert "営業部\r\n第一課" in text_of(draft_of(composer, *renewal()))


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
