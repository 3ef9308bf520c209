"""Words → the bytes of a mail: headers, Japanese folding, text and HTML, attachments and inline images.

The bytes are written directly. The standard library's modern policy corrupts Japanese subjects that hold spaces
(python/cpython#92081, #144156) and is the slowest step of the whole path. What is written here is 7-bit, its lines
end in CRLF and stay within 76 characters; only an address, a Message-ID or an unsubscribe address longer than that
makes a longer line.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from struct import unpack
from urllib.parse import quote

from notify.letters.words import Words
from notify.mail.headers import (
    AUTOMATIC,
    LANGUAGE,
    LINE,
    MESSAGE_ID,
    QUOTABLE,
    Mailbox,
    Unsubscribe,
    checked,
    clean_name,
    header,
    mailbox_header,
    parted_by,
    unstructured,
    unsubscribe_headers,
)

_CONTENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9._-]+")  # what a `cid:` address can say as it stands
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*^_`{|}~.+-]+")  # RFC 2045 5.1, without what would need quotes
_NAME_ROOM = 50  # characters of a file name on one line of its header


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the mail; with a `content_id` an image that the HTML shows as `cid:…`."""

    name: str
    maintype: str
    subtype: str
    data: bytes
    params: tuple[tuple[str, str], ...] = ()  # of the Content-Type, as ("method", "PUBLISH")
    content_id: str = ""  # without its angle brackets


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
        mailbox_header("From", (sender,)),
        mailbox_header("To", tuple(to)),
        mailbox_header("Cc", tuple(cc)),
        mailbox_header("Reply-To", (reply_to,)) if reply_to else b"",
        header("Subject", unstructured("Subject", clean_name(words.subject))),
        header("Date", [format_datetime(date)]),
        header("Message-ID", [f"<{checked(MESSAGE_ID, message_id, 'a Message-ID')}>"]),
        AUTOMATIC,
        header("Content-Language", [checked(LANGUAGE, language, "a language")]),
        *unsubscribe_headers(unsubscribe),
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
    kind = "/".join(checked(_TOKEN, each, "a type") for each in types)
    params = [f"{checked(_TOKEN, key, 'a parameter')}={checked(_TOKEN, value, key)}" for key, value in parameters]
    names = _file_name(clean_name(name).replace("/", "-").replace("\\", "-"))
    disposition = "inline" if content_id else "attachment"
    headers = [
        header("Content-Type", parted_by(";", [kind, *params])),
        header("Content-Disposition", parted_by(";", [disposition, *names])),
    ]
    if content_id:
        headers.append(header("Content-ID", [f"<{checked(_CONTENT_ID, content_id, 'a Content-ID')}>"]))
    return headers


_TEXT_HEADERS = {
    subtype: header("Content-Type", [f"text/{subtype};", "charset=utf-8"]) for subtype in ("plain", "html")
}
_image_part = lru_cache(8)(_file_part)  # the same logo in every mail


def _file_name(name: str) -> list[str]:
    """The name as parameters: in quotes, or percent-encoded and, where it is long, in numbered pieces (RFC 2231)."""
    if not name:
        return []
    if len(name) <= _NAME_ROOM and QUOTABLE.fullmatch(name):
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


def _part(headers: Iterable[bytes], content: bytes) -> bytes:
    return b"".join([*headers, b"Content-Transfer-Encoding: base64\r\n\r\n", _lines_of_base64(content)])


def _lines_of_base64(content: bytes) -> bytes:
    encoded = b2a_base64(content, newline=False)
    whole, rest = divmod(len(encoded), LINE)
    lines = unpack(f"{LINE}s" * whole + (f"{rest}s" if rest else ""), encoded)  # faster than slices
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
