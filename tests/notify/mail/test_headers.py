"""Japanese subjects and names come back as they were, from any reader; hostile ones do no harm.

The decoder here is written from RFC 2047 and RFC 5322 alone and is strict: it shares nothing with what it judges.
"""

from __future__ import annotations

import base64
import re
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

ENCODED_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/]+={0,2})\?=")

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


def header_lines(raw: bytes, name: str) -> list[str]:
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii").split("\r\n")
    start = next(n for n, line in enumerate(head) if line.lower().startswith(f"{name.lower()}:"))
    following = next((n for n in range(start + 1, len(head)) if not head[n].startswith(" ")), len(head))
    return head[start:following]


def unfolded(lines: list[str]) -> str:
    assert all(line.strip() for line in lines), "a folded line must not be empty"
    value = "".join(lines).split(":", 1)[1]
    assert value.startswith(" ")
    return value[1:]


def decoded_text(value: str) -> str:
    """An unstructured value: encoded-words are whole, space-separated tokens; space between two of them is not text."""
    result, last_was_encoded = "", False
    for token in re.split(r"( +)", value):
        if not token.strip(" "):
            gap = token
            continue
        encoded = ENCODED_WORD.fullmatch(token)
        if encoded is None:
            assert "=?" not in token or "?=" not in token, f"an encoded-word must stand alone: {token!r}"
        else:
            assert len(token) <= 75, "RFC 2047 2: an encoded-word has at most 75 characters"
        if result and not (encoded and last_was_encoded):
            result += gap
        # Strict decoding fails where a character was split between two words.
        result += base64.b64decode(encoded[1], validate=True).decode("utf-8") if encoded else token
        last_was_encoded = encoded is not None
    return result


def decoded_name(phrase: str) -> str:
    if phrase.startswith('"'):
        quoted = re.fullmatch(r'"((?:[^"\\\r\n]|\\.)*)"', phrase)
        assert quoted is not None
        return re.sub(r"\\(.)", r"\1", quoted[1])
    assert ENCODED_WORD.search(phrase) or re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*", phrase), phrase
    return decoded_text(phrase)


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

    assert decoded_text(unfolded(header_lines(raw, "Subject"))) == clean_name(subject)
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
        value = unfolded(header_lines(raw, header))
        assert value.endswith(f"<{address}>")
        assert decoded_name(value.removesuffix(f"<{address}>").rstrip(" ")) == clean_name(name)


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
    lines = header_lines(mail(subject="𠮷" * 60), "Subject")
    parts = [base64.b64decode(each).decode("utf-8") for each in ENCODED_WORD.findall("".join(lines))]

    assert len(parts) > 1
    assert "".join(parts) == "𠮷" * 60


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
