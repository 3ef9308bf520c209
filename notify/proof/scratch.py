"""What the chain says last of each row, on disk while it is verified: memory does not grow with the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from notify.proof.rows import SEALED, Key

_NUMBERS = {name: number for number, name in enumerate(SEALED)}
_NONE = -1  # the second part of a key that has only one


@dataclass(frozen=True, slots=True)
class Told:
    """What the chain says last of a row, and in which entry."""

    digest: str
    entry: int


Noted = tuple[int, int, int, bytes, int]  # a table, the two parts of a row's key, its digest, the entry


def noted(entry: int, body: Mapping[str, Mapping[str, str]]) -> list[Noted]:
    """What an entry says, as it is remembered.

    Raises:
        ValueError: the body names no table, no row or no digest of ours.
    """
    try:
        return [
            (_NUMBERS[name], *_parts(key), bytes.fromhex(digest), entry)
            for name, digests in body.items()
            for key, digest in digests.items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not what an entry says: {error}") from error


class Scratch:
    """A private SQLite database that is gone when it is closed; it is kept in a nameless file once it grows."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE told (name INTEGER, a INTEGER, b INTEGER, digest BLOB, entry INTEGER, "
            "PRIMARY KEY (name, a, b)) WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()

    def remember(self, rows: Iterable[Noted]) -> None:
        """Notes what entries say; it replaces what earlier ones say of the same rows."""
        self._database.executemany("INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)", rows)

    def count(self) -> int:
        """How many rows the chain tells of."""
        return int(self._database.execute("SELECT count(*) FROM told").fetchone()[0])

    def pages(self, name: str, size: int) -> Iterator[tuple[int | None, int | None]]:
        """The table's rows in portions of about that size: above the one number, up to the other; None for no bound."""
        query = "SELECT a FROM told WHERE name = ? AND a > ? ORDER BY a LIMIT 1 OFFSET ?"
        above: int | None = None
        while True:
            least = -(2**63) if above is None else above
            found = self._database.execute(query, (_NUMBERS[name], least, size - 1)).fetchone()
            yield above, None if found is None else found[0]
            if found is None:
                return
            above = found[0]

    def told(self, name: str, above: int | None, up_to: int | None) -> dict[Key, Told]:
        """What the chain says of the rows of such a portion."""
        query = "SELECT a, b, digest, entry FROM told WHERE name = ? AND a > ? AND a <= ? ORDER BY a, b"
        least, most = -(2**63) if above is None else above, 2**63 - 1 if up_to is None else up_to
        rows = self._database.execute(query, (_NUMBERS[name], least, most))
        return {(a,) if b == _NONE else (a, b): Told(digest.hex(), entry) for a, b, digest, entry in rows}


def _parts(key: str) -> tuple[int, int]:
    first, _, second = key.partition("/")
    return int(first), int(second) if second else _NONE
