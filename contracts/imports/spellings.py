"""Numbers that may be the same one: a spreadsheet takes the zeros in front of 00123 away unless the cell is text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

MOST_LOST_ZEROS = 8

Number = TypeVar("Number", str, tuple[str, str])


class Spellings(Generic[Number]):
    """Numbers in use, or pairs that end in one, found by what is left of them without zeros in front."""

    def __init__(self, known: Iterable[Number]) -> None:
        self._known: dict[tuple[str, ...], Number] = {}
        for number in known:
            self.add(number)

    def add(self, number: Number) -> None:
        """Notes a number as in use."""
        self._known.setdefault(_without_zeros(number), number)

    def like(self, number: Number) -> Number | None:
        """The number in use that differs from this one in zeros in front only; None where there is none."""
        other = self._known.get(_without_zeros(number))
        return None if other == number else other


def all_twins(numbers: Iterable[str]) -> list[str]:
    """What these numbers would be with more zeros in front, or with fewer."""
    return [twin for number in numbers for twin in _twins(number)]


def _twins(number: str) -> list[str]:
    if not _is_digits(number):
        return []
    zeros = len(number) - len(number.lstrip("0"))
    longer = ["0" * count + number for count in range(1, MOST_LOST_ZEROS + 1)]
    return longer + [number[count:] for count in range(1, zeros + 1)]


def _without_zeros(number: str | tuple[str, str]) -> tuple[str, ...]:
    if isinstance(number, tuple):
        return (number[0], *_without_zeros(number[1]))
    return ("digits", number.lstrip("0")) if _is_digits(number) else ("text", number)


def _is_digits(number: str) -> bool:
    return number.isascii() and number.isdigit()
