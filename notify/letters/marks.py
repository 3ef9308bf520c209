"""The marks of a letter's source: what a person writes in plain text → blocks, of which text and HTML are made.

A blank line ends a block, a line break is one. CommonMark's marks where it has them:

    ## heading         also `■ heading`; `# title` and `### heading of less` as well
    - point            also `・point`; what is indented below belongs to it
    1. step            the same, numbered
    label：value       a row, where each line of the block is one; in languages without that colon `label:: value`
    > the day          a box: its first line names what its `**strong**` line says; `>!` a deadline, `>!!` a near one
    **strong**  `code`  <https://…>  <name@example.co.jp>
    ---                what follows is small print

A backslash before a sign takes its meaning from it, and `&amp;` and its like mean what they do in HTML. Values are not
here: each has been taken out and VALUE_START holds its place, so nothing that the data say can be a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import takewhile

from notify.letters.lines import VALUE_START

_SIGN = r"[!-/:-@\[-`{-~]"
_INLINE = re.compile(
    rf"\\(?P<sign>{_SIGN})"
    r"|`(?P<code>[^`]+)`"
    rf"|<(?P<link>{VALUE_START}|https?://[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>"
    r"|\*\*(?=\S)(?P<strong>.+?)(?<=\S)\*\*"
)
_HEADING = re.compile(r"(#{1,3}|■)[ \u3000]+(.+)")
_BOX = re.compile(r"(>!{0,2})[ \u3000]?(.*)")
_POINT = re.compile(r"(?:- +|・)(.+)")
_STEP = re.compile(r"([0-9]{1,3})\. +(.+)")
_INDENTED = re.compile(r"(?: {2,}|\t|\u3000)\s*(.+)")
_ROW = re.compile(r"((?!・|- |[0-9]+\. )[^：]{1,40}?)(?:[ \u3000]*：[ \u3000]*|:: +)(.+)")
_RULE = re.compile(r"-{3,}")
_HEADINGS = {"#": "title", "##": "heading", "■": "heading", "###": "subheading"}


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one kind: "" as it is, `strong`, `code` or `link`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block, as the source has it."""

    text: str  # its words without marks
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A point, a step, a row of two lines, or what a block without items consists of."""

    lines: tuple[Line, ...]
    number: str = ""  # of a step


@dataclass(frozen=True, slots=True)
class Block:
    """`title`, `heading`, `subheading`, `paragraph`, `box`, `deadline`, `near`, `points`, `steps`, `rows`."""

    kind: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A letter in its blocks. Of one text there is one, which is equal to itself only."""

    letter: tuple[Block, ...]
    small_print: tuple[Block, ...]


@lru_cache(512)  # letters differ in their values, seldom in what is around them
def marked(shape: str) -> Marked:
    """The blocks of a finished text whose values have been taken out. Every text has some: there is no wrong one."""
    lines = [line.rstrip() for line in shape.split("\n")]
    letter = list(takewhile(lambda line: not _RULE.fullmatch(line), lines))
    return Marked(tuple(_blocks(letter)), tuple(_blocks(lines[len(letter) + 1 :])))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The lines cut where a blank one stands, or where one begins a block of another kind."""
    kind, run = "", list[str]()
    for line in lines:
        found = _kind_of(line, kind)
        if found != kind or found in _HEADINGS.values():
            yield from _block(kind, run)
            kind, run = found, []
        run.append(line)
    yield from _block(kind, run)


def _kind_of(line: str, before: str) -> str:
    """What the line belongs to, in or behind a block of that kind; "" for a blank one."""
    if not line:
        return ""
    if before in {"points", "steps"} and _INDENTED.fullmatch(line):
        return before
    if heading := _HEADING.fullmatch(line):
        return _HEADINGS[heading[1]]
    if box := _BOX.fullmatch(line):
        return ("box", "deadline", "near")[len(box[1]) - 1]
    if _POINT.fullmatch(line):
        return "points"
    return "steps" if _STEP.fullmatch(line) else "paragraph"


def _block(kind: str, run: Sequence[str]) -> Iterator[Block]:
    if not kind:
        return
    if kind in {"points", "steps"}:
        yield Block(kind, tuple(_items(run)))
    elif kind in _HEADINGS.values():
        yield Block(kind, (_item([_HEADING.sub(r"\2", run[0])]),))
    elif kind != "paragraph":
        yield Block(kind, (_item([_BOX.sub(r"\2", line) for line in run]),))
    elif all(rows := [_ROW.fullmatch(line) for line in run]):
        yield Block("rows", tuple(_item([row[1], row[2]]) for row in rows if row))
    else:
        yield Block(kind, (_item([line.lstrip() for line in run]),))


def _items(run: Sequence[str]) -> Iterator[Item]:
    """Points or steps, each with what is indented below it."""
    number, lines = "", list[str]()
    for line in run:
        step, point = _STEP.fullmatch(line), _POINT.fullmatch(line)
        if found := step or point:
            if lines:
                yield _item(lines, number)
            number, lines = (step[1] if step else ""), [found[found.lastindex or 1]]
        else:
            lines.append(line.strip())
    yield _item(lines, number)


def _item(lines: Sequence[str], number: str = "") -> Item:
    return Item(tuple(_line(line) for line in lines), number)


def _line(line: str) -> Line:
    spans = tuple(_spans(line))
    return Line("".join(span.text for span in spans), spans)


def _spans(line: str) -> Iterator[Span]:
    place = 0
    for found in _INLINE.finditer(line):
        if found.start() > place:
            yield Span("", unescape(line[place : found.start()]))
        kind = found.lastgroup or ""
        if kind == "sign":
            yield Span("", found[kind])
        elif kind == "strong":
            yield from (Span(each.kind or kind, each.text) for each in _spans(found[kind]))
        else:
            yield Span(kind, found[kind] if kind == "code" else unescape(found[kind]))
        place = found.end()
    if place < len(line):
        yield Span("", unescape(line[place:]))
