"""Statements that SQLite and PostgreSQL say in words of their own."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_ignoring(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """INSERT … ON CONFLICT DO NOTHING, as the connection's database says it."""
    return _insert_ignoring(connection.dialect.name, table)


@cache  # to put a statement together costs more than to carry it out for a few rows
def _insert_ignoring(database: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    dialect = postgresql if database == "postgresql" else sqlite
    statement: postgresql.Insert | sqlite.Insert = dialect.insert(table)
    return statement.on_conflict_do_nothing()
