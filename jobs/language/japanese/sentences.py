"""Sentences that the program says in English, in Japanese: found again by their pattern.

The ledger keeps the English sentence as it was said, so this serves rows of any age and changes none of them.
A sentence that no pattern fits stays as it is.

A pattern is an English sentence with places: `due on {due:day}, today is {today:day}`. A place has a name, by which the
Japanese sentence puts it where it belongs there, and a kind: how its text is recognised, and said in Japanese. One
without a kind is any text, and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

_PLACE = re.compile(r"\{(?P<name>\w+)(?::(?P<kind>\w+))?\}")
_REMEMBERED = 4096  # what is shown together says most of its sentences many times


@dataclass(frozen=True, slots=True)
class Kind:
    """What may stand in a place, as a regular expression, and how it is said in Japanese."""

    looks: str
    said: Callable[[str], str] = str


ANY = Kind(r".+")


class Sentences:
    """The sentences of some patterns; where several fit, the first one does."""

    def __init__(self, known: Mapping[str, str], kinds: Mapping[str, Kind]) -> None:
        """`known` has for each English pattern the Japanese one; `kinds` are those that the patterns name."""
        self._patterns = [_Pattern(english, japanese, kinds) for english, japanese in known.items()]
        self.of = lru_cache(_REMEMBERED)(self._of)

    def fitting(self, english: str) -> Iterator[str]:
        """The English patterns that fit the sentence."""
        return (pattern.english for pattern in self._patterns if pattern.found_in(english))

    def _of(self, english: str) -> str:
        """The sentence in Japanese; as it is where nobody knows it."""
        for pattern in self._patterns:
            if found := pattern.found_in(english):
                return pattern.said(found)
        return english


class _Pattern:
    def __init__(self, english: str, japanese: str, kinds: Mapping[str, Kind]) -> None:
        self.english, self._japanese, self._kinds = english, japanese, kinds
        self._start = english.partition("{")[0]

    def found_in(self, english: str) -> re.Match[str] | None:
        return self._looks.fullmatch(english) if english.startswith(self._start) else None

    def said(self, found: re.Match[str]) -> str:
        return self._japanese.format_map({name: kind.said(found[name]) for name, kind in self._places.items()})

    @cached_property
    def _places(self) -> dict[str, Kind]:
        places = _PLACE.finditer(self.english)
        return {place["name"]: self._kinds[place["kind"]] if place["kind"] else ANY for place in places}

    @cached_property
    def _looks(self) -> re.Pattern[str]:
        looks, end = "", 0
        for place in _PLACE.finditer(self.english):
            between, name = self.english[end : place.start()], place["name"]
            looks += f"{re.escape(between)}(?P<{name}>{self._places[name].looks})"
            end = place.end()
        return re.compile(looks + re.escape(self.english[end:]), re.DOTALL)
