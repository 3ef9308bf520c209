"""The desk's daily letter, decided from values: what needs a person, who reads of it, the most urgent first (N8)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from contracts.calendar import BusinessCalendar
from jobs.notices import listing
from jobs.notices.decision import Check

JOB = listing.DESK  # the job, and the kind of notice that its letters are on the ledger
AT_ONCE = "at-once"  # why there is a notice of a thing that was told before the daily letter
CONTRACT = "desk"  # under which the ledger knows the desk's mail; no customer's name, nobody's address
DESK = "sales"  # the line of the desk's own letter; a colleague's is named after the first of their partners
MOST = 50  # items of a section that a letter shows
KEPT = 2_000  # items of a section that the table beside a letter holds
FIRST_LOOKS_BACK = timedelta(days=7)  # for what is news, where a reader has had no letter yet
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_LINE = 128  # what the ledger's column takes
_ONE_DAY = timedelta(days=1)


class Section(StrEnum):
    """What needs a person, in the order in which a letter tells it."""

    PAUSED = "paused"
    FAILED = "failed"
    HELD = "held"
    IN_DOUBT = "in-doubt"
    WAITING = "waiting"  # for the relay, for too long
    LAPSED = "lapsed"  # their last day passed, and nobody received them
    BOUNCED = "bounced"
    FOR_PEOPLE = "for-people"  # came to the return address, and only a person understands it
    CLOSING = "closing"  # the last day to buy the continuation comes near (B1)
    CLOSED = "closed"  # it has passed (B2): nothing can be settled any more, somebody ought to know
    UNDECIDED = "undecided"  # seats that a partial continuation left out, the closing day near (B1)
    UNRELEASED = "unreleased"  # the release is due and not on record: the surplus is billed (N5)
    RUNS_ON = "runs-on"  # storage that was not ended in time, and whose continuation is not registered (B4)
    UNOPENED = "unopened"  # starts soon, or has started, and is not opened (N2)
    DIFFERS = "differs"  # the book says of a line something else than its owner was told (N3)
    BOOK = "book"  # breaks a rule of the domain
    RUNS = "run-failed"
    FEED = "feed-failed"


INFORMS = frozenset({Section.CLOSED})  # sections with nothing to settle
STUCK = frozenset({Section.FAILED, Section.HELD, Section.IN_DOUBT})  # notices


@dataclass(frozen=True, slots=True)
class Last:
    """The last letter that went out to a reader: for which day, and when it was written."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs a person. `order` puts the most urgent first within its section.

    `news_on`, `news_at`: it is told once, by the first letter after it; both None for what is told until it is settled.
    `told_as`, a line and an occasion, is its key on the ledger when it is told at once. Two that share it are one.
    """

    section: Section
    order: tuple[date | datetime | int | str, ...]
    commands: tuple[str, ...] = ()
    contract: str = ""
    line: str = ""
    company: str = ""
    partner: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)  # what its section's words need beside that
    reason: str = ""  # what the section counts by
    news_on: date | None = None
    news_at: datetime | None = None
    since: datetime | None = None  # when it came up, where that is on record
    row: int = 0  # where it was read from a table: its row there
    told_as: tuple[str, str] = ("", "")

    def is_for(self, last: Last) -> bool:
        """Whether a reader whose last letter was that one is to be told."""
        if self.news_at is not None:
            return self.news_at > last.at
        return self.news_on is None or self.news_on >= last.day


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a letter of their own: the desk, or the colleague who looks after some partners' contracts."""

    line: str  # their letter's on the ledger
    addresses: tuple[str, ...]  # To: the first; the others are copied
    last: Last
    partners: frozenset[str] = frozenset()  # as `plain` writes them; none for the desk
    had_one: bool = True  # whether `last` is a letter, or where to look back to for want of one

    @property
    def is_desk(self) -> bool:
        """Whether what belongs to nobody else belongs to this reader."""
        return self.line == DESK


@dataclass(frozen=True, slots=True)
class Told:
    """A section of a letter: how many there are, and the most urgent of them."""

    section: Section
    count: int
    reasons: Mapping[str, int]
    items: tuple[Item, ...]

    def by_partner(self, most: int) -> list[tuple[str, list[Item]]]:
        """The first items by sales partner, who has the most urgent one first; those of no partner under ""."""
        groups: dict[str, list[Item]] = {}
        for item in self.items[:most]:
            groups.setdefault(item.partner, []).append(item)
        return list(groups.items())


@dataclass(frozen=True, slots=True)
class Letter:
    """What one reader is told. Without sections it says that all is well."""

    reader: Reader
    told: tuple[Told, ...] = ()
    standing: int = 0  # contracts in the book that an earlier letter told of, and that still break a rule

    @property
    def to_settle(self) -> int:
        """How many things wait for the reader."""
        return sum(told.count for told in self.told if told.section not in INFORMS)

    @property
    def informs(self) -> int:
        """How many things the reader only ought to know."""
        return sum(told.count for told in self.told if told.section in INFORMS)


class Shelf:
    """Counts the items of a section and keeps the most urgent; `most` None keeps all."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._items: list[Item] = []
        self._reasons: Counter[str] = Counter()
        self._count = 0

    def put(self, item: Item) -> None:
        """One more."""
        self._items.append(item)
        self._count += 1
        if item.reason:
            self._reasons[item.reason] += 1
        if self._most is not None and len(self._items) > 2 * self._most:  # seldom, so that sorting costs little
            self._items = self._sorted()

    def told(self, section: Section) -> Told:
        """The section with what was put here."""
        return Told(section, self._count, dict(self._reasons.most_common()), tuple(self._sorted()))

    def _sorted(self) -> list[Item]:
        return sorted(self._items, key=lambda item: item.order)[: self._most]


def letters(
    items: Iterable[Item],
    readers: Sequence[Reader],
    standing: Callable[[], int] = lambda: 0,
    most: int | None = KEPT,
) -> list[Letter]:
    """What each reader is told of these items; they may be a stream: of a section, `most` are kept.

    When all of them were taken, `standing` is asked.
    """
    shelves: dict[tuple[str, Section], Shelf] = {}
    for item in items:
        reader = reader_of(item.partner, readers)
        if reader is not None and item.is_for(reader.last):
            shelves.setdefault((reader.line, item.section), Shelf(most)).put(item)
    return [
        Letter(
            reader,
            tuple(shelf.told(section) for section in Section if (shelf := shelves.get((reader.line, section)))),
            standing() if reader.is_desk else 0,
        )
        for reader in readers
    ]


def reader_of(partner: str, readers: Sequence[Reader]) -> Reader | None:
    """Who is told of that partner's contracts: the colleague who looks after them, else the desk; None for nobody."""
    named = plain(partner)
    ours = next((reader for reader in readers if named and named in reader.partners), None)
    return ours or next((reader for reader in readers if reader.is_desk), None)


def colleagues(by_partner: Mapping[str, str]) -> list[tuple[str, str, frozenset[str]]]:
    """Each colleague once: the line of their letter, their address, and the partners they look after."""
    partners: dict[str, list[str]] = {}
    for partner, address in by_partner.items():
        partners.setdefault(address, []).append(partner)
    return [
        (f"partner {named[0]}"[:LONGEST_LINE], address, frozenset(map(plain, named)))
        for address, named in partners.items()
    ]


@lru_cache(maxsize=1000)
def plain(name: str) -> str:
    """A partner's name as it is compared: books and people write the same one in many widths and cases."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def is_written(letter: Letter, as_of: date, weekday: str, calendar: BusinessCalendar) -> bool:
    """Whether there is something to say, or it is time to tell the desk that there is nothing.

    A day for that on which nothing ran is made up for, unless the desk has never had a letter.
    """
    if letter.told:
        return True
    if not weekday or not letter.reader.is_desk:
        return False
    day = all_well_day(as_of, weekday, calendar)
    return day <= as_of and (letter.reader.last.day < day if letter.reader.had_one else day == as_of)


def all_well_day(as_of: date, weekday: str, calendar: BusinessCalendar) -> date:
    """The week's day for saying that all is well: the latest such weekday, or the first business day after it."""
    back = (as_of.weekday() - WEEKDAYS.index(weekday)) % 7
    return calendar.on_or_after(as_of - back * _ONE_DAY)


def contents(letter: Letter, *, passed: bool = True) -> Check:
    """What the letter holds, for the record."""
    if not letter.told:
        return Check("N8", "desk-nothing", passed)
    return Check("N8", "desk-found", passed, {"found": tuple((str(told.section), told.count) for told in letter.told)})
