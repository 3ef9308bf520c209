"""How things stand in the database with all sending: looked at for each mail, so a look has to cost little."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from jobs.database.engines import patiently
from notify.ledger.switches import Standing
from notify.record.faults import is_unreachable


@dataclass(frozen=True, slots=True)
class Reading:
    """How things stand, and whether the database lacks a mark that this installation saw in it."""

    now: Standing
    is_behind: bool


class Watch:
    """A reading of the database that is taken anew when the database may have changed.

    On SQLite it asks for the data version first, which costs some microseconds. On PostgreSQL, which has no such thing,
    the reading is taken each time: one statement, outside a transaction, on a connection that is kept for it.
    """

    def __init__(self, engine: Engine, read: Callable[[Connection], Reading]) -> None:
        self._engine = engine
        self._read = read
        self._turn = Lock()  # a connection serves one thread at a time
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._version = DataVersion(engine) if self._is_sqlite and engine.url.database else None
        self._kept: Connection | None = None  # PostgreSQL's
        self._taken: tuple[tuple[int, ...], Reading] | None = None  # at which data version

    def read(self) -> Reading:
        """The reading as it is now.

        Raises:
            DBAPIError | sqlite3.Error | OSError: the database cannot be reached.
        """
        with self._turn:
            if self._version is None:
                return self._read_at_once() if self._is_sqlite else self._read_over_kept()
            # The version is taken first: what is committed between the two is seen as a change next time.
            version = self._version.now(waits=True)
            if self._taken is None or self._taken[0] != version:
                self._taken = version, self._read_at_once()
            return self._taken[1]

    def read_anew(self) -> Reading:
        """The reading as it is now, taken whether anything changed or not.

        Raises:
            DBAPIError | sqlite3.Error | OSError: the database cannot be reached.
        """
        self._taken = None
        return self.read()

    def is_still(self, reading: Reading) -> bool:
        """Whether a reading taken now would be the same, as far as can be told without waiting for anybody."""
        if self._version is None or not self._turn.acquire(blocking=False):
            return False
        try:
            return self._taken is not None and self._taken == (self._version.now(waits=False), reading)
        except (DBAPIError, sqlite3.Error, OSError):  # whoever goes on to read hears of it, if it lasts
            return False
        finally:
            self._turn.release()

    def close(self) -> None:
        """Gives back what is kept open."""
        with self._turn:
            if self._version is not None:
                self._version.close()
            self._close_kept()

    def _read_at_once(self) -> Reading:
        with self._engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return self._read(connection)

    def _read_over_kept(self) -> Reading:
        if self._kept is not None:
            try:
                return self._read(self._kept)
            except DBAPIError as fault:
                self._close_kept()
                if not is_unreachable(fault):
                    raise
            # It broke while it was kept. Whether the server can be reached now, a new one tells.
        self._kept = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._read(self._kept)

    def _close_kept(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class DataVersion:
    """What changes with every commit to a SQLite database, as a connection tells that is kept for it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = str(engine.url.database)
        self._kept: PoolProxiedConnection | None = None
        self._place: tuple[int, int] | None = None
        self._opened = 0  # connections: each counts the versions for itself

    def now(self, *, waits: bool) -> tuple[int, ...]:
        """The version. While another connection commits it is not to be had: then it is waited for, or an error.

        Raises:
            OSError: the file cannot be found.
            DBAPIError | sqlite3.Error: it cannot be opened, or waiting was in vain.
        """
        found = os.stat(self._file)  # noqa: PTH116 - a Path costs as much again, for each mail
        place = (found.st_dev, found.st_ino)
        if self._place not in (None, place):
            # Another file lies there now: whoever goes on with the old one writes into nothing.
            self.close()
            self._engine.dispose()
        if self._kept is None:
            self._kept, self._place = self._engine.raw_connection(), place
            self._kept.cursor().execute("PRAGMA busy_timeout = 0")
            self._opened += 1
        connection: Any = self._kept.driver_connection
        said = "PRAGMA data_version"
        cursor = patiently(connection, said) if waits else connection.execute(said)
        return (self._opened, cursor.fetchall()[0][0])

    def close(self) -> None:
        """Gives back the kept connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
