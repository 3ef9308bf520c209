"""When a mail that was refused for now is tried again, or never (RFC 5321 4.5.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Two tries in the first hour, then one every two to three hours; given up after four to five days."""

    first_wait: timedelta = timedelta(minutes=30)
    wait: timedelta = timedelta(hours=2, minutes=15)
    spread: float = (
        0.2  # a wait grows by up to this part of itself, so that mails that failed together do not return so
    )
    attempts: int = 46

    def next_attempt(self, attempt: int, now: datetime, *, jitter: float) -> datetime | None:
        """When to try again after `attempt` tries (1 for the first) that ended at `now`; None for never.

        `jitter` is a number from 0 to 1: 0 gives the shortest wait, 1 the longest.
        """
        if attempt >= self.attempts:
            return None
        wait = self.first_wait if attempt <= 1 else self.wait
        return now + wait * (1 + self.spread * jitter)


_BY_THE_BOOK = RetryPolicy()


def next_attempt(attempt: int, now: datetime, *, jitter: float, policy: RetryPolicy = _BY_THE_BOOK) -> datetime | None:
    """`RetryPolicy.next_attempt`, by default with the limits of the RFC."""
    return policy.next_attempt(attempt, now, jitter=jitter)
