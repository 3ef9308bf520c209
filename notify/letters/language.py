"""How a language writes days and numbers of seats: what stands in its `language.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from notify.letters.problem import TemplateProblem, WrongValue

FILE = "language.toml"


@dataclass(frozen=True, eq=False)
class Language:
    """What `language.toml` says. In the forms {year}, {month}, {day}, {weekday}, {month_name} and {count} are put in.

    A form of two, as for seats, is that of one and that of several; one that is a single text serves both.
    """

    day: str  # in a sentence
    short_day: str  # in a subject, in an aside
    weekdays: Sequence[str]  # from Monday
    months: Sequence[str]
    short_months: Sequence[str]
    seats: Sequence[str]
    days_left: Sequence[str]
    last_day: str  # no days left: it is today
    point: str  # before each point of a list
    colon: str  # between a label and its value
    fonts: str  # as CSS writes them
    outlook_font: str

    @cached_property
    def filters(self) -> Mapping[str, Any]:
        """What templates call: `{{ closing_day|day }}`."""
        return {
            "day": lru_cache(4096)(lambda value: self._dated(self.day, value)),
            "short_day": lru_cache(4096)(lambda value: self._dated(self.short_day, value)),
            "seats": lru_cache(4096)(lambda count: _counted(self.seats, count)),
            "days_left": lambda count: _counted(self.days_left, count) if count else self.last_day,
        }

    def _dated(self, form: str, value: date) -> str:
        if not isinstance(value, date):
            raise WrongValue("not-a-day", value=value)
        return form.format(
            year=value.year,
            month=value.month,
            day=value.day,
            weekday=self.weekdays[value.weekday()],
            month_name=self.months[value.month - 1],
            short_month=self.short_months[value.month - 1],
        )


def _counted(forms: Sequence[str], count: int) -> str:
    if not isinstance(count, int):
        raise WrongValue("not-a-number", value=count)
    return forms[0 if count == 1 else -1].format(count=count, thousands=f"{count:,}")


def language_in(directories: Sequence[Path]) -> Language:
    """The language of the files in these directories; a key is taken from the first that has it.

    Raises:
        TemplateProblem: none of them has the file, one cannot be read, or a key is missing or not of its kind.
    """
    found = [each / FILE for each in directories if (each / FILE).is_file()]
    if not found:
        raise TemplateProblem(FILE, None, "no-language", file=FILE, folders=", ".join(map(str, directories)))
    values: dict[str, Any] = {}
    for path in reversed(found):
        values |= _read(path)
    return Language(**{each.name: _value(found[0], each.name, values, str(each.type)) for each in fields(Language)})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as failure:
        raise TemplateProblem(str(path), None, "said", why=str(failure)) from failure


_LENGTHS = {"weekdays": 7, "months": 12, "short_months": 12}


def _value(path: Path, name: str, values: Mapping[str, Any], kind: str) -> Any:
    value = values.get(name)
    if kind == "str":
        if not isinstance(value, str):
            raise TemplateProblem(str(path), None, "language-key", name=name, allowed="a text", value=value)
        return value
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or len(texts) != _LENGTHS.get(name, len(texts)):
        allowed = f"a list of {_LENGTHS.get(name, 'one or two')} texts"
        raise TemplateProblem(str(path), None, "language-key", name=name, allowed=allowed, value=value)
    return tuple(map(str, texts))
