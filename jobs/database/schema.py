"""The database's tables: whether they are those of this program, and making them."""

from __future__ import annotations

import secrets
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, func, insert, inspect, select, text

import contracts.store.tables
import jobs.database.tables
import notify.record.tables
from jobs.database.engines import create_engine_for, create_private_file, sqlite_file

METADATA: list[MetaData] = [
    contracts.store.tables.metadata,
    notify.record.tables.metadata,
    jobs.database.tables.metadata,
]
MIGRATIONS = Path(__file__).parent / "migrations"  # versions/: one file each, named by its revision, in their order

# Where the revision of a database is noted, as Alembic does it.
_REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_LOCK = 0x6B6967656E  # its name, "kigen" in ASCII


class SchemaState(StrEnum):
    """How a database's tables stand to this program."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"  # another program's tables, or ours without their revision


def schema_state(engine: Engine) -> SchemaState:
    """Which it is, from the revision the database says it has."""
    known = _known()
    with engine.connect() as connection:
        revision = _revision(connection)
        is_foreign = revision is None and _holds_others_tables(connection)
    if is_foreign:
        return SchemaState.FOREIGN
    if revision is None:
        return SchemaState.EMPTY
    if revision == known[-1]:
        return SchemaState.CURRENT
    return SchemaState.OLDER if revision in known else SchemaState.NEWER


def create_tables(url: str) -> None:
    """Makes this program's tables where there are none, in a SQLite file that is made too; all of them or nothing."""
    if file := sqlite_file(url):
        create_private_file(file)
    engine = create_engine_for(url)
    try:
        with engine.begin() as connection:
            wait_for_others(connection)
            if _revision(connection) is None:
                _create(connection)
    finally:
        engine.dispose()


def wait_for_others(connection: Connection) -> None:
    """Of two machines that make or upgrade tables at once, the second waits, and finds nothing left to do.

    On SQLite a transaction that may write does so by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The database's revision, and this program's."""
    with engine.connect() as connection:
        return _revision(connection), _known()[-1]


def _create(connection: Connection) -> None:
    for metadata in METADATA:
        metadata.create_all(connection, checkfirst=False)
    if connection.dialect.name == "postgresql":
        # Mails lie beside their row as they are: to compress each would cost a fifth of the time to queue it, and
        # base64 comes down to two thirds at best.
        connection.execute(text("ALTER TABLE messages ALTER COLUMN raw SET STORAGE EXTERNAL"))
    # The name is given with the tables: a backup made before the first mail has it too, and is known again.
    name = {"name": "database", "text": secrets.token_hex(16)}
    connection.execute(insert(notify.record.tables.controls).values(name))
    _REVISION.create(connection, checkfirst=True)
    connection.execute(insert(_REVISION).values(version_num=_known()[-1]))


def _known() -> list[str]:
    """This program's revisions, the latest last."""
    return sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """The database's revision; asked without Alembic, which takes longer to import than a look."""
    if not inspect(connection).has_table(_REVISION.name):
        return None
    return connection.execute(select(_REVISION.c.version_num)).scalar()


def _holds_others_tables(connection: Connection) -> bool:
    """Whether making our tables would mix with others': any in a SQLite file, namesakes in a PostgreSQL schema."""
    found = set(inspect(connection).get_table_names()) - {_REVISION.name}
    ours = {name for metadata in METADATA for name in metadata.tables}
    return bool(found if connection.dialect.name == "sqlite" else found & ours)
