"""One call of the ledger is one transaction; what lasts of it is sealed in the chain at its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from notify.proof import chain
from notify.record.faults import is_collision
from notify.record.statements import reading

T = TypeVar("T")

_PAUSES = (0.05, 0.2, 1.0)  # seconds before a transaction is tried again; then it fails


@dataclass(frozen=True, slots=True)
class Transactions:
    """Those of the database that a ledger stands in."""

    engine: Engine

    def reading(self) -> Connection:
        """A connection that changes nothing and, on SQLite, keeps nobody from writing."""
        return reading(self.engine)

    def writing(self, event: str, now: datetime, work: Callable[[Connection], T]) -> T:
        """One transaction whose lasting changes are sealed at its end: nothing else changes the ledger."""

        def sealed(connection: Connection) -> T:
            with chain.sealing(connection, event, now):
                return work(connection)

        return self.committing(sealed)

    def committing(self, work: Callable[[Connection], T]) -> T:
        """One transaction; once more where it met another one and was rolled back for it, a few times at most."""
        for seconds in _PAUSES:
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except DBAPIError as fault:
                if not is_collision(fault):
                    raise
            time.sleep(seconds)
        with self.engine.begin() as connection:
            return work(connection)
