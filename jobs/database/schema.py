"""The database's tables: whether they are those of this program, and making them so."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, MetaData, column, event, func, inspect, select, table

import contracts.store.tables
import jobs.database.tables
import notify.record.tables
from jobs.clock import Clock
from jobs.database.engines import create_engine_for, create_private_file, sqlite_file
from notify.proof.taking import take_in

if TYPE_CHECKING:
    from alembic.config import Config

METADATA: list[MetaData] = [
    contracts.store.tables.metadata,
    notify.record.tables.metadata,
    jobs.database.tables.metadata,
]

_CHAIN = "0008"  # the revision with which the ledger is in a chain of hashes
_VERSIONS = Path(__file__).parent / "migrations" / "versions"  # one file each, named by its revision, in their order
_ALEMBICS = table("alembic_version", column("version_num"))  # where Alembic notes the revision of a database
_UPGRADE = 0x6B6967656E  # the name of the lock, "kigen" in ASCII


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


def upgrade(url: str) -> None:
    """Brings the tables to this program's revision, creating a SQLite file where there is none.

    Foreign keys are not enforced meanwhile: SQLite alters a table by copying it, and dropping the old copy would take
    the rows that refer to it along. They are checked before the commit. A ledger of before there was a chain of hashes
    is taken into it as it stands.

    Raises:
        RuntimeError: rows refer to rows that are not there.
    """
    from alembic import command

    file = sqlite_file(url)
    if file is not None:
        create_private_file(file)
    engine = create_engine_for(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_foreign_keys)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                # Two machines that upgrade at once: the second one waits, and finds nothing left to do.
                connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE)))
            config = _config()
            config.attributes["connection"] = connection
            was = _revision(connection)
            command.upgrade(config, "head")
            if (was or "") < _CHAIN <= (_revision(connection) or ""):
                take_in(connection, Clock(ZoneInfo("UTC")).now())
            if engine.dialect.name == "sqlite":
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if orphans:
                    raise RuntimeError(f"the upgrade would leave rows that refer to nothing: {orphans[:5]}")
    finally:
        engine.dispose()


def differences(engine: Engine) -> list[str]:
    """Where the tables in the database are not those of this program, a few words each. Others' tables do not count."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    ours = {name for metadata in METADATA for name in metadata.tables}

    def is_ours(_found: object, name: str | None, kind: str, *_others: object) -> bool:
        return kind != "table" or name in ours

    options = {"compare_type": True, "include_object": is_ours}
    with engine.connect() as connection:
        # A list of them is taken as well, though its signature does not say so (alembic.autogenerate.api).
        found = compare_metadata(MigrationContext.configure(connection, opts=options), cast("MetaData", METADATA))
    return [_in_words(each) for change in found for each in (change if isinstance(change, list) else [change])]


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """The database's revision, and this program's."""
    with engine.connect() as connection:
        return _revision(connection), _known()[-1]


def _known() -> list[str]:
    """This program's revisions, the latest last."""
    return sorted(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """The database's revision, as Alembic noted it; asked without Alembic, which takes longer to import than a look."""
    if not inspect(connection).has_table(_ALEMBICS.name):
        return None
    return connection.execute(select(_ALEMBICS.c.version_num)).scalar()


def _in_words(change: Sequence[object]) -> str:
    """What Alembic would do to make them equal: ("add_column", None, "lines", Column("menu", …)) and its like."""
    names = (part if isinstance(part, str) else getattr(part, "name", None) for part in change)
    return " ".join(name.replace("_", " ", 1) if index == 0 else name for index, name in enumerate(filter(None, names)))


def _holds_others_tables(connection: Connection) -> bool:
    """Whether making our tables would mix with others': any in a SQLite file, namesakes in a PostgreSQL schema."""
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    ours = {name for metadata in METADATA for name in metadata.tables}
    return bool(found if connection.dialect.name == "sqlite" else found & ours)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "jobs.database:migrations")
    return config


def _without_foreign_keys(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
