"""The desk's daily letter, made: load what needs a person, decide who reads what, write it, put it on the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from functools import partial

from contracts.addresses import mailable
from jobs.app import App
from jobs.desk.files import fed_files
from jobs.desk.flags import Look
from jobs.desk.items import Reach, kept_for_people
from jobs.desk.letter import DeskComposer
from jobs.desk.sections import (
    CONTRACT,
    DESK,
    FIRST_LOOKS_BACK,
    JOB,
    MOST,
    Item,
    Last,
    Letter,
    Reader,
    colleagues,
    contents,
    is_written,
    letters,
)
from jobs.desk.sources import (
    broken_runs,
    last_letters,
    near_days,
    pause,
    reading,
    returned_since,
    stuck_notices,
)
from jobs.intake.returned_mail import folder_for_people, kept_since
from jobs.log.logger import Logger
from jobs.runs.history import Origin
from notify.record.values import Draft, NoticeKey, Status, Wanted

SUPERSEDED = "superseded"  # why a letter that still waits is withdrawn: a later one tells what it told
DUE, ALREADY_SENT, NOTHING_TO_SAY = "due", "already-sent", "nothing-to-say"  # why there is a letter, or none
_MOST_BACK = timedelta(days=31)  # for closing days that passed
_OPEN = (Status.QUEUED, Status.HELD)

_log = Logger("jobs.desk")


@dataclass(frozen=True, slots=True)
class Written:
    """What a run has to say to one reader: the letter, or why there is none."""

    letter: Letter
    draft: Draft | None
    reason: str


@dataclass(slots=True)
class DeskResult:
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


def run_desk(app: App, as_of: date, now: Callable[[], datetime], origin: Origin = Origin.ASKED) -> DeskResult:
    """Writes the letters of that day and queues them, and records the run.

    A letter that is still queued is written anew; one that went out is the day's, and stays it.

    Raises:
        RunUnderWay: another process runs this job.
        JobDayDone: the run is a scheduled one, and that of the day is done.
        TemplateProblem: a letter cannot be written.
        ConfigError: the configured logo cannot be used.
    """
    composer = desk_composer(app)
    at = now()  # before anything is read: what comes in meanwhile is news for the next letter
    run = app.runs.start(JOB, as_of, at, origin)
    try:
        look, result = _decided(app, composer, as_of, at, writes=True)
        wanted = [*_superseded(app, as_of), *(_wanted(one, as_of) for one in result.written)]
        done = app.ledger.reconcile([each for each in wanted if each is not None], at)
        result.queued = done.queued + done.replaced
        look.told({one.letter.reader.line for one in result.written if one.reason == ALREADY_SENT})
    except BaseException as error:
        app.runs.finish(run, now(), {}, error=f"{type(error).__name__}: {error}")
        raise
    app.runs.finish(run, now(), result.counts)
    return result


def show_desk(app: App, as_of: date, now: datetime, *, most: int | None = MOST) -> DeskResult:
    """What `run_desk` would write; nothing is put on record. `most` None shows every item."""
    return _decided(app, desk_composer(app), as_of, now, writes=False, most=most)[1]


def withdraw_earlier(app: App, as_of: date, now: datetime) -> None:
    """Takes back letters of earlier days that still wait: a run of that day is about to tell what they told."""
    app.ledger.reconcile(_superseded(app, as_of), now)


def desk_composer(app: App) -> DeskComposer:
    """What the letters are written with.

    Raises:
        TemplateProblem: a configured directory of templates is not there.
        ConfigError: the configured logo cannot be used.
    """
    composer = app.composer
    return DeskComposer(app.renderer, composer.sender, app.sender_data, app.clock.zone, app.messages, composer.images)


def readers_of(app: App, as_of: date, now: datetime) -> list[Reader]:
    """The desk and the colleagues who look after partners; nobody where no address is configured for them."""
    table = app.settings.jobs.operator_digest
    usual = app.settings.sender.sales_desk.email
    desk = [_address(text) for text in table.recipients or ((usual,) if usual else ())]
    with reading(app) as connection:
        last = last_letters(connection, as_of)
    none = Last(as_of - FIRST_LOOKS_BACK, now - FIRST_LOOKS_BACK)
    ours = [(DESK, tuple(desk), frozenset[str]())] if desk else []
    theirs = [(line, (address,), partners) for line, address, partners in colleagues(table.by_partner)]
    return [
        Reader(line, addresses, last.get(line, none), partners, had_one=line in last)
        for line, addresses, partners in (*ours, *theirs)
    ]


def _decided(  # noqa: PLR0913 - a run and a look differ in the last two
    app: App, composer: DeskComposer, as_of: date, now: datetime, *, writes: bool, most: int | None = MOST
) -> tuple[Look, DeskResult]:
    readers = readers_of(app, as_of, now)
    look = Look(app, as_of, readers, writes)
    found = _told(app, as_of, readers, look, most) if readers else []
    record = app.ledger.on_record([CONTRACT])
    result, anchor = DeskResult(as_of), app.ledger.head()
    for letter in found:
        notice = record.get(_key(letter, as_of))
        reason = _why(app, letter, as_of, notice.status if notice is not None else None)
        draft = composer.draft(letter, as_of, now, anchor) if reason == DUE else None
        result.written.append(Written(letter, draft, reason))
    return look, result


def _told(app: App, as_of: date, readers: list[Reader], look: Look, most: int | None) -> list[Letter]:
    """What each of them is told, of all that may need a person."""
    since_day = max(min(reader.last.day for reader in readers), as_of - _MOST_BACK)
    reach = Reach(as_of, since_day, app.settings.jobs.operator_digest.days_ahead)
    return letters(_items(app, readers, reach, look), readers, look.standing, most)


def _items(app: App, readers: list[Reader], reach: Reach, look: Look) -> Iterator[Item]:
    """All that may need a person, whoever is told of it."""
    since = min(reader.last.at for reader in readers)
    of_the_database = (
        partial(pause, zone=app.clock.zone), stuck_notices, partial(returned_since, since=since), broken_runs,
    )  # fmt: skip
    for read in of_the_database:
        with reading(app) as connection:
            yield from read(connection)
    yield from near_days(app, reach)
    yield from look.items()
    yield from fed_files_told(app, since)
    yield from _readable(_kept_for_people(app, readers))


def fed_files_told(app: App, since: datetime) -> Iterator[Item]:
    """What the feed put away since then, where there is a feed and its folder can be read."""
    if folder := app.settings.feed.folder:
        yield from _readable(fed_files(app.settings.path(folder), since))


def _readable(items: Iterator[Item]) -> Iterator[Item]:
    """What folders tell, as far as they can be read: the letter goes out with all else that it has to say."""
    try:
        yield from items
    except (OSError, ValueError) as problem:
        _log.warning("the desk is not told what lies in a folder", reason=str(problem))


def _kept_for_people(app: App, readers: list[Reader]) -> Iterator[Item]:
    """What lies in bounces.for_people since the desk's last letter; nobody else looks there unasked."""
    for desk in (reader for reader in readers if reader.is_desk):
        count, newest = kept_since(app, desk.last.at)
        if count:
            yield kept_for_people(count, str(folder_for_people(app) / "new"), newest)


def _why(app: App, letter: Letter, as_of: date, stands: Status | None) -> str:
    """Why there is a letter, or none. What still waits, or was withdrawn, is decided on once more."""
    if stands not in (None, Status.QUEUED, Status.WITHDRAWN):
        return ALREADY_SENT
    weekday = app.settings.jobs.operator_digest.all_well
    return DUE if is_written(letter, as_of, weekday, app.calendar) else NOTHING_TO_SAY


def _key(letter: Letter, as_of: date) -> NoticeKey:
    return NoticeKey(JOB, CONTRACT, letter.reader.line, str(as_of))


def _wanted(one: Written, as_of: date) -> Wanted | None:
    checks = [contents(one.letter).as_data]
    if one.draft is not None:
        return Wanted(_key(one.letter, as_of), "queue", one.reason, as_of, None, as_of, checks, one.draft)
    if one.reason == NOTHING_TO_SAY:
        return Wanted(_key(one.letter, as_of), "withdraw", one.reason, as_of, None, as_of, checks, None)
    return None


def _superseded(app: App, as_of: date) -> list[Wanted]:
    """The letters of other days that wait."""
    waiting = [
        notice
        for key, notice in app.ledger.on_record([CONTRACT]).items()
        if key.kind == JOB and notice.status in _OPEN and notice.as_of < as_of
    ]
    return [
        Wanted(each.key, "withdraw", SUPERSEDED, each.due_on, None, each.as_of, each.checks, None) for each in waiting
    ]


def _address(text: str) -> str:
    return mailable(parseaddr(text)[1])
