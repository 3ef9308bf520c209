"""Installations to measure: a folder with a configuration and a book in its database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks.book import TODAY
from benchmarks.measure import kigen

CONFIG = """
[database]
url = "{url}"
[mail]
transport = "maildir"
maildir = "maildir"
"""


def installed(folder: Path, book: Path | None = None, *, url: str = "sqlite:///kigen.db", more: str = "") -> Path:
    """The configuration of a new installation, with that book imported, responsible from `TODAY` on."""
    folder.mkdir(parents=True)
    config = folder / "config.toml"
    config.write_text(CONFIG.format(url=url) + more, encoding="utf-8")
    if book is not None:
        kigen(config, "import", book, "--format", "json")
        take_over(config, TODAY)
    return config


def take_over(config: Path, day: date) -> None:
    """What was due before that day is another system's business."""
    kigen(config, "baseline", day, "--yes")
