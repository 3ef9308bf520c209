"""What of each row stands in the chain of hashes, and its digest. Values only; the same on each database.

Left out is what comes and goes with a delivery: who holds a claim, until when, when to try again, and on what grounds
no new decision is needed; queued and sending count alike, and a try that has not ended is not looked at. A text that
names a person stands there by its salted hash and by whether it is still kept, so that purging it through the ledger is
on record like all else, and a digest that is left over tells nobody whether he has guessed the text.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, Table, case, select, type_coerce

from notify.columns import EnumText
from notify.ledger_tables import (
    actions,
    attempts,
    bounces,
    envelopes,
    marked_addresses,
    message_notices,
    messages,
    notices,
)
from notify.ledger_values import Status

Key = tuple[int, ...]


@dataclass(frozen=True)
class Sealed:
    """A table whose rows are in the chain, and what of them is: by name, the columns or what is made of them."""

    table: Table
    columns: Mapping[str, ColumnElement[Any]]
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
        return select(*(self.columns[name].label(name) for name in (*self.key, *others)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the query's columns, in order."""
        return tuple(self.query.selected_columns.keys())

    def key_of(self, row: Row[Any] | Sequence[Any]) -> Key:
        """The key of a row that the query found."""
        return tuple(row[: len(self.key)])

    def text_of(self, row: Row[Any] | Sequence[Any]) -> str:
        """What is sealed of a row that the query found, as the digest is made of it: JSON in one form."""
        return canonical({"table": self.name, **dict(zip(self.names, row, strict=True))})

    def is_open(self, row: Row[Any] | Sequence[Any]) -> bool:
        """Whether a row that the query found is still to come and go, so that the chain does not tell of it."""
        return bool(self.ends) and row[self.names.index(self.ends)] is None

    def digests(self, rows: Iterable[Row[Any]]) -> Iterator[tuple[str, str]]:
        """The rows' keys and digests, as they stand in an entry."""
        for row in rows:
            if not self.is_open(row):
                yield spelled(self.key_of(row)), digest(self.text_of(row))


def spelled(key: Key) -> str:
    """A key as entries spell it: "12", and "7/1" for the first try of envelope 7."""
    return "/".join(map(str, key))


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def canonical(value: object) -> str:
    """The value as JSON in the one form that hashes are made of: names sorted, no spaces, UTF-8, ISO 8601."""
    return _ENCODE(value)


def instant(at: datetime) -> str:
    """An instant as hashes are made of it."""
    return at.isoformat(timespec="microseconds")


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


def _of(table: Table, *left_out: str, **made: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    return {column.name: _as_kept(column) for column in table.columns if column.name not in left_out} | made


def _as_kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A word of a vocabulary is sealed as it is kept, whichever words this program knows."""
    return type_coerce(column, String) if isinstance(column.type, EnumText) else column


def _standing(table: Table) -> ColumnElement[str]:
    """Claimed or not, it is still to go out."""
    status = _as_kept(table.c.status)
    return case((status == Status.SENDING.value, Status.QUEUED.value), else_=status)


def _without_text(table: Table, text: str, *left_out: str, **made: ColumnElement[Any]) -> Sealed:
    """A table with a text that names a person; without its salt that text is purged."""
    kept = {f"{text}_is_kept": table.c.salt.is_not(None)}
    return Sealed(table, _of(table, text, "salt", *left_out, **made, **kept), text)


_CLAIM = ("owner", "attempt", "lease_until", "next_attempt_at", "updated_at")

SEALED: Mapping[str, Sealed] = {
    each.name: each
    for each in (
        _without_text(messages, "subject", "raw", raw_is_kept=messages.c.raw.is_not(None)),
        Sealed(notices, _of(notices, "updated_at", "grounds", status=_standing(notices))),
        Sealed(message_notices, _of(message_notices)),
        _without_text(envelopes, "address", *_CLAIM, status=_standing(envelopes)),
        replace(_without_text(attempts, "handed_to"), ends="finished_at"),
        Sealed(actions, _of(actions)),
        Sealed(bounces, _of(bounces)),
        _without_text(marked_addresses, "address"),
    )
}
