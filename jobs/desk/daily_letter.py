"""The desk's daily letter, made: load what needs a person, decide who reads what, write it, put it on the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain

from contracts.calendar import BusinessCalendar
from jobs.desk.flags import FlagsOfDay
from jobs.desk.letter import DeskComposer
from jobs.desk.matters import Matters
from jobs.desk.readers import Readers
from jobs.desk.sections import CONTRACT, JOB, KEPT, Letter, contents, is_written, letters
from jobs.runs.history import Origin, Runs
from notify.ledger.ledger import Ledger
from notify.record.values import Draft, NoticeKey, Status, Wanted

SUPERSEDED = "superseded"  # why a letter that still waits is withdrawn: a later one tells what it told
DUE, ALREADY_SENT, NOTHING_TO_SAY = "due", "already-sent", "nothing-to-say"  # why there is a letter, or none
_OPEN = (Status.QUEUED, Status.HELD)


@dataclass(frozen=True, slots=True)
class Written:
    """What a run has to say to one reader: the letter, or why there is none."""

    letter: Letter
    draft: Draft | None
    reason: str


@dataclass(slots=True)
class DailyLetters:
    """What came out of a run of the job."""

    as_of: date
    written: list[Written] = field(default_factory=list)
    queued: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """For the record of runs: letters, and items by section."""
        found = {"letters": sum(one.draft is not None for one in self.written)}
        for told in (told for one in self.written for told in one.letter.told):
            found[told.section] = found.get(told.section, 0) + told.count
        return found


@dataclass(frozen=True, slots=True)
class DailyLetter:
    """The job that tells the desk, and the colleagues who look after partners, what needs a person.

    `composer` is asked for when a letter may have to be written; `all_well` is the weekday of a letter that has nothing
    to tell, "" for none.
    """

    matters: Matters
    readers: Readers
    ledger: Ledger
    runs: Runs
    composer: Callable[[], DeskComposer]
    calendar: BusinessCalendar
    all_well: str

    def run(self, as_of: date, now: Callable[[], datetime], origin: Origin = Origin.ASKED) -> DailyLetters:
        """Writes the letters of that day and queues them, and records the run.

        A letter that is still queued is written anew; one that went out is the day's, and stays it.

        Raises:
            RunUnderWay: another process runs this job.
            JobDayDone: the run is a scheduled one, and that of the day is done.
            TemplateProblem: a letter cannot be written.
            ConfigError: the configured logo cannot be used.
        """
        composer = self.composer()
        at = now()  # before anything is read: what comes in meanwhile is news for the next letter
        result = DailyLetters(as_of)
        with self.runs.recorded(JOB, as_of, now, origin, lambda: result.counts):
            flags, result = self._decided(composer, as_of, at)
            wanted = [*self._superseded(as_of), *(_wanted(one, as_of) for one in result.written)]
            done = self.ledger.reconcile([each for each in wanted if each is not None], at)
            result.queued = done.queued + done.replaced
            flags.note_told({one.letter.reader.line for one in result.written if one.reason == ALREADY_SENT})
        return result

    def shown(self, as_of: date, now: datetime, *, most: int | None = KEPT) -> DailyLetters:
        """What `run` would write; nothing is put on record. `most` None keeps every item."""
        return self._decided(self.composer(), as_of, now, most)[1]

    def withdraw_earlier(self, as_of: date, now: datetime) -> None:
        """Takes back letters of earlier days that still wait: a run of that day is about to tell what they told."""
        self.ledger.reconcile(self._superseded(as_of), now)

    def _decided(
        self, composer: DeskComposer, as_of: date, now: datetime, most: int | None = KEPT
    ) -> tuple[FlagsOfDay, DailyLetters]:
        readers = self.readers.on(as_of, now)
        flags = FlagsOfDay(self.matters.engine, as_of, readers)
        items = chain(self.matters.daily(as_of, now, readers), flags.items()) if readers else ()
        found = letters(items, readers, lambda: flags.standing, most)
        record = self.ledger.on_record([CONTRACT])
        result, anchor = DailyLetters(as_of), self.ledger.head()
        for letter in found:
            notice = record.get(_key(letter, as_of))
            reason = self._why(letter, as_of, notice.status if notice is not None else None)
            draft = composer.draft(letter, as_of, now, anchor) if reason == DUE else None
            result.written.append(Written(letter, draft, reason))
        return flags, result

    def _why(self, letter: Letter, as_of: date, stands: Status | None) -> str:
        """Why there is a letter, or none. What still waits, or was withdrawn, is decided on once more."""
        if stands not in (None, Status.QUEUED, Status.WITHDRAWN):
            return ALREADY_SENT
        return DUE if is_written(letter, as_of, self.all_well, self.calendar) else NOTHING_TO_SAY

    def _superseded(self, as_of: date) -> list[Wanted]:
        """The letters of other days that wait."""
        waiting = [
            notice
            for key, notice in self.ledger.on_record([CONTRACT]).items()
            if key.kind == JOB and notice.status in _OPEN and notice.as_of < as_of
        ]
        return [
            Wanted(each.key, "withdraw", SUPERSEDED, each.due_on, None, each.as_of, each.checks, None)
            for each in waiting
        ]


def _key(letter: Letter, as_of: date) -> NoticeKey:
    return NoticeKey(JOB, CONTRACT, letter.reader.line, str(as_of))


def _wanted(one: Written, as_of: date) -> Wanted | None:
    checks = [contents(one.letter).as_data]
    if one.draft is not None:
        return Wanted(_key(one.letter, as_of), "queue", one.reason, as_of, None, as_of, checks, one.draft)
    if one.reason == NOTHING_TO_SAY:
        return Wanted(_key(one.letter, as_of), "withdraw", one.reason, as_of, None, as_of, checks, None)
    return None
