"""Words → the bytes of a mail: headers, Japanese folding, text and HTML.

The bytes are written directly. The standard library's modern policy corrupts Japanese subjects that hold spaces
(python/cpython#92081, #144156) and is the slowest step of the whole path. What is written here is 7-bit, its lines
end in CRLF and stay within 76 characters; only an address or a Message-ID longer than that makes a longer line.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from notify.rendering import Words

_LINE = 76  # characters of a line (RFC 2045 6.8, RFC 2047 2)
_WORD_OCTETS = 39  # of text in one encoded-word: 64 characters as base64, so it fits after "Reply-To: " as well
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # a phrase that needs no quotes (RFC 5322 3.2.3)
_QUOTABLE = re.compile(r"[ !#-\[\]-~]+")  # printable ASCII but for the quote and the backslash
_PLAIN_ASCII = re.compile(r"[!-~]+(?: [!-~]+)*")
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9._-]+")
_MESSAGE_ID = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[!#-'*+\-/-9=?A-Z^-~.]+")
_LANGUAGE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_FULL_WIDTH_SPACE = "\u3000"  # parts Japanese names
_JOINERS = "\u200c\u200d"  # invisible, but emoji and some scripts are spelled with them


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who a mail is from or to. The address is ASCII already: its domain in A-labels."""

    name: str
    address: str


def clean_name(text: str) -> str:
    """The text as one harmless line.

    Line breaks, controls and odd spaces become spaces, runs of spaces one space; bidi controls and other invisible
    signs go; a lone surrogate is replaced; what looks like an encoded-word (RFC 2047) is broken up so that no reader
    decodes it.
    """
    line = " ".join(part for part in "".join(map(_harmless, text)).split(" ") if part)
    return line.strip().replace("=?", "= ?").replace("?=", "? =")


def message_bytes(  # noqa: PLR0913 - each is one header of the mail
    words: Words,
    *,
    sender: Mailbox,
    reply_to: Mailbox | None,
    to: Sequence[Mailbox],
    cc: Sequence[Mailbox],
    message_id: str,
    date: datetime,
    language: str,
) -> bytes:
    """The whole mail, the same for the same arguments. `message_id` comes without its angle brackets.

    Raises:
        ValueError: an address, the Message-ID or the language cannot stand in a header, or the date is naive.
    """
    if date.tzinfo is None:
        raise ValueError("a mail's date needs its zone")
    headers = [
        _header("From", _mailboxes([sender])),
        _header("To", _mailboxes(to)),
        _header("Cc", _mailboxes(cc)),
        _header("Reply-To", _mailboxes([reply_to] if reply_to else [])),
        _header("Subject", _unstructured(clean_name(words.subject))),
        _header("Date", [format_datetime(date)]),
        _header("Message-ID", [f"<{_checked(_MESSAGE_ID, message_id, 'a Message-ID')}>"]),
        _header("Auto-Submitted", ["auto-generated"]),  # RFC 3834 5: no one's absence note shall answer it
        _header("X-Auto-Response-Suppress", ["All"]),  # the same for Exchange
        _header("Content-Language", [_checked(_LANGUAGE, language, "a language")]),
        b"MIME-Version: 1.0\r\n",
    ]
    parts = [_text_part("plain", words.text), _text_part("html", words.html)]
    return b"".join(headers) + _multipart("alternative", parts, seed=message_id)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return character if character == _FULL_WIDTH_SPACE else " "
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cf" and character not in _JOINERS else character


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{value!r} cannot stand in a header as {what}")
    return value


def _header(name: str, tokens: Iterable[str]) -> bytes:
    """The header, folded between its tokens; nothing where there are none."""
    lines, line = [], f"{name}:"
    for token in tokens:
        if len(line) + 1 + len(token) > _LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line = f"{line} {token}"
    lines.append(line)
    return b"" if lines == [f"{name}:"] else "\r\n".join([*lines, ""]).encode("ascii")


def _unstructured(text: str) -> list[str]:
    """A subject's tokens. Spaces between encoded-words are not read, so the spaces of the text are inside them."""
    if _PLAIN_ASCII.fullmatch(text) and all(len(word) < _LINE - len("Subject: ") for word in text.split(" ")):
        return text.split(" ")
    return _encoded_words(text)


def _mailboxes(mailboxes: Sequence[Mailbox]) -> list[str]:
    tokens: list[str] = []
    for mailbox in mailboxes:
        if tokens:
            tokens[-1] += ","
        tokens += _phrase(clean_name(mailbox.name))
        tokens.append(f"<{_checked(_ADDRESS, mailbox.address, 'an address')}>")
    return tokens


def _phrase(name: str) -> list[str]:
    """A display name's tokens: as it is, in quotes, or encoded."""
    if len(name) > _WORD_OCTETS or not _QUOTABLE.fullmatch(name):
        return _encoded_words(name)
    return [name] if _ATOMS.fullmatch(name) else [f'"{name}"']


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 encoded-words, each of whole characters: some readers decode them one by one."""
    words: list[bytes] = []
    room = 0
    for character in text:
        octets = character.encode()
        if len(octets) > room:
            words.append(b"")
            room = _WORD_OCTETS
        words[-1] += octets
        room -= len(octets)
    return [f"=?utf-8?b?{b2a_base64(word, newline=False).decode()}?=" for word in words]


def _text_part(subtype: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")  # canonical form (RFC 2045 6.8)
    encoded = b2a_base64(lines.encode("utf-8", "replace"), newline=False)
    body = b"\r\n".join([encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)])
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + body


def _multipart(subtype: str, parts: Iterable[bytes], *, seed: str) -> bytes:
    """The parts under one head; itself a part, so that attachments can be put around it (multipart/mixed).

    No base64 line begins with two hyphens and no header of a part holds the hash, so the boundary cannot occur inside.
    """
    boundary = "=_" + sha256(f"{subtype} {seed}".encode()).hexdigest()[:32]
    opening = f"\r\n--{boundary}\r\n".encode("ascii")
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode("ascii")
    return head + b"".join(opening + part for part in parts) + f"\r\n--{boundary}--\r\n".encode("ascii")
