"""Whether the database is sound: its revision, its tables, its files, its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData

from jobs.database.schema import METADATA, revisions

READABLE_BY_OTHERS = 0o077
# Journals that keep a commit over a power cut, as SQLite names them; not WAL (see jobs/database/engines.py).
KEPT_JOURNALS = ("delete", "truncate", "persist")
# Settings of a PostgreSQL server without which a commit can be lost with the power: a lost record is a second mail.
KEEPS_COMMITS = {"fsync": "on", "full_page_writes": "on"}

POOLED = (
    "a pooler (PgBouncer) stands before the server: kigen has statements prepared and settings made once for each "
    "connection, which are lost between transactions there; connect to the server itself"
)


@dataclass(frozen=True, slots=True)
class DatabaseReport:
    """What was looked at, a line each."""

    lines: tuple[str, ...]
    is_sound: bool


def database_report(engine: Engine, file: Path | None) -> DatabaseReport:
    """Looks at the whole database, on SQLite with its file; on a large one this takes a while."""
    found, wanted = revisions(engine)
    lines = [f"revision {found}, this program's is {wanted}"]
    with engine.connect() as connection:
        look = _look_at_sqlite if connection.dialect.name == "sqlite" else _look_at_postgresql
        more, problems = look(connection)
    if file is not None and file.stat().st_mode & READABLE_BY_OTHERS:
        more.append(f"{file} can be read by other users; it holds personal data: chmod 600")
    problems += [f"not as this program's tables are: {difference}" for difference in differences(engine)]
    lines += [*more, *(problems or ["the tables are this program's; every reference in them leads somewhere"])]
    return DatabaseReport(tuple(lines), is_sound=not problems)


def sqlite_problems(pragma: Callable[[str], Sequence[Any]]) -> list[str]:
    """Damaged pages, and rows that refer to nothing. `pragma` asks the database and gives the rows."""
    damaged = [f"damaged: {row[0]}" for row in pragma("integrity_check") if row[0] != "ok"]
    orphans = pragma("foreign_key_check")
    return damaged + [f"table {row[0]}: row {row[1]} refers to nothing in {row[2]}" for row in orphans]


def differences(engine: Engine) -> list[str]:
    """Where the tables in the database are not those of this program, a few words each. Others' tables do not count."""
    ours = {name for metadata in METADATA for name in metadata.tables}

    def is_ours(_found: object, name: str | None, kind: str, *_others: object) -> bool:
        return kind != "table" or name in ours

    options = {"compare_type": True, "include_object": is_ours}
    with engine.connect() as connection:
        # A list of them is taken as well, though its signature does not say so (alembic.autogenerate.api).
        found = compare_metadata(MigrationContext.configure(connection, opts=options), cast("MetaData", METADATA))
    return [_in_words(each) for change in found for each in (change if isinstance(change, list) else [change])]


def _in_words(change: Sequence[object]) -> str:
    """What Alembic would do to make them equal: ("add_column", None, "lines", Column("menu", …)) and its like."""
    names = (part if isinstance(part, str) else getattr(part, "name", None) for part in change)
    return " ".join(name.replace("_", " ", 1) if index == 0 else name for index, name in enumerate(filter(None, names)))


def _look_at_sqlite(connection: Connection) -> tuple[list[str], list[str]]:
    problems = sqlite_problems(lambda name: connection.exec_driver_sql(f"PRAGMA {name}").all())
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    lines = [f"SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {synchronous} (2 is FULL)"]
    if journal not in KEPT_JOURNALS:
        problems.append(f"journal mode {journal}: a commit may be lost; `PRAGMA journal_mode=DELETE` mends it")
    return lines, problems


def _look_at_postgresql(connection: Connection) -> tuple[list[str], list[str]]:
    settings = {name: _setting(connection, name) for name in (*KEEPS_COMMITS, "server_version", "data_checksums")}
    synchronous, encoding = _setting(connection, "synchronous_commit"), _setting(connection, "server_encoding")
    unchecked = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated"
    ).all()
    lines = [f"PostgreSQL {settings['server_version']}, page checksums {settings['data_checksums']}"]
    problems = [
        f"{name} = {settings[name]}: a commit may be lost with the power; set it to {wanted}"
        for name, wanted in KEEPS_COMMITS.items()
        if settings[name] != wanted
    ]
    if synchronous == "off":
        problems.append("synchronous_commit = off: a commit may be lost; set it to on for kigen's role")
    if encoding != "UTF8":
        problems.append(f"the database's encoding is {encoding}, which cannot hold every name; expected UTF8")
    if is_pooled(connection):
        problems.append(POOLED)
    problems += [f"table {table}: {name} was never checked against its rows" for table, name in unchecked]
    return lines, problems


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands before the server: the process that it named when we connected is not the one we ask."""
    named: Any = connection.connection.driver_connection
    return bool(named.info.backend_pid != connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def _setting(connection: Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())
