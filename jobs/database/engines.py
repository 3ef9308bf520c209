"""Engines: how kigen opens SQLite and PostgreSQL so that a transaction means the same on both."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from jobs.errors import KigenError

BUSY_SECONDS = 30.0  # how long a writer waits for another before it gives up

# Of each connection to PostgreSQL, as libpq names them. A machine that vanished is noticed after about a minute.
CONNECTION: dict[str, Any] = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
    "application_name": "kigen",
    "target_session_attrs": "primary",  # of several hosts that one, never a standby
}
SESSION_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO",  # the only one that the driver reads
    "client_encoding": "UTF8",
    "lock_timeout": "30s",  # as long as a writer waits on SQLite
    "idle_in_transaction_session_timeout": "10min",  # a machine that froze must not hold its locks for ever
}

# The last one: what is purged must not linger in the file's free places.
_CONNECTION_TO_SQLITE = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"


class DatabaseUrlError(KigenError):
    """`database.url` cannot be used."""


def create_engine_for(url: str | URL, *, read_only: bool = False) -> Engine:
    """An engine whose transactions are what they say; nothing is opened yet.

    SQLite: a write transaction takes its lock at BEGIN, so that what was read is still true when it writes; a
    connection with the execution option `sqlite_begin="DEFERRED"` only reads. The rollback journal and
    `synchronous=FULL` keep a commit over a power cut; WAL is not used, because versions before 3.51.3 can lose commits
    in it with two connections (https://sqlite.org/wal.html#walresetbug). A connection lives for one
    transaction (a tenth of a millisecond to open): none is left behind, whatever ends the process. A new file is
    readable by its owner only.

    PostgreSQL: READ COMMITTED whatever the server's default, since the statements lock what they rely on; a server that
    is gone is noticed, and no lock is waited for without end. What the URL says of its own accord stands.

    Raises:
        DatabaseUrlError: the URL is malformed, names another kind of database, or its driver is not installed.
    """
    parsed = _parsed(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite_engine(parsed, read_only=read_only)
    if backend == "postgresql":
        return _postgresql_engine(parsed, read_only=read_only)
    raise DatabaseUrlError(f"database.url: expected sqlite:///FILE or postgresql://…, found {backend}")


def sqlite_file(url: str | URL) -> Path | None:
    """The file behind a SQLite URL; None for other databases and for one in memory."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def create_private_file(path: Path) -> None:
    """Creates an empty database file that only its owner can read, and the folder it lies in; keeps what is there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return


def _parsed(url: str | URL) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError("database.url: expected sqlite:///FILE or postgresql://USER@HOST/NAME") from error


def _postgresql_engine(url: URL, *, read_only: bool) -> Engine:
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise DatabaseUrlError(f"database.url: expected postgresql:// or postgresql+psycopg://, found {url.drivername}")
    settings = SESSION_SETTINGS | ({"default_transaction_read_only": "on"} if read_only else {})
    said = url.query.get("options", ())
    options = [f"-c {name}={value}" for name, value in settings.items()]
    arguments = {name: value for name, value in CONNECTION.items() if name not in url.query}
    arguments["options"] = " ".join([*options, *([said] if isinstance(said, str) else said)])
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # what fails is told to logs and the history of runs; values are people's names
            connect_args=arguments,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # a connection that broke while nobody used it is replaced before anything is said
            pool_use_lifo=True,  # what is not needed goes idle, and is closed by its age
            pool_recycle=1800,
        )
    except ModuleNotFoundError as error:
        raise DatabaseUrlError(
            "database.url: PostgreSQL needs its driver, which is not installed: pip install 'kigen[postgresql]'"
        ) from error


def _sqlite_engine(url: URL, *, read_only: bool) -> Engine:
    path = sqlite_file(url)
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": {"timeout": BUSY_SECONDS}}
    if path is None:
        engine = create_engine(url, **options)
    elif read_only:
        engine = create_engine(
            "sqlite://", hide_parameters=True, creator=lambda: _opened_read_only(path), poolclass=NullPool
        )
    else:
        engine = create_engine(url, **options, poolclass=NullPool)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin_deferred if read_only else _begin)
    return engine


def _opened_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
    )


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; _begin says it
    connection.executescript(_CONNECTION_TO_SQLITE)


def patiently(connection: Any, statement: str) -> Any:
    """The cursor of a statement on a SQLite connection without a busy timeout, as soon as its lock is to be had.

    SQLite itself waits longer each time before it looks again, up to a tenth of a second: two who write in turn would
    wait for longer than they write.

    Raises:
        sqlite3.OperationalError: it was not to be had in `BUSY_SECONDS`, or something else is wrong.
    """
    waited, pause = 0.0, 0.001
    while True:
        try:
            return connection.execute(statement)
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or waited >= BUSY_SECONDS:
                raise
        time.sleep(pause)
        waited += pause
        pause = min(1.1 * pause, 0.01)


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    if mode != "IMMEDIATE" or not _has_begun(connection.connection.driver_connection):
        connection.exec_driver_sql(f"BEGIN {mode}")


def _has_begun(connection: Any) -> bool:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        patiently(connection, "BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False  # said once more, it fails at once, in SQLAlchemy's words
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY_SECONDS)}")  # for the COMMIT, which waits for readers
    return True


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")
