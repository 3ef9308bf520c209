"""A letter's text in lines: broken between phrases, with kinsoku, hanging indents and labels in a column.

Width is counted in half-width columns: a full-width sign takes two, and so do the signs that Japanese fonts draw wide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from itertools import accumulate, islice, pairwise

import budoux
import wcwidth

LINE_WIDTH = 70  # columns of a text part: 35 full-width signs
VALUE_START, VALUE_END = "\ufdd0", "\ufdd1"  # around what a template prints: noncharacters, which no text holds

_BLANKS = " \t\u3000"
_KANJI = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JAPANESE = re.compile(f"[ぁ-ヿ{_KANJI}]")

# Kinsoku (JIS X 4051): what must not begin a line, and what must not end one.
_NO_START = re.escape("、。，．・：；？！ゝゞヽヾ々ー’”）〕］｝〉》」』】〟»～〜…‥°％℃‰,.:;?!)]}%｡､｣･ｰﾞﾟ゛゜") + (
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰ-ㇿｧ-ｯ"
)
_NO_END = re.escape("‘“（〔［｛〈《「『【〝«｢([{￥＄")
_KINSOKU = (f"(?:[{_NO_END}][{_BLANKS}]*)+.", f".(?:[{_BLANKS}]*[{_NO_START}])+")

# A value in a paragraph's shape: VALUE_START between the kinds of the signs that it begins and ends with.
_VALUE = f"[^{VALUE_START}]{VALUE_START}[^{VALUE_START}]"
_UNCUT = "(?<![!-~])[!-~]*(?:://|@)[!-~]*"  # a URL, an address
_WORDS = (
    rf"[^{_BLANKS}{VALUE_START}\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\U0001f000-\U0003ffff]+",
    "[ァ-ヺー]+|[ｦ-ﾟ]+|[—―]+",
    f"(?<![0-9０-９])[0-9０-９][0-9０-９,.:：/～-]* ?(?:か月|[{_KANJI}ァ-ヺ])",  # a number with its counter
    "第[0-9０-９]",
    "(?<![0-9０-９])(?:[0-9０-９]+[年月日])+(?:（[日月火水木金土]）)?",
    "[にとを](?:つい|とっ|よっ|より|よる|よれ|おい|おけ|して|もって|関[しす]|対[しす]|応じ|基づ)",  # compound particles
    f"(?<![^{_BLANKS}])(?:[0-9]{{1,3}}|0{VALUE_START}0) [a-z]",
)
_LEANING = (  # on what stands before it
    f"[!-~）」』】〕］] ?[ぁ-ん]|[）」』】〕］][{_KANJI}](?![{_KANJI}])|.[{_BLANKS}](?:様|御中|殿|社)",
    ".(?:こと|もの|ため|とおり|どおり|まま|くださ|ござい|おりま|いたし|いただ)",
)
_PHRASE_END = re.compile(f"[、。：；？！]|[{_BLANKS}]+")
_BRACKET = re.compile("(?<=[）」』】〕］])|(?=[（「『【〔［])")
_STAND_IN = "プラン"  # a noun as long as a value in a shape: the particle behind a value stays with it


def display_width(text: str) -> int:
    """Columns that the text takes in a Japanese fixed-width font; the marks of values take none."""
    return _columns(_unmarked(text))


def _columns(text: str) -> int:
    return wcwidth.width(text, ambiguous_width=2, control_codes="ignore")


def wrapped(text: str, width: int = LINE_WIDTH, first: str = "", hanging: str = "") -> list[str]:
    """One paragraph as lines of at most `width` columns: `first` before the first, `hanging` before the others.

    A value between its marks is broken only when it is wider than two thirds of a line, and a URL or address never: one
    that is wider than a line runs over.
    """
    most = 2 * len(first) + len(text) * (1 if text.isascii() else 2)  # no sign takes more than two columns
    if most <= width:
        return [_unmarked(first + text.strip(_BLANKS)).rstrip(_BLANKS)]
    shape, *rest = text.split(VALUE_START)
    values, widths = [], []
    for each in rest:
        value, _, literal = each.partition(VALUE_END)
        columns, stand_in = _measured(value)
        if 0 < columns <= width * 2 // 3:
            values.append(value)
            widths.append(columns)
            value = stand_in
        shape += value + literal
    lines = _broken(shape, tuple(widths), width, first, hanging) % tuple(values)
    return [line.rstrip(_BLANKS) for line in lines.split("\n")]


def _unmarked(text: str) -> str:
    return text.replace(VALUE_START, "").replace(VALUE_END, "")


@lru_cache(4096)
def _measured(value: str) -> tuple[int, str]:
    """The columns of a value, and its place in a shape: VALUE_START between the kinds of its first and last sign."""
    ends = "00" if not value or value.isdecimal() else _kind(value[0]) + _kind(value[-1])
    return _columns(value), VALUE_START.join(ends)


def _kind(sign: str) -> str:
    """A sign that breaks lines as this one does."""
    if sign in _BLANKS or (sign.isascii() and sign.isalnum()):
        return "A"
    if re.match(f"[{_NO_START}{_NO_END}]", sign) or not (sign.isalnum() or sign > "\uffff"):  # no half of a flag
        return sign
    return "カ" if re.match("[ァ-ヺ]", sign) else "名"


# Where a paragraph breaks depends on its literal text and on how wide its values are, not on what they say. So the
# breaks of a letter's paragraphs are found once, and thousands of letters put their values in.
@lru_cache(4096)
def _broken(text: str, widths: tuple[int, ...], width: int, first: str, hanging: str) -> str:
    """The lines of a shape as one text, with %s for each value; `widths` are the values' own."""
    first, hanging = _unmarked(first), _unmarked(hanging)
    indents = _columns(first), _columns(hanging)
    text = text.strip(_BLANKS).replace(VALUE_END, "")
    breaks = [0]
    columns = _columns_before(text, widths)
    for start, end in _units(text, columns, width - max(indents)):
        indent = indents[len(breaks) > 1]
        if start > breaks[-1] and indent + _span(text, columns, breaks[-1], end) > width:
            breaks.append(start)
    lines = [text[start:end].rstrip(_BLANKS) for start, end in pairwise([*breaks, len(text)])]
    whole = first + f"\n{hanging}".join(lines)
    return re.sub(_VALUE, VALUE_START, whole).replace("%", "%%").replace(VALUE_START, "%s")


def _columns_before(text: str, widths: Iterable[int]) -> dict[int, int]:
    """The columns taken before each place where a grapheme or a value begins, and before the end."""
    left = iter(widths)
    places = sorted(_graphemes(text) - _inside(text, _VALUE))
    used = (
        _columns(re.sub(_VALUE, "", text[start:end])) + sum(islice(left, text.count(VALUE_START, start, end)))
        for start, end in pairwise(places)
    )
    return dict(zip(places, accumulate(used, initial=0), strict=True))


def _span(text: str, columns: dict[int, int], start: int, end: int) -> int:
    return columns[start + len(text[start:end].rstrip(_BLANKS))] - columns[start]


def _units(text: str, columns: dict[int, int], room: int) -> Iterator[tuple[int, int]]:
    """Where what is not broken begins and ends: phrases; of those wider than a line words, else signs."""
    cuts = columns.keys() - _inside(text, _UNCUT)
    firm = cuts - _inside(text, *_KINSOKU)
    words = firm - _inside(text, *_WORDS)
    phrases = words & _phrase_starts(text)
    leaning = _inside(text, *_LEANING)
    brackets = words & {match.end() for match in _BRACKET.finditer(text)}

    def parted(start: int, end: int, *levels: AbstractSet[int]) -> Iterator[tuple[int, int]]:
        for unit in pairwise(sorted({start, end, *(place for place in levels[0] if start < place < end)})):
            if levels[1:] and _span(text, columns, *unit) > room:
                yield from parted(*unit, *levels[1:])
            else:
                yield unit

    return parted(0, len(text), phrases - leaning, phrases | brackets, words, firm, cuts)


def _graphemes(text: str) -> set[int]:
    return set(accumulate(map(len, wcwidth.iter_graphemes(text)), initial=0))


def _inside(text: str, *patterns: str) -> set[int]:
    found = (match for pattern in patterns for match in re.finditer(pattern, text, re.DOTALL))
    return {place for match in found for place in range(match.start() + 1, match.end())}


def _phrase_starts(text: str) -> set[int]:
    starts = {match.end() for match in _PHRASE_END.finditer(text)}
    if not _JAPANESE.search(re.sub(_VALUE, "", text)):
        return starts
    end = 0
    for phrase in _parser().parse(re.sub(_VALUE, _STAND_IN, text)):
        end += len(phrase)
        if not re.fullmatch("[ぁ-ん]{1,2}", phrase):  # この, もう, ご: parted from what follows they stumble
            starts.add(end)
    return starts


@cache
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def rows(pairs: Sequence[tuple[str, str]], colon: str, width: int = LINE_WIDTH) -> list[str]:
    """Labels and values in two columns; a long value goes on below itself.

    Where labels leave less than a third of the width, values go under them instead.
    """
    lines: list[str] = []
    before = leads(tuple([label for label, _ in pairs]), colon, width)
    for (label, value), (lead, below) in zip(pairs, before, strict=True):
        if lead:
            lines += wrapped(value, width, lead, below)
        else:
            lines += wrapped(label + colon, width) + wrapped(value, width, below, below)
    return lines


@lru_cache(4096)
def leads(labels: tuple[str, ...], colon: str, width: int = LINE_WIDTH) -> Sequence[tuple[str, str]]:
    """What stands before each value and before its further lines; nothing before it where it goes under its label."""
    taken = [display_width(label) for label in labels]
    if 3 * (width - max(taken, default=0) - display_width(colon)) < width:
        return [("", blank(colon))] * len(labels)
    padded = [_lead(_unmarked(label), colon, max(taken) - own) for label, own in zip(labels, taken, strict=True)]
    return [(lead, blank(lead)) for lead in padded]


def _lead(label: str, colon: str, missing: int) -> str:
    return label + _space(missing) + colon if colon == "：" else label + colon + " " * missing


def blank(text: str) -> str:
    """As wide as the text, and of its kind of space, so that columns hold in proportional fonts too."""
    text = _unmarked(text)
    width = _columns(text)
    return " " * width if text.isascii() else _space(width)


def _space(width: int) -> str:
    return "\u3000" * (width // 2) + " " * (width % 2)
