"""Whether the database is sound: its revision, its files, its rows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy import Connection

from jobs.app import App
from jobs.database import sqlite_file
from jobs.schema import revisions

READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """What was looked at, a line each."""

    lines: tuple[str, ...]
    is_sound: bool


def database_report(app: App) -> DatabaseReport:
    """Looks at the whole database; on a large one this takes a while."""
    found, wanted = revisions(app.engine)
    lines = [f"revision {found}, this program's is {wanted}"]
    with app.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            lines.append(f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}")
            return DatabaseReport(tuple(lines), is_sound=True)
        problems = _sqlite_problems(connection)
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    lines.append(f"SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {synchronous} (2 is FULL)")
    file = sqlite_file(app.database_url)
    if file is not None and file.stat().st_mode & READABLE_BY_OTHERS:
        lines.append(f"{file} can be read by other users; it holds personal data: chmod 600")
    lines += problems or ["every page is sound and every reference leads somewhere"]
    return DatabaseReport(tuple(lines), is_sound=not problems)


def _sqlite_problems(connection: Connection) -> list[str]:
    integrity = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    damaged = [f"damaged: {line}" for line in integrity if line != "ok"]
    return damaged + [f"table {row[0]}: row {row[1]} refers to nothing in {row[2]}" for row in orphans]
