"""The bounces on record, as people and the desk's mail see them. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from notify.bounces.values import BounceClass
from notify.ledger.addresses import bounced
from notify.record.statements import value_of
from notify.record.tables import bounces, envelopes, message_notices, notices
from notify.record.values import NoticeKey


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that came back: what the report says, and of which notices. `is_marked`: it is not written to now."""

    id: int
    received_at: datetime
    bounce_class: BounceClass
    status: str
    role: str
    address: str
    is_marked: bool
    notices: tuple[NoticeKey, ...]
    diagnostic: str
    reporting_mta: str
    matched_by: str
    told_at: datetime | None


def listed(connection: Connection, limit: int | None = None) -> list[Bounce]:
    """The bounces, the latest first."""
    columns: tuple[Any, ...] = (bounces, envelopes.c.message_id, envelopes.c.role, envelopes.c.address)
    query = select(*columns).join_from(bounces, envelopes).order_by(bounces.c.id.desc())
    rows = connection.execute(query.limit(limit)).all()
    marked = bounced(connection) if rows else frozenset()
    return [
        value_of(
            Bounce,
            row,
            address=row.address or "",  # purged
            is_marked=row.address in marked,
            notices=tuple(_told_by(connection, row.message_id)),
        )
        for row in rows
    ]


def _told_by(connection: Connection, message: int) -> Iterator[NoticeKey]:
    query = (
        select(notices.c.kind, notices.c.contract, notices.c.line, notices.c.occasion)
        .join_from(message_notices, notices)
        .where(message_notices.c.message_id == message)
        .order_by(notices.c.id)
    )
    return (NoticeKey(*row) for row in connection.execute(query).all())
