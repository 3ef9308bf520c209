"""What users see: tables on a terminal, plain columns in a pipe, JSON and CSV for scripts, bars while they wait."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from jobs.log.logger import PROGRESS, Logger

if TYPE_CHECKING:
    from notify.delivery.delivery import Progress as Delivery

Row = Mapping[str, Any]
Progress = Callable[[int], None]
Total = int | Callable[[], int] | None  # one that is a call is asked for when it is to be seen

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
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=plain)
    sys.stdout.write("\n")


def write_csv(rows: Sequence[Row], columns: Mapping[str, str], stream: TextIO) -> None:
    """Writes CSV that a spreadsheet takes for text, never for formulas."""
    writer = csv.writer(stream)
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


@contextmanager
def progress(label: str, total: Total) -> Iterator[Progress]:
    """A bar while something long goes on: on a terminal a bar, in a log a plain line now and then."""
    if sys.stderr.isatty():
        with _bar(label, _known(total)) as advance_to:
            yield advance_to
    else:
        yield _plain_lines(label, total)


@contextmanager
def delivery_progress(label: str) -> Iterator[Callable[[Delivery], None]]:
    """How a delivery comes on: on a terminal one line that lives, in a log a plain line now and then."""
    began_at = time.monotonic()

    def line(so_far: Delivery) -> str:
        return f"{label}: {delivery_line(so_far, time.monotonic() - began_at)}"

    if not sys.stderr.isatty():
        say_now_and_then = _now_and_then()
        yield lambda so_far: say_now_and_then(lambda: line(so_far))
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(Text(label), console=Console(stderr=True), transient=True, refresh_per_second=8) as live:
        yield lambda so_far: live.update(Text(line(so_far), no_wrap=True, overflow="ellipsis"))


def delivery_line(so_far: Delivery, seconds: float) -> str:
    """`sent 120, waiting 880, failed 1, 34 a second, 26 s left`; what is in doubt or put back where there is any."""
    parts = [f"sent {so_far.sent}", f"waiting {so_far.waiting}", f"failed {so_far.failed}"]
    parts += [f"in doubt {so_far.in_doubt}"] if so_far.in_doubt else []
    parts += [f"put back {so_far.queued}"] if so_far.queued else []
    rate = (so_far.sent + so_far.failed + so_far.in_doubt + so_far.queued) / seconds if seconds > 0 else 0.0
    if rate:
        parts += [f"{rate:.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"]
        parts += [f"{_span(so_far.waiting / rate)} left"] if so_far.waiting else []
    return ", ".join(parts)


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:  # noqa: PLR2004 - two minutes; beyond that nobody counts seconds
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 2 * 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=total)
        yield lambda done: bars.update(task, completed=done)


def _plain_lines(label: str, total: Total) -> Progress:
    say_now_and_then = _now_and_then()
    of_all = cache(lambda: f" of {all_of_it}" if (all_of_it := _known(total)) else "")
    return lambda done: say_now_and_then(lambda: f"{label}: {done}{of_all()}")


def _known(total: Total) -> int | None:
    return total() if callable(total) else total


def _now_and_then() -> Callable[[Callable[[], str]], None]:
    """Says a line to the log, no more often than it bears; the line is made when it is said."""
    said_at = time.monotonic()

    def say_it(line: Callable[[], str]) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= PLAIN_LINE_SECONDS:
            said_at = time.monotonic()
            Logger(PROGRESS).info(line())

    return say_it


def _show_table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

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
