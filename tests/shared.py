"""What a process of ours makes once, and tests would make anew each time: statements and letters, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from notify.letters.renderer import Renderer
from notify.letters.templates import TemplateSet

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


class _Compiled(BytecodeCache):
    """What Jinja compiled, by name and source; the shipped letters are many times the same in one process."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is known of it."""
        if found := self._known.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Kept for the next renderer."""
        self._known[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


def share_templates() -> None:
    """Renderers with a reseller's folders read their files anew, and compile what nobody compiled before."""
    make, compiled = TemplateSet.__init__, _Compiled()

    def make_and_share(self: TemplateSet, folders: Sequence[Path], language: str) -> None:
        make(self, folders, language)
        self._environment.bytecode_cache = compiled

    TemplateSet.__init__ = make_and_share
