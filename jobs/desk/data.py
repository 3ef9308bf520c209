"""What a desk's letter says, as plain data for its templates and for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from contracts.files.columns import BOOK_COLUMNS
from contracts.rules.flag import Flag
from jobs.desk.items import ALL_ITEMS, MORE
from jobs.desk.sections import MOST, Item, Letter, Section, Told
from jobs.language.messages import Messages

_COLUMNS = {column.name: column.other_names[0] for column in BOOK_COLUMNS}  # as Japanese books call them


def letter_data(letter: Letter, messages: Messages, as_of: date, at_once: str = "", most: int = MOST) -> dict[str, Any]:
    """The data of one letter for its templates, but for its sender; `at_once`: the time, where it is told at once.

    Of each section the first `most` items, and of each item as many details; `has_table` says that there are others.
    """
    sections = [section_data(told, messages, most) for told in letter.told]
    return {
        "language": messages.language,
        "as_of": as_of,
        "to_settle": letter.to_settle,
        "informs": letter.informs,
        "sections": sections,
        "has_table": any(section["is_cut"] for section in sections),
        "standing": letter.standing,
        "is_desk": letter.reader.is_desk,
        "at_once": at_once,
    }


def section_data(told: Told, messages: Messages, most: int) -> dict[str, Any]:
    """One section, its first items by partner."""
    more = told.count - len(told.items[:most])
    shown = [(partner, [_shown(item, messages, most) for item in items]) for partner, items in told.by_partner(most)]
    return {
        "name": told.section.value,
        "count": told.count,
        "reasons": [{"reason": reason, "count": count} for reason, count in told.reasons.items()],
        "groups": [{"partner": partner, "items": items} for partner, items in shown],
        "more": more,
        "is_cut": bool(more) or any(item["more_details"] for _, items in shown for item in items),
        "more_command": MORE.get(told.section, ALL_ITEMS),
    }


def _shown(item: Item, messages: Messages, most: int) -> dict[str, Any]:
    data = item_data(item, messages)
    details, more = data["details"][:most], max(0, len(data["details"]) - most)
    if more:
        details.append(messages.say("feed.more", count=more))
    return data | {"called": called(item.facts, messages), "details": details, "more_details": more}


def item_data(item: Item, messages: Messages) -> dict[str, Any]:
    """One item: whose it is, what its section's words need, and what settles it."""
    facts = dict(item.facts)
    menu = facts.get("menu")
    if isinstance(menu, dict):
        facts["menu"] = menu[messages.language]
    broken = facts.pop("broken", None)
    if isinstance(broken, Flag):
        facts |= {"text": messages.said(broken), "code": broken.code, "values": broken.values}
    line = f"{item.contract}/{item.line}" if item.contract else ""
    details = list(_DETAILS[item.section](facts, messages)) if item.section in _DETAILS else []
    return {"company": item.company, "line": line, "commands": list(item.commands), "details": details, **facts}


def called(facts: Mapping[str, Any], messages: Messages) -> str:
    """What the letter calls the notice, or the job, that an item is about; "" for neither."""
    return messages.name("title", facts.get("kind") or facts.get("job") or "")


def _of_file(facts: Mapping[str, Any], messages: Messages) -> Iterator[str]:
    """What a person has to know of a file of the feed, a sentence each."""
    if facts["problem"]:
        yield messages.say("feed.problem", why=messages.on_record(facts["problem"]))
    if facts["rejected"]:
        yield messages.say("feed.rejected", count=facts["rejected"], rows=facts["rows"])
        yield from (_of_cell(cell, messages) for cell in facts["rejections"])
    if facts["missing"]:
        yield messages.say("feed.missing", count=facts["missing"])
        yield from facts["lines"]
    if more := facts["missing"] - len(facts["lines"]):
        yield messages.say("feed.more", count=more)


def _of_cell(cell: Mapping[str, Any], messages: Messages) -> str:
    """The row, its column as books of that language call it, what stands there, and why it cannot be."""
    column = _COLUMNS.get(cell["column"], cell["column"]) if messages.language == "ja" else cell["column"]
    value = messages.say("feed.value", value=cell["value"]) if cell["value"] else ""
    place = " ".join(filter(None, (messages.say("feed.row", row=cell["row"]), column, value)))
    return messages.say("feed.rejection", place=place, why=messages.on_record(cell))


def _of_difference(facts: Mapping[str, Any], messages: Messages) -> Iterator[str]:
    """What the owner was told of a line, and what the book says of it."""
    yield messages.say("correction.told", **facts["told"]).strip()
    yield messages.say("correction.now", **facts["now"]).strip()


_DETAILS: Mapping[Section, Callable[[Mapping[str, Any], Messages], Iterator[str]]] = {
    Section.DIFFERS: _of_difference,
    Section.FEED: _of_file,
}


def items_json(told: Iterable[Told], messages: Messages) -> list[dict[str, Any]]:
    """All items as scripts read them."""
    return [
        {"section": each.section.value, "partner": item.partner} | item_data(item, messages)
        for each in told
        for item in each.items
    ]
