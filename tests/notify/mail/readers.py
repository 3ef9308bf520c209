"""Readers of a mail's head, from RFC 2047 and from what mail programs do. They share nothing with the writer."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from itertools import groupby
from quopri import decodestring

ENCODED_WORD = re.compile(r"=\?utf-8\?([bq])\?([A-Za-z0-9+/=]*)\?=")
_RUN = re.compile(rf"(?:{ENCODED_WORD.pattern}(?: +(?==\?utf-8\?))?)+")


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


def strictly(value: str) -> str:
    """RFC 2047: encoded-words are whole, space-separated tokens, and space between two of them is not text."""
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
        result += _octets(*encoded.groups()).decode("utf-8") if encoded else token
        last_was_encoded = encoded is not None
    return result


def one_by_one(value: str) -> str:
    """Go's mime.WordDecoder: each word by itself, in base64 that is padded as it should be; the rest stays."""

    def decoded(run: re.Match[str]) -> str:
        words = ENCODED_WORD.findall(run[0])
        return "".join(_octets(encoding, text).decode("utf-8", "replace") for encoding, text in words)

    return _RUN.sub(decoded, value)


def together(value: str) -> str:
    """GMime: what neighbours of one encoding hold is put together first, and base64 ends at a padding."""

    def decoded(run: re.Match[str]) -> str:
        octets = b""
        for encoding, words in groupby(ENCODED_WORD.findall(run[0]), key=lambda word: str(word[0])):
            text = "".join(content for _, content in words)
            octets += _octets(encoding, _up_to_the_padding(text) if encoding == "b" else text)
        return octets.decode("utf-8", "replace")

    return _RUN.sub(decoded, value)


def _up_to_the_padding(base64: str) -> str:
    read = base64.partition("=")[0]
    return read + "=" * (-len(read) % 4)


def _octets(encoding: str, text: str) -> bytes:
    if encoding == "b":
        return b64decode(text, validate=True)
    return decodestring(text.encode("ascii"), header=True)


def name_before(value: str, address: str, decoded: Callable[[str], str]) -> str:
    """The display name: in quotes, or of words and encoded-words (RFC 5322 3.2.3)."""
    assert value.endswith(f"<{address}>")
    phrase = value.removesuffix(f"<{address}>").rstrip(" ")
    if phrase.startswith('"'):
        quoted = re.fullmatch(r'"((?:[^"\\\r\n]|\\.)*)"', phrase)
        assert quoted is not None
        return re.sub(r"\\(.)", r"\1", quoted[1])
    assert ENCODED_WORD.search(phrase) or re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*", phrase), phrase
    return decoded(phrase)
