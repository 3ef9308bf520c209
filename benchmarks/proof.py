"""The look through a whole ledger, `kigen ledger verify`: what it takes and holds as the chain grows, on each database.

Beside it the same rows, every column of them, read by the database's driver alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import SQLITE, installed
from benchmarks.measure import Cost, kigen, middle, run
from benchmarks.postgres import postgres
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

SIZES, SMALL_SIZES = (10_000, 100_000, 1_000_000), (1_000, 4_000)  # entries
ON_POSTGRESQL = 100_000
TIMES = 3
_LEDGER = (sys.executable, "-m", "benchmarks.ledger")


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """Each size on SQLite, all but the largest on PostgreSQL."""
    sizes = SMALL_SIZES if scale.is_small else SIZES
    for size in sizes:
        config = installed(folder / f"proof_{size}")
        yield from _of("SQLite", config, size, f"sqlite:///{config.with_name('kigen.db')}")
    with postgres() as server:
        for size in (each for each in sizes if each <= ON_POSTGRESQL):
            name = f"proof_{size}"
            url = server.url(name)
            yield from _of("PostgreSQL", installed(folder / f"pg_{name}", url=url), size, url)


def _of(database: str, config: Path, entries: int, url: str) -> Iterator[Figure]:
    if url.startswith(SQLITE[:6]):
        kigen(config, "db", "upgrade")
    run([*_LEDGER, url, entries])  # by a process of its own: the memory of this one would count in those it starts
    verified, read = _in_turn(config, url, 1 if entries > ON_POSTGRESQL else TIMES)
    what = f"{database}, {entries:,} entries"
    yield Figure("proof", f"{what}: verify", verified.cpu_seconds, "s cpu", "reading", read.cpu_seconds)
    yield Figure("proof", f"{what}: verify, wall", verified.seconds, "s", "reading", read.seconds)
    yield Figure("proof", f"{what}: memory", verified.peak_mib, "MiB", "reading", read.peak_mib, "does not grow")


def _in_turn(config: Path, url: str, times: int) -> tuple[Cost, Cost]:
    verified, read = [], []
    for _ in range(times):
        verified.append(kigen(config, "ledger", "verify"))
        read.append(run([*_LEDGER, url]))
    return middle(verified), middle(read)
