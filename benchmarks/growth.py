"""The same looks at the book as `scan`, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.installation import installed
from benchmarks.postgres import Postgres, postgres
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale
from benchmarks.scan import SMALL_SIZES, WITHOUT_DESK, at_size, starting

SIZES = (10_000, 100_000)


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """On a PostgreSQL of our own, at each size with the same number due."""
    sizes = SMALL_SIZES if scale.is_small else SIZES
    busy: dict[int, float] = {}
    with postgres() as server:
        start = starting(installed(folder / "growth_empty", url=server.url("growth_empty"), more=WITHOUT_DESK))
        for size in sizes:
            name = f"growth_{size}"
            url = server.url(name)
            config = installed(folder / name, url=url, more=WITHOUT_DESK)
            yield from at_size(size, config, partial(_asked, server, name), start, busy, url)


def _asked(server: Postgres, name: str, query: str) -> None:
    with psycopg.connect(server.libpq(name)) as connection, connection.cursor("all rows") as cursor:
        for _ in cursor.execute(query):
            pass
