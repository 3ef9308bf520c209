"""Dates, seats and colours as Japanese and English business letters need them, and texts that cannot break a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

# Line ends and other controls, whatever kind of line end they are to whom.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Bidi controls, invisible tags, byte order mark: they change what a reader sees and print nothing.
_INVISIBLE = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_READABLE = 4.5  # the contrast that text needs (WCAG 2.2, 1.4.3, level AA)


def day(value: date, language: str) -> str:
    """`2022年1月31日（月）` or `Monday, 31 January 2022`.

    Raises:
        TypeError: it is not a date.
    """
    value = _a_date(value)
    if language == "ja":
        return f"{value.year}年{value.month}月{value.day}日（{_WEEKDAYS_JA[value.weekday()]}）"
    return f"{_WEEKDAYS_EN[value.weekday()]}, {value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def short_day(value: date, language: str) -> str:
    """`2022/1/31` or `31 Jan 2022`, for subjects and for asides.

    Raises:
        TypeError: it is not a date.
    """
    value = _a_date(value)
    if language == "ja":
        return f"{value.year}/{value.month}/{value.day}"
    return f"{value.day} {_MONTHS_EN[value.month - 1][:3]} {value.year}"


def seats(count: int, language: str) -> str:
    """`49ライセンス`; `49 licences`, `1 licence`."""
    if language == "ja":
        return f"{count:,}ライセンス"
    return f"{count:,} {'licence' if count == 1 else 'licences'}"


def days_left(count: int, language: str) -> str:
    """`あと92日`, `本日が最終日`; `92 days left`, `today is the last day`. 0 is the last day itself."""
    if language == "ja":
        return f"あと{count}日" if count else "本日が最終日"
    if count == 0:
        return "today is the last day"
    return f"{count} {'day' if count == 1 else 'days'} left"


def readable_on(background: str, *wished: str) -> str:
    """The first of the wished colours that text on that background can have; white or black where none can.

    White is taken before black wherever both can be read, as on most brands' colours.

    Raises:
        ValueError: a colour is not written as `#1f3a5f`.
    """
    for colour in (*wished, "#ffffff"):
        if contrast(background, colour) >= _READABLE:
            return colour
    return "#000000"  # where white has less than 4.5 to 1, black has more


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, from 1 to 21 (WCAG 2.2, contrast ratio).

    Raises:
        ValueError: a colour is not written as `#1f3a5f`.
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise ValueError(f"a colour is written like '#1f3a5f', found {colour!r}")
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 — sRGB's own


def _a_date(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"a date is needed here, found {value}")
    return value


def harmless(value: object) -> object:
    """The same data with nothing in its texts that could break a line or reverse the reading: controls become a space.

    Goes into mappings and sequences; what is no text is left as it is.
    """
    if isinstance(value, str):
        if value.isprintable():
            return value
        text = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", value))
        return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) else text
    if isinstance(value, Mapping):
        return {key: harmless(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [harmless(item) for item in value]
    return value
