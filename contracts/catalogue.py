"""Menu items and their limits: values made from a table that the reseller can edit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from contracts.errors import ContractsError


class MenuError(ContractsError):
    """A menu item contradicts another, or itself."""


class Role(StrEnum):
    """What a menu item is in a contract."""

    BASE = "base"
    OPTION = "option"
    REGISTRATION = "registration"  # one-off, no term, no notice of expiry


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One row of the catalogue. Seats are counted in licences; a limit of None is no limit."""

    code: str
    role: Role
    name_ja: str
    name_en: str
    family: str  # seats are compared within it (N5); base items share one
    aliases: tuple[str, ...] = ()
    rank: int = 0  # base items: a continuation goes to the same rank or higher (B3); options: a step of a ladder (B5)
    new_from: int = 1  # least seats of a new order
    addition_from: int = 1  # least seats of one addition
    addition_to: int | None = None  # most seats of one addition
    total_to: int | None = None  # most seats in all; over it, a higher item is needed
    minimum: int = 0  # below it the contract falls to `falls_to` (N7)
    falls_to: str = ""
    january_start_day: int = 1  # of a new order (T1)
    no_new_since: date | None = None  # no new orders from that day on
    fixed_after_closing: bool = False  # cannot be cut or ended after the closing day (B4)
    own_term: bool = False  # runs from its own start and may outlive the contract's other lines (T6)
    upgrade_at_renewal: bool = False  # goes up to a higher item only where it is renewed (T8)
    not_beside: tuple[str, ...] = ()  # codes of the base items beside which it is not sold (B5)
    further_names: tuple[tuple[str, str], ...] = ()  # language and name

    @property
    def is_assigned(self) -> bool:
        """Whether its seats are given to users; tickets are used up (T6), and storage is the account's (B4)."""
        return not self.own_term and not self.fixed_after_closing

    def name(self, language: str) -> str:
        """Its name in that language; the English one where there is none, the Japanese where there is none either."""
        if language == "ja":
            return self.name_ja
        return dict(self.further_names).get(language) or self.name_en or self.name_ja

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that a book may call it."""
        return (self.code, self.name_ja, self.name_en, *(name for _, name in self.further_names), *self.aliases)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All menu items, found by code, name or alias, however they were typed."""

    items: tuple[MenuItem, ...]
    _by_key: dict[str, MenuItem] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", _index(self.items))

    def find(self, text: str) -> MenuItem | None:
        """The item of that code, name or alias; None where there is none."""
        return self._by_key.get(_key(text))

    def __getitem__(self, code: str) -> MenuItem:
        item = self._by_key.get(_key(code))
        if item is None:
            raise KeyError(code)
        return item


def _index(items: Iterable[MenuItem]) -> dict[str, MenuItem]:
    """Every spelling → item.

    Raises:
        MenuError: two items share a spelling.
    """
    index: dict[str, MenuItem] = {}
    for item in items:
        for spelling in item.spellings:
            other = index.setdefault(_key(spelling), item) if spelling else item
            if other is not item:
                raise MenuError("menu.spelling-twice", spelling=spelling, first=other.code, second=item.code)
    return index


@lru_cache(1024)  # a book has few spellings, and a line for each of many
def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
