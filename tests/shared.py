"""What a process of ours makes once, and tests would make anew each time: statements and letters, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from notify.letters.renderer import Renderer

_STATEMENTS: LRUCache[object, object] = LRUCache(2000)
_SHIPPED: dict[str, Any] = {}


def share_statements() -> None:
    """Engines share what they compiled."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # a part of what a statement is found by
        dialect.__hash__ = lambda self: hash(type(self))
    event.listen(Engine, "engine_connect", _with_shared_statements)


def _with_shared_statements(connection: Connection) -> None:
    connection.engine._compiled_cache = _STATEMENTS  # noqa: SLF001 - an option of create_engine gives its size only


def share_letters() -> None:
    """Renderers of the shipped letters alone are one; those with a reseller's folders read them anew."""
    make = Renderer.__init__

    def make_or_share(self: Renderer, directories: Sequence[Path] = ()) -> None:
        if directories:
            make(self, directories)
            return
        if not _SHIPPED:
            make(self)
            _SHIPPED.update(vars(self))
        vars(self).update(_SHIPPED)

    Renderer.__init__ = make_or_share
