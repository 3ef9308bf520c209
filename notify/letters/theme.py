"""The HTML part of a letter: its blocks in the frame and the colours of `theme.html`.

That file has a macro for each mark. Each is asked once, for all letters of a language and a brand, with the places of
what comes into it later; so it cannot look at what it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from itertools import chain, count
from typing import Any

from jinja2 import Environment
from jinja2.environment import TemplateModule
from markupsafe import Markup

from notify.letters.colours import readable_on
from notify.letters.lines import VALUE_END, VALUE_START
from notify.letters.marks import Block, Item, Line, Marked, Span
from notify.letters.problem import TemplateProblem

FILE = "theme.html"
# What each macro is given.
MACROS = {
    "page": ("subject", "preheader", "letter", "small_print"),
    "title": ("text",),
    "heading": ("text",),
    "subheading": ("text",),
    "paragraph": ("text",),
    "small": ("text",),
    "points": ("items",),
    "point": ("text",),
    "steps": ("items", "start"),
    "step": ("text",),
    "rows": ("items",),
    "row": ("label", "text"),
    "box": ("label", "text"),
    "deadline": ("label", "text"),
    "near": ("label", "text"),
    "day": ("text",),
    "strong": ("text",),
    "code": ("text",),
    "link": ("address", "text"),
}
_BOXES = {"box", "deadline", "near"}
_LISTS = {"points": "point", "steps": "step"}
_PLACE = re.compile(f"{VALUE_START}([^{VALUE_END}]*){VALUE_END}")
_MAY_BE_LEFT_OUT = {"subject", "preheader", "start", "address"}  # not among the words of the letter
_BREAK = "<br>\n"


class Theme:
    """How letters of one language and one brand look; of several files the first that has a macro gives it."""

    def __init__(self, modules: Sequence[TemplateModule]) -> None:
        self._forms = {name: _form(name, modules) for name in MACROS}
        self._skeleton = lru_cache(512)(self._page)

    def page(self, letter: Marked, values: Sequence[str], subject: str, preheader: str) -> str:
        """The letter as a page of HTML, each value escaped in its place."""
        literals, places = self._skeleton(letter)
        all_values = (subject, preheader, *values)
        escaped = escape(VALUE_START.join(all_values)).split(VALUE_START)
        contents = [escaped[int(place)] if place.isdecimal() else _address(all_values, place) for place in places]
        return "".join(chain.from_iterable(zip(literals, contents, strict=False))) + literals[-1]

    def _page(self, letter: Marked) -> tuple[Sequence[str], Sequence[str]]:
        """What stands in the page between its places, and the names of these."""
        numbers = count(2)  # behind subject and preheader
        body = "\n".join([self._block(block, numbers, "paragraph") for block in letter.letter])
        small = _BREAK.join([self._block(block, numbers, "small") for block in letter.small_print])
        places = {"subject": _place("0"), "preheader": _place("1")}
        pieces = _PLACE.split(self._said("page", **places, letter=body, small_print=small).strip() + "\n")
        return pieces[::2], pieces[1::2]

    def _block(self, block: Block, numbers: Iterator[int], paragraph: str) -> str:
        if block.kind in _LISTS:
            items = "\n".join([self._said(_LISTS[block.kind], text=self._text(each, numbers)) for each in block.items])
            return self._said(block.kind, items=items, start=block.items[0].number)
        if block.kind == "rows":
            return self._said("rows", items="\n".join([self._row(each, numbers) for each in block.items]))
        item = block.items[0]
        if block.kind in _BOXES:
            label, *lines = [self._line(line, numbers, "day") for line in item.lines]
            return self._said(block.kind, label=label, text=_BREAK.join(lines))
        return self._said(paragraph if block.kind == "paragraph" else block.kind, text=self._text(item, numbers))

    def _row(self, item: Item, numbers: Iterator[int]) -> str:
        label, text = (self._line(line, numbers) for line in item.lines)
        return self._said("row", label=label, text=text)

    def _text(self, item: Item, numbers: Iterator[int]) -> str:
        return _BREAK.join([self._line(line, numbers) for line in item.lines])

    def _line(self, line: Line, numbers: Iterator[int], strong: str = "strong") -> str:
        return "".join([self._span(span, numbers, strong) for span in line.spans])

    def _span(self, span: Span, numbers: Iterator[int], strong: str) -> str:
        text = re.sub(VALUE_START, lambda _: _place(str(next(numbers))), escape(span.text, quote=False))
        if span.kind == "link":
            return self._said("link", address=_target(span.text, text), text=text)
        return self._said(strong if span.kind == "strong" else span.kind, text=text) if span.kind else text

    def _said(self, macro: str, **contents: str) -> str:
        form = self._forms[macro]
        for name, content in contents.items():
            form = form.replace(_place(f"in {name}"), content)
        return form


def _form(name: str, modules: Sequence[TemplateModule]) -> str:
    """What the macro makes of the places that its content will take."""
    for module in modules:
        if macro := getattr(module, name, None):
            form = str(macro(*(Markup(_place(f"in {each}")) for each in MACROS[name]))).strip("\n")  # noqa: S704
            _refuse_changed(name, form)
            return form
    raise TemplateProblem(FILE, None, "no-macro", name=name)


def _refuse_changed(name: str, form: str) -> None:
    """A form in which a place is no longer what it was, or is not: the macro shortened it, or left it out."""
    left = form
    for each in MACROS[name]:
        left = left.replace(_place(f"in {each}"), "")
    if VALUE_START in left:
        raise TemplateProblem(FILE, None, "macro-changes", name=name)
    for each in MACROS[name]:
        if each not in _MAY_BE_LEFT_OUT and _place(f"in {each}") not in form:
            raise TemplateProblem(FILE, None, "macro-loses", name=name, argument=each)


def _place(name: str) -> str:
    return f"{VALUE_START}{name}{VALUE_END}"


def _target(address: str, text: str) -> str:
    """Where a link leads: as it is written, or as its value will say."""
    if address == VALUE_START:
        return text.replace(VALUE_START, f"{VALUE_START}@")
    return text if address.startswith("http") else f"mailto:{text}"


def _address(values: Sequence[str], place: str) -> str:
    """The address that a value is: of a page or of a person, never of a script."""
    value = values[int(place[1:])]
    if value.startswith(("http://", "https://")):
        return escape(value)
    return f"mailto:{escape(value)}" if "@" in value else "#"


NO_BRAND: Mapping[str, Any] = {
    "name": "", "logo": "", "logo_cid": "", "logo_width": 0, "logo_height": 0, "colour": "", "footer": "",
    "signature": (),
}  # fmt: skip


def brand_names(sender: Mapping[str, Any]) -> dict[str, Any]:
    """What a theme is told of the sender: the table [sender.brand], and what follows from it."""
    brand = sender["brand"]
    width, height = brand["logo_width"], brand["logo_height"]
    colour = str(brand["colour"] or "#1f3a5f")
    return {
        "brand_colour": colour,
        "brand_name": str(brand["logo"] or brand["name"] or sender["company"]),
        "brand_image": str(brand["logo_cid"]),
        "image_width": width,
        "image_height": height,
        # Where a reader sees no images, the name stands in the picture's place. A small one has no room for it.
        "image_holds_name": width >= 120 and height >= 20,  # noqa: PLR2004
        "ink": readable_on("#ffffff", colour, "#1c2430"),
        "dark_ink": readable_on("#1a212b", colour, "#a9c8ec"),
    }


def theme_of(environment: Environment, names: Sequence[str], sender: Mapping[str, Any], **about: str) -> Theme:
    """The theme for the letters of a sender; `about` the language: `language`, `fonts`, `outlook_font`."""
    known = brand_names(sender) | about
    return Theme([environment.get_template(name).make_module(known) for name in names])
