"""What of ended notices may go by a day, by the configured times; and taking it off, piece by piece.

Each piece is one transaction with its own entry in the chain. Whatever stops it, the next run does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from contracts.calendar import Month
from jobs.names import PURGE
from jobs.notices.decision import Kind
from jobs.retention.legal_holds import held_contracts
from jobs.runs.history import Origin
from jobs.runs.stopping import Stopped
from notify.ledger.purge import Due, Limit, Part, Where

if TYPE_CHECKING:
    from jobs.app import App

DESK_LETTERS = "operator-digest"  # to our own desk; they name customers as well
KINDS = (*(kind.value for kind in Kind), DESK_LETTERS)
EVIDENCE = (Kind.SERVICE_START.value, Kind.SERVICE_START_CHANGE.value)  # N2, N3: the contract comes into being by them


def limits(app: App, as_of: date) -> list[Limit]:
    """What may go on that day, of each kind."""
    found = []
    for kind in KINDS:
        table = app.settings.retention.of(kind)
        found.append(Limit(kind, _before(app, as_of, table.texts_months), _before(app, as_of, table.addresses_months)))
    return found


def everything(app: App, as_of: date, now: datetime) -> list[Limit]:
    """What a person may have forgotten: all but the evidence that is within its time."""
    return [each if each.kind in EVIDENCE else Limit(each.kind, now, now) for each in limits(app, as_of)]


def would_purge(app: App, as_of: date) -> list[Due]:
    """What would go on that day, by kind and part."""
    return app.ledger.purgeable(limits(app, as_of), Where(spared=held_contracts()))


def run_purge(  # noqa: PLR0913 - a run is all of this
    app: App,
    as_of: date,
    clock: Callable[[], datetime],
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
    run = app.runs.start(PURGE, as_of, clock(), origin)
    counts: Counter[str] = Counter()
    try:
        for part, count in purged(app, limits(app, as_of), Where(spared=held_contracts()), clock):
            counts[part] += count
            app.runs.renew(run, clock())
            progress(counts.total())
            between()
    except Stopped as request:
        app.runs.finish(run, clock(), counts, str(request), is_stopped=True)
        raise
    except BaseException as error:
        app.runs.finish(run, clock(), counts, f"{type(error).__name__}: {error}")
        raise
    app.runs.finish(run, clock(), counts)
    return counts


def purged(
    app: App, of_kinds: Sequence[Limit], where: Where, clock: Callable[[], datetime]
) -> Iterator[tuple[Part, int]]:
    """Takes off what may go; after each piece, how many mails lost that part."""
    for limit in of_kinds:
        for part in (Part.ADDRESSES, Part.TEXT):  # with its addresses a mail loses its text
            last: int | None = 0
            while last is not None:
                piece = app.ledger.purge(limit, part, where, last, clock())
                last = piece.last
                if piece.count:
                    yield part, piece.count


def _before(app: App, as_of: date, months: int) -> datetime | None:
    if not months:
        return None
    day = Month.of(as_of).plus(-months).day(as_of.day)
    return datetime.combine(day, time(), app.clock.zone)
