"""Looks through the chain: each link, then each row against what the chain says last of it. Nothing is written.

Others may go on writing meanwhile. Each portion of rows is compared in a short transaction of its own that first reads
what has been added to the chain by then: so nobody waits for it, and nothing is judged by an older entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select
from sqlalchemy.exc import OperationalError

from notify.proof.chain import Head, head
from notify.proof.findings import Finding, Verified, Wrong, notices_of
from notify.proof.links import Links, entry_time
from notify.proof.rows import SEALED, Key, Sealed, digest, spelled, text_hash
from notify.proof.scratch import Scratch, Told
from notify.record.statements import snapshot
from notify.record.tables import messages

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

_ROWS_AT_ONCE, _MAILS_AT_ONCE = 1000, 100
_PORTIONS_AT_ONCE = 20  # of entries in one transaction


class NoSuchEntry(Exception):  # noqa: N818 - named for what is the matter
    """The chain ends before the entry from which on it was to be looked at."""


@contextmanager
def quietly(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Progress that nobody wants to see."""
    yield lambda _done: None


def verify(engine: Engine, start: int = 1, anchor: Head | None = None, progress: Progress = quietly) -> Verified:
    """Looks at the whole chain, or from the entry `start` on: at the links from there, and at the rows they tell of.

    `anchor` is a head that somebody noted: whether the chain still contains it. It is looked at from there at least.

    Raises:
        NoSuchEntry: the chain has no entry `start`.
    """
    start = start if anchor is None else min(start, anchor.seq + 1)
    with Scratch() as scratch:
        with snapshot(engine) as connection:
            last = head(connection).seq
            if start > max(last, 1):
                raise NoSuchEntry(f"the chain ends with entry {last}")
            links = Links(connection, scratch, start)
            total = links.count_ahead(connection)
        with progress("entries", total) as advance:
            _read_entries(engine, links, advance)
        if anchor is not None:
            with snapshot(engine) as connection:
                links.judge_anchor(connection, anchor)
        with progress("rows", scratch.count()) as advance:
            rows = _Rows(engine, scratch, links)
            rows.compare(advance)
        return Verified(links.last, links.entries, rows.count, (*links.findings, *rows.findings))


def _read_entries(engine: Engine, links: Links, advance: Callable[[int], None]) -> None:
    has_more = True
    while has_more:
        with snapshot(engine) as connection:
            has_more = all(links.read_on(connection) for _ in range(_PORTIONS_AT_ONCE))
            if not has_more:
                links.judge_head(connection)
        advance(links.entries)


class _Rows:
    """How many rows have been looked at, and what is wrong with them."""

    def __init__(self, engine: Engine, scratch: Scratch, links: Links) -> None:
        self._engine, self._scratch, self._links = engine, scratch, links
        self.count = 0
        self.findings: list[Finding] = []

    def compare(self, advance: Callable[[int], None]) -> None:
        """Looks at each row, and at each that ought to be there."""
        for name, sealed in SEALED.items():
            for above, up_to in self._scratch.pages(
                name, _MAILS_AT_ONCE if sealed.table is messages else _ROWS_AT_ONCE
            ):
                with snapshot(self._engine) as connection:
                    while self._links.read_on(connection):
                        pass
                    told = self._scratch.told(name, above, up_to)
                    query = self._portion(sealed, told, above, up_to)
                    self._compare(connection, sealed, told, _readable(connection, sealed, query))
                advance(self.count)

    def _portion(self, sealed: Sealed, told: Mapping[Key, Told], above: int | None, up_to: int | None) -> Select[Any]:
        """The rows of the portion: all, or those that the entries which are looked at tell of."""
        first = sealed.table.c[sealed.key[0]]
        query = _with_texts(sealed).order_by(*sealed.table.primary_key)
        if not self._links.is_whole:
            return query.where(first.in_(sorted({key[0] for key in told})))
        query = query if above is None else query.where(first > above)
        return query if up_to is None else query.where(first <= up_to)

    def _compare(
        self, connection: Connection, sealed: Sealed, told: dict[Key, Told], rows: Iterable[tuple[Key, Row[Any] | None]]
    ) -> None:
        for key, row in rows:
            entry = told.pop(key, None)
            if entry is None and not self._links.is_whole:
                continue  # an earlier entry tells of it
            self.count += 1
            for wrong, says in _problems(sealed, entry, row):
                self._find(connection, sealed, key, entry, wrong, says)
        for key, entry in told.items():
            self.count += 1
            self._find(connection, sealed, key, entry, Wrong.MISSING, f"entry {entry.entry} tells of it")

    def _find(  # noqa: PLR0913, PLR0917 - a finding is all of this
        self, connection: Connection, sealed: Sealed, key: Key, told: Told | None, wrong: Wrong, says: str
    ) -> None:
        entry = told.entry if told else None
        at = entry_time(connection, entry) if entry is not None else None
        concerns = notices_of(connection, sealed.name, key)
        self.findings.append(Finding(wrong, sealed.name, spelled(key), says, entry, at, concerns))


def _with_texts(sealed: Sealed) -> Select[Any]:
    """What is sealed of the rows, then the text that is not, its salt, and a mail's bytes."""
    return sealed.query_with_text.add_columns(*([messages.c.raw] if sealed.table is messages else []))


def _readable(connection: Connection, sealed: Sealed, query: Select[Any]) -> Iterator[tuple[Key, Row[Any] | None]]:
    """The rows and their keys; None for one that holds what no value of ours can be, as SQLite allows it."""
    try:
        rows: Sequence[Row[Any]] = connection.execute(query).all()
    except (TypeError, ValueError, OperationalError) as fault:
        _expect_unreadable(fault)
        keys = connection.execute(query.with_only_columns(*sealed.table.primary_key)).all()
        yield from ((tuple(key), _one(connection, sealed, tuple(key))) for key in keys)
    else:
        yield from ((sealed.key_of(row), row) for row in rows)


def _one(connection: Connection, sealed: Sealed, key: Key) -> Row[Any] | None:
    this = (column == value for column, value in zip(sealed.table.primary_key, key, strict=True))
    try:
        return connection.execute(_with_texts(sealed).where(*this)).one()
    except (TypeError, ValueError, OperationalError) as fault:
        _expect_unreadable(fault)
        return None


def _expect_unreadable(fault: Exception) -> None:
    """Raises it again where it is not for a value: SQLite's driver has no error of its own for what is no UTF-8."""
    if isinstance(fault, OperationalError) and "Could not decode" not in str(fault.orig):
        raise fault


def _problems(sealed: Sealed, told: Told | None, row: Row[Any] | None) -> list[tuple[Wrong, str]]:
    try:
        found = None if row is None else list(_differences(sealed, told, row))
    except TypeError:  # a text where bytes belong, or the other way about
        found = None
    return [(Wrong.CHANGED, "it holds what cannot be read")] if found is None else found


def _differences(sealed: Sealed, told: Told | None, row: Row[Any]) -> Iterator[tuple[Wrong, str]]:
    size = len(sealed.names)
    own, texts = row[:size], row[size:]
    if told is None:
        if not sealed.is_open(own):
            yield Wrong.ADDED, "no entry tells of it"
        return
    if digest(sealed.text_of(own)) != told.digest:
        yield Wrong.CHANGED, f"it is not as entry {told.entry} left it"
    hashes = dict(zip(sealed.names, own, strict=True))
    if sealed.text and not _is_the_text(texts[0], texts[1], hashes[f"{sealed.text}_hash"]):
        yield Wrong.TEXT, f"its {sealed.text.replace('_', ' ')} is not the one that was sealed"
    if sealed.table is messages and not _are_the_bytes(texts[2], hashes["raw_hash"]):
        yield Wrong.BYTES, f"its bytes are not those whose SHA-256 is {hashes['raw_hash']}"


def _is_the_text(text: str | None, salt: str | None, sealed: str | None) -> bool:
    """Whether it is; where it was purged, whether nothing stands in its place."""
    return not text if salt is None else sealed == text_hash(salt, text or "")


def _are_the_bytes(raw: bytes | None, sealed: str | None) -> bool:
    return raw is None or sha256(raw).hexdigest() == sealed
