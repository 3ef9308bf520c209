"""Late mail: what may go out, and has waited for too long since it first could. The one question of all who watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from notify.ledger.claims import is_in_time
from notify.ledger.switches import paused
from notify.record.tables import envelopes
from notify.record.values import Status

_ON_THEIR_WAY = (Status.QUEUED, Status.SENDING, Status.IN_DOUBT)  # if there is a time for it, by themselves


@dataclass(frozen=True, slots=True)
class Late:
    """How much mail is late, since when the oldest waits, and what was said to that one last, "" for nothing."""

    count: int = 0
    since: datetime | None = None
    reply: str = ""


NONE_LATE = Late()


def is_late(before: datetime, as_of: date) -> ColumnElement[bool]:
    """Of envelopes: on their way since that instant or longer, and in their time on that day."""
    goes = and_(envelopes.c.status.in_(_ON_THEIR_WAY), envelopes.c.next_attempt_at.is_not(None))
    return and_(goes, envelopes.c.queued_at <= before, is_in_time(as_of))


def late_mail(connection: Connection, before: datetime, as_of: date) -> Late:
    """What has waited since before that instant; none while a person has paused all sending."""
    if paused(connection) is not None:
        return NONE_LATE
    found = is_late(before, as_of)
    (count,) = connection.execute(select(func.count()).select_from(envelopes).where(found)).one()
    if not count:
        return NONE_LATE
    oldest = select(envelopes.c.queued_at, envelopes.c.reply).where(found)
    row = connection.execute(oldest.order_by(envelopes.c.queued_at, envelopes.c.id).limit(1)).one()
    return Late(count, row.queued_at, row.reply)
