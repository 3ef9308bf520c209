"""The one place that reads the clock. Everything else is given the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from notify.delivery.lease import seconds_gone


@dataclass(slots=True)
class Clock:
    """The present, in the zone whose calendar days the contracts mean.

    It is this machine's, until it has heard another one that it shares with others: then it is that one, and the
    seconds gone since, whatever this machine's is set to.
    """

    zone: ZoneInfo
    _heard: tuple[datetime, float] | None = field(default=None, init=False, repr=False)

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        if self._heard is None:
            return _own()
        instant, seconds = self._heard
        return instant + timedelta(seconds=seconds_gone() - seconds)

    def today(self) -> date:
        """The calendar day it is now in the contracts' zone, whatever the host's."""
        return self.now().astimezone(self.zone).date()

    def own_today(self) -> date:
        """The same by this machine's clock."""
        return _own().astimezone(self.zone).date()

    def hear(self, instant: datetime, seconds: float) -> None:
        """What another clock showed after `seconds_gone` was so many: it is asked first, so that none is overlooked."""
        self._heard = instant.astimezone(UTC), seconds


def _own() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 — the one place
