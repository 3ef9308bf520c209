"""Japanese subjects and names come back as they were, from any reader; hostile ones do no harm.

The decoder is written from RFC 2047 and RFC 5322 alone and is strict: it shares nothing with what it judges.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from notify.letters.words import Words
from notify.mail.headers import Mailbox, clean_name
from notify.mail.message import message_bytes
from tests.notify.builders import NOW
from tests.notify.mail.readers import header_lines, name_before, strictly, unfolded

JAPANESE = st.sampled_from("契約更新期限のご案内株式会社サンプル商事①㈱髙﨑ｱ　ー～－〜―葛󠄀𠮷👨‍👩‍👧‍👦é")
LATIN = st.sampled_from("aZ09 .,;:<>@\"'()[]\\/=?_-!#&  ")
LINES = st.text(JAPANESE | LATIN, min_size=1, max_size=90)
HOSTILE = st.text(
    JAPANESE
    | LATIN
    | st.sampled_from("\r\n\t\x00\x0b\x1b\x7f\x85\u2028\u2029\u202e\u2066\u200b\ufeff\ud800")
    | st.characters(),
    max_size=60,
)


def mail(subject: str = "件名", name: str = "名前", date: datetime = NOW) -> bytes:
    to = [Mailbox(name, "owner@example.co.jp")]
    return message_bytes(
        Words(subject=subject, text="本文", html="<p>本文</p>", template_hash=""),
        sender=Mailbox(name, "notices@example.com"),
        reply_to=Mailbox(name, "sales@example.com"),
        to=to,
        cc=to,
        message_id="1@example.com",
        date=date,
        language="ja",
    )


@settings(max_examples=500, deadline=None)
@given(LINES)
@example("契約 更新 期限 の ご案内 契約 更新 期限 の ご案内 契約 更新 期限 の ご案内")
@example("【Zoom ライセンスサービス】サービス延長のお知らせ")
@example("Your licences end on 31 January 2022: order the continuation by 2 December 2021 at the latest, please")
@example("x" * 90)
@example("=?utf-8?q?x?=")
@example("a =?utf-8?b?44GC?= あ")
def test_a_strict_reader_gets_the_subject_back(subject):
    assume(clean_name(subject))
    raw = mail(subject=subject)

    assert strictly(unfolded(header_lines(raw, "Subject"))) == clean_name(subject)
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    assert b"?==?" not in raw


@settings(max_examples=400, deadline=None)
@given(LINES)
@example('山田 "太郎", 営業部 <x@y>')
@example("O'Neil, Pat")
@example("a.b")
@example('"quoted"')
@example("back\\slash")
def test_a_strict_reader_gets_the_display_names_back(name):
    raw = mail(name=name)

    for header, address in (
        ("From", "notices@example.com"),
        ("To", "owner@example.co.jp"),
        ("Reply-To", "sales@example.com"),
    ):
        assert name_before(unfolded(header_lines(raw, header)), address, strictly) == clean_name(name)


@settings(max_examples=200, deadline=None)
@given(HOSTILE, HOSTILE)
@example("a\r\nBcc: x@example.com", "b\u2028c\x85d")
@example("=?utf-8?q?x?=", "\u202e逆さ\u202c")
@example("\ud83d", "")
def test_no_text_adds_a_header_or_a_recipient_or_a_defect(subject, name):
    raw = mail(subject=subject, name=name)
    message = message_from_bytes(raw, policy=default)

    assert [header for header in message if header != "Subject"] == [
        "From", "To", "Cc", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "Content-Language", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert [each.addr_spec for each in message["To"].addresses] == ["owner@example.co.jp"]
    # Python's own parser puts a space between the encoded-words of a name; the strict reader above judges those.
    assert message["To"].addresses[0].display_name.replace(" ", "") == clean_name(name).replace(" ", "")
    assert message.get("Subject", "") == clean_name(subject)
    assert [defect for value in message.values() for defect in value.defects] == []
    assert message.defects == []


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_a_clean_name_is_one_line_that_shows_what_it_holds(text):
    name = clean_name(text)

    assert clean_name(name) == name
    assert len(name.splitlines()) <= 1
    assert "=?" not in name
    assert {unicodedata.category(sign) for sign in name} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert {
        sign
        for sign in name
        if unicodedata.bidirectional(sign) in {"RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
    } == set()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("山田\r\nBcc: x@example.com", "山田 Bcc: x@example.com"),
        ("山田\u2028太郎\x85様", "山田 太郎 様"),
        ("=?utf-8?q?x?=", "= ?utf-8?q?x? ="),
        ("\u202e逆さ\u202c\u2066まま\u2069", "逆さまま"),
        ("  山田   太郎 ", "山田 太郎"),
        ("株式会社　山田", "株式会社　山田"),
        ("株式会社 　山田", "株式会社　山田"),
        ("👨‍👩‍👧‍👦 家族", "👨‍👩‍👧‍👦 家族"),
        ("𠮷野 葛󠄀城", "𠮷野 葛󠄀城"),
        ("\ud800", "\ufffd"),
        ("\u200b\ufeff", ""),
    ],
)
def test_clean_name_takes_out_what_harms_and_leaves_what_is_a_name(text, name):
    assert clean_name(text) == name


def test_a_plain_english_subject_stays_readable_in_the_raw_mail():
    assert b"Subject: Your licences end on 31 January 2022\r\n" in mail(subject="Your licences end on 31 January 2022")


def test_a_reader_that_decodes_word_by_word_sees_whole_characters():
    words = unfolded(header_lines(mail(subject="𠮷" * 60), "Subject")).split(" ")

    assert len(words) > 1
    assert "".join(map(strictly, words)) == "𠮷" * 60


@pytest.mark.parametrize(
    "subject",
    [
        "a" + "漢" * 60,  # no piece of whole characters is a multiple of 3 octets
        "é" + "漢" * 60,
        "漢" * 20 + "é" + "漢" * 20 + "é" + "漢" * 20,
        "aé" + "漢" * 60,
        "éé" + "漢" * 60,
        "𠮷𠮷" + "漢" * 60,
        "𠮷" * 40,
        "漢" * 60 + "a",
    ],
)
def test_no_word_but_the_last_is_padded(subject):
    words = unfolded(header_lines(mail(subject=subject), "Subject")).split(" ")

    assert "".join(map(strictly, words)) == subject
    assert [word for word in words[:-1] if word.endswith("=?=")] == []


@pytest.mark.parametrize("header", ["From", "To"])
def test_a_name_of_14_full_width_signs_is_one_word(header):
    """Python's reader puts a blank between the words of a name."""
    assert str(message_from_bytes(mail(name="例" * 14), policy=default)[header]).startswith("例" * 14)


def test_no_sign_that_a_name_cannot_have_passes_for_printable():
    changed = [sign for sign in map(chr, range(0x110000)) if clean_name(f"a{sign}b") != f"a{sign}b"]

    assert len(changed) > 100
    assert not [sign for sign in changed if sign.isprintable()]


def test_letters_of_one_instant_are_dated_in_the_zone_that_each_was_given():
    instant = datetime(2021, 9, 1, 0, 30, tzinfo=UTC)
    tokyo = instant.astimezone(timezone(timedelta(hours=9)))

    dates = [header_lines(mail(date=each), "Date") for each in (instant, tokyo, instant)]

    utc, japan = ["Date: Wed, 01 Sep 2021 00:30:00 +0000"], ["Date: Wed, 01 Sep 2021 09:30:00 +0900"]
    assert dates == [utc, japan, utc]
