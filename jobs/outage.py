"""A database that does not answer: noticed, said once, waited for, and said once more when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from jobs.logger import Logger

SHORTEST, LONGEST = 1.0, 60.0  # seconds between two tries

_log = Logger("jobs.daemon")


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached, is locked, or broke the connection: it may be back any moment."""
    is_known = isinstance(error, (OperationalError, InterfaceError))
    return is_known or (isinstance(error, DBAPIError) and error.connection_invalidated)


class Outage:
    """Whether the database is away at the moment, for all who ask it in one event loop."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._since: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the database is away."""
        return self._since is not None

    def pause(self, error: BaseException) -> float:
        """Notes that it did not answer. How many seconds to wait: longer, the longer it has been away."""
        if self._since is None:
            self._since = self._seconds()
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
            _log.error("database away", error=said)
        return min(LONGEST, max(SHORTEST, (self._seconds() - self._since) / 2))

    def over(self) -> None:
        """Notes that it answered."""
        if self._since is not None:
            _log.info("database back", seconds=round(self._seconds() - self._since, 1))
        self._since = None
