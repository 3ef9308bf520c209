"""Installations to measure: a folder with a configuration and a book in its database."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from benchmarks.book import TODAY
from benchmarks.measure import kigen
from benchmarks.postgres import Postgres

SQLITE = "sqlite:///kigen.db"
MAILDIR = """
[mail]
transport = "maildir"
maildir = "maildir"
"""


def to_relay(port: int, connections: int = 8) -> str:
    """The part of a configuration that hands all mail to a relay on this machine."""
    return f"""
[mail]
transport = "smtp"
[smtp]
security = "none"
port = {port}
connections = {connections}
"""


def installed(folder: Path, book: Path | None = None, *, url: str = SQLITE, more: str = MAILDIR) -> Path:
    """The configuration of a new installation, with that book imported, responsible from `TODAY` on."""
    folder.mkdir(parents=True)
    config = configured(folder, url, more)
    if url != SQLITE:
        kigen(config, "db", "upgrade")
    if book is not None:
        kigen(config, "import", book, "--format", "json")
        take_over(config, TODAY)
    return config


def configured(folder: Path, url: str, more: str) -> Path:
    """Writes the configuration, or writes it anew."""
    config = folder / "config.toml"
    config.write_text(f'[database]\nurl = "{url}"\n{more}', encoding="utf-8")
    return config


def take_over(config: Path, day: date) -> None:
    """What was due before that day is another system's business."""
    kigen(config, "baseline", day, "--yes")


class Kept:
    """Databases of an installation as they stood at some moments, to begin from there more than once."""

    def __init__(self, config: Path, server: Postgres | None = None, name: str = "kigen") -> None:
        self.config = config
        self._server, self._name = server, name

    @property
    def file(self) -> Path:
        """The SQLite database."""
        return self.config.with_name("kigen.db")

    def keep(self, moment: str) -> Path:
        """Keeps the database as it stands."""
        kept = self.file.with_suffix(f".{moment}")
        if self._server is not None:
            self._server.copy(self._name, f"{self._name}_{moment}")
        else:
            shutil.copyfile(self.file, kept)
        return kept

    def put_back(self, moment: str) -> None:
        """Puts the database back as it stood then; the installation forgets what it saw since."""
        if self._server is not None:
            self._server.copy(f"{self._name}_{moment}", self._name)
        else:
            shutil.copyfile(self.file.with_suffix(f".{moment}"), self.file)
        shutil.rmtree(self.config.with_name("var"), ignore_errors=True)
