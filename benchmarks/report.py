"""Figures as people read them and as programs do: a table on the terminal, JSON in a file."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured; `reference` was measured in the same run, `goal` is what we want."""

    part: str
    what: str
    value: float
    unit: str
    reference: str = ""
    reference_value: float | None = None
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the reference."""
        return self.value / self.reference_value if self.reference_value else None


def show(figures: Sequence[Figure]) -> None:
    """Prints the figures as a table."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("part", "what", "figure", "reference", "ratio", "goal"):
        table.add_column(heading, justify="right" if heading in {"figure", "ratio"} else "left")
    for one in figures:
        against = f"{one.reference} {_number(one.reference_value)}" if one.reference_value is not None else ""
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
        table.add_row(one.part, one.what, f"{_number(one.value)} {one.unit}", against, ratio, one.goal)
    Console(width=160).print(table)


def line(one: Figure) -> str:
    """The figure as one line, for who waits for the table."""
    against = f", {one.reference} {_number(one.reference_value)}, ratio {one.ratio:.2f}" if one.ratio else ""
    return f"{one.part}: {one.what}: {_number(one.value)} {one.unit}{against}"


def save(figures: Sequence[Figure], path: Path, now: datetime) -> None:
    """Writes the figures with the machine they were measured on."""
    machine = {
        "processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version, "measured_at": now.astimezone(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip
    found = {"machine": machine, "figures": [asdict(one) | {"ratio": one.ratio} for one in figures]}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"  # noqa: PLR2004 - from here on decimals are noise
