"""Builders for what is notified: wanted notices, drafts, ledgers on real SQLite files, transports that play a part."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from jobs.database.engines import create_engine_for
from notify.delivery.delivery import Delivered, Delivery
from notify.delivery.gate import Gate
from notify.delivery.pipeline import Pace
from notify.ledger.claims import Claim
from notify.ledger.ledger import Ledger
from notify.letters.words import Words
from notify.mail.headers import Mailbox
from notify.mail.message import message_bytes
from notify.record.tables import metadata
from notify.record.values import Draft, Envelope, Notice, NoticeKey, Status, Wanted
from notify.transports.transport import NoLongerOurs, Transport, always
from tests.databases import put_tables
from tests.notify.proof.chains import is_to_hold
from tests.postgres import database_url

NOW = datetime(2021, 9, 1, 0, 0, tzinfo=UTC)
TODAY = date(2021, 9, 1)
LEASE = timedelta(minutes=30)
TO = ("to", "owner@example.co.jp")
COPY = ("cc", "admin@example.co.jp")


def a_ledger(folder: Path, in_doubt_policy: Mapping[str, str] | None = None) -> Ledger:
    """On a SQLite file in the folder; on PostgreSQL where the test runs on that (tests/conftest.py)."""
    return Ledger(a_ledger_s_engine(folder), in_doubt_policy)


def a_ledger_s_engine(folder: Path) -> Engine:
    url = database_url(folder)
    engine = create_engine_for(url)
    if engine.dialect.name == "sqlite":
        put_tables(Path(str(engine.url.database)), metadata)
        is_to_hold(url)
    return engine


def a_key(
    contract: str = "K-0001", line: str = "1", occasion: str = "2022-01/4m", kind: str = "renewal-notice"
) -> NoticeKey:
    return NoticeKey(kind, contract, line, occasion)


def words(text: str = "本文\n", subject: str = "更新のご案内") -> Words:
    return Words(subject=subject, text=text, html=f"<p>{text}</p>", template_hash="t")


def a_draft(said: str = "as is", recipients: Sequence[tuple[str, str]] = (TO,), number: int = 1) -> Draft:
    message_id = f"{said.replace(' ', '-')}.{number}@example.co.jp"
    return Draft(
        message_id=message_id,
        subject=said,
        sender="notices@example.com",
        raw=a_mail(message_id=message_id, text=said),
        words_hash=f"words of {said}",
        facts_hash=f"facts of {said}",
        template_hash="templates",
        language="ja",
        recipients=tuple(recipients),
    )


def a_mail(message_id: str = "1@example.com", text: str = "本文\n", **changes: object) -> bytes:
    headers: dict[str, object] = {
        "sender": Mailbox("株式会社サンプル", "notices@example.com"),
        "reply_to": None,
        "to": [Mailbox("山田 太郎", "owner@example.co.jp")],
        "cc": [],
        "message_id": message_id,
        "date": NOW,
        "language": "ja",
    }
    return message_bytes(words(text), **{**headers, **changes})  # type: ignore[arg-type]


def wanted(
    action: str = "queue",
    key: NoticeKey | None = None,
    draft: Draft | None = None,
    reason: str = "due",
    not_after: date | None = None,
) -> Wanted:
    return Wanted(
        key=key or a_key(),
        action=action,
        reason=reason,
        due_on=TODAY,
        not_after=not_after,
        as_of=TODAY,
        checks=[{"rule": "N1", "passed": True}],
        draft=draft or (a_draft() if action == "queue" else None),
    )


def the_notice(ledger: Ledger, key: NoticeKey | None = None) -> Notice:
    found = key or a_key()
    return ledger.on_record([found.contract])[found]


def envelope_statuses(ledger: Ledger, key: NoticeKey | None = None) -> list[list[Status]]:
    """For each message that told the notice, earliest first, where its envelopes stand."""
    story = ledger.story(the_notice(ledger, key).id)
    assert story is not None
    return [[envelope.status for envelope in message.envelopes] for message in story.messages]


def queue(ledger: Ledger, count: int, *, kind: str = "renewal-notice", not_after: date | None = None) -> None:
    ledger.reconcile(
        [
            wanted(
                key=a_key(f"K-{number:04}", kind=kind),
                draft=a_draft(recipients=[("to", f"owner{number}@example.co.jp")], number=number),
                not_after=not_after,
            )
            for number in range(count)
        ],
        NOW,
    )


def claimed(  # noqa: PLR0913 - a claim is all of this
    ledger: Ledger,
    owner: str = "a",
    now: datetime = NOW,
    limit: int = 100,
    as_of: date = TODAY,
    *,
    begun: int | None = None,
    only: str | None = None,
    decided_to: int | None = None,
) -> list[Envelope]:
    return ledger.outbox.claim(Claim(owner, now, now + LEASE, as_of, only, decided_to), limit, begun)


def a_delivery(
    ledger: Ledger, transport: Transport, gate: Gate | None = None, *, owner: str = "test", **parts: Any
) -> Delivery:
    """Its pace may be given by the names of its figures, the time as `now`."""
    pace = Pace(**{each: parts.pop(each) for each in ("claims", "concurrency", "unrecorded") if each in parts})
    now = parts.pop("now", NOW)
    parts = {"clock": lambda: now, "pace": pace, "jitter": lambda: 0.0, **parts}
    return Delivery(ledger.outbox, transport, gate or Gate(), owner=owner, **parts)


def deliver_now(
    ledger: Ledger,
    transport: Transport,
    gate: Gate | None = None,
    *,
    as_of: date = TODAY,
    stop: asyncio.Event | None = None,
    **parts: Any,
) -> Delivered:
    return asyncio.run(a_delivery(ledger, transport, gate, **parts).run(as_of, stop=stop))


class ScriptedTransport:
    """Keeps what it accepts; an address may have a script that says otherwise."""

    def __init__(self, scripts: Mapping[str, Callable[[Envelope], str]] | None = None) -> None:
        self.inbox: list[Envelope] = []
        self.tried: Counter[str] = Counter()
        self._scripts = scripts or {}

    async def hand_over(self, envelope: Envelope, *, may_go: Callable[[], bool] = always) -> str:
        self.tried[envelope.address] += 1
        await asyncio.sleep(0)
        if not may_go():
            raise NoLongerOurs("it is another's by now")
        script = self._scripts.get(envelope.address)
        reply = script(envelope) if script else "250 ok"
        self.inbox.append(envelope)
        return reply

    async def close(self) -> None:
        return


def raising(error: Exception) -> Callable[[Envelope], str]:
    def script(_envelope: Envelope) -> str:
        raise error

    return script
