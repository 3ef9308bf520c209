"""A letter's day as a calendar file (RFC 5545) to be attached: one all-day entry, published or taken back.

A file holds one entry, and what takes it back is METHOD:CANCEL (RFC 5546 3.2.5, 4.1.3): calendars remove what they know
by that UID, whatever way it came to them, and pass over what they do not know. An update that only says
STATUS:CANCELLED would stay in them, some with its old reminder, and be put anew where it never was.

Written directly, like the mails: the few properties it has never change, the bytes are the same for the same facts,
and the tests read them back with a calendar library that had no part in writing them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from notify.letters.words import Words
from notify.mail.headers import Mailbox, clean_name, pieces
from notify.mail.message import Attachment

_FOLD = 75  # octets of a line without its end (RFC 5545 3.1)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_REMINDED = timedelta(days=7)
_TRIGGER = "-P6DT15H"  # nine in the morning of the seventh day before; -P7D would ring at midnight


@dataclass(frozen=True, slots=True)
class DayEvent:
    """An all-day entry.

    The same `key` makes the same entry in the reader's calendar; a higher `sequence` takes the place of a lower one
    there, so it rises when the day moves. `stamp` is when this was said. One that is withdrawn is taken out of it.
    """

    key: str
    sequence: int
    stamp: datetime
    day: date
    summary: str
    description: str
    language: str
    organizer: Mailbox
    is_reminded: bool = False
    is_withdrawn: bool = False

    @property
    def method(self) -> str:
        """What is to be done with it (RFC 5546)."""
        return "CANCEL" if self.is_withdrawn else "PUBLISH"


def letter_event(  # noqa: PLR0913 - what the letter says, and what only the ledger and the configuration know
    words: Words,
    day: date,
    *,
    is_deadline: bool,
    is_withdrawn: bool,
    said_on: date,
    language: str,
    key: str,
    sequence: int,
    stamp: datetime,
    organizer: Mailbox,
) -> DayEvent:
    """The entry for the day that the letter is about; where something is to be done by then, with a reminder."""
    summary, _, description = words.event.partition("\n")
    return DayEvent(
        key=key,
        sequence=sequence,
        stamp=stamp,
        day=day,
        summary=summary.strip(),
        description=description.strip(),
        language=language,
        organizer=organizer,
        is_reminded=is_deadline and not is_withdrawn and day - _REMINDED > said_on,  # one in the past rings at once
        is_withdrawn=is_withdrawn,
    )


def calendar_attachment(event: DayEvent, name: str) -> Attachment:
    """The entry as a part of a mail, a file that is called so with its day behind it."""
    return Attachment(
        name=f"{name}-{event.day.isoformat()}.ics",
        maintype="text",
        subtype="calendar",
        data=calendar_file(event),
        params=(("charset", "utf-8"), ("method", event.method)),
    )


def calendar_file(event: DayEvent) -> bytes:
    """The entry as a file in UTF-8, the same bytes for the same entry.

    Raises:
        ValueError: `stamp` is naive or `sequence` is negative.
    """
    if event.stamp.tzinfo is None or event.sequence < 0:
        raise ValueError(f"{event.key}: an entry needs a stamp with its zone and a sequence from 0")
    return b"".join([_OPENINGS[event.method], *[_folded(line) for line in _lines(event)], _CLOSING])


def _lines(event: DayEvent) -> Iterator[str]:
    language = f";LANGUAGE={event.language}"
    yield f"UID:{uuid5(NAMESPACE_URL, f'kigen:{event.key}')}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTAMP:{event.stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"  # an end is exclusive
    yield f"SUMMARY{language}:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION{language}:{_text(event.description)}"
    yield f"ORGANIZER{_common_name(event.organizer.name)}:mailto:{event.organizer.address}"  # RFC 5546 3.2.1
    yield "STATUS:CANCELLED" if event.is_withdrawn else "STATUS:CONFIRMED"
    yield "TRANSP:TRANSPARENT"
    if event.is_reminded:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{_TRIGGER}")
        yield f"DESCRIPTION{language}:{_text(event.summary)}"
        yield "END:VALARM"


def _text(value: str) -> str:
    if not value.replace("\n", "").isprintable():
        lines = value.replace("\r\n", "\n").replace("\r", "\n")
        value = _CONTROLS.sub(" ", lines).encode("utf-8", "replace").decode()
    # RFC 5545 3.3.11; the sign that escapes is escaped first
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _common_name(name: str) -> str:
    """The parameter that names the organizer; a quoted value cannot hold a quote (RFC 5545 3.2)."""
    clean = clean_name(name).replace('"', "'")
    return f';CN="{clean}"' if clean else ""


@lru_cache(1000)  # most lines are the same in many letters
def _folded(line: str) -> bytes:
    """The line with its end, folded between characters."""
    if len(line) <= _FOLD and line.isascii():
        return line.encode() + b"\r\n"
    folded = pieces(line.encode(), _FOLD, _FOLD - 1)  # the space that begins a continuation is counted
    return b"\r\n ".join(folded) + b"\r\n"


_OPENINGS = {
    method: b"".join(
        _folded(line)
        for line in (
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//kigen//notices//EN",
            "CALSCALE:GREGORIAN",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
        )
    )
    for method in ("PUBLISH", "CANCEL")
}
_CLOSING = _folded("END:VEVENT") + _folded("END:VCALENDAR")
