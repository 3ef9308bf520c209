"""A letter that would be too long for a mail: the first rows of its lists, and all of them for a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jobs.notices.notice import Data

SHOWN = 20  # rows of each list
COLUMNS = ("line", "menu", "seats", "term_start", "term_end")


def shortened(data: Data) -> Data:
    """The data with the first rows of its lists; `more_items` counts the items that are left out."""
    return _first_rows(data) | {"more_items": max(0, len(data["items"]) - SHOWN)}


def all_rows(data: Data) -> Iterator[tuple[str, Data]]:
    """Every row of the letter's lists: "items", or "before" and "after" a change, and what COLUMNS it has."""
    yield from (("items", row) for row in data["items"])
    for change in (*data.get("changes", ()), *data.get("replaces", ()), *data.get("corrected", ())):
        yield from ((part, row) for part in ("before", "after") for row in change[part])


def _first_rows(value: Data) -> Data:
    return {name: _shorter(each) for name, each in value.items()}


def _shorter(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_shorter, value[:SHOWN]), *_rest(value[SHOWN:])]
    return _first_rows(value) if isinstance(value, dict) else value


def _rest(rows: Sequence[Any]) -> Sequence[Any]:
    """What stands for the others: their seats, where that is what the rows tell."""
    match rows:
        case [str(), *_]:
            return ["…"]
        case [dict(row), *_] if set(row) == {"menu", "seats"}:
            return [{"menu": "…", "seats": sum(row["seats"] for row in rows)}]
    return []
