"""The text part of a letter: its blocks in lines of at most 70 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from notify.letters.language import Language
from notify.letters.lines import LINE_WIDTH, VALUE_END, VALUE_START, blank, rows, wrapped
from notify.letters.marks import Block, Item, Line, Marked
from notify.letters.values import plain

_RULE = "-" * LINE_WIDTH
_HEADINGS = {"heading", "subheading"}
_MARKS = {"heading": "■ ", "subheading": "◆ ", "box": "■ ", "deadline": "■ ", "near": "■ "}
_Fill = Callable[[Line], str]


def text_part(letter: Marked, values: Sequence[str], language: Language) -> str:
    """The letter with its values in their places; a heading stands right above what it is of."""
    waiting = iter(values)

    def filled(line: Line) -> str:
        """The line's words; its values still between their marks, for they are not to be broken."""
        text = line.text
        if VALUE_START not in text:
            return text
        first, *others = text.split(VALUE_START)
        return first + "".join([f"{VALUE_START}{next(waiting)}{VALUE_END}{other}" for other in others])

    body = _lines_of(letter.letter, filled, language)
    if not letter.small_print:
        return "\n".join(body) + "\n"
    return "\n".join([*body, "", _RULE, *_lines_of(letter.small_print, filled, language), _RULE]) + "\n"


def _lines_of(blocks: Sequence[Block], filled: _Fill, language: Language) -> list[str]:
    lines: list[str] = []
    before = ""
    for block in blocks:
        if lines and before not in _HEADINGS:
            lines.append("")
        lines += _lines(block, filled, language)
        before = block.kind
    return lines


def _lines(block: Block, filled: _Fill, language: Language) -> list[str]:
    if block.kind == "rows":
        return rows([(filled(item.lines[0]), filled(item.lines[1])) for item in block.items], language.colon)
    if block.kind in {"points", "steps"}:
        return [line for item in block.items for line in _listed(item, filled, language)]
    first, *others = block.items[0].lines
    mark = _MARKS.get(block.kind, "")
    lines = _wrapped_line(first, filled, mark, blank(mark))
    return lines + [each for line in others for each in _wrapped_line(line, filled, "", "")]


def _wrapped_line(line: Line, filled: _Fill, first: str, hanging: str) -> list[str]:
    """The line in lines; a command alone on it stays whole, so that it can be copied."""
    if [span.kind for span in line.spans] == ["code"]:
        return [first + plain(filled(line))]
    return wrapped(filled(line), first=first, hanging=hanging)


def _listed(item: Item, filled: _Fill, language: Language) -> Iterator[str]:
    first = f"{item.number}. " if item.number else language.point
    hanging = blank(first)
    for line in item.lines:
        yield from _wrapped_line(line, filled, first, hanging)
        first = hanging
