"""How long kigen takes to begin: its help, and a run with nothing to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.book import IDLE_DAY, ONE_DAY, TODAY, write_book
from benchmarks.installation import installed
from benchmarks.measure import PROGRAMS, kigen, middle, several
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

TIMES = 9
LINES = 3000
LIBRARIES = "sqlalchemy, jinja2, aiosmtplib, pydantic, click, holidays"


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """Help and idle run against the bare interpreter, and against importing what a run needs."""
    times = 1 if scale.is_small else TIMES
    bare = several(times, [sys.executable, "-c", "pass"])
    libraries = several(times, [sys.executable, "-c", f"import {LIBRARIES}"])
    for command in (("kigen", "--help"), ("run-job", "--help")):
        cost = several(times, [PROGRAMS / command[0], *command[1:]])
        extra = cost.cpu_seconds - bare.cpu_seconds
        yield Figure("start", f"{' '.join(command)}, beyond the interpreter", extra, "s of CPU", goal="≤ 0.10")
    config = installed(folder / "start", write_book(folder / "start.csv", LINES))
    kigen(config, "run-job", "all", "--date", TODAY, "--no-deliver")
    days = [IDLE_DAY + count * ONE_DAY for count in range(times)]
    for what in (f"run-job all on {LINES:,} lines, nothing due but the desk's letter", "the same once more that day"):
        idle = middle([kigen(config, "run-job", "all", "--date", day) for day in days])
        yield Figure("start", what, idle.seconds, "s", "importing the libraries", libraries.seconds, "≤ 0.8 s")
        yield Figure(
            "start", f"{what}, processor", idle.cpu_seconds, "s", "importing the libraries", libraries.cpu_seconds
        )
