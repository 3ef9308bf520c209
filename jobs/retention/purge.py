"""What of ended notices may go by a day, by the configured times; and taking it off, piece by piece.

Each piece is one transaction with its own entry in the chain. Whatever stops it, the next run does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from contracts.calendar import Month
from jobs.clock import Clock
from jobs.config.settings import Retention
from jobs.notices.listing import DESK, PURGE
from jobs.notices.notice import Letter
from jobs.retention.legal_holds import held_contracts
from jobs.runs.history import Origin, Runs
from notify.ledger.purge import Due, Limit, Mails, Part, Where


@dataclass(frozen=True, slots=True)
class Purge:
    """Takes texts and addresses off ended notices when their time is over."""

    mails: Mails
    runs: Runs
    times: Retention
    letters: Mapping[str, Letter[Any]]
    clock: Clock

    def limits(self, as_of: date) -> list[Limit]:
        """What may go on that day, of each kind; letters to our own desk name customers as well."""
        tables = ((kind, self.times.of(kind)) for kind in (*self.letters, DESK))
        return [
            Limit(kind, self._before(as_of, table.texts_months), self._before(as_of, table.addresses_months))
            for kind, table in tables
        ]

    def everything(self, as_of: date) -> list[Limit]:
        """What a person may have forgotten: all but the evidence that is within its time."""
        now = self.clock.now()
        return [each if self.is_evidence(each.kind) else Limit(each.kind, now, now) for each in self.limits(as_of)]

    def is_evidence(self, kind: str) -> bool:
        """Whether the contract comes into being by such a letter (N2, N3)."""
        return kind in self.letters and self.letters[kind].makes_contract

    def due(self, as_of: date) -> list[Due]:
        """What would go on that day, by kind and part."""
        return self.mails.due(self.limits(as_of), Where(spared=held_contracts()))

    def run(
        self,
        as_of: date,
        origin: Origin = Origin.ASKED,
        *,
        between: Callable[[], None] = lambda: None,
        progress: Callable[[int], None] = lambda _done: None,
    ) -> Counter[str]:
        """Takes off what may go, as a run on record. How many mails lost which part. `between` may end it.

        Raises:
            RunUnderWay: another process purges.
            JobDayDone: the run is a scheduled one, and that of the day is done.
        """
        counts: Counter[str] = Counter()
        with self.runs.recorded(PURGE, as_of, self.clock.now, origin, lambda: counts) as renew:
            for part, count in self.pieces(self.limits(as_of), Where(spared=held_contracts())):
                counts[part] += count
                renew()
                progress(counts.total())
                between()
        return counts

    def pieces(self, limits: Sequence[Limit], where: Where) -> Iterator[tuple[Part, int]]:
        """Takes off what may go; after each piece, how many mails lost that part."""
        for limit in limits:
            for part in (Part.ADDRESSES, Part.TEXT):  # with its addresses a mail loses its text
                last: int | None = 0
                while last is not None:
                    piece = self.mails.take(limit, part, where, last, self.clock.now())
                    last = piece.last
                    if piece.count:
                        yield part, piece.count

    def _before(self, as_of: date, months: int) -> datetime | None:
        if not months:
            return None
        day = Month.of(as_of).plus(-months).day(as_of.day)
        return datetime.combine(day, time(), self.clock.zone)
