"""The one place that reads the clock. Everything else is given the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """The present, in the zone whose calendar days the contracts mean."""

    zone: ZoneInfo

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        return datetime.now(UTC)  # noqa: TID251 — the one place

    def today(self) -> date:
        """The calendar day it is now in the contracts' zone, whatever the host's."""
        return self.now().astimezone(self.zone).date()
