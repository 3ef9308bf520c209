"""3,000 names and subjects that mail programs have broken on come back from every reader as they were written.

GMime 3.2 (by itself and through notmuch), Go's net/mail, Perl's Email::MIME and CPython 3.10 to 3.13 read these very
mails, too, when this was written: 0 of them wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr
from functools import lru_cache

import fast_mail_parser
import pytest

from notify.letters.words import Words
from notify.mail.headers import Mailbox, clean_name
from notify.mail.message import message_bytes
from tests.notify.builders import NOW
from tests.notify.mail.hostile import hostile_texts
from tests.notify.mail.readers import header_lines, name_before, one_by_one, strictly, together, unfolded

SENDER = "notices@example.com"
IN_ONE_WORD = 42  # octets of a name behind `From: `


@lru_cache(1)
def mails() -> list[tuple[str, bytes]]:
    """Each text as the subject and as the sender's name of its mail, which needs no body here."""
    return [(clean_name(text), head(text)) for text in hostile_texts(3000, seed=13) if clean_name(text)]


def head(text: str) -> bytes:
    raw = message_bytes(
        Words(subject=text, text="", html="", template_hash=""),
        sender=Mailbox(text, SENDER),
        reply_to=None,
        to=[Mailbox(text, "owner@example.co.jp"), Mailbox(text, "second@example.co.jp")],
        cc=[],
        message_id="1@example.com",
        date=NOW,
        language="ja",
    )
    return raw.partition(b"MIME-Version")[0] + b"\r\n"


def python_s(raw: bytes) -> str:
    return str(message_from_bytes(raw, policy=default)["Subject"])


def older_python_s(raw: bytes) -> str:
    return str(make_header(decode_header(message_from_bytes(raw)["Subject"])))


def fast_mail_parser_s(raw: bytes) -> str:
    return str(fast_mail_parser.parse_email(raw).subject)


def by(decoded: Callable[[str], str]) -> Callable[[bytes], str]:
    return lambda raw: decoded(unfolded(header_lines(raw, "Subject")))


SUBJECTS = {
    "Python": python_s,
    "Python before 3.6": older_python_s,
    "mail-parser": fast_mail_parser_s,
    "RFC 2047": by(strictly),
    "Go": by(one_by_one),
    "GMime": by(together),
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_no_reader_misreads_a_subject(subject):
    assert [(text, read) for text, raw in mails() if (read := subject(raw)) != text] == []


def older_python_s_name(raw: bytes) -> str:
    return str(make_header(decode_header(parseaddr(message_from_bytes(raw)["From"])[0])))


def name_by(decoded: Callable[[str], str]) -> Callable[[bytes], str]:
    return lambda raw: name_before(unfolded(header_lines(raw, "From")), SENDER, decoded)


NAMES = {
    "Python before 3.6": older_python_s_name,
    "RFC 2047": name_by(strictly),
    "Go": name_by(one_by_one),
    "GMime": name_by(together),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_reader_misreads_a_name(name):
    assert [(text, read) for text, raw in mails() if (read := name(raw)) != text] == []


def test_python_s_reader_misreads_no_name_that_fits_in_one_word():
    """It puts a blank between the words of a longer one, and nothing but a shorter name can help it."""
    short = [(text, raw) for text, raw in mails() if len(text.encode()) <= IN_ONE_WORD]

    assert len(short) > 1000
    assert [(text, read) for text, raw in short if (read := python_s_name(raw)) != text] == []


def python_s_name(raw: bytes) -> str:
    return str(message_from_bytes(raw, policy=default)["From"].addresses[0].display_name)


def test_the_readers_that_are_ours_are_not_lenient():
    padded = "=?utf-8?b?44GCYQ==?= =?utf-8?b?44GC?="

    assert one_by_one(padded) == strictly(padded) == "あaあ"
    assert together(padded) == "あa"  # as GMime reads it
