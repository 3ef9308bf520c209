"""Whether today can be the day it is: a clock that is far off would send letters that end or prolong contracts."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from jobs.clock import Clock
from jobs.database.tables import runs
from jobs.errors import Exit, KigenError

_LOOKED_AT = 50  # runs: those for another day than their own say nothing of a clock
_A_DAY = timedelta(days=1)


class DayInDoubt(KigenError):  # noqa: N818 - named for what is the matter
    """Nothing is run for today before a person has looked at the clock."""

    status = Exit.REFUSED


def doubt_of_today(engine: Engine, clock: Clock, most_days: int) -> str:
    """Why today may not be the day it is, as a sentence; "" where nothing speaks against it.

    It is not before the last run's day, nor more than `most_days` after it, nor another one than this machine's clock
    shows where the time is a server's.
    """
    today, own, last = clock.today(), clock.own_today(), last_day(engine, clock.zone)
    if abs(today - own) > _A_DAY:
        return f"the database's server says that it is {today}, and this machine {own}: set both clocks (chrony, NTP)"
    if last is None or -_A_DAY <= today - last <= timedelta(days=most_days):
        return ""
    return (
        f"it is {today} by the clock, but the last run was on {last}; if {today} is right, say so once with "
        f"`run-job all --date {today} --force`; else set the clock (chrony, NTP)"
    )


def last_day(engine: Engine, zone: ZoneInfo) -> date | None:
    """The day of the last run that was made for the day on which it was begun; None where there was none lately."""
    query = select(runs.c.as_of, runs.c.started_at).order_by(runs.c.id.desc()).limit(_LOOKED_AT)
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        found = connection.execute(query).all()
    own = (row.as_of for row in found if abs(row.started_at.astimezone(zone).date() - row.as_of) <= _A_DAY)
    return next(own, None)
