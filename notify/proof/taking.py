"""Takes a ledger that was kept without a chain into one, as it stands: once, when its tables are upgraded to that.

In the caller's transaction, in portions: memory does not grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Row, bindparam, select, tuple_, update

from notify.proof.chain import append, locked_head
from notify.proof.rows import SEALED, Sealed, salted
from notify.record.tables import messages

EVENT = "taken-in"
_AT_ONCE = 500  # rows
_MAILS_AT_ONCE = 50


def take_in(connection: Connection, now: datetime) -> int:
    """Seals all rows there are. How many."""
    count = 0
    for sealed in SEALED.values():
        for keys in _keys(connection, sealed):
            _hash_texts(connection, sealed, keys)
            digests = dict(sealed.digests(connection.execute(sealed.query.where(_among(sealed, keys)))))
            if digests:
                append(connection, locked_head(connection), EVENT, now, {sealed.name: digests})
            count += len(digests)
    return count


def _keys(connection: Connection, sealed: Sealed) -> Iterator[Sequence[Row[Any]]]:
    """The keys of all rows, in portions."""
    key = tuple(sealed.table.primary_key)
    query = select(*key).order_by(*key).limit(_MAILS_AT_ONCE if sealed.table is messages else _AT_ONCE)
    found = connection.execute(query).all()
    while found:
        yield found
        found = connection.execute(query.where(tuple_(*key) > tuple_(*found[-1]))).all()


def _among(sealed: Sealed, keys: Sequence[Row[Any]]) -> Any:
    """Between the first and the last of these keys, which are in order: on no more than these."""
    key = tuple_(*sealed.table.primary_key)
    return key.between(tuple_(*keys[0]), tuple_(*keys[-1]))


def _hash_texts(connection: Connection, sealed: Sealed, keys: Sequence[Row[Any]]) -> None:
    if not sealed.text:
        return
    table, key = sealed.table, tuple(sealed.table.primary_key)
    raw = [messages.c.raw] if table is messages else []
    query = select(*key, table.c[sealed.text].label("text"), *raw).where(_among(sealed, keys))
    found: Sequence[Any] = connection.execute(query).all()
    rows = [_hashed(sealed, row) for row in found if row.text or raw]
    if rows:
        this = (column == bindparam(f"of_{column.name}") for column in key)
        connection.execute(update(table).where(*this), rows)


def _hashed(sealed: Sealed, row: Row[Any]) -> dict[str, object]:
    key: Sequence[Column[Any]] = tuple(sealed.table.primary_key)
    values: dict[str, object] = {f"of_{column.name}": row[index] for index, column in enumerate(key)}
    salt, text_hash = salted(row.text)
    values |= {"salt": salt, f"{sealed.text}_hash": text_hash}
    if sealed.table is messages:
        values["raw_hash"] = None if row.raw is None else sha256(row.raw).hexdigest()
    return values
