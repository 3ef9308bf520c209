"""Looks at the chain's entries, one after the other: whether each follows the one before it, and none is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, String, func, select, type_coerce

from notify.proof.chain import Head, head, link_of
from notify.proof.findings import Finding, Wrong
from notify.proof.scratch import Noted, Scratch, noted
from notify.record.tables import chain

_AT_ONCE = 50  # entries
# The time as it is kept: what is no time any more is to be found, not to end the look.
_ENTRY = select(chain.c.seq, type_coerce(chain.c.at, String).label("at"), chain.c.event, chain.c.body, chain.c.link)


class Links:
    """How far the look has come, from the entry `start` on; what entries say of rows is noted in the scratch file."""

    def __init__(self, connection: Connection, scratch: Scratch, start: int) -> None:
        self._scratch = scratch
        self.is_whole = start <= 1
        before = Head() if self.is_whole else _entry(connection, start - 1)
        self.last = before or Head(start - 1)
        self._follows = before is not None  # the next entry has to follow the last one's link
        self._seen: int | None = None if self.is_whole else start - 1
        self.entries = 0
        self.findings: list[Finding] = []
        self._noted: list[Noted] = []  # of the entries under way

    def count_ahead(self, connection: Connection) -> int:
        """How many entries have not been read."""
        return int(connection.execute(select(func.count()).select_from(chain).where(self._is_ahead)).scalar_one())

    def read_on(self, connection: Connection) -> bool:
        """Reads some more; whether there were any."""
        rows = connection.execute(_ENTRY.where(self._is_ahead).order_by(chain.c.seq).limit(_AT_ONCE)).all()
        for row in rows:
            self._read(row)
        self._scratch.remember(self._noted)
        self._noted.clear()
        return bool(rows)

    def judge_head(self, connection: Connection) -> None:
        """Whether the head is the last entry; in the same transaction in which the last one was read."""
        said = head(connection)
        if said.seq > self.last.seq:
            self._miss(self.last.seq + 1, said.seq)
        elif said != self.last:
            says = f"the head says {said}, the chain ends with {self.last}"
            self.findings.append(Finding(Wrong.HEAD, chain.name, str(said.seq), says))

    def judge_anchor(self, connection: Connection, anchor: Head) -> None:
        """Whether the chain contains the head that was noted once."""
        found = Head() if anchor.seq == 0 else _entry(connection, anchor.seq)
        if found == anchor:
            return
        says = "there is no such entry" if found is None else f"that entry's link is {found.link}"
        self.findings.append(Finding(Wrong.ANCHOR, chain.name, str(anchor.seq), f"{anchor} was noted, {says}"))

    @property
    def _is_ahead(self) -> ColumnElement[bool]:
        return chain.c.seq.is_not(None) if self._seen is None else chain.c.seq > self._seen

    def _read(self, row: Row[Any]) -> None:
        self._seen = row.seq
        self.entries += 1
        at = _instant(row.at)
        if row.seq <= self.last.seq:  # before the first one
            self.findings.append(
                Finding(Wrong.ENTRY_ADDED, chain.name, str(row.seq), "no entry can have this number", row.seq, at)
            )
            return
        if row.seq > self.last.seq + 1:
            self._miss(self.last.seq + 1, row.seq - 1)
            self._follows = False
        computed = self._computed(row, at)
        if computed is None or (self._follows and computed != row.link):
            says = "it cannot be read" if computed is None else "its link is not the hash of what it says and follows"
            self.findings.append(Finding(Wrong.ENTRY_CHANGED, chain.name, str(row.seq), says, row.seq, at))
        self.last, self._follows = Head(row.seq, str(row.link)), True

    def _computed(self, row: Row[Any], at: datetime | None) -> str | None:
        """The link that the entry ought to have; None where it cannot be read. What it says is noted."""
        try:
            if at is None:
                return None
            self._noted += noted(row.seq, json.loads(row.body))
            return link_of(self.last.link, row.seq, at, row.event, row.body)
        except (ValueError, TypeError, AttributeError):
            return None

    def _miss(self, first: int, last: int) -> None:
        which = str(first) if first == last else f"{first}-{last}"
        says = "it is not there" if first == last else "they are not there"
        self.findings.append(Finding(Wrong.ENTRY_MISSING, chain.name, which, says, first))


def entry_time(connection: Connection, seq: int) -> datetime | None:
    """When the entry was added; None where that cannot be read."""
    found = connection.execute(_ENTRY.where(chain.c.seq == seq)).one_or_none()
    return None if found is None else _instant(found.at)


def _entry(connection: Connection, seq: int) -> Head | None:
    link = connection.execute(select(chain.c.link).where(chain.c.seq == seq)).scalar_one_or_none()
    return None if link is None else Head(seq, str(link))


def _instant(kept: object) -> datetime | None:
    """An instant as the database keeps it: PostgreSQL with its zone, SQLite as text in UTC."""
    if isinstance(kept, datetime):
        return kept.astimezone(UTC)
    try:
        return datetime.fromisoformat(str(kept)).replace(tzinfo=UTC)
    except ValueError:
        return None
