"""Mail that waits for longer than `delivery.late_hours`, refused or untried: what makes a good run a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine

from jobs.clock import Clock
from jobs.log.logger import Logger
from jobs.log.masks import masked
from notify.ledger.late import Late, late_mail
from notify.record.statements import reading

_log = Logger("jobs.delivery")


@dataclass(frozen=True, slots=True)
class LateMail:
    """The mail of a database that has waited for so long; all who watch ask here."""

    engine: Engine
    after: timedelta
    clock: Clock

    def before(self, as_of: date, now: datetime) -> datetime:
        """What waits since then or longer is late; on a day that lies ahead, by its beginning."""
        return max(now, datetime.combine(as_of, time(), self.clock.zone)) - self.after

    def found(self, as_of: date | None = None) -> Late:
        """What is late on that day, or now."""
        day = as_of or self.clock.today()
        with reading(self.engine) as connection:
            return late_mail(connection, self.before(day, self.clock.now()), day)


def say_late(late: Late) -> None:
    """Says in the log what is late."""
    if late.count:
        _log.warning("mail is late", count=late.count, since=late.since, said=late.reply)


def late_said(late: Late) -> str:
    """How much mail is late, and what was said to the oldest; "" where none is."""
    if late.since is None:
        return ""
    reply = f": {masked(late.reply)}" if late.reply else ""
    return f"{late.count} mail(s) wait for too long, the oldest since {late.since:%Y-%m-%d %H:%M} UTC{reply}"
