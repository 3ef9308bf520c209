"""A letter's day as a calendar file, read back by a library that had no part in writing it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.notices.listing import LETTERS as SHIPPED
from notify.letters.renderer import Renderer
from notify.mail.calendar_file import DayEvent, calendar_attachment, calendar_file, letter_event
from notify.mail.headers import Mailbox
from tests.notify.builders import a_mail
from tests.notify.letters.builders import LANGUAGES, LETTERS, case, sample

RENDERER = Renderer()
DESK = Mailbox("営業窓口", "sales@example.co.jp")
SAID_AT = datetime(2021, 9, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))


def an_event(**changes):
    facts = {
        "key": "K-0001/1/closing",
        "sequence": 0,
        "stamp": SAID_AT,
        "day": date(2021, 12, 2),
        "summary": "提出期限",
        "description": "一\n二",
        "language": "ja",
        "organizer": DESK,
        "is_reminded": True,
    }
    return DayEvent(**{**facts, **changes})


def read(raw: bytes):
    calendar = icalendar.Calendar.from_ical(raw)
    assert calendar.errors == []
    (entry,) = calendar.walk("VEVENT")
    assert entry.errors == []
    return calendar, entry


def of(letter, language, data, **changes):
    words = RENDERER.words(letter, language, data)
    known = {"key": "k", "sequence": 0, "stamp": SAID_AT, "organizer": DESK, **changes}
    entry = SHIPPED[letter].calendar_entry
    said = {"said_on": data["as_of"], "language": language}
    said |= {"is_deadline": entry.is_deadline, "is_withdrawn": entry.is_withdrawn}
    return letter_event(words, data[entry.day], **said, **known)


def test_an_entry_lasts_its_one_day_takes_no_time_and_asks_for_no_answer():
    calendar, entry = read(calendar_file(an_event()))

    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert entry["DTSTART"].dt == date(2021, 12, 2)
    assert entry["DTEND"].dt == date(2021, 12, 3)  # exclusive
    assert entry["TRANSP"] == "TRANSPARENT"
    assert entry["DTSTAMP"].dt == datetime(2021, 9, 1, 0, 0, tzinfo=UTC)
    assert (entry["ORGANIZER"], entry["ORGANIZER"].params["CN"]) == ("mailto:sales@example.co.jp", "営業窓口")
    assert "ATTENDEE" not in entry  # RFC 5546 3.2.1


def test_an_alarm_rings_in_the_morning_seven_days_before():
    (alarm,) = read(calendar_file(an_event()))[1].walk("VALARM")

    rings_at = datetime(2021, 12, 2) + alarm["TRIGGER"].dt  # noqa: DTZ001 - an all-day entry has no zone

    assert rings_at == datetime(2021, 11, 25, 9)  # noqa: DTZ001
    assert read(calendar_file(an_event(is_reminded=False)))[1].walk("VALARM") == []


def test_a_day_that_moves_is_the_same_entry_with_a_higher_sequence():
    first = read(calendar_file(an_event()))[1]
    moved = read(calendar_file(an_event(day=date(2022, 1, 2), sequence=1)))[1]
    other = read(calendar_file(an_event(key="K-0001/2/closing")))[1]

    assert first["UID"] == moved["UID"] != other["UID"]
    assert (first["SEQUENCE"], moved["SEQUENCE"]) == (0, 1)


def test_an_entry_that_is_withdrawn_is_cancelled_by_its_organizer_and_rings_no_more():
    kept = read(calendar_file(an_event()))[1]
    calendar, gone = read(calendar_file(an_event(sequence=1, is_reminded=False, is_withdrawn=True)))

    assert calendar["METHOD"] == "CANCEL"  # RFC 5546 3.2.5
    assert (gone["STATUS"], kept["STATUS"]) == ("CANCELLED", "CONFIRMED")
    assert (gone["UID"], gone["ORGANIZER"]) == (kept["UID"], kept["ORGANIZER"])
    assert gone["SEQUENCE"] > kept["SEQUENCE"]
    assert gone.walk("VALARM") == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n,;:\\"期限𠮷'), max_size=200))
@example("長い" * 100)
@example("BEGIN:VALARM\nEND:VEVENT\nATTENDEE:mailto:spy@example.com")
@example("a\\nb\\,c")
def test_any_text_comes_back_as_it_was_from_lines_that_are_not_too_long(text):
    raw = calendar_file(an_event(summary=text, description=f"。{text}", organizer=Mailbox(text, "a@example.co.jp")))
    entry = read(raw)[1]

    assert entry["SUMMARY"] == text
    assert entry["DESCRIPTION"] == f"。{text}"
    assert entry["ORGANIZER"] == "mailto:a@example.co.jp"
    assert len(entry.walk("VALARM")) == 1
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    assert raw.count(b"\n") == raw.count(b"\r\n")
    raw.decode("utf-8")


def test_the_same_facts_give_the_same_bytes():
    assert calendar_file(an_event()) == calendar_file(an_event())


def test_controls_and_line_ends_of_any_kind_break_no_line():
    entry = read(calendar_file(an_event(summary="a\rb\r\nc\x00d\x0be", description="")))[1]

    assert entry["SUMMARY"] == "a\nb\nc d e"
    assert "DESCRIPTION" not in entry


@pytest.mark.parametrize("changes", [{"sequence": -1}, {"stamp": SAID_AT.replace(tzinfo=None)}])
def test_a_naive_stamp_and_a_negative_sequence_are_refused(changes):
    with pytest.raises(ValueError, match="K-0001/1/closing"):
        calendar_file(an_event(**changes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("letter", "day", "is_reminded"),
    [
        ("renewal-notice", date(2021, 12, 2), True),  # B1: the closing day
        ("license-release", date(2022, 1, 31), True),  # N5: the term end
        ("service-start", date(2021, 9, 1), False),  # N2
        ("service-start-change", date(2021, 10, 1), False),  # N3: the new day
    ],
)
def test_each_letter_s_entry_is_on_the_letter_s_day_and_in_its_language(letter, day, is_reminded, language):
    data = sample(letter, language)
    event = of(letter, language, data)
    entry = read(calendar_file(event))[1]

    assert (event.day, event.is_reminded) == (day, is_reminded)
    assert data["items"][0]["menu"] in entry["SUMMARY"]
    assert entry["SUMMARY"].params["LANGUAGE"] == language
    assert all(told in entry["DESCRIPTION"] for told in (data["contract"], data["account"]["number"]))


@pytest.mark.parametrize(("days_before", "is_reminded"), [(30, True), (8, True), (7, False), (1, False), (0, False)])
def test_a_reminder_that_would_be_over_already_is_left_out(days_before, is_reminded):
    data = sample("license-release", "ja", as_of=date(2022, 1, 31) - timedelta(days=days_before))

    assert of("license-release", "ja", data).is_reminded is is_reminded


@pytest.mark.parametrize("letter", [letter for letter in LETTERS if letter != "extension-confirmation"])
def test_a_mail_carries_the_entry_as_a_published_calendar(letter):
    event = of(letter, "ja", sample(letter, "ja"))

    raw = a_mail(attachments=[calendar_attachment(event, letter)])

    assert b"Content-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n" in raw
    assert f'filename="{letter}-{event.day}.ics"'.encode() in raw


def test_a_mail_says_what_is_to_be_done_with_the_file_as_the_file_does():
    raw = a_mail(attachments=[calendar_attachment(an_event(is_withdrawn=True), "extension-confirmation")])

    assert b"Content-Type: text/calendar; charset=utf-8; method=CANCEL\r\n" in raw


def test_storage_that_cannot_be_cut_later_is_told_in_the_entry_too():
    """B4."""
    data = case("renewal-notice", "ja", "storage")

    said = of("renewal-notice", "ja", data).description
    assert "クラウド録画容量拡張は、終了または容量の変更をご希望の場合も、この日までに" in said
