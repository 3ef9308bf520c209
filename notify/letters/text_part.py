"""The text part of a letter: its blocks in lines of at most 70 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from notify.letters.language import Language
from notify.letters.lines import LINE_WIDTH, VALUE_END, VALUE_START, blank, display_width, leads, rows, wrapped
from notify.letters.marks import Block, Item, Line, Marked

_RULE = "-" * LINE_WIDTH
_HEADINGS = {"heading", "subheading"}
_MARKS = {"heading": "■ ", "subheading": "◆ ", "box": "■ ", "deadline": "■ ", "near": "■ "}
_Values = Iterator[str]
_Piece = Callable[[_Values], Sequence[str]]  # takes its values and gives its lines


def text_part(letter: Marked, values: Sequence[str], language: Language) -> str:
    """The letter with its values in their places; a heading stands right above what it is of."""
    waiting = iter(values)
    lines = [line for piece in _pieces(letter, language) for line in piece(waiting)]
    return "\n".join(lines) + "\n"


@lru_cache(512)  # what has no values is laid out once
def _pieces(letter: Marked, language: Language) -> Sequence[_Piece]:
    found = [*_parted(letter.letter, language)]
    if letter.small_print:
        found += [_always("", _RULE), *_parted(letter.small_print, language), _always(_RULE)]
    return found


def _parted(blocks: Sequence[Block], language: Language) -> Iterator[_Piece]:
    before = "heading"
    for block in blocks:
        if before not in _HEADINGS:
            yield _always("")
        yield from _of_block(block, language)
        before = block.kind


def _always(*lines: str) -> _Piece:
    return lambda _: lines


def _of_block(block: Block, language: Language) -> Iterator[_Piece]:
    if block.kind == "rows":
        yield from _rows(block, language.colon)
    elif block.kind in {"points", "steps"}:
        for item in block.items:
            yield from _listed(item, language)
    else:
        mark = _MARKS.get(block.kind, "")
        for number, line in enumerate(block.items[0].lines):
            yield _line(line, "" if number else mark, "" if number else blank(mark))


def _rows(block: Block, colon: str) -> Iterator[_Piece]:
    pairs = [item.lines for item in block.items]
    if any(VALUE_START in label.text for label, _ in pairs):  # as wide as they turn out to be
        yield lambda values: rows([(_marked(label, values), _marked(line, values)) for label, line in pairs], colon)
        return
    for (label, line), (lead, below) in zip(pairs, leads(tuple(label.text for label, _ in pairs), colon), strict=True):
        if not lead:
            yield _always(*wrapped(label.text + colon))
        yield _line(line, lead or below, below)


def _listed(item: Item, language: Language) -> Iterator[_Piece]:
    first = f"{item.number}. " if item.number else language.point
    hanging = blank(first)
    for line in item.lines:
        yield _line(line, first, hanging)
        first = hanging


def _line(line: Line, first: str, hanging: str) -> _Piece:
    """The line in lines; a command alone on it stays whole behind plain blanks, so that it can be copied."""
    is_command = [span.kind for span in line.spans] == ["code"]
    before = " " * display_width(first) if is_command else first
    piece = _Line(line, first, hanging, (before + line.text).replace("%", "%%").replace(VALUE_START, "%s"), is_command)
    return piece if VALUE_START in line.text else _always(*piece(iter(())))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that waits for its values; `form` is how it reads where it needs no break."""

    line: Line
    first: str
    hanging: str
    form: str
    is_command: bool

    def __call__(self, values: _Values) -> Sequence[str]:
        own = tuple(islice(values, self.line.text.count(VALUE_START)))
        text = self.form % own
        if self.is_command or 2 * len(text) <= LINE_WIDTH:  # no sign takes more than two columns
            return [text.rstrip()]
        return wrapped(_marked(self.line, iter(own)), first=self.first, hanging=self.hanging)


def _marked(line: Line, values: _Values) -> str:
    """The line's words, its values between their marks, for they are not to be broken."""
    first, *others = line.text.split(VALUE_START)
    return first + "".join([f"{VALUE_START}{next(values)}{VALUE_END}{other}" for other in others])
