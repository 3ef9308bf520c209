"""When a mail that was not accepted is tried again, or never (RFC 5321 4.5.4.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_CODE = re.compile(r"([2345]\d\d)(?:[ -](?:[245]\.(\d{1,3}\.\d{1,3})\b)?|$)")
_MAILBOX_FULL = "2.2"  # RFC 3463 3.3
_CLOSING = "421"
_WHERE_FULL, _WHERE_UNREACHED = timedelta(hours=2), timedelta(minutes=5)  # the first wait; each next is twice as long
_DOUBLED = 20  # times at most: by then it is the longest wait


class ReplyClass(StrEnum):
    """What kept a mail from being accepted for now, by what was said."""

    REFUSED = "refused"  # a temporary refusal: greylisting, a busy server
    FULL = "full"  # the recipient's mailbox is full: that takes a person
    UNREACHED = "unreached"  # no answer, a broken line, a relay that is closing down: says nothing about this mail


def reply_class(reply: str) -> ReplyClass:
    """The class of a reply on record; one without a code is our own sentence about a line or a relay that failed."""
    found = _CODE.match(reply)
    if found is None or found[1] == _CLOSING:
        return ReplyClass.UNREACHED
    return ReplyClass.FULL if found[2] == _MAILBOX_FULL else ReplyClass.REFUSED


def reply_code(reply: str) -> str:
    """The three digits of a reply on record; "" for our own sentence about a line or a relay that failed."""
    found = _CODE.match(reply)
    return found[1] if found is not None else ""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Two tries in the first hour, then one every two to three hours; given up after four to five days.

    Sooner where the relay was not reached at all, later where a mailbox is full. Each try counts, whatever its class:
    after so many attempts, or when the next one would come so long after the first, a mail has failed.
    """

    first_wait: timedelta = timedelta(minutes=30)
    wait: timedelta = timedelta(hours=2, minutes=15)  # the longest
    spread: float = 0.2  # a wait grows by up to this part of itself: mails that failed together do not return together
    attempts: int = 46
    give_up_after: timedelta = timedelta(days=5)
    relay_wait: timedelta = timedelta(minutes=5)  # before a delivery that had to stop is worth beginning again

    def next_attempt(
        self, attempt: int, now: datetime, *, jitter: float, reply: str = "450", since: datetime | None = None
    ) -> datetime | None:
        """When to try again after `attempt` tries, 1 for the first, that ended at `now` with that reply; None: never.

        `jitter` is a number from 0 to 1: 0 gives the shortest wait, 1 the longest. `since` is when the first try began.
        """
        again_at = now + self._wait(attempt, reply_class(reply)) * (1 + self.spread * jitter)
        is_too_late = again_at > (since or now) + self.give_up_after
        return None if attempt >= self.attempts or is_too_late else again_at

    def _wait(self, attempt: int, why: ReplyClass) -> timedelta:
        if why is ReplyClass.REFUSED:
            return self.first_wait if attempt <= 1 else self.wait
        first = _WHERE_FULL if why is ReplyClass.FULL else _WHERE_UNREACHED
        return min(self.wait, first * 2.0 ** (min(attempt, _DOUBLED) - 1))
