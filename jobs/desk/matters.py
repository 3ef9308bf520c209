"""What needs a person, gathered from wherever it is on record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from contracts.catalogue import Catalogue
from jobs.desk.files import fed_files
from jobs.desk.items import Reach, differing, kept_for_people
from jobs.desk.sections import FIRST_LOOKS_BACK, JOB, STUCK, Item, Reader, Section
from jobs.desk.sources import (
    broken_runs,
    lapsed_notices,
    near_days,
    pause,
    returned_since,
    returned_untold,
    stuck_notices,
    waiting_notices,
)
from jobs.intake.returned_mail import kept_since
from jobs.log.logger import Logger
from jobs.notices.decision import Reason
from jobs.runs.corrections import Difference
from jobs.runs.late_mail import LateMail
from notify.record.statements import snapshot

_MOST_BACK = timedelta(days=31)  # for closing days that passed
_URGENT: dict[Callable[[Connection], Iterator[Item]], frozenset[Section]] = {
    stuck_notices: STUCK,
    returned_untold: frozenset({Section.BOUNCED}),
    broken_runs: frozenset({Section.RUNS}),
}

_log = Logger("jobs.desk")


@dataclass(frozen=True, slots=True)
class Matters:
    """The ledger, the book and the runs in the database, and two folders. Closing days are told `days_ahead`.

    `differences` finds, for a day, the lines of which evidence and book differ.
    """

    engine: Engine
    catalogue: Catalogue
    zone: ZoneInfo
    days_ahead: int
    late_mail: LateMail
    drop_folder: Path | None  # of the feed
    differences: Callable[[date], Iterator[Difference]]
    for_people: Path  # the Maildir of what came back and only a person understands

    def daily(self, as_of: date, now: datetime, readers: Sequence[Reader]) -> Iterator[Item]:
        """All that may need a person on that day, whoever is told of it; but for what a row of the book breaks."""
        since = min(reader.last.at for reader in readers)
        since_day = max(min(reader.last.day for reader in readers), as_of - _MOST_BACK)
        for read in (
            partial(pause, zone=self.zone),
            stuck_notices,
            partial(waiting_notices, before=self.late_mail.before(as_of, now), as_of=as_of, zone=self.zone),
            partial(lapsed_notices, as_of=as_of),
            partial(returned_since, since=since),
            broken_runs,
        ):
            yield from self._read(read)
        yield from near_days(self.engine, self.catalogue, Reach(as_of, since_day, self.days_ahead))
        yield from map(differing, self.differences(as_of))
        yield from self._fed_files(since)
        for desk in (reader for reader in readers if reader.is_desk):
            yield from _readable(self._kept_for_people(desk.last.at))

    def urgent(self, kinds: Collection[Section], as_of: date, now: datetime) -> Iterator[Item]:
        """All that is of these kinds now; of bounces, those that the desk was not told of."""
        for read, sections in _URGENT.items():
            if sections.intersection(kinds):
                yield from (item for item in self._read(read) if item.section in kinds and _is_to_be_heard(item, kinds))
        lately = now - FIRST_LOOKS_BACK
        if Section.LAPSED in kinds:
            found = self._read(partial(lapsed_notices, as_of=as_of))
            yield from (item for item in found if item.since is not None and item.since >= lately)
        if Section.FEED in kinds:
            yield from self._fed_files(lately)

    def _read(self, read: Callable[[Connection], Iterator[Item]]) -> Iterator[Item]:
        with snapshot(self.engine) as connection:
            yield from read(connection)

    def _fed_files(self, since: datetime) -> Iterator[Item]:
        if self.drop_folder is not None:
            yield from _readable(fed_files(self.drop_folder, since))

    def _kept_for_people(self, since: datetime) -> Iterator[Item]:
        """What was kept since the desk's last letter; nobody else looks there unasked."""
        count, newest = kept_since(self.for_people, since)
        if count:
            yield kept_for_people(count, str(self.for_people / "new"), newest)


def _is_to_be_heard(item: Item, kinds: Collection[Section]) -> bool:
    """What waits for approval does so by configuration; an owner whose mail came back is told as that."""
    if item.section in STUCK and item.facts["kind"] == JOB:
        return False
    if item.section is Section.HELD and item.reason == Reason.OWNER_BOUNCED:
        return Section.BOUNCED not in kinds
    return item.reason != Reason.AWAITING_APPROVAL


def _readable(items: Iterator[Item]) -> Iterator[Item]:
    """What folders tell, as far as they can be read: the letter goes out with all else that it has to say."""
    try:
        yield from items
    except (OSError, ValueError) as problem:
        _log.warning("the desk is not told what lies in a folder", reason=str(problem))
