"""A notice that corrects another one: on record together with whose place it takes, and who asked for it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from notify.ledger.moves import reconcile
from notify.ledger.people import By, act
from notify.record.tables import notices
from notify.record.values import Wanted


def correct(connection: Connection, wanted: Wanted, corrected: int, by: By) -> int:
    """Queues or holds the new notice and notes with the told one which one corrects it; the new one's id."""
    reconcile(connection, [wanted], by.now)
    key = wanted.key
    own = select(notices.c.id).where(
        notices.c.contract == key.contract,
        notices.c.line == key.line,
        notices.c.kind == key.kind,
        notices.c.occasion == key.occasion,
    )
    new: int = connection.execute(own).scalar_one()
    act(connection, [corrected], "correct", by, detail=f"notice {new}")
    return new
