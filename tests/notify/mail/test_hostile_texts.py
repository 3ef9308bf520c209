"""3,000 names and subjects that mail programs have broken on come back from every reader as they were written.

What mail programs themselves make of such mails is asked in test_installed_readers.py.
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

from notify.mail.headers import clean_name
from tests.notify.mail.hostile import SENDER, hostile_texts, mail_of
from tests.notify.mail.readers import header_lines, name_before, one_by_one, strictly, together, unfolded

IN_ONE_WORD = 42  # octets of a name behind `From: `


@lru_cache(1)
def mails() -> list[tuple[str, bytes]]:
    """Each text as the subject and as the sender's name of its mail, which needs no body here."""
    texts = ((text, clean_name(text)) for text in hostile_texts(3000, seed=13))
    return [(clean, mail_of(text, text).partition(b"MIME-Version")[0] + b"\r\n") for text, clean in texts if clean]


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
