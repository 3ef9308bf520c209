"""A PostgreSQL to measure on: the tests' own, from a wheel, but with every commit on disk before it counts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from unittest.mock import patch

from psycopg import sql

import tests.postgres as builders

SETTINGS = {"listen_addresses": "", "max_connections": "100"}  # all else as it comes: fsync is on


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that runs."""

    server: builders.Server

    def url(self, name: str) -> str:
        """A new database of that name."""
        self._execute("CREATE DATABASE {} TEMPLATE template0", name)
        return self.server.url(name)

    def libpq(self, name: str) -> str:
        """The URL of a database that is there, as the driver alone takes it."""
        return builders.libpq(self.server.url(name))

    def copy(self, origin: str, name: str) -> None:
        """Makes a database of that name that is like another one; one that is there is dropped before."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, origin)

    def _execute(self, statement: str, *names: str) -> None:
        builders.execute(self.server.url(), sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of our own; it listens on a socket in its folder, on no port.

    Raises:
        NoPostgres: it cannot run here; its message says why.
    """
    session = Path(tempfile.mkdtemp(prefix="kigen-pg-"))
    session.chmod(0o755)
    folder = session / "pg"
    folder.mkdir()
    server = builders.Server(folder)
    with patch.dict("os.environ", {builders.SESSION: str(session)}), patch.object(builders, "SETTINGS", SETTINGS):
        try:
            server.make()
            server.start()
            yield Postgres(server)
        finally:
            with suppress(builders.NoPostgres):  # it did not start
                server.stop("immediate")
            rmtree(session)
