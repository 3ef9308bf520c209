"""The tables as statements of SQLite, to compare with those of a revision that was released.

`python -m tests.jobs.database.tables > tests/jobs/database/revisions/NUMBER.sql`: beside a new migration, or until the
first release for 0001.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from jobs.database.schema import METADATA

REVISIONS = Path(__file__).parent / "revisions"


def statements() -> str:
    """CREATE TABLE and CREATE INDEX for all of them."""
    tables = [table for metadata in METADATA for table in metadata.sorted_tables]
    indexes = [CreateIndex(index) for table in tables for index in sorted(table.indexes, key=lambda index: index.name)]
    created = (str(each.compile(dialect=sqlite.dialect())) for each in [*map(CreateTable, tables), *indexes])
    return "\n".join("\n".join(filter(None, map(str.rstrip, text.splitlines()))) + ";" for text in created) + "\n"


if __name__ == "__main__":
    print(statements(), end="")  # noqa: T201
