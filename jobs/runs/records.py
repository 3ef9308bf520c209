"""What is on record when something is decided: the book, the ledger, and from when this installation is responsible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from sqlalchemy import Engine

from contracts.calendar import BusinessCalendar
from contracts.catalogue import Catalogue
from contracts.model import Contract
from contracts.store.book import Book
from contracts.store.looks import versions
from jobs.notices.decision import Circumstances, Key, Recorded
from jobs.runs.history import Runs
from notify.ledger.ledger import Ledger
from notify.record.values import Notice, NoticeKey

# The baseline, the addresses that are not written to, and the days on which the office is open.
Standing = tuple[date | None, frozenset[str], BusinessCalendar]
OnLedger = Mapping[NoticeKey, Notice]


@dataclass(frozen=True, slots=True)
class Records:
    """All that decisions go by, read when it is asked for; nothing is written here."""

    engine: Engine
    catalogue: Catalogue
    ledger: Ledger
    runs: Runs
    calendar: BusinessCalendar
    zone: tzinfo

    def contracts(self, numbers: Sequence[str]) -> list[Contract]:
        """The contracts of those numbers, as the book has them."""
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return Book(connection, self.catalogue).contracts(numbers)

    def standing(self) -> Standing:
        """What holds for all contracts alike."""
        return self.runs.baseline(), self.ledger.bounced(), self.calendar

    def about(
        self, numbers: Sequence[str], day: date, standing: Standing, record: OnLedger
    ) -> list[tuple[Contract, Circumstances]]:
        """The contracts of those numbers, each with what its decisions may know of that day."""
        records = by_contract(record, self.zone)
        return [
            (contract, Circumstances(day, records.get(contract.number, {}), *standing))
            for contract in self.contracts(numbers)
        ]

    def versions(self, watcher: str, numbers: Sequence[str]) -> dict[str, int]:
        """What that watcher of the book knows of these contracts; "" watches nothing."""
        if not watcher:
            return {}
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return versions(connection, watcher, numbers)


def by_contract(record: OnLedger, zone: tzinfo) -> dict[str, dict[Key, Recorded]]:
    """What the ledger says, for each contract, as decisions may know it."""
    found: dict[str, dict[Key, Recorded]] = {}
    for key, notice in record.items():
        own = Key(key.kind, key.contract, key.line, key.occasion)
        found.setdefault(key.contract, {})[own] = recorded(notice, zone)
    return found


def recorded(notice: Notice, zone: tzinfo) -> Recorded:
    """What a decision may know of a notice on the ledger; its day is that of the zone."""
    return Recorded(
        notice.status,
        (notice.sent_at or notice.updated_at).astimezone(zone),
        is_approved=notice.approved_at is not None,
        letter=notice.message_id,
        notice=notice.id,
        checks=notice.checks,
    )


def ledger_key(key: Key) -> NoticeKey:
    """The identity of a notice as the ledger spells it."""
    return NoticeKey(key.kind, key.contract, key.line, key.occasion)
