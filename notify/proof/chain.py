"""The chain of hashes over the ledger: what each transaction changed, and how these rows stood after it.

A writer says what it touched (`touch`); at the end of the transaction (`sealing`) one entry is added, with the digests
of those rows, and its link, the hash of the entry and of the link before it. So nobody can change, take out or put in
anything on record without a trace, unless he writes the rest of the chain anew: that is seen from outside, by a head
that somebody noted (`Head`). What looks through the chain stands in verify.

The head is locked after all rows, and rows are read under its lock: so entries have no gap, an entry never tells an
older state than the one before it, and who waits for the head holds nothing that its holder waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import Column, Connection, Row, Select, Table, bindparam, insert, select, update

from notify.proof.rows import SEALED, Sealed, canonical, instant
from notify.record.statements import insert_ignoring, portions
from notify.record.tables import attempts, chain, chain_head, envelopes, messages, notices

NO_LINK = "0" * 64  # before the first entry
_COLLECTOR = "kigen.touched"  # in the connection's info, while a transaction is open that will be sealed


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: noted outside the database, it proves later that nothing up to it was written anew."""

    seq: int = 0
    link: str = NO_LINK

    def __str__(self) -> str:
        return f"{self.seq}:{self.link}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The head that such a text names.

        Raises:
            ValueError: it is not like "12:4f…", a number and 64 hexadecimal digits.
        """
        seq, _, link = text.strip().partition(":")
        if (
            not seq.isdecimal()
            or len(seq) >= len(str(2**63))
            or len(link) != len(NO_LINK)
            or set(link.lower()) - set("0123456789abcdef")
        ):
            raise ValueError(f"expected a number, a colon and 64 hexadecimal digits, found {text!r}")
        return cls(int(seq), link.lower())


@dataclass(slots=True)
class Touched:
    """What a transaction has changed, each by a column that finds it and that column's values."""

    by_column: dict[Column[Any], set[int]] = field(default_factory=dict)
    tries: set[tuple[int, int]] = field(default_factory=set)
    added: list[tuple[Sealed, Sequence[Mapping[str, Any]]]] = field(default_factory=list)

    def note(self, column: Column[Any], values: Iterable[int]) -> None:
        """Adds the rows that have one of these values there."""
        self.by_column.setdefault(column, set()).update(values)

    def digests(self, connection: Connection) -> dict[str, dict[str, str]]:
        """The digests of those rows as they stand, by table and key. Empty where none is one that is sealed."""
        found: dict[str, dict[str, str]] = {}
        for sealed, new in self.added:
            found.setdefault(sealed.name, {}).update(sealed.digests(map(sealed.new_row, new)))
        for column, values in self.by_column.items():
            sealed = SEALED[column.table.name]
            rows = _rows(connection, column, sorted(values))
            if column.table is attempts:  # earlier tries of the same envelope are as they were
                rows = (row for row in rows if tuple(row[:2]) in self.tries)
            for key, digest in sealed.digests(rows):
                found.setdefault(sealed.name, {})[key] = digest
        return found


@contextmanager
def sealing(connection: Connection, event: str, at: datetime) -> Iterator[None]:
    """While it is open, `touch` notes what is changed over this connection; at its end, an entry tells of it."""
    touched, info = Touched(), connection.info  # of a connection that breaks it cannot be asked any more
    info[_COLLECTOR] = touched
    try:
        yield
    finally:
        del info[_COLLECTOR]
    _seal(connection, touched, event, at)


def touch(connection: Connection, column: Column[Any], values: Iterable[int]) -> None:
    """Says that rows were changed or added: those that have one of the values in this column.

    Raises:
        RuntimeError: the transaction is not one that is sealed at its end (Ledger).
    """
    _touched(connection).note(column, values)


def touch_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Says that rows were added, each with all its values: they are not read again to be sealed.

    What changes one of them in the same transaction has to `touch` it besides.

    Raises:
        RuntimeError: the transaction is not one that is sealed at its end (Ledger).
    """
    _touched(connection).added.append((SEALED[table.name], rows))


def touch_letters(connection: Connection, message_ids: Iterable[int]) -> None:
    """Says that messages were changed, with their envelopes and the notices that they tell now."""
    ids = list(message_ids)
    for column in (messages.c.id, envelopes.c.message_id, notices.c.message_id):
        touch(connection, column, ids)


def touch_tries(connection: Connection, tries: Iterable[tuple[int, int]]) -> None:
    """Says that tries have ended, each given by its envelope and its number."""
    touched, ended = _touched(connection), set(tries)
    touched.tries |= ended
    touched.note(attempts.c.envelope_id, {envelope for envelope, _ in ended})


def _touched(connection: Connection) -> Touched:
    touched: Touched | None = connection.info.get(_COLLECTOR)
    if touched is None:
        raise RuntimeError("what lasts is changed outside of the ledger's own transactions: the chain would lack it")
    return touched


def _seal(connection: Connection, touched: Touched, event: str, at: datetime) -> None:
    """Adds the entry of what was touched; none where no such row is sealed."""
    if not touched.by_column and not touched.added:
        return
    before = locked_head(connection)
    body = touched.digests(connection)
    if body:
        append(connection, before, event, at, body)


def append(connection: Connection, before: Head, event: str, at: datetime, body: dict[str, dict[str, str]]) -> Head:
    """Adds an entry after the head, which the caller has locked. The new head."""
    text = canonical(body)
    after = Head(before.seq + 1, link_of(before.link, before.seq + 1, at, event, text))
    entry = {"seq": after.seq, "at": at, "event": event, "body": text, "link": after.link}
    connection.execute(_ADD, entry)
    connection.execute(_ADVANCE, {"seq": after.seq, "link": after.link})
    return after


def link_of(before: str, seq: int, at: datetime, event: str, body: str) -> str:
    """The link of an entry: SHA-256 over the link before it and the entry, each part on a line."""
    return sha256("\n".join((before, str(seq), instant(at), event, body)).encode()).hexdigest()


def head(connection: Connection) -> Head:
    """The head as it stands; with the number -1 where what stands there is none, as SQLite allows it."""
    found = connection.execute(_HEAD).one_or_none()
    if found is None:
        return Head()
    return Head(found.seq if isinstance(found.seq, int) else -1, str(found.link))


def locked_head(connection: Connection) -> Head:
    """The head; until the transaction ends nobody else adds an entry."""
    found = connection.execute(_LOCKED_HEAD).one_or_none()
    if found is None:
        first = Head()
        connection.execute(insert_ignoring(connection, chain_head).values(id=1, seq=first.seq, link=first.link))
        found = connection.execute(_LOCKED_HEAD).one()
    return Head(*found)


# Made once: to put a statement together costs more than to carry it out for a few rows.
_HEAD = select(chain_head.c.seq, chain_head.c.link).where(chain_head.c.id == 1)
_LOCKED_HEAD = _HEAD.with_for_update()
_ADD = insert(chain)
_ADVANCE = update(chain_head).values(seq=bindparam("seq"), link=bindparam("link"))


def _rows(connection: Connection, column: Column[Any], values: Sequence[int]) -> Iterator[Row[Any]]:
    for some in portions(values):
        yield from connection.execute(_found_by(column), {"values": some})


@cache
def _found_by(column: Column[Any]) -> Select[Any]:
    return SEALED[column.table.name].query.where(column.in_(bindparam("values", expanding=True)))
