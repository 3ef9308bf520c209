"""Opening an installation for a command: settings read, the database there and of this program's schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection, create_engine

from contracts.store.tables import metadata
from jobs.app import App
from jobs.config.load import load_settings, terminal_language
from jobs.database.engines import sqlite_file
from jobs.database.schema import SchemaState, create_tables, schema_state
from jobs.errors import KigenError
from jobs.language.messages import Messages
from jobs.log.handler import set_up_logs
from jobs.terminal.speaker import Speaker


class DatabaseNotReady(KigenError):  # noqa: N818 — named for what is the matter
    """There is no database yet, or its tables are not those of this program."""


def open_to_write(config: Path | None) -> App:
    """The installation, ready to be written to; a database that is not there yet is made.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: the database belongs to an older or newer program, or to another one.
    """
    app = _opened(config)
    if _missing_file(app) or schema_state(app.engine) is SchemaState.EMPTY:
        create_tables(app.database_url)
    _expect(app, SchemaState.CURRENT)
    app.hear_the_time()
    return app


def open_to_read(config: Path | None) -> App:
    """The installation, opened so that nothing can be written.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: there is no database yet, or it belongs to an older or newer program.
    """
    app = _opened(config, read_only=True)
    if file := _missing_file(app):
        raise DatabaseNotReady(f"there is no database at {file} yet; `kigen import FILE` makes it")
    _expect(app, SchemaState.CURRENT)
    return app


def open_to_upgrade(config: Path | None) -> App:
    """The installation, whose database may be of an older kigen, or not there yet.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: the database belongs to a newer program or to another one.
    """
    app = _opened(config)
    if not _missing_file(app):
        _expect(app, SchemaState.EMPTY, SchemaState.OLDER, SchemaState.CURRENT)
    return app


@contextmanager
def book_connection(config: Path | None, *, dry_run: bool) -> Iterator[Connection]:
    """A connection to the book; in a dry run one that cannot write, to an empty book where there is none yet."""
    if dry_run and _missing_file(App(load_settings(config))):
        engine = create_engine("sqlite://")  # before the first import the book is empty
        metadata.create_all(engine)
    else:
        engine = (open_to_read if dry_run else open_to_write)(config).engine
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _missing_file(app: App) -> Path | None:
    """The SQLite file that is not there yet; None where it is, and for a database server."""
    file = sqlite_file(app.database_url)
    return None if file is None or file.exists() else file


def speaker_of(app: App) -> Speaker:
    """What speaks to who typed the command."""
    return Speaker(Messages(spoken_language(), app.catalogue, app.clock.zone))


def spoken_language() -> str:
    """The language of who typed the command: as --language says, or the locale."""
    command = click.get_current_context(silent=True)
    asked: str | None = command.find_root().params.get("language") if command else None
    return asked or terminal_language()


def _opened(config: Path | None, *, read_only: bool = False) -> App:
    """The installation; what it opens is closed when the command ends."""
    settings = load_settings(config)
    set_up_logs(settings.log.format, settings.log.level)
    app = App(settings, read_only)
    if command := click.get_current_context(silent=True):
        command.call_on_close(app.close)
    return app


_NOT_READY = {
    SchemaState.EMPTY: "the database has no tables of kigen; `kigen db upgrade` makes them",
    SchemaState.OLDER: "the database is of an older kigen; back it up, then run `kigen db upgrade`",
    SchemaState.NEWER: "the database is of a newer kigen than this program; use that one, nothing was done",
    SchemaState.FOREIGN: "database.url names another program's database, its tables are not kigen's; nothing was done",
}


def _expect(app: App, *states: SchemaState) -> None:
    state = schema_state(app.engine)
    if state not in states:
        raise DatabaseNotReady(_NOT_READY[state])
