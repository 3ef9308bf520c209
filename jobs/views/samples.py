"""Sample data for every letter, to the customers and to our own desk: what `templates` shows and checks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from importlib.resources import files
from typing import Any

from jobs.desk.sample import desk_data
from jobs.language.messages import LANGUAGES
from jobs.notices.listing import DESK
from jobs.notices.notice import Letter

Letters = Mapping[str, Letter[Any]]

_PEOPLE: dict[str, dict[str, Any]] = tomllib.loads((files("jobs.views") / "samples.toml").read_text("utf-8"))


def sample_data(letters: Letters, kind: str, language: str) -> dict[str, Any]:
    """Data for one letter, as complete as a letter can be, so that most branches of its templates are reached.

    In a further language the names that are data are English.

    Raises:
        KeyError: there is no such letter.
    """
    spoken = language if language in _PEOPLE else "en"
    people = deepcopy(_PEOPLE[spoken])
    if kind == DESK:  # to ourselves: no account, no owner
        return desk_data(spoken, people["sender"])
    common: dict[str, Any] = {"language": language, "contract": "K-0001", "calendar_file": True, "more_items": 0}
    data = common | people | letters[kind].sample(spoken)
    return data | {"other_menus": len({item["menu"] for item in data["items"]}) - 1}


def samples(letters: Letters, kind: str, language: str) -> list[dict[str, Any]]:
    """The letter with all that it may have, and with the least: both sides of what its templates ask for.

    Raises:
        KeyError: there is no such letter.
    """
    return [sample_data(letters, kind, language), _least(sample_data(letters, kind, language))]


def names_in(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """The names that data has, as templates write them, each with its value: `items[0].menu`, `Zoom Webinars`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from names_in(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list | tuple) and value:
        for place, inner in enumerate(value):
            yield from names_in(inner, f"{name}[{place}]")
    else:
        yield name, value


def must_say(letters: Letters, languages: Iterable[str], of_the_desk: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """By language the letters that are needed in it, each with the names of what it must say.

    The desk's own is needed in the language `of_the_desk`, and not in one that no desk can choose.
    """
    to_customers = {kind: letter.must_say for kind, letter in letters.items()}
    to_desk: dict[str, tuple[str, ...]] = {DESK: ()}
    needed = {language: to_customers | (to_desk if language in LANGUAGES else {}) for language in languages}
    return {of_the_desk: to_desk} | needed


def _least(data: dict[str, Any]) -> dict[str, Any]:
    """Nobody's partner, an owner without a name, an unadorned sender, several lines, the last day, no special case."""
    nobody = {"email": "", "phone": "", "phone_note": "", "hours": ""}
    sender = data["sender"]
    plain = {name: type(value)() for name, value in sender["brand"].items()} | {"colour": sender["brand"]["colour"]}
    if "account" not in data:
        nothing = {"to_settle": 0, "informs": 0, "sections": [], "standing": 0, "has_table": False}
        return data | nothing | {"sender": sender | {"brand": plain}}
    least = {
        "partner": None,
        "account": data["account"] | {"owner_name": "", "contact_department": "", "contact_name": ""},
        "sender": sender | {"brand": plain} | {name: sender[name] | nobody for name in ("sales_desk", "support_desk")},
        "items": [*data["items"], *({**item, "line": f"{item['line']}-2"} for item in data["items"])],
        "days_left": 0,
        "is_base": False,
        "is_storage": True,
        "is_mixed": False,
        "changes": [change | {"falls_to": None, "added": 0} for change in data.get("changes", [])],
        "calendar_file": False,
    }
    return data | {name: value for name, value in least.items() if name in data}
