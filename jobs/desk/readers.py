"""Who reads the desk's letters, and which letter each of them had last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from jobs.desk.sections import DESK, FIRST_LOOKS_BACK, Last, Reader, colleagues
from jobs.desk.sources import last_letters
from notify.record.statements import snapshot


@dataclass(frozen=True, slots=True)
class Readers:
    """The desk, and the colleagues who look after partners; nobody where no address is configured for them."""

    engine: Engine
    desk: Sequence[str]  # its addresses
    by_partner: Mapping[str, str]  # partner → the colleague's address

    def on(self, as_of: date, now: datetime) -> list[Reader]:
        """Those who may have a letter of that day."""
        with snapshot(self.engine) as connection:
            last = last_letters(connection, as_of)
        none = Last(as_of - FIRST_LOOKS_BACK, now - FIRST_LOOKS_BACK)
        ours = [(DESK, tuple(self.desk), frozenset[str]())] if self.desk else []
        theirs = [(line, (address,), partners) for line, address, partners in colleagues(self.by_partner)]
        return [
            Reader(line, addresses, last.get(line, none), partners, had_one=line in last)
            for line, addresses, partners in (*ours, *theirs)
        ]
