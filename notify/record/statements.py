"""Statements that SQLite and PostgreSQL say in words of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Table, any_, bindparam, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite


def insert_ignoring(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """INSERT … ON CONFLICT DO NOTHING, as the connection's database says it."""
    return _insert_ignoring(connection.dialect.name, table)


@cache  # to put a statement together costs more than to carry it out for a few rows
def _insert_ignoring(database: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    dialect = postgresql if database == "postgresql" else sqlite
    statement: postgresql.Insert | sqlite.Insert = dialect.insert(table)
    return statement.on_conflict_do_nothing()


def among(database: str, column: Column[int], name: str) -> ColumnElement[bool]:
    """Whether the column has one of the numbers that the parameter of that name lists.

    PostgreSQL takes them as one array: a statement with a parameter for each is another one for each count, and is
    understood and planned anew.
    """
    if database == "postgresql":
        return column == any_(bindparam(name, type_=postgresql.ARRAY(BigInteger)))
    return column.in_(bindparam(name, expanding=True))


def has_status(column: Column[Any], status: object) -> ColumnElement[bool]:
    """Whether a row that is found by its key has that status.

    SQLite keeps no figures of what is in a table: told the plain way, it goes through all rows of that status to find
    those of the keys, and in the middle of a large delivery these are nearly all.
    """
    return func.coalesce(column, column) == status


def new_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """So many ids for new rows, as the database would have numbered them; nobody else is given one of them.

    On SQLite that holds because a transaction that writes has the file to itself.
    """
    if connection.dialect.name == "postgresql":
        number = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        each = select(number).select_from(func.generate_series(literal(1), count))
        return connection.execute(each).scalars().all()
    last = connection.execute(select(func.max(table.c.id))).scalar_one() or 0
    return range(last + 1, last + 1 + count)
