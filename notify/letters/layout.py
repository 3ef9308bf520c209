"""A letter's text in lines, as Japanese and English business letters need them: wrapped, indented, in columns.

Width is counted in half-width columns: a full-width sign takes two, and so do the signs that Japanese fonts draw wide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

LINE_WIDTH = 70  # columns of a text part: 35 full-width signs

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

_REMEMBERED = 4096  # texts and lines: letters share most of their words, so the next one is laid out from memory
_DIGITS = re.compile("[0-9]+")


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
