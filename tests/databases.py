"""Which databases a test runs on, and what makes them cheap: they lie in memory, and tables are copied."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import StaticPool

# For tests whose statements the two kinds of database take each in its way: written by hand, locks, claims that skip
# what is locked, inserts that ignore what is there, constraints, instants. What is decided in Python runs on SQLite.
on_each_database = pytest.mark.usefixtures("each_database")

MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps what lies there in memory
WANTED_BYTES = 4 * 2**30  # what all tests leave there at once is well below

_FILES: dict[MetaData, bytes] = {}


def lie_in_memory() -> None:
    """Folders of tests lie in memory where it suffices: each commit is waited for, and a disk takes its time.

    Nothing that a test can see is lost: a process that is killed leaves its files, in memory as on a disk.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= WANTED_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def put_tables(file: Path, metadata: MetaData) -> None:
    """A SQLite file with these tables and nothing in them, copied from one made before; a file that is there stays."""
    if file.exists():
        return
    if metadata not in _FILES:
        with closing(sqlite3.connect(":memory:")) as made:
            metadata.create_all(create_engine("sqlite://", creator=lambda: made, poolclass=StaticPool))
            _FILES[metadata] = made.serialize()
    file.write_bytes(_FILES[metadata])
