"""What a letter prints of its data: texts that are marked as such, so that nothing in them is read as a mark.

A company may be called `*A*`, `## B` or `<b>`: it stands between two noncharacters from the moment it is printed until
the letter is made, and marks are looked for where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from notify.letters.lines import VALUE_END, VALUE_START
from notify.letters.problem import WrongValue

# Line ends and other controls, whatever kind of line end they are to whom.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Bidi controls, invisible tags, byte order mark: they change what a reader sees and print nothing. Noncharacters: ours.
_INVISIBLE = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_VALUE = re.compile(f"{VALUE_START}([^{VALUE_END}]*){VALUE_END}")


class Value(str):
    """A text that is only itself, whatever signs it has."""

    __slots__ = ()

    def __html__(self) -> str:
        """The text between its marks: how it is printed, alone or put together with others."""
        return f"{VALUE_START}{self}{VALUE_END}" if self else ""


def printed(value: object) -> object:
    """What a template puts into the letter in the place of a value (`finalize` of its environment).

    Raises:
        WrongValue: it is None, which would be a gap.
    """
    if value is None:
        raise WrongValue("none-printed")
    return value if hasattr(value, "__html__") else Value(value)


def harmless(value: object) -> object:
    """The same data with nothing in its texts that could break a line or reverse the reading: controls become a space.

    Goes into mappings and sequences; each text becomes a Value, what is no text is left as it is.
    """
    if isinstance(value, str):
        return value if isinstance(value, Value) else Value(_without_harm(value))
    if isinstance(value, Mapping):
        return {key: harmless(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [harmless(item) for item in value]
    return value


def _without_harm(text: str) -> str:
    if text.isprintable():
        return text
    text = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", text))
    return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) else text


def taken_out(text: str) -> tuple[str, list[str]]:
    """The finished text with each value's place kept by one VALUE_START, and the values in their order."""
    pieces = _VALUE.split(text)
    return VALUE_START.join(pieces[::2]), pieces[1::2]


def plain(text: str) -> str:
    """The text as it is read: its values as they are, and between them the signs that `&amp;` and its like mean."""
    pieces = _VALUE.split(text)
    pieces[::2] = map(unescape, pieces[::2])
    return "".join(pieces)
