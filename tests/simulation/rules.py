"""What ought to be said on a day, found anew: a naive walk over days and lines, for the contracts the simulation makes.

Nothing of jobs.catalog, jobs.decision, contracts.terms or contracts.seats is used; days are counted on the paper
calendar of `date_oracle`. Which notice told a service start is for the judge, who knows what arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays

from tests.contracts.oracle import day_of, days_before, days_in, is_open, month_before, triple
from tests.simulation.world import Customer, Line

RENEWAL, START, CHANGE = "renewal-notice", "service-start", "service-start-change"
EXTENSION, RELEASE = "extension-confirmation", "license-release"
SEND, SKIP, HOLD = "send", "skip", "hold"
JAPAN = holidays.country_holidays("JP")
LATE_DAYS = 30


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One thing to be told. The kind of every announcement of a start, changed or not, is service-start."""

    kind: str
    contract: str
    line: str
    occasion: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a key on a day. `about` is the date the letter is about, `facts` what it has to say."""

    says: str
    reason: str
    about: date
    facts: tuple[object, ...] = ()


Verdicts = dict[Key, Verdict]


def verdicts(customer: Customer, day: date, *, bounced: bool) -> Verdicts:
    """All that has come into its time for this customer, as the book stands, whatever was told before."""
    known = [line for line in customer.lines if line.is_known(day) and line.term_end >= day]
    found: Verdicts = {}
    for line in known:
        found |= _renewals(customer, line, day)
        found |= _starts(line, day)
        found |= _extensions(line, day)
        found |= _releases(customer, line, day)
    obstacle = _obstacle(customer, bounced=bounced)
    return {
        key: Verdict(HOLD, obstacle, verdict.about) if obstacle and verdict.says == SEND else verdict
        for key, verdict in found.items()
    }


def is_mailable(owner: str) -> bool:
    """Whether the simulation made this address to be one."""
    return ".k-" in owner


def _obstacle(customer: Customer, *, bounced: bool) -> str:
    if not customer.owner:
        return "owner-missing"
    if not is_mailable(customer.owner):
        return "owner-invalid"
    return "owner-bounced" if bounced else ""


def _renewals(customer: Customer, line: Line, day: date) -> Iterator[tuple[Key, Verdict]]:
    """N1: 5 and 4 months before the end month, until the customer decides or the 60th day before the end is over."""
    fives, fours = (first_open_day(line.term_end, months) for months in (5, 4))
    closing = sixty_days_before(line.term_end)
    ended = ""
    if any(other.is_known(day) for other in customer.continuations(line)):
        ended = "continued"
    elif line.declined_on is not None and line.declined_on <= day:
        ended = "declined"
    elif day > closing:
        ended = "window-closed"
    for months, due in ((5, fives), (4, fours)):
        if due > day:
            continue
        reason = ended or ("superseded" if months == 5 and fours <= day else "")
        key = Key(RENEWAL, line.contract, line.line, f"{line.term_end:%Y-%m}/{months}m")
        yield key, Verdict(SKIP if reason else SEND, reason, line.term_end, (closing, line.seats))


def _starts(line: Line, day: date) -> Iterator[tuple[Key, Verdict]]:
    """N2, N3: once a new order or an addition is opened, for 30 days after that or after the start."""
    if line.order != "continuation" and _is_opened(line, day):
        yield Key(START, line.contract, line.line, str(line.starts_on)), _in_time(line, day)


def _extensions(line: Line, day: date) -> Iterator[tuple[Key, Verdict]]:
    """N4: once a continuation is registered, for 30 days after that or after the new term's start."""
    if line.order == "continuation" and _is_opened(line, day):
        yield Key(EXTENSION, line.contract, line.line, str(line.starts_on)), _in_time(line, day)


def _is_opened(line: Line, day: date) -> bool:
    return line.opened_on is not None and line.opened_on <= day


def _in_time(line: Line, day: date) -> Verdict:
    later = max(line.starts_on, line.opened_on or line.starts_on)
    late = days_before(triple(day), LATE_DAYS) > triple(later)
    reason = "window-closed" if late else ""
    return Verdict(SKIP if late else SEND, reason, line.starts_on, (line.term_end, line.seats))


def _releases(customer: Customer, line: Line, day: date) -> Iterator[tuple[Key, Verdict]]:
    """N5: 30, 7 and 1 days before the end, where less of a family goes on than ends and something goes on at all."""
    known = [other for other in customer.lines if other.is_known(day)]
    ending = [other for other in known if other.family == line.family and other.term_end == line.term_end]
    if min(ending, key=lambda other: int(other.line)) is not line:
        return
    due_days = {days: open_day_before(line.term_end, days) for days in (30, 7, 1)}
    seats = _seats_to_release(known, ending, line.term_end, day)
    is_storage = line.menu.startswith("storage")
    is_gone = _is_storage_gone(known, ending, line.term_end, day) if is_storage else seats > 0
    for days, due in due_days.items():
        if due > day:
            continue
        reason = ""
        if any(other.released_on is not None and other.released_on <= day for other in ending):
            reason = "released"
        elif not is_gone:
            reason = "nothing-to-release"
        elif any(due < later <= day for later in due_days.values()):
            reason = "superseded"
        key = Key(RELEASE, line.contract, line.line, f"{line.term_end}/{days}d")
        yield key, Verdict(SKIP if reason else SEND, reason, line.term_end, (0 if is_storage else seats,))


def _is_storage_gone(known: list[Line], ending: list[Line], end: date, day: date) -> bool:
    """N5, B4: storage is nobody's seat; it goes where all of it was declined in time and the contract goes on."""
    if any((other.starts_on - end).days == 1 and other.family == ending[0].family for other in known):
        return False  # the simulation has one step of storage only: what takes up is never lower
    goes_on = any((other.starts_on - end).days <= 1 and other.term_end > end for other in known)
    return goes_on and all(_is_dropped(other, sixty_days_before(end), day) for other in ending)


def _seats_to_release(known: list[Line], ending: list[Line], end: date, day: date) -> int:
    begins = [other for other in known if (other.starts_on - end).days == 1]
    goes_over = [other for other in known if other.starts_on <= end < other.term_end]
    if not begins and not goes_over:
        return 0  # a contract that ends as a whole needs no release
    taken_up = [other for other in begins if other.family == ending[0].family]
    if taken_up:
        return max(0, sum(other.seats for other in ending) - sum(other.seats for other in taken_up))
    closing = sixty_days_before(end)
    return sum(other.seats for other in ending if _is_dropped(other, closing, day))


def _is_dropped(line: Line, closing: date, day: date) -> bool:
    """B2: what nobody continued by the closing day ends; B4: but storage only where it was declined in time."""
    declined = line.declined_on is not None and line.declined_on <= min(closing, day)
    return declined or (day > closing and not line.menu.startswith("storage"))


@cache
def first_open_day(end: date, months: int) -> date:
    """The first day on which the office works in the month so many months before that of the term end."""
    days = days_in(*month_before(end.year, end.month, months))
    return day_of(next(day for day in days if is_open(day, JAPAN)))


@cache
def open_day_before(end: date, days: int) -> date:
    """The day so many days before the term end, or the last one before it on which the office works."""
    day = days_before(triple(end), days)
    while not is_open(day, JAPAN):
        day = days_before(day, 1)
    return day_of(day)


@cache
def sixty_days_before(end: date) -> date:
    """The last day on which a continuation can be bought."""
    return day_of(days_before(triple(end), 60))
