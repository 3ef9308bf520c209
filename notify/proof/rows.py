"""What of each row stands in the chain of hashes, and its digest. Values only; the same on each database.

Left out is what comes and goes with a delivery: who holds a claim, until when, when to try again, and on what grounds
no new decision is needed; queued and sending count alike, and a try that has not ended is not looked at. A text that
names a person stands there by its salted hash and by whether it is still kept, so that purging it through the ledger is
on record like all else, and a digest that is left over tells nobody whether he has guessed the text.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, String, Table, case, select, type_coerce

from notify.record.columns import EnumText
from notify.record.tables import (
    actions,
    attempts,
    bounces,
    envelopes,
    marked_addresses,
    message_notices,
    messages,
    notices,
)
from notify.record.values import Status

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Something of a row that is sealed: how a query finds it, and what it is in a row of these values."""

    found: ColumnElement[Any]
    of: Callable[[Mapping[str, Any]], object]


@dataclass(frozen=True)
class Sealed:
    """A table whose rows are in the chain, and what of them is, by name."""

    table: Table
    columns: Mapping[str, Part]
    text: str = ""  # the column that names a person; its hash is in the column of that name with "_hash"
    ends: str = ""  # the column that is empty while the row is still to come and go

    @cached_property
    def name(self) -> str:
        """The table's name; its digests stand under it."""
        return self.table.name

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return tuple(column.name for column in self.table.primary_key)

    @cached_property
    def query(self) -> Select[Any]:
        """Of all rows, what is sealed; the key comes first."""
        others = sorted(self.columns.keys() - set(self.key))
        return select(*(self.columns[name].found.label(name) for name in (*self.key, *others)))

    @cached_property
    def query_with_text(self) -> Select[Any]:
        """Of all rows, what is sealed, then the text of which only the hash is, and its salt, where there is one."""
        return self.query.add_columns(self.table.c[self.text], self.table.c.salt) if self.text else self.query

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the query's columns, in order."""
        return tuple(self.query.selected_columns.keys())

    def key_of(self, row: Row[Any] | Sequence[Any]) -> Key:
        """The key of a row that the query found."""
        return tuple(row[: len(self.key)])

    def text_of(self, row: Row[Any] | Sequence[Any]) -> str:
        """What is sealed of a row that the query found, as the digest is made of it: JSON in one form."""
        return self._form.format(*[_WRITER[type(value)](value) for value in row])

    def new_row(self, values: Mapping[str, Any]) -> Sequence[Any]:
        """The row as the query will find it that is inserted with these values, the others being the table's own."""
        whole = {**self._unsaid, **values}
        return [part.of(whole) for part in self._parts]

    def is_open(self, row: Row[Any] | Sequence[Any]) -> bool:
        """Whether a row that the query found is still to come and go, so that the chain does not tell of it."""
        return bool(self.ends) and row[self.names.index(self.ends)] is None

    def digests(self, rows: Iterable[Row[Any] | Sequence[Any]]) -> Iterator[tuple[str, str]]:
        """The rows' keys and digests, as they stand in an entry."""
        for row in rows:
            if not self.is_open(row):
                yield spelled(self.key_of(row)), digest(self.text_of(row))

    @cached_property
    def _form(self) -> str:
        """What `canonical` makes of a row by its names and its table, with places for the values: made once for all."""
        places = {name: f"{{{number}}}" for number, name in enumerate(self.names)} | {"table": canonical(self.name)}
        return "{{" + ",".join(f"{canonical(name)}:{places[name]}" for name in sorted(places)) + "}}"

    @cached_property
    def _parts(self) -> Sequence[Part]:
        return [self.columns[name] for name in self.names]

    @cached_property
    def _unsaid(self) -> Mapping[str, Any]:
        """What stands in the columns of which an insert says nothing."""
        return {column.name: getattr(column.default, "arg", None) for column in self.table.columns}


def spelled(key: Key) -> str:
    """A key as entries spell it: "12", and "7/1" for the first try of envelope 7."""
    return "/".join(map(str, key))


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def canonical(value: object) -> str:
    """The value as JSON in the one form that hashes are made of: names sorted, no spaces, UTF-8, ISO 8601."""
    return _ENCODE(value)


@lru_cache(64)  # what is committed together has one
def instant(at: datetime) -> str:
    """An instant as hashes are made of it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def salted(text: str) -> tuple[str, str]:
    """A new salt, and the hash of the text with it."""
    salt = secrets.token_hex(16)
    return salt, text_hash(salt, text)


def text_hash(salt: str, text: str) -> str:
    """The hash of a text that is not to be guessed from it."""
    return digest(salt + text)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in the chain")


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain).encode


class _Writers(dict[type, Callable[[Any], str]]):
    """What makes of a value what `canonical` makes of it, by its kind, the frequent ones faster than that."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        self[kind] = encode_basestring if issubclass(kind, str) else canonical
        return self[kind]


_WRITER = _Writers(
    {
        int: str,
        bool: lambda is_so: "true" if is_so else "false",
        type(None): lambda _none: "null",
        datetime: lambda at: f'"{instant(at)}"',
        date: lambda day: f'"{day.isoformat()}"',
    }
)


def _of(table: Table, *left_out: str, **made: Part) -> dict[str, Part]:
    return {column.name: _as_kept(column) for column in table.columns if column.name not in left_out} | made


def _as_kept(column: Column[Any]) -> Part:
    """A word of a vocabulary is sealed as it is kept, whichever words this program knows."""
    found = type_coerce(column, String) if isinstance(column.type, EnumText) else column
    return Part(found, itemgetter(column.name))


def _standing(table: Table) -> Part:
    """Claimed or not, it is still to go out."""
    found = type_coerce(table.c.status, String)
    return Part(
        case((found == Status.SENDING.value, Status.QUEUED.value), else_=found),
        lambda row: Status.QUEUED if row["status"] is Status.SENDING else row["status"],
    )


def _kept(column: Column[Any]) -> Part:
    """Whether it has not been purged."""
    return Part(column.is_not(None), lambda row: row[column.name] is not None)


def _without_text(table: Table, text: str, *left_out: str, **made: Part) -> Sealed:
    """A table with a text that names a person; without its salt that text is purged."""
    kept = {f"{text}_is_kept": _kept(table.c.salt)}
    return Sealed(table, _of(table, text, "salt", *left_out, **made, **kept), text)


_CLAIM = ("owner", "attempt", "lease_until", "next_attempt_at", "updated_at")

SEALED: Mapping[str, Sealed] = {
    each.name: each
    for each in (
        _without_text(messages, "subject", "raw", raw_is_kept=_kept(messages.c.raw)),
        Sealed(notices, _of(notices, "updated_at", "grounds", status=_standing(notices))),
        Sealed(message_notices, _of(message_notices)),
        _without_text(envelopes, "address", *_CLAIM, status=_standing(envelopes)),
        replace(_without_text(attempts, "handed_to"), ends="finished_at"),
        Sealed(actions, _of(actions)),
        Sealed(bounces, _of(bounces)),
        _without_text(marked_addresses, "address"),
    )
}
