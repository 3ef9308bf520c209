"""How something long comes on: a bar or a line that lives on a terminal, in a log a plain line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from jobs.log.logger import PROGRESS, Logger
from notify.delivery.delivery import Progress as Delivery

Progress = Callable[[int], None]
Total = int | Callable[[], int] | None  # one that is a call is asked for when it is to be seen

PLAIN_LINE_SECONDS = 10.0


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
