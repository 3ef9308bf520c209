"""What is wrong with the chain or with a row that it tells of, and of which notice that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, select

from notify.proof.chain import Head
from notify.proof.rows import Key
from notify.record.tables import actions, attempts, bounces, envelopes, message_notices, notices


class Wrong(StrEnum):
    """What is wrong."""

    ENTRY_CHANGED = "entry-changed"  # its link is not the hash of what it says
    ENTRY_MISSING = "entry-missing"
    ENTRY_ADDED = "entry-added"  # it stands where none can be
    HEAD = "head"  # the head is not the last entry
    ANCHOR = "anchor"  # the chain does not contain the head that was noted
    CHANGED = "changed"  # since the chain told of it last
    MISSING = "missing"
    ADDED = "not-in-chain"
    BYTES = "bytes-changed"  # a mail's bytes are not those that were sealed
    TEXT = "text-changed"  # a text is not the one that was sealed, or was purged behind the chain's back


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `entry` is the one that is wrong itself, or that told of the row last."""

    wrong: Wrong
    table: str
    row: str  # "12", "7/1" for the first try of envelope 7; of the chain, the entry
    says: str
    entry: int | None = None
    entry_at: datetime | None = None
    notice: str = ""  # id, kind, contract/line, occasion: of each notice that it concerns


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong."""

    head: Head
    entries: int
    rows: int
    findings: tuple[Finding, ...] = field(default=())


def notices_of(connection: Connection, table: str, key: Key) -> str:
    """The notices that the row is about, as far as what is left of the ledger tells."""
    how = _TOLD_BY.get(table)
    if how is None:
        return ""
    told = select(notices.c.id, notices.c.kind, notices.c.contract, notices.c.line, notices.c.occasion)
    rows = connection.execute(told.where(notices.c.id.in_(how(key))).order_by(notices.c.id)).all()
    return "; ".join(f"{row.id} {row.kind} {row.contract}/{row.line} {row.occasion}" for row in rows)


def _of_message(message: Any) -> Select[Any]:
    return select(message_notices.c.notice_id).where(message_notices.c.message_id == message)


def _of_envelope(envelope: Any) -> Select[Any]:
    return select(message_notices.c.notice_id).where(
        message_notices.c.message_id.in_(select(envelopes.c.message_id).where(envelopes.c.id == envelope))
    )


def _of_bounce(key: Key) -> Select[Any]:
    told = select(envelopes.c.message_id).join_from(bounces, envelopes).where(bounces.c.id == key[0])
    return select(message_notices.c.notice_id).where(message_notices.c.message_id.in_(told))


_TOLD_BY: Mapping[str, Any] = {
    "notices": lambda key: [key[0]],
    "messages": lambda key: _of_message(key[0]),
    "message_notices": lambda key: [key[1]],
    "envelopes": lambda key: _of_envelope(key[0]),
    attempts.name: lambda key: _of_envelope(key[0]),
    actions.name: lambda key: select(actions.c.notice_id).where(actions.c.id == key[0]),
    bounces.name: _of_bounce,
}
