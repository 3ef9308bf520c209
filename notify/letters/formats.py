"""Dates, seats, colours and line width as Japanese and English business letters need them. Pure functions, no I/O.

Width is counted in half-width columns: a full-width sign takes two, and so do the signs that Japanese fonts draw wide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

LINE_WIDTH = 70  # columns of a text part: 35 full-width signs

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

# Kinsoku: what must not begin a line, and what must not end one.
_NO_START = frozenset(
    "、。，．・：；？！ゝゞヽヾ々ー’”）〕］｝〉》」』】〟～〜…‥°％ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}%｡､｣･ｰﾞﾟ"
)
_NO_END = frozenset("‘“（〔［｛〈《「『【〝([{｢￥＄")

_WIDE_SCRIPT = (
    "\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\U0001f000-\U0003ffff"
)
# Spaces; a date; a number with its unit; a katakana word; the end of a sentence (お知らせします, ください: parted
# they stumble); a run of anything but Japanese, as a word, a URL or an address; else one sign.
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|[0-9]{1,4}年[0-9]{1,2}月[0-9]{1,2}日(?:（[月火水木金土日]）)?"
    r"|[0-9][0-9,]*(?:ライセンス|か月|年間|日|件)"
    r"|[ァ-ヺー]{2,12}"
    r"|(?:[おご]|(?<![\u4e00-\u9fff]))[\u4e00-\u9fff][ぁ-ん]{1,12}(?=。)"
    r"|(?<![ぁ-ん])[ぁ-ん]{1,12}(?=。)|[ぁ-ん]{1,4}(?=。)"
    rf"|(?P<latin>[^\s{_WIDE_SCRIPT}]+)"
    r"|."
)
_LEAD = re.compile(r"\s*(?:[・※■●]\s*|[-*]\s+|[0-9]+\.\s+|（[0-9]+）\s*)?")
_ROW = re.compile(r"(?P<indent>\s*)(?P<label>[^：:]+)(?P<colon>：|: )(?P<value>.*)")

# Line ends and other controls, whatever kind of line end they are to whom.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Bidi controls, invisible tags, byte order mark: they change what a reader sees and print nothing.
_INVISIBLE = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

_REMEMBERED = 4096  # texts and lines: letters share most of their words, so the next one is laid out from memory

_DIGITS = re.compile("[0-9]+")

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_READABLE = 4.5  # the contrast that text needs (WCAG 2.2, 1.4.3, level AA)


def day(value: date, language: str) -> str:
    """`2022年1月31日（月）` or `Monday, 31 January 2022`.

    Raises:
        TypeError: it is not a date.
    """
    return _day(_a_date(value), language)


@lru_cache(_REMEMBERED)
def _day(value: date, language: str) -> str:
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
    return _luminance_of(colour)


@lru_cache(_REMEMBERED)
def _luminance_of(colour: str) -> float:
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


@lru_cache(_REMEMBERED)
def display_width(text: str) -> int:
    """Columns that the text takes in a Japanese fixed-width font."""
    return len(text) if text.isascii() else sum(map(_sign_width, text))


def _sign_width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "FWA" else 1


def wrapped(
    text: str, width: int = LINE_WIDTH, first: str = "", hanging: str = "", whole: Sequence[str] = ()
) -> list[str]:
    """One paragraph as lines of at most `width` columns: `first` before the first, `hanging` before the others.

    Keeps kinsoku, and keeps dates, katakana words and what `whole` lists on one line. A Latin word, URL or address is
    never broken: one that is wider than a line stands alone on its line and runs over.
    """
    if display_width(first) + display_width(text) <= width:
        return [(first + text.strip()).rstrip()]
    lines: list[str] = []
    line, used, room = first, display_width(first), False
    for gap, unit in _units(text, width - display_width(hanging), whole):
        needed = display_width(gap) + display_width(unit)
        if room and used + needed > width:
            lines.append(line)
            line, used, room = hanging, display_width(hanging), False
        piece = gap + unit if room else unit
        line, used, room = line + piece, used + display_width(piece), True
    return [each.rstrip() for each in (*lines, line)]


def _units(text: str, width: int, whole: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What may not be broken, each with the space before it; only a unit wider than a line is cut to fit."""
    before, unit, gap, has_latin = "", "", "", False
    for sign, is_latin in _tokens(text, whole):
        if sign.isspace():
            gap = sign
            continue
        if unit and (sign[0] in _NO_START or unit[-1] in _NO_END or unicodedata.combining(sign[0])):
            unit += gap + sign
        else:
            yield from _fitting(before, unit, width, whole=has_latin)
            before, unit, has_latin = gap, sign, False
        has_latin = has_latin or is_latin
        gap = ""
    yield from _fitting(before, unit, width, whole=has_latin)


def _tokens(text: str, whole: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The smallest pieces, each with whether it is Latin and never cut; each text in `whole` is a piece."""
    between = re.split(f"({'|'.join(map(re.escape, whole))})", text) if whole else [text]
    for number, piece in enumerate(between):
        if number % 2:
            yield piece, False
            continue
        for token in _TOKEN.finditer(piece):
            yield token[0], bool(token["latin"])


def _fitting(gap: str, unit: str, width: int, *, whole: bool) -> Iterator[tuple[str, str]]:
    if whole or display_width(unit) <= width:
        if unit:
            yield gap, unit
        return
    for sign in unit:  # nothing but signs that must not be parted, more of them than a line holds
        yield gap, sign
        gap = ""


def laid_out(text: str, width: int = LINE_WIDTH, whole: Sequence[str] = ()) -> str:
    """A text part as it goes out: each line wrapped, under its list mark if it has one, and never two blank lines.

    What `whole` lists, as the names of companies, is kept on one line, unless it would fill most of a line by itself.
    """
    whole = [each for each in whole if display_width(each) <= width * 2 // 3]
    parts = [
        _laid_out_part(part, width, tuple([each for each in whole if each in part])) for part in text.split("\n\n")
    ]
    return "\n\n".join([part for part in parts if part]) + "\n"


@lru_cache(_REMEMBERED)
def _laid_out_part(text: str, width: int, whole: tuple[str, ...]) -> str:
    """What stands between two blank lines."""
    if any(_DIGITS.search(each) for each in whole):
        return _laid_out_lines(text, width, whole)
    return _whatever_digits(lambda each: _laid_out_lines(each, width, whole), text)


@lru_cache(_REMEMBERED)
def _laid_out_lines(text: str, width: int, whole: tuple[str, ...]) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            lines += _wrapped_under_its_mark(line.rstrip(), width, tuple(each for each in whole if each in line))
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip("\n")


@lru_cache(_REMEMBERED)
def _wrapped_under_its_mark(line: str, width: int, whole: tuple[str, ...]) -> Sequence[str]:
    if display_width(line) <= width:
        return [line]
    lead = match[0] if (match := _LEAD.match(line)) else ""
    return wrapped(line[len(lead) :], width, lead, _blank(lead), whole)


def columns(text: str, width: int = LINE_WIDTH) -> str:
    """Lines of `label：value` or `label: value` with their values in one column; a long value goes on below itself."""
    return _whatever_digits(lambda each: _in_columns(each, width), text)


@lru_cache(_REMEMBERED)
def _in_columns(text: str, width: int) -> str:
    rows = [(_ROW.fullmatch(line), line) for line in text.split("\n")]
    widest = max((display_width(row["label"]) for row, _ in rows if row), default=0)
    lines: list[str] = []
    for row, line in rows:
        if row is None:
            lines.append(line)
            continue
        lead = row["indent"] + _label(row["label"], row["colon"], widest)
        lines += wrapped(row["value"], width, lead, _blank(lead))
    return "\n".join(lines)


def _whatever_digits(lay_out: Callable[[str], str], text: str) -> str:
    """The text laid out from memory: its layout depends on where digits stand, not on which they are.

    Layout drops no digit and moves none, so that they can be put back in order.
    """
    digits = "".join(_DIGITS.findall(text))
    if not digits:
        return lay_out(text)
    for digit in "123456789":
        text = text.replace(digit, "0")
    between = lay_out(text).split("0")
    found = [""] * (len(between) + len(digits))
    found[::2], found[1::2] = between, digits
    return "".join(found)


def _label(label: str, colon: str, widest: int) -> str:
    missing = widest - display_width(label)
    if colon == "：":
        return label + _space(missing) + colon
    return label + colon + " " * missing


def _blank(text: str) -> str:
    """As wide as the text, and of its kind of space, so that columns hold in proportional fonts too."""
    width = display_width(text)
    return " " * width if text.isascii() else _space(width)


def _space(width: int) -> str:
    return "\u3000" * (width // 2) + " " * (width % 2)
