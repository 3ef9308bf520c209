"""What makes the databases of tests cheap: they lie in memory, and a statement is compiled once for all of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache

# For tests whose statements the two kinds of database take each in its way: written by hand, locks, claims that skip
# what is locked, inserts that ignore what is there, constraints, instants. What is decided in Python runs on SQLite.
on_each_database = pytest.mark.usefixtures("each_database")

MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps what lies there in memory
WANTED_BYTES = 4 * 2**30  # what all tests leave there at once is well below

_COMPILED: LRUCache[object, object] = LRUCache(2000)
_FILES: dict[MetaData, bytes] = {}


def lie_in_memory() -> None:
    """Folders of tests lie in memory where it suffices: each commit is waited for, and a disk takes its time.

    Nothing that a test can see is lost: a process that is killed leaves its files, in memory as on a disk.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= WANTED_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def compile_once() -> None:
    """Engines share the statements they compiled: a process of ours has one engine, but each test has its own."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # a part of what a statement is found by
        dialect.__hash__ = lambda self: hash(type(self))
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    connection.engine._compiled_cache = _COMPILED  # noqa: SLF001 - an option of create_engine gives its size only


def put_tables(file: Path, metadata: MetaData) -> None:
    """A SQLite file with these tables and nothing in them, copied from one made before; a file that is there stays."""
    if file.exists():
        return
    if metadata not in _FILES:
        with closing(sqlite3.connect(":memory:")) as made:
            metadata.create_all(create_engine("sqlite://", creator=lambda: made, poolclass=StaticPool))
            _FILES[metadata] = made.serialize()
    file.write_bytes(_FILES[metadata])
