"""What users see: tables on a terminal, plain columns in a pipe, JSON and CSV for scripts, bars while they wait."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TextIO

Row = Mapping[str, Any]
Progress = Callable[[int], None]

PLAIN_LINE_SECONDS = 10.0
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def show_rows(rows: Sequence[Row], columns: Mapping[str, str], form: str, empty: str = "Nothing to show.") -> None:
    """Prints rows in one of the forms: table, json, csv. `columns` maps keys to the headings people read."""
    if form == "json":
        show_json(list(rows))
    elif form == "csv":
        write_csv(rows, columns, sys.stdout)
    elif not rows:
        say(empty)
    else:
        _show_table(rows, columns)


def show_json(value: object) -> None:
    """Prints JSON; days and instants in ISO 8601."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=_plain)
    sys.stdout.write("\n")


def write_csv(rows: Sequence[Row], columns: Mapping[str, str], stream: TextIO) -> None:
    """Writes CSV that a spreadsheet takes for text, never for formulas."""
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([harmless(_text(row.get(key))) for key in columns] for row in rows)


def harmless(cell: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell


def say(text: str = "") -> None:
    """Prints a result line to stdout."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Prints what went wrong to stderr."""
    sys.stderr.write(f"{text}\n")


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Progress]:
    """A bar while something long goes on: on a terminal a bar, in a log a plain line now and then."""
    if sys.stderr.isatty():
        with _bar(label, total) as advance_to:
            yield advance_to
    else:
        yield _plain_lines(label, total)


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=total)
        yield lambda done: bars.update(task, completed=done)


def _plain_lines(label: str, total: int | None) -> Progress:
    said_at = time.monotonic()

    def advance_to(done: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= PLAIN_LINE_SECONDS:
            said_at = time.monotonic()
            complain(f"{label}: {done}" + (f" of {total}" if total else ""))

    return advance_to


def _show_table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    on_terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if on_terminal else None, pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold", no_wrap=not on_terminal)
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
    return "".join(char if char.isprintable() else "�" for char in _text(value))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, (list, tuple)):
        return " ".join(_text(part) for part in value)
    return str(value)


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
