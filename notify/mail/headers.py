"""A mail's headers, each folded within its line: names and subjects in any language, addresses, dates."""

from __future__ import annotations

import re
import unicodedata
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from notify.addresses import quoted

LINE = 76  # characters of a line (RFC 2045 6.8, RFC 2047 2)
_FRAME = len("=?utf-8?b??=")
_ROOM = (75 - _FRAME) // 4 * 3  # octets of text in an encoded-word, which has 75 characters at most (RFC 2047 2)
_WITHIN_A_CHARACTER = 0b1000_0000  # how an octet of UTF-8 begins that is not its character's first
_LONGEST_PLAIN = 60  # characters of a plain name or word: in quotes it stands behind "Reply-To: " on one line
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # a phrase that needs no quotes (RFC 5322 3.2.3)
QUOTABLE = re.compile(r"[ !#-\[\]-~]+")  # printable ASCII but for the quote and the backslash
_PLAIN_ASCII = re.compile(r"[!-~]+(?: [!-~]+)*")
ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9._-]+")
MESSAGE_ID = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[!#-'*+\-/-9=?A-Z^-~.]+")
_UNSUBSCRIBE = re.compile(r"(?:https://|mailto:)[!#-;=?-~]+")
LANGUAGE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_FULL_WIDTH_SPACE = "\u3000"  # parts Japanese names
_IS_TO_BE_CLEANED = re.compile(rf"^ | [ {_FULL_WIDTH_SPACE}]| $|=\?|\?=")  # in a text whose signs are all harmless
_BLANKS = re.compile(rf" +(?=[ {_FULL_WIDTH_SPACE}])")  # Python's reader loses a full-width space behind one
_JOINERS = "\u200c\u200d"  # invisible, but emoji and some scripts are spelled with them

AUTOMATIC = (
    b"Auto-Submitted: auto-generated\r\n"  # RFC 3834 5: no one's absence note shall answer it
    # The same for Exchange (MS-OXCMAIL 2.1.3.2.20). Not `All`: that keeps back reports of non-delivery, too.
    b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n"
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who a mail is from or to. The address is ASCII already: its domain in A-labels. It has no quotes."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Where a reader can say that they want no more: https: and mailto: addresses, the best first (RFC 2369).

    `is_one_click`: the https: address takes a POST without a page in between (RFC 8058).
    """

    addresses: tuple[str, ...]
    is_one_click: bool = False


def clean_name(text: str) -> str:
    """The text as one harmless line.

    Line breaks, controls and odd spaces become spaces, runs of spaces one space, and none is left before a full-width
    one; bidi controls and other invisible signs go; a lone surrogate is replaced; what looks like an encoded-word
    (RFC 2047) is broken up so that no reader decodes it.
    """
    if text.isprintable() and not _IS_TO_BE_CLEANED.search(text):
        return text
    line = _BLANKS.sub("", "".join(map(_harmless, text)))
    return line.strip().replace("=?", "= ?").replace("?=", "? =")


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return character if character == _FULL_WIDTH_SPACE else " "
    if category == "Cs":
        return "\ufffd"
    return "" if category == "Cf" and character not in _JOINERS else character


def checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    """The value, which can stand in a header.

    Raises:
        ValueError: it cannot.
    """
    if not pattern.fullmatch(value):
        raise ValueError(f"{value!r} cannot stand in a header as {what}")
    return value


def header(name: str, tokens: Iterable[str]) -> bytes:
    """The header, folded between its tokens; nothing where there are none."""
    lines, line = [], f"{name}:"
    for token in tokens:
        if len(line) + 1 + len(token) > LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line = f"{line} {token}"
    lines.append(line)
    return b"" if lines == [f"{name}:"] else "\r\n".join([*lines, ""]).encode("ascii")


@lru_cache(100)
def mailbox_header(name: str, mailboxes: Sequence[Mailbox]) -> bytes:
    """The sender is the same in every mail, and the mails to one person follow each other."""
    return header(name, _mailboxes(mailboxes, _room(name)))


def unstructured(name: str, text: str) -> list[str]:
    """A header's text in tokens. Blanks between encoded-words are not read, so those of the text are inside them."""
    if _PLAIN_ASCII.fullmatch(text) and all(len(word) <= _LONGEST_PLAIN for word in text.split(" ")):
        return text.split(" ")
    return _encoded_words(text, _room(name))


def _mailboxes(mailboxes: Sequence[Mailbox], room: int) -> list[str]:
    tokens: list[str] = []
    for mailbox in mailboxes:
        if tokens:
            tokens[-1] += ","
        tokens += _phrase(clean_name(mailbox.name), room)
        tokens.append(f"<{quoted(checked(ADDRESS, mailbox.address, 'an address'))}>")
        room = _ROOM
    return tokens


def _phrase(name: str, room: int) -> list[str]:
    """A display name's tokens: as it is, in quotes, or encoded. Only the last is folded: GMime reads a fold as text."""
    if len(name) > _LONGEST_PLAIN or not QUOTABLE.fullmatch(name):
        return _encoded_words(name, room)
    return [name] if _ATOMS.fullmatch(name) else [f'"{name}"']


def _room(name: str) -> int:
    """Octets of text in an encoded-word that stands behind the header's name."""
    return min(_ROOM, (LINE - len(f"{name}: ") - _FRAME) // 4 * 3)


def _encoded_words(text: str, room: int) -> list[str]:
    """RFC 2047 encoded-words, the first of at most so many octets.

    Each holds whole characters, and only the last of them is padded: some readers decode word by word, others (GMime)
    put the base64 of neighbours together first and read no further than a padding.
    """
    words, octets = [], text.encode()
    while octets:
        if end := _end_of_word(octets, room):
            words.append(_in_base64(octets[:end]))
        else:
            end = _end_of_character(octets)
            words.append(_in_q(octets[:end]))
        octets, room = octets[end:], _ROOM
    return words


def _end_of_word(octets: bytes, room: int) -> int:
    """Where the longest piece ends that is of whole characters and needs no padding; 0 where there is none.

    There is none where all but one or two characters have 3 octets, as in `a漢漢…`. Those then get words of their own.
    """
    if len(octets) <= room:
        return len(octets)
    for end in range(room, 0, -3):
        if _begins_a_character(octets[end]):
            return end
    return 0


def _end_of_character(octets: bytes) -> int:
    return next(end for end in range(1, 5) if _begins_a_character(octets[end]))


def _begins_a_character(octet: int) -> bool:
    return octet & 0b1100_0000 != _WITHIN_A_CHARACTER


def _in_base64(octets: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(octets, newline=False).decode()}?="


def _in_q(octets: bytes) -> str:
    return f"=?utf-8?q?{''.join(f'={octet:02X}' for octet in octets)}?="


def pieces(octets: bytes, first: int, following: int) -> Iterator[bytes]:
    """A text in UTF-8 in pieces of whole characters, the first and the following ones of at most so many octets."""
    room = first
    while len(octets) > room:
        end = room
        while not _begins_a_character(octets[end]):
            end -= 1
        yield octets[:end]
        octets, room = octets[end:], following
    yield octets


def unsubscribe_headers(unsubscribe: Unsubscribe | None) -> list[bytes]:
    """None where the reader cannot unsubscribe.

    Raises:
        ValueError: an address cannot stand in a header, or one click is promised without an https: address.
    """
    if unsubscribe is None:
        return []
    addresses = [checked(_UNSUBSCRIBE, each, "where to unsubscribe") for each in unsubscribe.addresses]
    headers = [header("List-Unsubscribe", parted_by(",", [f"<{each}>" for each in addresses]))]
    if unsubscribe.is_one_click:
        if not any(each.startswith("https://") for each in addresses):
            raise ValueError(f"one click unsubscribes at an https: address only, found {addresses}")
        headers.append(header("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
    return headers


def parted_by(mark: str, values: Sequence[str]) -> list[str]:
    """The values, the mark behind each but the last."""
    return [*(f"{value}{mark}" for value in values[:-1]), *values[-1:]]
