"""Brings the tables of an older release to those of this program."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event

from jobs.database import schema
from jobs.database.engines import create_engine_for


def upgrade(url: str) -> None:
    """Brings the tables to this program's revision, in one transaction; makes them where there are none.

    Foreign keys are not enforced meanwhile: SQLite alters a table by copying it, and dropping the old copy would take
    the rows that refer to it along. They are checked before the commit.

    Raises:
        RuntimeError: rows refer to rows that are not there.
    """
    schema.create_tables(url)
    engine = create_engine_for(url)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        event.listen(engine, "connect", _without_foreign_keys)
    try:
        with engine.begin() as connection:
            schema.wait_for_others(connection)
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
            command.upgrade(config, "head")
            if is_sqlite and (orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"the upgrade would leave rows that refer to nothing: {orphans[:5]}")
    finally:
        engine.dispose()


def _without_foreign_keys(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
