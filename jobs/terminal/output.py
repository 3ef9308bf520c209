"""What users see: tables on a terminal, plain columns in a pipe, JSON and CSV for scripts."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def show_rows(rows: Sequence[Row], columns: Mapping[str, str], form: str, empty: str = "Nothing to show.") -> None:
    """Prints rows in one of the forms: table, json, csv. `columns` maps keys to the headings people read."""
    if form == "json":
        show_json(list(rows))
    elif form == "csv":
        _show_csv(rows, columns)
    elif not rows:
        say(empty)
    else:
        _show_table(rows, columns)


def show_json(value: object) -> None:
    """Prints JSON; days and instants in ISO 8601."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=plain)
    sys.stdout.write("\n")


def _show_csv(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """CSV that a spreadsheet takes for text, never for formulas."""
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    writer.writerows([harmless(text_of(row.get(key))) for key in columns] for row in rows)


def harmless(cell: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    if cell[:1].isalnum():
        return cell
    if cell.startswith(FORMULA_STARTS) or cell.lstrip().startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def say(text: str = "") -> None:
    """Prints a result line to stdout."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Prints what went wrong to stderr."""
    sys.stderr.write(f"{text}\n")


def _show_table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    on_terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if on_terminal else None, pad_edge=False)
    for key, heading in columns.items():
        right = all(isinstance(row.get(key), int | None) for row in rows)
        table.add_column(heading, overflow="fold", no_wrap=not on_terminal, justify="right" if right else "left")
    for row in rows:
        table.add_row(*(Text(_shown(row.get(key))) for key in columns))
    console = Console(width=None if on_terminal else 10_000, highlight=False)
    if on_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _shown(value: object) -> str:
    """The text for a person, without control characters that could act on a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text_of(value))


def text_of(value: object) -> str:
    """The value as a cell shows it: an instant in UTC, the parts of a list apart."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, (list, tuple)):
        return " ".join(text_of(part) for part in value)
    return str(value)


def plain(value: object) -> str:
    """Days and instants for JSON, in ISO 8601.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
