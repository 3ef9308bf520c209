"""The text part of a letter: its blocks in lines of at most 70 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

from notify.letters.language import Language
from notify.letters.lines import LINE_WIDTH, VALUE_END, VALUE_START, blank, display_width, rows, wrapped
from notify.letters.marks import Block, Item, Line, Marked
from notify.letters.values import plain

_RULE = "-" * LINE_WIDTH
_HEADINGS = {"heading", "subheading"}
_MARKS = {"heading": "■ ", "subheading": "◆ ", "box": "■ ", "deadline": "■ ", "near": "■ "}
_Values = Iterator[str]


def text_part(letter: Marked, values: Sequence[str], language: Language) -> str:
    """The letter with its values in their places; a heading stands right above what it is of."""
    waiting = iter(values)
    lines = [line for block in _blocks(letter, language) for line in block(waiting)]
    return "\n".join(lines) + "\n"


@lru_cache(512)  # what has no values is laid out once
def _blocks(letter: Marked, language: Language) -> Sequence[Callable[[_Values], Sequence[str]]]:
    """The letter's blocks and what parts them: each takes its values and gives its lines."""
    found = [*_parted(letter.letter, language)]
    if letter.small_print:
        found += [_always("", _RULE), *_parted(letter.small_print, language), _always(_RULE)]
    return found


def _parted(blocks: Sequence[Block], language: Language) -> Iterator[Callable[[_Values], Sequence[str]]]:
    before = "heading"
    for block in blocks:
        if before not in _HEADINGS:
            yield _always("")
        if any(VALUE_START in line.text for item in block.items for line in item.lines):
            yield partial(_lines, block, language)
        else:
            yield _always(*_lines(block, language, iter(())))
        before = block.kind


def _always(*lines: str) -> Callable[[_Values], Sequence[str]]:
    return lambda _: lines


def _lines(block: Block, language: Language, values: _Values) -> list[str]:
    if block.kind == "rows":
        pairs = [(_filled(item.lines[0], values), _filled(item.lines[1], values)) for item in block.items]
        return rows(pairs, language.colon)
    if block.kind in {"points", "steps"}:
        return [line for item in block.items for line in _listed(item, language, values)]
    first, *others = block.items[0].lines
    mark = _MARKS.get(block.kind, "")
    lines = _wrapped(first, values, mark, blank(mark))
    return lines + [each for line in others for each in _wrapped(line, values)]


def _listed(item: Item, language: Language, values: _Values) -> Iterator[str]:
    first = f"{item.number}. " if item.number else language.point
    hanging = blank(first)
    for line in item.lines:
        yield from _wrapped(line, values, first, hanging)
        first = hanging


def _wrapped(line: Line, values: _Values, first: str = "", hanging: str = "") -> list[str]:
    """The line in lines; a command alone on it stays whole, so that it can be copied."""
    if [span.kind for span in line.spans] == ["code"]:
        return [" " * display_width(first) + plain(_filled(line, values))]
    return wrapped(_filled(line, values), first=first, hanging=hanging)


def _filled(line: Line, values: _Values) -> str:
    """The line's words; its values still between their marks, for they are not to be broken."""
    first, *others = line.text.split(VALUE_START)
    return first + "".join([f"{VALUE_START}{next(values)}{VALUE_END}{other}" for other in others])
