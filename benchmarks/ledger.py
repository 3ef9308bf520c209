"""A ledger with so many entries in its chain, made without the program, and the reading of it by the driver alone.

`python -m benchmarks.ledger URL ENTRIES` fills an empty one, `python -m benchmarks.ledger URL` reads it all.

A mail makes two entries: the one that queued it, and the one that recorded it as sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Table, insert, text

from jobs.database.engines import create_engine_for
from notify.proof.chain import Head, link_of
from notify.proof.rows import SEALED, canonical, digest, salted
from notify.record.tables import attempts, chain, chain_head, envelopes, message_notices, messages, notices
from notify.record.values import Outcome, Status

AT = datetime(2026, 11, 1, tzinfo=UTC)
MAIL_BYTES = 2000
_AT_ONCE = 1000  # mails
_TABLES = (messages, notices, message_notices, envelopes, attempts)
Rows = Mapping[Table, dict[str, Any]]


def grown(url: str, entries: int) -> None:
    """Fills an empty ledger."""
    engine = create_engine_for(url)
    mails, last = _mails(entries // 2), Head()
    while found := list(islice(mails, _AT_ONCE)):
        sealed = []
        for rows in found:
            for event, tables in (("reconcile", _TABLES[:4]), ("record", (notices, envelopes, attempts))):
                body = canonical({table.name: _digest(table, rows[table]) for table in tables})
                last = Head(last.seq + 1, link_of(last.link, last.seq + 1, AT, event, body))
                sealed.append({"seq": last.seq, "at": AT, "event": event, "body": body, "link": last.link})
        with engine.begin() as connection:
            for table in _TABLES:
                connection.execute(insert(table), [rows[table] for rows in found])
            connection.execute(insert(chain), sealed)
    with engine.begin() as connection:
        connection.execute(chain_head.delete())
        connection.execute(insert(chain_head), {"id": 1, "seq": last.seq, "link": last.link})
    engine.dispose()


def _digest(table: Table, values: Mapping[str, Any]) -> dict[str, str]:
    sealed = SEALED[table.name]
    row = sealed.new_row(values)
    return {"/".join(map(str, sealed.key_of(row))): digest(sealed.text_of(row))}


def _mails(count: int) -> Iterator[Rows]:
    random = Random(1)  # noqa: S311 - the same data each time
    for number in range(1, count + 1):
        raw = random.randbytes(MAIL_BYTES)
        address = f"owner{number}@example.co.jp"
        yield {
            messages: _message(number, raw),
            notices: _notice(number),
            message_notices: {"message_id": number, "notice_id": number},
            envelopes: _envelope(number, address),
            attempts: {
                "envelope_id": number, "number": 1, "owner": "bench", "started_at": AT, "finished_at": AT,
                "outcome": Outcome.ACCEPTED, "reply": "250 2.0.0 ok", "handed_to": "", "salt": None,
                "handed_to_hash": None,
            },
        }  # fmt: skip


def _message(number: int, raw: bytes) -> dict[str, Any]:
    salt, subject_hash = salted("更新のご案内")
    return {
        "id": number, "kind": "renewal-notice", "message_id": f"{number}@example.co.jp", "subject": "更新のご案内",
        "sender": "noreply@example.co.jp", "raw": raw, "raw_hash": sha256(raw).hexdigest(), "salt": salt,
        "subject_hash": subject_hash, "words_hash": "w" * 64, "facts_hash": "f" * 64, "template_hash": "t" * 64,
        "language": "ja", "created_at": AT, "withdrawn_at": None, "withdrawn_reason": "",
    }  # fmt: skip


def _notice(number: int) -> dict[str, Any]:
    checks = [{"rule": "N1", "text": f"due on 2026-11-0{each}, today is 2026-11-01", "passed": True} for each in (1, 2)]
    return {
        "id": number, "kind": "renewal-notice", "contract": f"K-{number:07}", "line": "1", "occasion": "2027-04/5m",
        "status": Status.SENT, "reason": "due", "due_on": date(2026, 11, 1), "not_after": date(2027, 3, 1),
        "as_of": date(2026, 11, 1), "checks": checks, "message_id": number, "facts_hash": "f" * 64,
        "approved_by": None, "approved_at": None, "sent_at": AT, "resent_at": None, "updated_at": AT,
    }  # fmt: skip


def _envelope(number: int, address: str) -> dict[str, Any]:
    salt, address_hash = salted(address)
    return {
        "id": number, "message_id": number, "role": "to", "address": address, "salt": salt,
        "address_hash": address_hash, "status": Status.SENT, "due_on": date(2026, 11, 1),
        "not_before": date(2026, 11, 1), "not_after": date(2027, 3, 1), "attempt": 1, "tries": 0, "resends": 0,
        "owner": None, "lease_until": None, "next_attempt_at": None, "queued_at": AT, "reply": "250 2.0.0 ok",
        "sent_at": AT, "updated_at": AT,
    }  # fmt: skip


def read(url: str) -> int:
    """Reads every column of the rows that a verification looks at, by the driver alone. How many rows."""
    engine, count = create_engine_for(url), 0
    connection = engine.raw_connection()
    for table in (chain, *_TABLES):
        names = {"name": f"read_{table.name}"} if engine.dialect.name == "postgresql" else {}
        cursor = connection.cursor(**names)
        cursor.execute(str(text(f"SELECT * FROM {table.name}")))  # noqa: S608 - our tables
        while rows := cursor.fetchmany(1000):
            count += len(rows)
        cursor.close()
    connection.close()
    engine.dispose()
    return count


if __name__ == "__main__":
    if sys.argv[2:]:
        grown(sys.argv[1], int(sys.argv[2]))
    else:
        print(f"{read(sys.argv[1]):,} rows")
