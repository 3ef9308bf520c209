"""Looking at the book: how much a day costs on which nothing is due, one on which much is, and the import."""

from __future__ import annotations

import csv
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.book import BUSY_DAY, IDLE_DAY, ONE_DAY, TODAY, write_book
from benchmarks.installation import MAILDIR, SQLITE, configured, installed, take_over
from benchmarks.measure import Cost, kigen
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

SIZES, SMALL_SIZES = (10_000, 100_000, 1_000_000), (2_000, 10_000)
DUE = 1_000
TIMES = 5
WEEKLY_LOOK = IDLE_DAY + 8 * ONE_DAY  # all of the book once more; the days within a week of it show what is due
DESK_DAYS = tuple(BUSY_DAY + count * ONE_DAY for count in (1, 2, 3))
WITHOUT_DESK = f'{MAILDIR}\n[jobs.operator-digest]\non = false\nurgent = ["bounced"]\n'
WITH_DESK = f"{MAILDIR}\n[jobs.operator-digest]\ndays_ahead = 30\n"  # so that the next month's closing day is near

# The lines in their notice months of which the ledger says nothing: what a scan without a memory has to ask each day.
BARE_QUERY = """
SELECT l.contract, l.line FROM lines AS l WHERE l.term_end BETWEEN '2027-01-01' AND '2027-02-28' AND NOT EXISTS (
  SELECT 1 FROM notices AS n WHERE n.contract = l.contract AND n.line = l.line AND n.kind = 'renewal-notice'
  AND n.occasion = {month} || '/5m')
"""
MONTHS = {"sqlite": "strftime('%Y-%m', l.term_end)", "postgresql": "to_char(l.term_end, 'YYYY-MM')"}
ALL_ROWS = "SELECT * FROM lines AS l JOIN contracts AS c ON c.number = l.contract"

Ask = Callable[[str], object]  # all rows of a query, through the driver alone


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """On SQLite, at each size with the same number due."""
    sizes = SMALL_SIZES if scale.is_small else SIZES
    start = starting(installed(folder / "scan-empty", more=WITHOUT_DESK))
    busy: dict[int, float] = {}
    for size in sizes:
        config = installed(folder / f"scan-{size}", more=WITHOUT_DESK)
        ask = partial(_asked_of_file, config.with_name("kigen.db"))
        yield from at_size(size, config, ask, start, busy)


def starting(config: Path) -> float:
    """Seconds that a run takes whose book is empty."""
    kigen(config, "db", "upgrade")
    take_over(config, TODAY)
    _run(config, TODAY)
    return median(_run(config, IDLE_DAY + count * ONE_DAY).seconds for count in range(TIMES))


def at_size(  # noqa: PLR0913, PLR0917 - an installation, and what it is compared with
    size: int, config: Path, ask: Ask, start: float, busy: dict[int, float], url: str = SQLITE
) -> Iterator[Figure]:
    """Import, the first look, an idle and a busy day. `busy` keeps what the latter costs, by size."""
    kind = "sqlite" if url == SQLITE else "postgresql"
    part = f"{size:,} lines, {kind}"
    book = write_book(config.with_name("book.csv"), size, due=DUE)
    imported = kigen(config, "import", book, "--format", "json")
    yield Figure(part, "import", imported.seconds, "s", "reading the file with csv", _reading(book))
    yield Figure(part, "import, memory", imported.peak_mib, "MiB", goal="< 300 at 1,000,000")
    take_over(config, TODAY)
    first = _run(config, TODAY)
    rows = _seconds(lambda: ask(ALL_ROWS))
    yield Figure(part, "first look at all of it", first.seconds, "s", "reading the rows", rows)
    yield Figure(part, "first look, memory", first.peak_mib, "MiB", goal="< 200")
    query = _seconds(lambda: ask(BARE_QUERY.format(month=MONTHS[kind])))
    idle = [_run(config, IDLE_DAY + count * ONE_DAY) for count in range(TIMES)]
    seconds = median(cost.seconds for cost in idle)
    yield Figure(part, "a day with nothing due", seconds, "s", "bare query + start", query + start, "≤ 1.5")
    yield Figure(part, "a day with nothing due, memory", max(cost.peak_mib for cost in idle), "MiB", goal="< 200")
    weekly = _run(config, WEEKLY_LOOK)
    yield Figure(part, "the weekly look at all of it", weekly.seconds, "s", "reading the rows", rows)
    cost = _run(config, BUSY_DAY)
    busy[size] = cost.seconds
    what, smallest = f"a day with {DUE:,} due", min(busy)
    yield Figure(part, what, cost.seconds, "s", f"at {smallest:,} lines", busy[smallest], "≤ 1.3")
    yield Figure(part, f"{what}, memory", cost.peak_mib, "MiB", goal="< 200")
    configured(config.parent, url, WITH_DESK)
    yield from _of_the_desk(part, config, seconds)


def _of_the_desk(part: str, config: Path, without: float) -> Iterator[Figure]:
    """Days with the desk's letter: after one that told of many rows that break a rule, and after an ordinary one."""
    _, second, third = (kigen(config, "run-job", "all", "--date", day, "--force", statuses=(0, 1)) for day in DESK_DAYS)
    what = "a day with nothing due but the desk's letter"
    yield Figure(part, f"{what}, after one that told of each flag", second.seconds, "s", "without it", without)
    yield Figure(part, what, third.seconds, "s", "without it", without)
    yield Figure(part, f"{what}, memory", max(second.peak_mib, third.peak_mib), "MiB", goal="< 200")


def _run(config: Path, day: object) -> Cost:
    return kigen(config, "run-job", "all", "--date", day, "--no-deliver")


def _reading(path: Path) -> float:
    def read() -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for _ in csv.reader(file):
                pass

    return _seconds(read)


def _asked_of_file(file: Path, query: str) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        for _ in connection.execute(query):
            pass


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)
