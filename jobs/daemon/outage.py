"""A database that does not answer: noticed, said once, waited for, and said once more when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from jobs.log.logger import Logger

SHORTEST, LONGEST = 1.0, 60.0  # seconds between two tries

_log = Logger("jobs.daemon")


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached, is locked, or broke the connection: it may be back any moment."""
    is_known = isinstance(error, (OperationalError, InterfaceError))
    return is_known or (isinstance(error, DBAPIError) and error.connection_invalidated)


class Outage:
    """Whether the database is away at the moment, for all who ask it in one event loop.

    Several ask at once, and answers come in another order than the questions: one that was asked before the latest
    turn, from there to away or back, tells of a time before it and turns nothing.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._since: float | None = None
        self._asked = self._turned = 0  # the number of the latest question; and what it was at the latest turn

    @property
    def is_on(self) -> bool:
        """Whether the database is away."""
        return self._since is not None

    def ask(self) -> int:
        """The number of a question that the database is asked from now on, to be said with its answer."""
        self._asked += 1
        return self._asked

    def pause(self, question: int, error: BaseException) -> float:
        """Notes that it did not answer. How many seconds to wait: longer, the longer it has been away."""
        now = self._seconds()
        if self._since is None:
            if question <= self._turned:
                return SHORTEST  # it broke in an outage that is over
            self._since, self._turned = now, self._asked
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
            _log.error("database away", error=said)
        return min(LONGEST, max(SHORTEST, (now - self._since) / 2))

    def over(self, question: int) -> None:
        """Notes that it answered."""
        if self._since is not None and question > self._turned:
            _log.info("database back", seconds=round(self._seconds() - self._since, 1))
            self._since, self._turned = None, self._asked
