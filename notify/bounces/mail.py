"""A mail of unknown origin as parts: split within limits, decoded as well as may be, never refused for its errors.

The standard library's parser goes as deep as a mail says, until Python stops it; this one goes so deep and no deeper.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from html import unescape

from notify.addresses import unquoted

LONGEST = 1_000_000  # octets that are read; the original mail, which may be long, comes last in a report
_LONGEST_HEAD = 64_000
_LONGEST_LINE = 1000  # characters of a text
_LONGEST_LISTED = 20_000  # characters of a header that names addresses
_DEEPEST = 5
_MOST_PARTS = 40
_KEPT = 500  # characters of what a server said that go on record
LOCAL_PART = r"(?:\"[^\s\"]{1,64}\"|[^\s<>()\[\]\"',;:：@]{1,64})"
_ADDRESS = re.compile(LOCAL_PART + r"@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_CHARSETS = {
    "us-ascii": "ascii", "ascii": "ascii", "utf-8": "utf-8", "utf8": "utf-8", "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "cp932": "cp932",
    "euc-jp": "euc_jp", "iso-8859-1": "latin-1", "iso-8859-15": "iso8859_15", "windows-1252": "cp1252",
}  # fmt: skip
_TAG = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>@]{0,500}>")


class UnreadableReport(ValueError):  # noqa: N818 - named for what it is
    """What was given is no mail."""


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one. A mail within a mail is a part without parts."""

    head: Message
    body: bytes
    parts: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        """Its content type, in lower case."""
        return self.head.get_content_type()

    def parameter(self, name: str) -> str:
        """A parameter of its content type, in lower case; "" where there is none that can be read."""
        return _parameter(self.head, name).lower()

    def header(self, name: str) -> str:
        """The first header of that name, decoded; "" where there is none."""
        return next(iter(self.headers(name)), "")

    def headers(self, name: str) -> list[str]:
        """All headers of that name, decoded."""
        return [_decoded(str(value)[:_LONGEST_LISTED]) for value in self.head.get_all(name, [])]

    def content(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = str(self.head.get("Content-Transfer-Encoding", "")).strip().lower()
        if encoding == "base64":
            return _without_base64(self.body)
        return quopri.decodestring(self.body) if encoding == "quoted-printable" else self.body

    def text(self) -> str:
        """The body as text, its lines ended by a line feed."""
        text = _as_text(self.content(), self.parameter("charset"))
        if self.kind == "text/html":
            text = _without_tags(text)
        return "\n".join(line[:_LONGEST_LINE] for line in text.splitlines())

    def walk(self) -> Iterator[Part]:
        """This part and those in it, in their order."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def all_text(self) -> str:
        """What there is to read: the plain texts, or where there is none the pages."""
        for kind in ("text/plain", "text/html"):
            if texts := [part.text() for part in self.walk() if part.kind == kind and not part.parts]:
                return "\n".join(texts)
        return ""


def parsed(raw: bytes, *, is_inner: bool = False) -> Part:
    """The mail, taken apart; of a very long one the beginning. `is_inner`: it may be none, and be empty.

    Raises:
        UnreadableReport: it does not begin with a header.
    """
    text = raw[:LONGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.startswith((b"From ", b">From ")):  # as a mail stands in an mbox file, or is piped by some servers
        text = text.partition(b"\n")[2]
    if not is_inner and not _HEADER_LINE.match(text):
        raise UnreadableReport("this is no mail: it does not begin with a header")
    return _part(text, 0, [_MOST_PARTS])


def first_of(mail: Part, kinds: Sequence[str]) -> Part | None:
    """The first part of one of these kinds."""
    return next((part for part in mail.walk() if part.kind in kinds), None)


def addresses_in(text: str) -> list[str]:
    """What looks like a mail address in a text, in order, without quotes."""
    return [unquoted(found) for found in _ADDRESS.findall(text[:_LONGEST_LISTED])]


def printable_line(text: str) -> str:
    """The text as one printable line of a length that can be kept."""
    line = " ".join(text[: 4 * _KEPT].split())
    return "".join(sign if sign.isprintable() else "?" for sign in line)[:_KEPT]


def diagnostic_line(text: str) -> str:
    """What a server said, as it is kept and shown: one line, its addresses left out."""
    return printable_line(without_addresses(text[: 4 * _KEPT]))


def without_addresses(text: str) -> str:
    """The text with something else in the place of each address."""
    return _ADDRESS.sub("(address)", text)


def _part(text: bytes, depth: int, room: list[int]) -> Part:
    """`room` holds how many more parts may be read, in this mail as a whole."""
    head, body = (b"", text[1:]) if text.startswith(b"\n") else text.partition(b"\n\n")[::2]
    headers = BytesHeaderParser(policy=compat32).parsebytes(head[:_LONGEST_HEAD])
    boundary = _parameter(headers, "boundary")
    if headers.get_content_maintype() != "multipart" or not boundary or depth >= _DEEPEST:
        return Part(headers, body)
    parts: list[Part] = []
    for piece in _pieces(body, boundary):
        if not room[0]:
            break
        room[0] -= 1
        parts.append(_part(piece, depth + 1, room))
    return Part(headers, body, tuple(parts))


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    line = re.compile(rb"^--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*$", re.MULTILINE)
    begins: int | None = None
    for mark in line.finditer(body):
        if begins is not None:
            yield body[begins : max(begins, mark.start() - 1)]
        if mark[1]:
            return
        begins = mark.end() + 1
    if begins is not None:
        yield body[begins:]


def _parameter(head: Message, name: str) -> str:
    try:
        found = head.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""  # numbered pieces (RFC 2231) that cannot be put together: as if there were none
    return str(found[2] if isinstance(found, tuple) else found or "").rstrip()


def _decoded(value: str) -> str:
    """A header with its encoded-words decoded, or as it stands where they cannot be."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(piece if isinstance(piece, str) else _as_text(piece, charset or "") for piece, charset in pieces)


def _without_base64(body: bytes) -> bytes:
    signs = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    signs = signs[: len(signs) - len(signs) % 4] + (signs[-(len(signs) % 4) :] + b"===")[:4] * bool(len(signs) % 4)
    try:
        return binascii.a2b_base64(signs)
    except binascii.Error:
        return body


def _as_text(content: bytes, charset: str) -> str:
    named = _CHARSETS.get(charset.strip().lower())
    if b"\x1b$" in content:  # the escape of ISO-2022-JP: what it says of itself is often wrong
        named = "iso2022_jp_ext"
    for codec in [named] if named and named != "ascii" else ["utf-8", "cp932"]:
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return content.decode(named or "utf-8", "replace")


def _without_tags(page: str) -> str:
    return unescape(_ANY_TAG.sub(" ", _TAG.sub("\n", page)))
