"""What kigen says, in the language of who reads it: codes and their values are kept, and said late.

The sentences stand in a catalogue a language, `en.po` and `ja.po` beside this file, in gettext's own format: what
translators' tools open. A message's id is its code. A sentence has places, as `due on {due:day}, today is {today:day}`:
the name of a value, and how that kind of value is shown (PLACES); one without a kind is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import polib

from contracts.catalogue import Catalogue, Role
from notify.letters.problem import TemplateProblem

LANGUAGES = ("en", "ja")
# What is named: `kind.KIND` is what that kind is called.
SORTS = ("action", "bounce", "came", "done", "kind", "order", "origin", "outcome", "reason", "section", "status")
_WEEKDAYS = "月火水木金土日"
_FOLDER = Path(__file__).parent


class UnknownMessage(LookupError):  # noqa: N818 — named for what is the matter
    """The catalogue of that language has no such code."""


class Sayable(Protocol):
    """What has a code and values: a decision's check, an event of a story."""

    @property
    def code(self) -> str: ...  # noqa: D102 — of the catalogue
    @property
    def values(self) -> Mapping[str, Any]: ...  # noqa: D102 — by the names of the places


@dataclass(frozen=True, slots=True)
class Said:
    """Something to say: a code and its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Messages:
    """Says things in one language. Menu items are called as the catalogue does, instants are shown in the zone."""

    language: str
    catalogue: Catalogue = field(default=Catalogue(()), repr=False)
    zone: tzinfo = UTC

    def say(self, code: str, /, **values: Any) -> str:
        """The sentence of that code; a value `count` chooses between one and many where the sentence differs.

        Raises:
            UnknownMessage: the catalogue has no such code.
        """
        forms = sentences(self.language).get(code)
        if forms is None:
            raise UnknownMessage(f"{self.language}.po has no message {code!r}")
        sentence = forms[0] if values.get("count") == 1 else forms[-1]
        return sentence.format_map({name: _Place(value, self) for name, value in values.items()})

    def said(self, what: Sayable) -> str:
        """The same of a code and values that were put together before."""
        return self.say(what.code, **what.values)

    def template_problem(self, problem: TemplateProblem) -> str:
        """What is wrong with a letter's template, with file and line."""
        return ": ".join(self.template_problem_parts(problem))

    def template_problem_parts(self, problem: TemplateProblem) -> tuple[str, str]:
        """The file and line, and what is wrong there; English is what the problem says of itself."""
        if self.language == "en":
            return problem.place, problem.message
        place = problem.template + (self.say("template.line", number=problem.line) if problem.line else "")
        like = problem.values.get("like")
        meant = self.say("template.like", like=like) if like else ""
        return place, self.say(f"template.{problem.code}", **problem.values) + meant

    def on_record(self, what: Mapping[str, Any]) -> str:
        """The same of what a ledger kept, maybe another version's: a code that is not known is shown as it is."""
        code, values = what["code"], what["values"]
        try:
            return self.say(code, **values)
        except (KeyError, UnknownMessage, ValueError):
            return " ".join([code, *(f"{name}={value}" for name, value in values.items())])

    def name(self, sort: str, code: str) -> str:
        """What a code is called: a kind, status, reason, action, outcome, section; itself where it has no name."""
        found = sentences(self.language).get(f"{sort}.{code}")
        return found[0] if found else code

    def time(self, at: datetime) -> str:
        """An instant in the reader's zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"

    def listed(self, parts: Iterable[str]) -> str:
        """Several as a list within a sentence."""
        return self.say("list.between").join(parts)


@cache
def sentences(language: str) -> dict[str, tuple[str, ...]]:
    """Each code's sentence: one, or that of one thing and that of many."""
    entries = polib.pofile(str(_FOLDER / f"{language}.po"), encoding="utf-8")
    return {
        entry.msgid: tuple(form for _, form in sorted(entry.msgstr_plural.items())) or (entry.msgstr,)
        for entry in entries
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """A value on its way into a sentence."""

    value: Any
    messages: Messages

    def __format__(self, kind: str) -> str:
        return PLACES[kind](self.messages, self.value)


def _as_it_is(_: Messages, value: object) -> str:
    return str(value)


def _day(messages: Messages, value: date | str) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return (
        str(day) if messages.language == "en" else f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"
    )


def _period(messages: Messages, value: tuple[date, date]) -> str:
    first, last = value
    return _day(messages, first) if first == last else messages.say("part.period", first=first, last=last)


def _month(messages: Messages, value: object) -> str:
    year, _, month = str(value).partition("-")
    return str(value) if messages.language == "en" else f"{int(year)}年{int(month)}月"


def _minute(messages: Messages, value: datetime) -> str:
    return f"{value.astimezone(messages.zone):%Y-%m-%d %H:%M}"


def _job(messages: Messages, name: str) -> str:
    return messages.name("job" if f"job.{name}" in sentences(messages.language) else "kind", name)


def _lines(messages: Messages, value: Iterable[str]) -> str:
    return messages.listed(messages.say("list.line", line=line) for line in value)


def _sections(messages: Messages, value: Iterable[tuple[str, int]]) -> str:
    return messages.listed(messages.say("list.section", section=section, count=count) for section, count in value)


def _menu(messages: Messages, code: str) -> str:
    item = messages.catalogue.find(code)
    return item.name(messages.language) if item else code


def _family(messages: Messages, family: str) -> str:
    """The base licences together, storage as one, an option by its name; in English by its code, as books do."""
    items = [item for item in messages.catalogue.items if item.family == family]
    if any(item.role is Role.BASE for item in items):
        return messages.say("family.base")
    if f"family.{family}" in sentences(messages.language):
        return messages.say(f"family.{family}")
    return items[0].name(messages.language) if len(items) == 1 and messages.language != "en" else family


def _copies(messages: Messages, value: Iterable[tuple[str, str]]) -> str:
    return messages.listed(messages.say(f"copy.{role}", address=address) for role, address in value)


def _kept(messages: Messages, value: str) -> str:
    return value or messages.say("part.purged")


def _subject(messages: Messages, value: str) -> str:
    return messages.say("part.quoted", text=value) if value else messages.say("part.purged")


def _said(messages: Messages, value: Sayable) -> str:
    return messages.said(value)


def _name_of(sort: str) -> Callable[[Messages, Any], str]:
    return lambda messages, value: messages.name(sort, value)


PLACES: Mapping[str, Callable[[Messages, Any], str]] = {
    "": _as_it_is,
    "number": _as_it_is,
    "thousands": lambda _, value: f"{value:,}",
    "day": _day,  # a date, or as 2022-01-31
    "days": lambda messages, value: messages.say("part.days", count=value),
    "letters": lambda messages, value: messages.say("part.letters", count=value),
    "owners": lambda messages, value: messages.say("part.owners", count=value),
    "period": _period,  # two days, both inclusive
    "month": _month,  # a Month, or as 2022-01
    "time": Messages.time,  # an aware datetime
    "minute": _minute,
    "job": _job,
    "copies": _copies,  # pairs: to or cc, address
    "kept": _kept,  # a text; "" where it was purged
    "subject": _subject,
    "somebody": lambda messages, value: value or messages.say("part.somebody"),
    "seconds": lambda _, value: f"{value:.1f}",
    "list": lambda messages, value: messages.listed(map(str, value)),
    "lines": _lines,  # numbers of lines
    "sections": _sections,  # pairs: a section of the desk's letter, how many
    "menu": _menu,  # a menu item's code
    "family": _family,
    "said": _said,  # a Said
    "address": lambda messages, value: messages.say(f"address.{value}"),  # why nobody can write to it
    **{sort: _name_of(sort) for sort in SORTS},
}
