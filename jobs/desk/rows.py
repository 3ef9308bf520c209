"""The desk's letter as rows of a table: what stands in it, and what it has no room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jobs.desk.data import called, item_data
from jobs.desk.sections import Item, Letter
from jobs.language.messages import Messages

COLUMNS = ("section", "partner", "company", "line", "notice", "menu", "seats", "day", "said", "commands")
# What an item is about, or since when it stands.
_DAYS = ("closing_day", "start", "since", "as_of", "waits_since", "last_day", "day", "term_end")
_SAID = ("said", "text", "file", "address", "folder")


def rows_of(letter: Letter, messages: Messages) -> Iterator[tuple[object, ...]]:
    """All items of the letter, the most urgent of each section first; each detail of an item is a row of its own."""
    for told in letter.told:
        section = messages.name("section", told.section)
        for item in told.items:
            data = item_data(item, messages)
            row = _row(section, item, data, messages)
            yield row
            yield from ((*row[:-2], detail, "") for detail in data["details"])


def _row(section: str, item: Item, data: Mapping[str, Any], messages: Messages) -> tuple[object, ...]:
    notice = called(item.facts, messages)
    reason = messages.name("reason", item.reason) if item.reason else ""
    said = " ".join(str(each) for each in (reason, *(data.get(name) for name in _SAID)) if each)
    day = next((data[name] for name in _DAYS if isinstance(data.get(name), date)), None)
    about = (notice and f"{notice} {data.get('occasion', '')}".strip(), data.get("menu"), data.get("seats"), day)
    return (section, item.partner, item.company, data["line"], *about, said, "; ".join(item.commands))
