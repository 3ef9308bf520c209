"""What of the chain is about a few notices: their rows as they are sealed, and the entries that tell of these."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from notify.proof.chain import NO_LINK, Head, head
from notify.proof.rows import SEALED, spelled
from notify.record.statements import reading, snapshot
from notify.record.tables import (
    actions,
    attempts,
    bounces,
    chain,
    envelopes,
    marked_addresses,
    message_notices,
    messages,
    notices,
)

_AT_ONCE = 100  # entries


class EntryUnreadable(Exception):  # noqa: N818 - named for what is the matter
    """An entry of the chain does not hold what entries hold: somebody has changed it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, with the link before it: so its own can be computed again."""

    seq: int
    at: datetime
    event: str
    body: str
    before: str
    link: str


@dataclass(frozen=True, slots=True)
class HashedText:
    """A text that stands in its row by its hash alone, the SHA-256 of the salt and it; not one that was purged."""

    table: str
    row: str
    column: str  # the row has its hash under this name with "_hash"
    salt: str
    text: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """The rows by table and key, each as the text that its digest is made of, and all entries that tell of one."""

    rows: Mapping[tuple[str, str], str]
    texts: tuple[HashedText, ...]
    entries: tuple[Entry, ...]
    head: Head


def mentions(
    engine: Engine, notice_ids: Sequence[int], advance: Callable[[int], None] = lambda _done: None
) -> Mentions:
    """All that the chain tells of these notices, their mails and tries. It reads the whole chain.

    Raises:
        EntryUnreadable: an entry was changed so that it cannot be read.
    """
    with snapshot(engine) as connection:
        rows, texts = _rows(connection, notice_ids)
        return Mentions(rows, tuple(texts), tuple(_telling(connection, rows, advance)), head(connection))


def entry_count(engine: Engine) -> int:
    """How many entries there are to read."""
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(chain)).scalar_one())


def _rows(connection: Connection, notice_ids: Sequence[int]) -> tuple[dict[tuple[str, str], str], list[HashedText]]:
    found: dict[tuple[str, str], str] = {}
    texts: list[HashedText] = []
    for name, query in _queries(notice_ids):
        sealed = SEALED[name]
        for row in connection.execute(query.order_by(*sealed.table.primary_key)):
            own, kept = row[: len(sealed.names)], row[len(sealed.names) :]
            if sealed.is_open(own):
                continue
            key = spelled(sealed.key_of(own))
            found[name, key] = sealed.text_of(own)
            if kept and kept[1] is not None:
                text, salt = kept
                texts.append(HashedText(name, key, sealed.text, salt, text))
    return found, texts


def _queries(notice_ids: Sequence[int]) -> Iterator[tuple[str, Select[Any]]]:
    mails = select(message_notices.c.message_id).where(message_notices.c.notice_id.in_(notice_ids))
    copies = select(envelopes.c.id).where(envelopes.c.message_id.in_(mails))
    back = select(bounces.c.id).where(bounces.c.envelope_id.in_(copies))
    conditions = {
        notices.name: notices.c.id.in_(notice_ids),
        message_notices.name: message_notices.c.notice_id.in_(notice_ids),
        messages.name: messages.c.id.in_(mails),
        envelopes.name: envelopes.c.id.in_(copies),
        attempts.name: attempts.c.envelope_id.in_(copies),
        actions.name: actions.c.notice_id.in_(notice_ids),
        bounces.name: bounces.c.id.in_(back),
        marked_addresses.name: marked_addresses.c.bounce_id.in_(back),
    }
    return ((name, SEALED[name].query_with_text.where(condition)) for name, condition in conditions.items())


def _telling(
    connection: Connection, rows: Mapping[tuple[str, str], str], advance: Callable[[int], None]
) -> Iterator[Entry]:
    before, seq, done = NO_LINK, 0, 0
    while True:
        query = select(chain).where(chain.c.seq > seq).order_by(chain.c.seq).limit(_AT_ONCE)
        found: Sequence[Any] = connection.execute(query).all()
        for row in found:
            if any(key in rows for key in _named_in(row)):
                yield Entry(row.seq, row.at, row.event, row.body, before, row.link)
            before, seq = row.link, row.seq
        done += len(found)
        advance(done)
        if not found:
            return


def _named_in(entry: Any) -> Iterator[tuple[str, str]]:
    """The rows that the entry tells of, each by table and key."""
    try:
        yield from ((table, key) for table, digests in json.loads(entry.body).items() for key in digests)
    except (ValueError, TypeError, AttributeError) as error:
        raise EntryUnreadable(
            f"entry {entry.seq} of the chain cannot be read; `kigen ledger verify` names what was changed"
        ) from error
