"""In what evidence and book differ, for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.language.messages import Messages
from jobs.runs.corrections import Difference


def difference_lines(difference: Difference, messages: Messages) -> Iterator[str]:
    """The line, then what was told and what the book says now, a line each."""
    told, line = difference.told, difference.line
    first, last = (line.term.first_day, line.term.last_day) if line.term else (line.starts_on, line.starts_on)
    yield messages.say(
        "correction.head", line=line, company=difference.contract.account.company, id=told.notice, day=told.day
    )
    yield messages.say(
        "correction.told", menu=told.menu, seats=told.seats, first=told.first_day, last=told.last_day
    )  # fmt: skip
    yield messages.say("correction.now", menu=line.menu.code, seats=line.seats, first=first, last=last)
