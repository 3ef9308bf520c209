"""Parts of letters that are rendered once for all letters alike, and filled in for each: much faster, the same text.

A part is rendered by Jinja until a second letter of the same shape comes. Then it is rendered once more with blanks
(notify/letters/casting.py); what comes of that is kept if, filled in, it says for this letter exactly what Jinja said.
A letter that would answer one of the questions asked on the way differently gets another mould. Where none can be
made, Jinja renders each letter as before.

A mould is believed by and by: Jinja also renders the first letters that are filled into it, and one in a thousand of
those after them. What it says is what is sent; a mould that ever said something else is given up with its part's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from notify.letters.blanks import Expression, Filled, Leaf, Leaves, Shape
from notify.letters.casting import Cast, CastingEnvironment

_MOST = 500  # moulds and shapes that are kept; then all are found anew
_PROOFS, _ONE_IN = 3, 1000  # letters that Jinja renders as well: the first of a mould, and later one in so many
_OF_A_PART = 50  # for letters of one shape: a part that needs more asks for what is different in each letter

_log = logging.getLogger(__name__)

Questions = tuple[Expression, ...]
Answers = tuple[object, ...]


@dataclass(slots=True)
class _Mould:
    """A mould and how many letters were filled into it."""

    filled: Filled
    letters: int = 0

    @property
    def is_to_be_proven(self) -> bool:
        """Whether Jinja is asked as well for the letter that was filled in last."""
        return self.letters <= _PROOFS or self.letters % _ONE_IN == 0


@dataclass(slots=True)
class _Alike:
    """What is known of one part of the letters of one shape: the moulds by what was asked, and the answers to it."""

    moulds: dict[Questions, dict[Answers, _Mould]] = field(default_factory=dict)
    rendered: int = 0
    made: int = 0


class Moulds:
    """The moulds for the templates of one search path.

    `failures` are the errors that a template, a format or an operator may raise: rendering says which it is.
    """

    def __init__(
        self,
        casting: Callable[[], CastingEnvironment],
        rendered: Callable[[str, Mapping[str, object]], str],
        failures: tuple[type[Exception], ...],
    ) -> None:
        self._casting = casting
        self._environment: CastingEnvironment | None = None
        self._rendered = rendered
        self._failures = failures
        self._alike: dict[Shape, dict[str, _Alike]] = {}
        self._latest: tuple[Shape, dict[str, _Alike]] = ((), {})
        self._kept = 0
        self._one_at_a_time = Lock()

    def said(self, name: str, leaves: Leaves) -> str:
        """What the part of that name says."""
        alike = self._of(name, leaves.shape)
        mould, filled = self._filled(alike, leaves.values)
        if mould is not None and not mould.is_to_be_proven:
            return filled
        text = self._rendered(name, leaves.put_together(leaves.values.__getitem__))
        if mould is not None:
            self._prove(alike, name, filled, text)
            return text
        alike.rendered += 1
        if alike.rendered > 1 and alike.made < _OF_A_PART:
            self._make(alike, name, leaves, text)
        return text

    def _of(self, name: str, shape: Shape) -> _Alike:
        latest, parts = self._latest
        if latest is not shape:  # the parts of one letter are asked for one after the other
            try:
                parts = self._of_shape(shape)
            except TypeError:  # the data hold something that nothing can be the same as
                return _Alike(made=_OF_A_PART)
            self._latest = (shape, parts)
        return parts.setdefault(name, _Alike())

    def _of_shape(self, shape: Shape) -> dict[str, _Alike]:
        parts = self._alike.get(shape)
        if parts is None:
            self._begin_anew_when_full(len(self._alike))
            parts = self._alike[shape] = {}
        return parts

    def _filled(self, alike: _Alike, values: Sequence[Any]) -> tuple[_Mould | None, str]:
        for questions, moulds in alike.moulds.items():
            try:
                mould = moulds.get(tuple([question(values) for question in questions]))
                if mould is not None:
                    mould.letters += 1
                    return mould, mould.filled(values)
            except self._failures:  # it is rendered, and says what is wrong, or that nothing is
                continue
        return None, ""

    @staticmethod
    def _prove(alike: _Alike, name: str, filled: str, text: str) -> None:
        if filled == text:
            return
        _log.error("a mould said something else than its template, which is rendered for each letter now: %s", name)
        alike.moulds.clear()
        alike.made = _OF_A_PART

    def _make(self, alike: _Alike, name: str, leaves: Leaves, text: str) -> None:
        alike.made += 1
        self._kept += 1
        self._begin_anew_when_full(self._kept)
        with self._one_at_a_time:
            self._environment = self._environment or self._casting()
            cast = Cast(leaves.values)
            data = leaves.put_together(lambda number: cast.blank(Leaf(number)))
            try:
                mould = self._environment.cast_of(name, data, cast)
                if mould(leaves.values) == text:
                    alike.moulds.setdefault(tuple(cast.questions), {})[tuple(cast.questions.values())] = _Mould(mould)
            except Exception:  # noqa: BLE001 - whatever it is, the letter is written already, and goes without a mould
                alike.made = _OF_A_PART

    def _begin_anew_when_full(self, kept: int) -> None:
        if kept >= _MOST:
            self._alike.clear()
            self._latest = ((), {})
            self._kept = 0
