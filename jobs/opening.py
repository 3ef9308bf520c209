"""Opening an installation for a command: settings read, the database there and of this program's schema."""

from __future__ import annotations

from pathlib import Path

from jobs.app import App
from jobs.config import load_settings
from jobs.database import sqlite_file
from jobs.schema import SchemaState, schema_state, upgrade


class DatabaseNotReady(Exception):  # noqa: N818 — named for what is the matter
    """There is no database yet, or its tables are not those of this program."""


def open_to_write(config: Path | None) -> App:
    """The installation, ready to be written to; a database that is not there yet is made.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: the database belongs to an older or newer program.
    """
    app = App(load_settings(config))
    file = sqlite_file(app.database_url)
    is_new = file is not None and not file.exists()
    if is_new or schema_state(app.engine) is SchemaState.EMPTY:
        upgrade(app.database_url)
    _expect_current(app)
    return app


def open_to_read(config: Path | None) -> App:
    """The installation, opened so that nothing can be written.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: there is no database yet, or it belongs to an older or newer program.
    """
    app = App(load_settings(config), read_only=True)
    file = sqlite_file(app.database_url)
    if file is not None and not file.exists():
        raise DatabaseNotReady(f"there is no database at {file} yet; `kigen import FILE` makes it")
    _expect_current(app)
    return app


def _expect_current(app: App) -> None:
    state = schema_state(app.engine)
    if state is SchemaState.EMPTY:
        raise DatabaseNotReady("the database has no tables of kigen; `kigen db upgrade` makes them")
    if state is SchemaState.OLDER:
        raise DatabaseNotReady("the database is of an older kigen; back it up, then run `kigen db upgrade`")
    if state is SchemaState.NEWER:
        raise DatabaseNotReady("the database is of a newer kigen than this program; use that one, nothing was done")
