"""Words → the bytes of a mail: headers, Japanese folding, text and HTML, attachments and inline images.

The bytes are written directly. The standard library's modern policy corrupts Japanese subjects that hold spaces
(python/cpython#92081, #144156) and is the slowest step of the whole path. What is written here is 7-bit, its lines
end in CRLF and stay within 76 characters; only an address, a Message-ID or an unsubscribe address longer than that
makes a longer line.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from struct import unpack
from urllib.parse import quote

from notify.letters.renderer import Words

_LINE = 76  # characters of a line (RFC 2045 6.8, RFC 2047 2)
_WORD_OCTETS = 39  # of text in one encoded-word: 64 characters as base64, so it fits after "Reply-To: " as well
_WITHIN_A_CHARACTER = 0b1000_0000  # how an octet of UTF-8 begins that is not its character's first
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # a phrase that needs no quotes (RFC 5322 3.2.3)
_QUOTABLE = re.compile(r"[ !#-\[\]-~]+")  # printable ASCII but for the quote and the backslash
_PLAIN_ASCII = re.compile(r"[!-~]+(?: [!-~]+)*")
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9._-]+")
_MESSAGE_ID = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[!#-'*+\-/-9=?A-Z^-~.]+")
_CONTENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9._-]+")  # what a `cid:` address can say as it stands
_UNSUBSCRIBE = re.compile(r"(?:https://|mailto:)[!#-;=?-~]+")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*^_`{|}~.+-]+")  # RFC 2045 5.1, without what would need quotes
_DETAIL = re.compile(r"[A-Za-z0-9_-]+")
_LOCAL_PART = 64  # octets, and of a whole path 254 (RFC 5321 4.5.3.1)
_PATH = 254
_NAME_ROOM = 50  # characters of a file name on one line of its header
_LANGUAGE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_IS_TO_BE_CLEANED = re.compile(r"^ |  | $|=\?|\?=")  # in a text whose signs are all harmless
_FULL_WIDTH_SPACE = "\u3000"  # parts Japanese names
_JOINERS = "\u200c\u200d"  # invisible, but emoji and some scripts are spelled with them


_AUTOMATIC = (
    b"Auto-Submitted: auto-generated\r\n"  # RFC 3834 5: no one's absence note shall answer it
    b"X-Auto-Response-Suppress: All\r\n"  # the same for Exchange
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who a mail is from or to. The address is ASCII already: its domain in A-labels."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the mail; with a `content_id` an image that the HTML shows as `cid:…`."""

    name: str
    maintype: str
    subtype: str
    data: bytes
    params: tuple[tuple[str, str], ...] = ()  # of the Content-Type, as ("method", "PUBLISH")
    content_id: str = ""  # without its angle brackets


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Where a reader can say that they want no more: https: and mailto: addresses, the best first (RFC 2369).

    `is_one_click`: the https: address takes a POST without a page in between (RFC 8058).
    """

    addresses: tuple[str, ...]
    is_one_click: bool = False


def return_address(base: str, envelope_token: str) -> str:
    """The address that one envelope's failures come back to: `bounce+TOKEN@domain` (RFC 5233), for MAIL FROM.

    Raises:
        ValueError: the token is more than letters, digits, `-` and `_`, or the address is none or gets too long.
    """
    local, _, domain = _checked(_ADDRESS, base, "a return address").rpartition("@")
    address = f"{local}+{_checked(_DETAIL, envelope_token, 'part of a return address')}@{domain}"
    if len(address) - len(domain) - 1 > _LOCAL_PART or len(address) > _PATH:
        raise ValueError(f"{address!r} is longer than an address may be")
    return address


def clean_name(text: str) -> str:
    """The text as one harmless line.

    Line breaks, controls and odd spaces become spaces, runs of spaces one space; bidi controls and other invisible
    signs go; a lone surrogate is replaced; what looks like an encoded-word (RFC 2047) is broken up so that no reader
    decodes it.
    """
    if text.isprintable() and not _IS_TO_BE_CLEANED.search(text):
        return text
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
    attachments: Sequence[Attachment] = (),
    unsubscribe: Unsubscribe | None = None,
) -> bytes:
    """The whole mail, the same for the same arguments. `message_id` comes without its angle brackets.

    Raises:
        ValueError: an address, the Message-ID, the language, an attachment's type or Content-ID or where to unsubscribe
            cannot stand in a header, or the date is naive.
    """
    if date.tzinfo is None:
        raise ValueError("a mail's date needs its zone")
    headers = [
        _mailbox_header("From", (sender,)),
        _mailbox_header("To", tuple(to)),
        _mailbox_header("Cc", tuple(cc)),
        _mailbox_header("Reply-To", (reply_to,)) if reply_to else b"",
        _header("Subject", _unstructured(clean_name(words.subject))),
        _date_header(date, date.utcoffset()),
        _header("Message-ID", [f"<{_checked(_MESSAGE_ID, message_id, 'a Message-ID')}>"]),
        _AUTOMATIC,
        _header("Content-Language", [_checked(_LANGUAGE, language, "a language")]),
        *_unsubscribe_headers(unsubscribe),
        b"MIME-Version: 1.0\r\n",
    ]
    return b"".join(headers) + _body(words, attachments, seed=message_id)


def _body(words: Words, attachments: Sequence[Attachment], *, seed: str) -> bytes:
    """mixed(alternative(text, related(HTML, images)), files), each layer only where it has something to hold."""
    page = _text_part("html", words.html)
    if images := [_image_part(each) for each in attachments if each.content_id]:
        page = _multipart("related", [page, *images], seed=seed, parameter='type="text/html"')  # RFC 2387 3.1
    letter = _multipart("alternative", [_text_part("plain", words.text), page], seed=seed)
    files = [_file_part(each) for each in attachments if not each.content_id]
    return _multipart("mixed", [letter, *files], seed=seed) if files else letter


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


@lru_cache(100)
def _mailbox_header(name: str, mailboxes: Sequence[Mailbox]) -> bytes:
    """The sender is the same in every mail, and the mails to one person follow each other."""
    return _header(name, _mailboxes(mailboxes))


@lru_cache(100)
def _date_header(date: datetime, _offset: timedelta | None) -> bytes:
    """The letters of a run have one date. Two that are equal may be written in different zones."""
    return _header("Date", [format_datetime(date)])


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
    octets, words = text.encode(), []
    while len(octets) > _WORD_OCTETS:
        end = _WORD_OCTETS
        while octets[end] & 0b1100_0000 == _WITHIN_A_CHARACTER:
            end -= 1
        words.append(octets[:end])
        octets = octets[end:]
    if octets:
        words.append(octets)
    return [f"=?utf-8?b?{b2a_base64(word, newline=False).decode()}?=" for word in words]


def _unsubscribe_headers(unsubscribe: Unsubscribe | None) -> list[bytes]:
    if unsubscribe is None:
        return []
    addresses = [_checked(_UNSUBSCRIBE, each, "where to unsubscribe") for each in unsubscribe.addresses]
    headers = [_header("List-Unsubscribe", _with(",", [f"<{each}>" for each in addresses]))]
    if unsubscribe.is_one_click:
        if not any(each.startswith("https://") for each in addresses):
            raise ValueError(f"one click unsubscribes at an https: address only, found {addresses}")
        headers.append(_header("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
    return headers


def _text_part(subtype: str, text: str) -> bytes:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.encode("utf-8", "replace").replace(b"\n", b"\r\n")  # canonical form (RFC 2045 6.8)
    return _part([_TEXT_HEADERS[subtype]], lines)


def _file_part(file: Attachment) -> bytes:
    headers = _file_headers(file.name, (file.maintype, file.subtype), file.params, file.content_id)
    return _part(headers, file.data)


@lru_cache(100)  # all calendar files of a day are called the same
def _file_headers(
    name: str, types: tuple[str, str], parameters: Sequence[tuple[str, str]], content_id: str
) -> Sequence[bytes]:
    kind = "/".join(_checked(_TOKEN, each, "a type") for each in types)
    params = [f"{_checked(_TOKEN, key, 'a parameter')}={_checked(_TOKEN, value, key)}" for key, value in parameters]
    names = _file_name(clean_name(name).replace("/", "-").replace("\\", "-"))
    disposition = "inline" if content_id else "attachment"
    headers = [
        _header("Content-Type", _with(";", [kind, *params])),
        _header("Content-Disposition", _with(";", [disposition, *names])),
    ]
    if content_id:
        headers.append(_header("Content-ID", [f"<{_checked(_CONTENT_ID, content_id, 'a Content-ID')}>"]))
    return headers


_TEXT_HEADERS = {
    subtype: _header("Content-Type", [f"text/{subtype};", "charset=utf-8"]) for subtype in ("plain", "html")
}
_image_part = lru_cache(8)(_file_part)  # the same logo in every mail


def _file_name(name: str) -> list[str]:
    """The name as parameters: in quotes, or percent-encoded and, where it is long, in numbered pieces (RFC 2231)."""
    if not name:
        return []
    if len(name) <= _NAME_ROOM and _QUOTABLE.fullmatch(name):
        return [f'filename="{name}"']
    pieces = [""]
    for character in (quote(each, safe="") for each in name.encode("utf-8", "replace").decode()):
        if len(pieces[-1]) + len(character) > _NAME_ROOM:
            pieces.append("")
        pieces[-1] += character
    pieces[0] = "utf-8''" + pieces[0]
    if len(pieces) == 1:
        return [f"filename*={pieces[0]}"]
    return [f"filename*{number}*={piece}" for number, piece in enumerate(pieces)]


def _with(mark: str, values: Sequence[str]) -> list[str]:
    """The values, the mark behind each but the last."""
    return [*(f"{value}{mark}" for value in values[:-1]), *values[-1:]]


def _part(headers: Iterable[bytes], content: bytes) -> bytes:
    return b"".join([*headers, b"Content-Transfer-Encoding: base64\r\n\r\n", _lines_of_base64(content)])


def _lines_of_base64(content: bytes) -> bytes:
    encoded = b2a_base64(content, newline=False)
    whole, rest = divmod(len(encoded), _LINE)
    lines = unpack(f"{_LINE}s" * whole + (f"{rest}s" if rest else ""), encoded)  # faster than slices
    return b"\r\n".join(lines)


def _multipart(subtype: str, parts: Iterable[bytes], *, seed: str, parameter: str = "") -> bytes:
    """The parts under one head; itself a part, so that another can be put around it.

    No base64 line begins with two hyphens and no header of a part holds the hash, so the boundary cannot occur inside.
    """
    boundary = "=_" + sha256(f"{subtype} {seed}".encode()).hexdigest()[:32]
    opening = f"\r\n--{boundary}\r\n".encode("ascii")
    more = f"{parameter};\r\n " if parameter else ""
    head = f'Content-Type: multipart/{subtype};\r\n {more}boundary="{boundary}"\r\n'.encode("ascii")
    return head + b"".join(opening + part for part in parts) + f"\r\n--{boundary}--\r\n".encode("ascii")
