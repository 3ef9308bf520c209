"""Which rows of the book break a rule, and to whom that is news."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from sqlalchemy import Engine

from contracts.store.flags import StandingFlag, note_told, standing
from jobs.desk.items import flagged
from jobs.desk.sections import Item, Reader, reader_of
from notify.record.statements import snapshot


@dataclass(slots=True)
class FlagsOfDay:
    """The flags that the letters of that day tell: those that are new, or were told in a letter that did not go out."""

    engine: Engine
    as_of: date
    readers: Sequence[Reader]
    standing: int = 0  # contracts whose flags were all told before
    _told: dict[int, str] = field(default_factory=dict)  # by its row, the line of the letter that tells it

    def items(self) -> Iterator[Item]:
        """Each flag that is news. Then `standing` is known."""
        with snapshot(self.engine) as connection:
            for _, found in groupby(standing(connection, self.as_of), key=lambda each: each.contract):
                news = [flag for flag in found if self._is_news(flag)]
                self.standing += not news
                yield from map(flagged, news)

    def note_told(self, without: Collection[str]) -> None:
        """The letters are on the ledger; those of some readers had gone out before, and are as they were."""
        told = [row for row, line in self._told.items() if line not in without]
        if told:
            with self.engine.begin() as connection:
                note_told(connection, told, self.as_of)

    def _is_news(self, flag: StandingFlag) -> bool:
        reader = reader_of(flag.partner, self.readers)
        if reader is None or (flag.told_on is not None and flag.told_on <= reader.last.day):
            return False
        self._told[flag.id] = reader.line
        return True
