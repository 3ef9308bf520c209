"""What a letter's part says as a function of the letter's data: text with blanks, each to be filled by an expression.

`Leaves` are a letter's data taken apart: its texts, numbers and days in order, and the shape that they had. Letters of
one shape have the same place for each leaf, so an expression that was found in one can be asked in the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any, Protocol

from markupsafe import Markup, escape

from notify.letters.formats import harmless

_NAMES = {"company", "owner_name", "name"}  # what is called so is not parted by the end of a line
_LANGUAGE = "language"  # not left open: filters read it unasked
_SENDER = "sender"  # not left open: it is the same in all letters
_SENDERS = 20  # that are remembered; there are more only in tests
_MARK = re.compile("\x00([0-9]+)(&(?:amp;)*)\x01")  # controls do not stand in data, see formats.harmless

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """What is not left open: letters are alike only where it is the same. 1, 1.0 and True are not."""

    kind: type
    value: Any

    def __call__(self, _leaves: Sequence[Any]) -> Any:
        """The value, whatever the leaves."""
        return self.value


class NoMould(Exception):  # noqa: N818 - named for what happened
    """The part cannot be made by filling blanks; it is rendered each time."""


class Expression(Protocol):
    """A value that follows from the leaves."""

    def __call__(self, leaves: Sequence[Any], /) -> Any:
        """The value for these leaves."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One of the leaves."""

    index: int

    def __call__(self, leaves: Sequence[Any]) -> Any:
        """The leaf."""
        return leaves[self.index]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a pure function makes of other values."""

    function: Callable[..., Any]
    operands: tuple[Expression, ...]

    def __call__(self, leaves: Sequence[Any]) -> Any:
        """What the function returns."""
        return self.function(*[each(leaves) for each in self.operands])


def direct(expression: Expression) -> Expression:
    """The same with fewer calls in between, for what is asked in each letter: most are a leaf, or a format of one."""
    match expression:
        case Leaf(index):
            return itemgetter(index)
        case Applied(function, (Leaf(index), Same(value=value))):
            return lambda leaves: function(leaves[index], value)
        case _:
            return expression


@dataclass(frozen=True, slots=True)
class Filled:
    """Text with blanks: `pieces` and, between them, of `fillings` that of the number in `order`.

    Each filling is an expression with how often its text is escaped.
    """

    pieces: tuple[str, ...]
    order: tuple[int, ...]
    fillings: tuple[tuple[Expression, int], ...]
    is_markup: bool = False
    _direct: tuple[tuple[Expression, int], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_direct", tuple((direct(each), times) for each, times in self.fillings))

    def __call__(self, leaves: Sequence[Any]) -> str:
        """The text."""
        texts = [
            _escaped(str(expression(leaves)), times) if times else str(expression(leaves))
            for expression, times in self._direct
        ]
        found = [""] * (2 * len(self.pieces) - 1)
        found[::2] = self.pieces
        found[1::2] = [texts[number] for number in self.order]
        text = "".join(found)
        return Markup(text) if self.is_markup else text  # noqa: S704 - it was Markup when it was made


@lru_cache(4096)  # what one part says the others say as well, and many letters the same
def _escaped(text: str, times: int) -> str:
    for _ in range(times):
        text = escape(str(text))
    return text


def mark(number: int) -> str:
    """The sign in a text for what the expression of that number says. Escaping changes it as it would change a text."""
    return f"\x00{number}&\x01"


def is_marked(text: str) -> bool:
    """Whether there are marks in the text."""
    return "\x00" in text


def filled(text: str, expressions: Sequence[Expression]) -> Filled:
    """The text with its marks as blanks.

    Raises:
        NoMould: something else than escaping has touched a mark.
    """
    found = _MARK.split(text)
    pieces = tuple(str(piece) for piece in found[::3])
    if any("\x00" in piece or "\x01" in piece for piece in pieces):
        raise NoMould("a filter has touched what is to be filled in")
    marks = zip(found[1::3], found[2::3], strict=True)
    wanted = [(expressions[int(number)], escaped.count("amp;")) for number, escaped in marks]
    fillings = {filling: number for number, filling in enumerate(dict.fromkeys(wanted))}
    order = tuple(fillings[filling] for filling in wanted)
    return Filled(pieces, order, tuple(fillings), is_markup=isinstance(text, Markup))


class Settled:
    """What is not left open, the same in all letters. Letters are alike only where it is this very one."""

    __slots__ = ("names", "of", "value")

    def __init__(self, of: object) -> None:
        self.of = deepcopy(of)  # as it was given: who gave it may change it
        self.value = harmless(of)
        self.names: set[str] = set()
        _shape_of(of, [], self.names)


class Senders:
    """The senders of the letters so far, each taken apart once."""

    def __init__(self) -> None:
        self._known: list[Settled] = []

    def settled(self, sender: object) -> Settled:
        """The sender, taken apart."""
        for known in self._known:
            if known.of == sender:
                return known
        self._known = [Settled(sender), *self._known[: _SENDERS - 1]]
        return self._known[0]


class Leaves:
    """A letter's data taken apart. The texts are harmless: they cannot break a line or reverse the reading.

    `senders` is kept by the caller from letter to letter.
    """

    __slots__ = ("names", "shape", "values")

    def __init__(self, data: Mapping[str, object], senders: Senders) -> None:
        self.values: list[Any] = []
        self.names: set[str] = set()  # of persons and companies, but for those in lists
        shape: list[object] = []
        for name, value in data.items():
            if name == _SENDER:
                settled = senders.settled(value)
                self.names |= settled.names
                shape += (name, settled)
            elif name == _LANGUAGE:
                shape += (name, same(harmless(value)))
            else:
                shape += (name, _shape_of(value, self.values, self.names, name))
        self.shape: Shape = tuple(shape)

    def put_together(self, leaf: Callable[[int], object]) -> dict[str, Any]:
        """The data as templates see them, with what `leaf` gives for the leaf of each number."""
        numbers = iter(range(len(self.values)))
        return {
            str(name): _put_together(shape, numbers, leaf)
            for name, shape in zip(self.shape[::2], self.shape[1::2], strict=True)
        }

    def and_subject(self, subject: str) -> Leaves:
        """The same with the finished subject."""
        more = object.__new__(Leaves)
        more.values, more.names = [*self.values, subject], self.names
        more.shape = (*self.shape, "subject", str)
        return more


def _shape_of(value: Any, values: list[Any], names: set[str], name: str = "") -> object:
    """The shape of the value; its leaves go behind `values`, the names of persons and companies into `names`."""
    kind = type(value)
    if kind is str:
        text = value if value.isprintable() else harmless(value)
        values.append(text)
        if name in _NAMES:
            names.add(str(text))
        return kind
    if kind is int or kind is date:
        values.append(value)
        return kind
    if kind is dict or isinstance(value, Mapping):
        shape: list[object] = [dict]
        for key, item in value.items():
            shape += (key, _shape_of(item, values, names, key))
        return tuple(shape)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return (list, *(_shape_of(each, values, set()) for each in value))
    return same(harmless(value))


def same(value: object) -> Same:
    """The value as an expression; for the same value mostly the very same one."""
    try:
        return _same(value)
    except TypeError:  # it has no hash, and nothing can be the same as it
        return Same(type(value), value)


@lru_cache(1000, typed=True)
def _same(value: object) -> Same:
    return Same(type(value), value)


def _put_together(shape: object, numbers: Iterator[int], leaf: Callable[[int], object]) -> object:
    if isinstance(shape, Same | Settled):
        return shape.value
    if not isinstance(shape, tuple):
        return leaf(next(numbers))
    if shape[0] is list:
        return [_put_together(each, numbers, leaf) for each in shape[1:]]
    return {name: _put_together(each, numbers, leaf) for name, each in zip(shape[1::2], shape[2::2], strict=True)}
