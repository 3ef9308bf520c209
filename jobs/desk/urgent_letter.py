"""The desk is told at once what cannot wait for its daily letter (N8): one letter of all that is new, each thing once.

Each thing is a notice on the ledger with a key of its own, and the letter tells them all. So two processes that find
the same tell it once, and one that dies has told it or leaves it to the next. A thing that stays open is in the next
daily letter as well; one that a daily letter has told needs no other. The desk's own letters are no thing to tell: one
that fails or comes back is not the cause of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from jobs.config.load import ConfigError
from jobs.desk.daily_letter import desk_composer, fed_files_told, readers_of
from jobs.desk.sections import (
    AT_ONCE,
    CONTRACT,
    FIRST_LOOKS_BACK,
    JOB,
    Item,
    Last,
    Reader,
    Section,
    contents,
    letters,
    reader_of,
)
from jobs.desk.sources import (
    broken_runs,
    daily_letters_at,
    last_at_once,
    reading,
    returned_untold,
    stuck_notices,
    told_at_once,
)
from jobs.log.logger import Logger
from jobs.notices.decision import Reason
from notify.ledger.bounces import ToldMeanwhile
from notify.letters.problem import TemplateProblem
from notify.record.values import NoticeKey, Wanted

if TYPE_CHECKING:
    from jobs.app import App

_STUCK = frozenset({Section.FAILED, Section.HELD, Section.IN_DOUBT})
_GATHERS = timedelta(minutes=10)  # after a letter, for reports that mark nobody
_TRIES = 5  # each lost race leaves less to tell
_NEVER = datetime.min.replace(tzinfo=UTC)

PROBLEMS = (ConfigError, DBAPIError, OSError, TemplateProblem)  # what may keep the desk from being told

_log = Logger("jobs.desk")


def queue_at_once(app: App, as_of: date) -> int:
    """Queues the letter of what is urgent and was not told. How many things it tells; 0 where there is none.

    What keeps the letter from being written is said, and harms nothing else: what it would tell is still untold.
    """
    try:
        return _queued(app, as_of)
    except PROBLEMS as problem:
        _log.warning("the sales desk could not be told at once", reason=f"{type(problem).__name__}: {problem}")
        return 0


async def tell_at_once(app: App, as_of: date, *, seconds: float | None = None) -> str:
    """Queues the letter and sends what waits for the desk. "" where all is told, or why not.

    It takes so many seconds at most, and what is in hand; what is queued then goes out with the next delivery.
    """
    stop = asyncio.Event()
    timer = asyncio.get_running_loop().call_later(seconds, stop.set) if seconds is not None else None
    try:
        _queued(app, as_of)
        if not app.ledger.outbox.due(app.clock.now(), as_of, CONTRACT):
            return ""
        return (await app.deliveries.deliver(as_of, CONTRACT, stop=stop)).stopped
    except PROBLEMS as problem:
        return f"{type(problem).__name__}: {problem}"
    finally:
        if timer is not None:
            timer.cancel()


def tell_of_failure(app: App, as_of: date, *, delivers: bool) -> None:
    """Tells the desk of a run that has failed, and of what it had found until then. Not called from an event loop."""
    if not delivers:
        queue_at_once(app, as_of)
    elif why := asyncio.run(tell_at_once(app, as_of)):
        _log.warning("the sales desk could not be told at once", reason=why)


def _queued(app: App, as_of: date) -> int:
    kinds = frozenset(map(Section, app.settings.jobs.operator_digest.urgent))
    now = app.clock.now()
    for _ in range(_TRIES):
        found = _urgent(app, kinds)
        readers = readers_of(app, as_of, now) if found else []
        desk = next((reader for reader in readers if reader.is_desk), None)
        if desk is None:
            return 0
        found = [item for item in found if not _came_back_from(desk, item)]
        bounces = {item.row for item in found if item.section is Section.BOUNCED}
        new = _not_told(app, found, readers)
        if not new and not bounces:
            return 0
        if new and all(map(_marks_nobody, new)) and _wrote_lately(app, now):
            return 0  # the next letter tells them, at once or daily: a provider that refuses all mail makes no flood
        try:
            app.ledger.announce(_wanted(app, desk, new, as_of, now), bounces, now)
        except ToldMeanwhile:
            continue
        return len(new)
    return 0


def _urgent(app: App, kinds: frozenset[Section]) -> list[Item]:
    """All that is of these kinds now; of bounces, those that the desk was not told of."""
    reads = {stuck_notices: _STUCK, returned_untold: {Section.BOUNCED}, broken_runs: {Section.RUNS}}
    found: list[Item] = []
    for read in (read for read, sections in reads.items() if kinds & sections):
        with reading(app) as connection:
            found += (item for item in read(connection) if item.section in kinds and _is_to_be_heard(item, kinds))
    if Section.FEED in kinds:
        found += fed_files_told(app, app.clock.now() - FIRST_LOOKS_BACK)
    return found


def _is_to_be_heard(item: Item, kinds: frozenset[Section]) -> bool:
    """What waits for approval does so by configuration; an owner whose mail came back is told as that."""
    if item.section in _STUCK and item.facts["kind"] == JOB:
        return False
    if item.section is Section.HELD and item.reason == Reason.OWNER_BOUNCED:
        return Section.BOUNCED not in kinds
    return item.reason != Reason.AWAITING_APPROVAL


def _came_back_from(desk: Reader, item: Item) -> bool:
    """Whether it is a letter to the desk that came back: another letter there would come back as well, without end."""
    return (
        item.section is Section.BOUNCED and item.facts["kind"] == JOB and str(item.facts["address"]) in desk.addresses
    )


def _marks_nobody(item: Item) -> bool:
    """Whether it is a report after which the address is written to as before."""
    return item.section is Section.BOUNCED and item.told_as[0].startswith("bounce ")


def _wrote_lately(app: App, now: datetime) -> bool:
    with reading(app) as connection:
        last = last_at_once(connection)
    return last is not None and timedelta(0) < now - last < _GATHERS


def _not_told(app: App, found: Sequence[Item], readers: Sequence[Reader]) -> list[Item]:
    """What no letter at once has told, and no daily letter that was written since it came up."""
    with reading(app) as connection:
        told = told_at_once(connection, {item.told_as[0] for item in found})
        daily = daily_letters_at(connection, [reader.line for reader in readers])

    def is_in_daily(item: Item) -> bool:
        reader = reader_of(item.partner, readers)
        return bool(reader and item.since and item.since <= daily.get(reader.line, _NEVER))

    return [item for item in found if item.told_as not in told and not is_in_daily(item)]


def _wanted(app: App, desk: Reader, new: Sequence[Item], as_of: date, now: datetime) -> list[Wanted]:
    """The letter, as a notice for each thing that it tells."""
    if not new:
        return []
    (letter,) = letters(new, [replace(desk, last=Last(date.min, _NEVER))])
    draft = desk_composer(app).draft(letter, as_of, now, app.ledger.head(), at_once=True)
    checks = [contents(letter).as_data]
    return [
        Wanted(NoticeKey(JOB, CONTRACT, *thing), "queue", AT_ONCE, as_of, None, as_of, checks, draft)
        for thing in sorted({item.told_as for item in new})
    ]
