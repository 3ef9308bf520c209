"""All the sentences whose Japanese is known, and what stands in them: days, months, menu items, codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from contracts.catalogue import Catalogue, Role
from jobs.language.japanese.checks import ADDRESSES, CHECKS
from jobs.language.japanese.codes import REASONS, SECTIONS, STATUSES
from jobs.language.japanese.flags import FLAGS
from jobs.language.japanese.pages import PAGES
from jobs.language.japanese.sentences import Kind, Sentences
from jobs.language.japanese.story import CAME_OF, DONE, STORY, WAITS_FOR
from jobs.language.japanese.values import DAY, MONTH, NUMBER

KNOWN = CHECKS | FLAGS | PAGES | WAITS_FOR | STORY
BASE_LICENCE = "基本ライセンス"
_RETURNED = {"hard": "宛先なし", "soft": "一時的な理由", "policy": "受信側の方針", "unknown": "理由不明"}
_ROLES = {"to": "宛先", "cc": "写し"}


def sentences(catalogue: Catalogue) -> Sentences:
    """The sentences, with the menu items called as the catalogue does."""
    return Sentences(KNOWN, _kinds(catalogue))


def _kinds(catalogue: Catalogue) -> dict[str, Kind]:
    addresses = Sentences(ADDRESSES, {"number": NUMBER})
    return {
        "address": Kind(r".+", addresses.of),
        "copies": Kind(r"(?:to|cc) \S+(?:, (?:to|cc) \S+)*", _copies),
        "day": DAY,
        "days": Kind(r"1 day|\d+ days", lambda text: f"{text.partition(' ')[0]}日"),
        "done": _one_of(DONE),
        "family": Kind(r".+?", partial(_family, catalogue)),
        "letter": Kind(r"the letter|letter \d+", _letter),
        "lines": Kind(r"line .+", lambda text: text.removeprefix("line ").replace(", line ", "、")),
        "menu": Kind(r".+?", partial(_menu, catalogue)),
        "month": MONTH,
        "number": NUMBER,
        "outcome": _one_of(CAME_OF),
        "quoted": Kind(r"'.*'|\".*\"", lambda text: text[1:-1]),
        "reason": Kind(r"[a-z-]+", lambda text: REASONS.get(text, text)),
        "returned": Kind(rf"(?:{'|'.join(_RETURNED)})(?: .+)?", _returned),
        "seconds": Kind(r"-?\d+\.\d"),
        "sections": _counted(SECTIONS),
        "somebody": Kind(r"(?!a person\b).+"),
        "status": Kind(r"[a-z-]+", lambda text: STATUSES.get(text, text)),
        "word": Kind(r"\S+"),
    }


def _one_of(words: Mapping[str, str]) -> Kind:
    return Kind("|".join(re.escape(word) for word in words), words.__getitem__)


def _counted(words: Mapping[str, str]) -> Kind:
    """As `closing 3, held 1`."""
    one = rf"(?:{'|'.join(words)}) \d+"

    def said(text: str) -> str:
        counts = (each.rpartition(" ") for each in text.split(", "))
        return "、".join(f"{words[name]} {count}件" for name, _, count in counts)

    return Kind(rf"{one}(?:, {one})*", said)


def _letter(text: str) -> str:
    return "文面" if text == "the letter" else f"文面{text.rpartition(' ')[2]}"


def _copies(text: str) -> str:
    parts = (each.split(" ", 1) for each in text.split(", "))
    return "、".join(f"{_ROLES[role]} {address}" for role, address in parts)


def _returned(text: str) -> str:
    sort, _, rest = text.partition(" ")
    return f"{_RETURNED[sort]}：{rest}" if rest else _RETURNED[sort]


def _menu(catalogue: Catalogue, name: str) -> str:
    item = catalogue.find(name)
    return item.name("ja") if item else name


def _family(catalogue: Catalogue, family: str) -> str:
    """The base licences together, an option by its name."""
    items = [item for item in catalogue.items if item.family == family]
    if any(item.role is Role.BASE for item in items):
        return BASE_LICENCE
    return items[0].name("ja") if len(items) == 1 else family
