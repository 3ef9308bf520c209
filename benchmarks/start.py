"""How long kigen takes to begin: its help, and a run with nothing to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.book import IDLE_DAY, ONE_DAY, TODAY, write_book
from benchmarks.installation import installed
from benchmarks.measure import PROGRAMS, kigen, several
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

TIMES = 9
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
    config = installed(folder / "start", write_book(folder / "start.csv", 1000))
    kigen(config, "run-job", "all", "--date", TODAY, "--no-deliver")
    idle = [kigen(config, "run-job", "all", "--date", IDLE_DAY + count * ONE_DAY) for count in range(times)]
    seconds = sorted(cost.seconds for cost in idle)[times // 2]
    what = "run-job all, nothing due"
    yield Figure("start", what, seconds, "s", "importing the libraries", libraries.seconds, "≤ 0.8 s")
