"""The desk is told at once what cannot wait for its daily letter (N8): one letter of all that is new, each thing once.

Each thing is a notice on the ledger with a key of its own, and the letter tells them all. So two processes that find
the same tell it once, and one that dies has told it or leaves it to the next. A thing that stays open is in the next
daily letter as well; one that a daily letter has told needs no other. The desk's own letters are no thing to tell: one
that fails or comes back is not the cause of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.exc import DBAPIError

from jobs.clock import Clock
from jobs.config.load import ConfigError
from jobs.desk.letter import DeskComposer
from jobs.desk.matters import Matters
from jobs.desk.readers import Readers
from jobs.desk.sections import AT_ONCE, CONTRACT, JOB, Item, Last, Reader, Section, contents, letters, reader_of
from jobs.desk.sources import daily_letters_at, last_at_once, told_at_once
from jobs.log.logger import Logger
from jobs.runs.deliver import Deliveries
from notify.ledger.bounces import ToldMeanwhile
from notify.ledger.ledger import Ledger
from notify.letters.problem import TemplateProblem
from notify.record.statements import snapshot
from notify.record.values import NoticeKey, Wanted

_GATHERS = timedelta(minutes=10)  # after a letter, for reports that mark nobody
_TRIES = 5  # each lost race leaves less to tell
_NEVER = datetime.min.replace(tzinfo=UTC)

PROBLEMS = (ConfigError, DBAPIError, OSError, TemplateProblem)  # what may keep the desk from being told

_log = Logger("jobs.desk")


@dataclass(frozen=True, slots=True)
class UrgentLetter:
    """Tells the desk what is of these kinds, each thing once. What may fail to be made is made when it is needed."""

    kinds: Collection[Section]
    matters: Matters
    readers: Readers
    ledger: Ledger
    composer: Callable[[], DeskComposer]
    deliveries: Callable[[], Deliveries]
    clock: Clock

    def queue(self, as_of: date) -> int:
        """Queues the letter of what is urgent and was not told. How many things it tells; 0 where there is none.

        What keeps the letter from being written is said, and harms nothing else: what it would tell is still untold.
        """
        try:
            return self._queued(as_of)
        except PROBLEMS as problem:
            _log.warning("the sales desk could not be told at once", reason=f"{type(problem).__name__}: {problem}")
            return 0

    async def send(self, as_of: date, *, seconds: float | None = None) -> str:
        """Queues the letter and sends what waits for the desk. "" where all is told, or why not.

        It takes so many seconds at most, and what is in hand; what is queued then goes out with the next delivery.
        """
        stop = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(seconds, stop.set) if seconds is not None else None
        try:
            self._queued(as_of)
            if not self.ledger.outbox.due(self.clock.now(), as_of, CONTRACT):
                return ""
            return (await self.deliveries().deliver(as_of, CONTRACT, stop=stop)).stopped
        except PROBLEMS as problem:
            return f"{type(problem).__name__}: {problem}"
        finally:
            if timer is not None:
                timer.cancel()

    def _queued(self, as_of: date) -> int:
        for _ in range(_TRIES):
            with suppress(ToldMeanwhile):
                return self._announced(as_of, self.clock.now())
        return 0

    def _announced(self, as_of: date, now: datetime) -> int:
        """Puts the letter on the ledger, and that the desk is told of these bounces.

        Raises:
            ToldMeanwhile: another process told some of it.
        """
        found = list(self.matters.urgent(self.kinds, as_of, now))
        readers = self.readers.on(as_of, now) if found else []
        desk = next((reader for reader in readers if reader.is_desk), None)
        if desk is None:
            return 0
        found = [item for item in found if not _came_back_from(desk, item)]
        new = self._not_told(found, readers)
        if new and all(map(_marks_nobody, new)) and self._wrote_lately(now):
            return 0  # the next letter tells them, at once or daily: a provider that refuses all mail makes no flood
        bounces = {item.row for item in found if item.section is Section.BOUNCED}
        if new or bounces:
            self.ledger.announce(self._wanted(desk, new, as_of, now), bounces, now)
        return len(new)

    def _wrote_lately(self, now: datetime) -> bool:
        with snapshot(self.matters.engine) as connection:
            last = last_at_once(connection)
        return last is not None and timedelta(0) < now - last < _GATHERS

    def _not_told(self, found: Sequence[Item], readers: Sequence[Reader]) -> list[Item]:
        """What no letter at once has told, and no daily letter that was written since it came up."""
        with snapshot(self.matters.engine) as connection:
            told = told_at_once(connection, {item.told_as[0] for item in found})
            daily = daily_letters_at(connection, [reader.line for reader in readers])

        def is_in_daily(item: Item) -> bool:
            reader = reader_of(item.partner, readers)
            return bool(reader and item.since and item.since <= daily.get(reader.line, _NEVER))

        return [item for item in found if item.told_as not in told and not is_in_daily(item)]

    def _wanted(self, desk: Reader, new: Sequence[Item], as_of: date, now: datetime) -> list[Wanted]:
        """The letter, as a notice for each thing that it tells."""
        if not new:
            return []
        (letter,) = letters(new, [replace(desk, last=Last(date.min, _NEVER))])
        draft = self.composer().draft(letter, as_of, now, self.ledger.head(), at_once=True)
        checks = [contents(letter).as_data]
        return [
            Wanted(NoticeKey(JOB, CONTRACT, *thing), "queue", AT_ONCE, as_of, None, as_of, checks, draft)
            for thing in sorted({item.told_as for item in new})
        ]


def _came_back_from(desk: Reader, item: Item) -> bool:
    """Whether it is a letter to the desk that came back: another letter there would come back as well, without end."""
    return (
        item.section is Section.BOUNCED and item.facts["kind"] == JOB and str(item.facts["address"]) in desk.addresses
    )


def _marks_nobody(item: Item) -> bool:
    """Whether it is a report after which the address is written to as before."""
    return item.section is Section.BOUNCED and item.told_as[0].startswith("bounce ")
