"""What SQLite and PostgreSQL say in words of their own, and how they are asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
V = TypeVar("V", bound="DataclassInstance")


def reading(engine: Engine) -> Connection:
    """A connection that changes nothing and, on SQLite, keeps nobody from writing."""
    return engine.connect().execution_options(sqlite_begin="DEFERRED")


def snapshot(engine: Engine) -> Connection:
    """A connection that only reads, and sees one state of the database."""
    if engine.dialect.name == "sqlite":
        return reading(engine)
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def portions(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The values, as many at a time as one IN list may have."""
    return (values[start : start + size] for start in range(0, len(values), size))


def value_of(kind: type[V], row: Row[Any], **besides: object) -> V:
    """The dataclass with what the row has under its fields' names, and what is given besides."""
    return kind(**{each.name: getattr(row, each.name) for each in fields(kind) if each.name not in besides}, **besides)


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
