"""Puts new notices and messages on record, many at once, and notes what is to be sealed of them.

Ids are taken beforehand: so plain inserts do, and each row is known as a whole without being read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from notify.ledger.reconcile import Move, Step
from notify.proof.chain import touch_new
from notify.proof.rows import salted
from notify.record.statements import insert_ignoring, new_ids, portions
from notify.record.tables import envelopes, message_notices, messages, notices
from notify.record.values import Draft, NoticeKey, Status

_THERE = select(notices.c.id).where(notices.c.id.between(bindparam("first"), bindparam("last")))
_TELL_BY = (
    update(notices)
    .where(notices.c.id == message_notices.c.notice_id, notices.c.id.in_(bindparam("new", expanding=True)))
    .values(message_id=message_notices.c.message_id)
)
Earlier = Mapping[tuple[int, str], Row[Any]]  # by notice and address, the latest copy that has not gone out
_STATUS_AFTER = {
    Move.QUEUE: Status.QUEUED,
    Move.HOLD: Status.HELD,
    Move.SKIP: Status.SKIPPED,
    Move.WITHDRAW: Status.WITHDRAWN,
}


def insert_new(connection: Connection, found: Sequence[Step], now: datetime) -> dict[NoticeKey, dict[str, Any]]:
    """Puts on record what was not; the database refuses a key that is there, and it is not among those returned."""
    steps = [step for step in found if step.row is None and step.move is not Move.LEAVE]
    if not steps:
        return {}
    ids = new_ids(connection, notices, len(steps))
    rows: dict[NoticeKey, dict[str, Any]] = {
        step.wanted.key: {
            "id": number,
            "kind": step.wanted.key.kind,
            "contract": step.wanted.key.contract,
            "line": step.wanted.key.line,
            "occasion": step.wanted.key.occasion,
            **decided(step, now),
        }
        for number, step in zip(ids, steps, strict=True)
    }
    connection.execute(insert_ignoring(connection, notices), list(rows.values()))
    inserted = set(connection.execute(_THERE, {"first": ids[0], "last": ids[-1]}).scalars())
    return {key: row for key, row in rows.items() if row["id"] in inserted}


def insert_messages(
    connection: Connection, found: Sequence[Step], ids: Mapping[NoticeKey, int], earlier: Earlier, now: datetime
) -> dict[NoticeKey, int]:
    """Puts the drafts on record, each once, with an envelope per recipient. Which notice is told by which message.

    What became of the notices' `earlier` copies stays with them: the tries, when the next one is, since when they wait.
    """
    told: dict[int, list[Step]] = {}
    for step in found:
        if step.writes_draft:
            told.setdefault(id(step.wanted.draft), []).append(step)
    if not told:
        return {}
    told_by = dict(zip(new_ids(connection, messages, len(told)), told.values(), strict=True))
    letters = [_message(message, group[0], now) for message, group in told_by.items()]
    copies = [
        {**row, **_taken_over([earlier.get((ids[step.wanted.key], address)) for step in group], now)}
        for message, group in told_by.items()
        for address, row in _envelopes(message, group, now)
    ]
    for number, copy in zip(new_ids(connection, envelopes, len(copies)), copies, strict=True):
        copy["id"] = number
    links = [
        {"message_id": message, "notice_id": ids[step.wanted.key]}
        for message, group in told_by.items()
        for step in group
    ]
    for table, rows in ((messages, letters), (envelopes, copies), (message_notices, links)):
        connection.execute(insert(table), rows)
        touch_new(connection, table, rows)
    return {step.wanted.key: message for message, group in told_by.items() for step in group}


def tell_by(connection: Connection, new: Mapping[NoticeKey, dict[str, Any]], told_by: Mapping[NoticeKey, int]) -> None:
    """Notes with the new notices which message tells them; with that they are whole."""
    told = [row["id"] for key, row in new.items() if key in told_by]
    for some in portions(told):
        connection.execute(_TELL_BY, {"new": some})
    touch_new(connection, notices, [{**row, "message_id": told_by.get(key)} for key, row in new.items()])


def decided(step: Step, now: datetime) -> dict[str, object]:
    """What a notice's row says after a step: the decision, and where it stands by it."""
    wanted = step.wanted
    return {
        "status": _STATUS_AFTER[step.move],
        "reason": wanted.reason,
        "due_on": wanted.due_on,
        "not_after": wanted.not_after,
        "as_of": wanted.as_of,
        "checks": [dict(check) for check in wanted.checks],
        "facts_hash": wanted.draft.facts_hash if wanted.draft else "",
        "grounds": wanted.grounds,
        "updated_at": now,
    }


def _draft(step: Step) -> Draft:
    if step.wanted.draft is None:
        raise ValueError(f"{step.wanted.key} has no draft")
    return step.wanted.draft


def _message(number: int, step: Step, now: datetime) -> dict[str, object]:
    draft = _draft(step)
    salt, subject_hash = salted(draft.subject)
    return {
        "id": number,
        "kind": step.wanted.key.kind,
        "message_id": draft.message_id,
        "subject": draft.subject,
        "sender": draft.sender,
        "raw": draft.raw,
        "raw_hash": sha256(draft.raw).hexdigest(),
        "salt": salt,
        "subject_hash": subject_hash,
        "words_hash": draft.words_hash,
        "facts_hash": draft.facts_hash,
        "template_hash": draft.template_hash,
        "language": draft.language,
        "created_at": now,
    }


def _envelopes(message: int, group: Sequence[Step], now: datetime) -> list[tuple[str, dict[str, object]]]:
    """One envelope per recipient, by address. Told together, the notices may go out as long as all of them may."""
    status = Status.HELD if any(step.move is Move.HOLD for step in group) else Status.QUEUED
    last_days = [step.wanted.not_after for step in group if step.wanted.not_after is not None]
    values = {
        "message_id": message,
        "status": status,
        "due_on": min(step.wanted.due_on or step.wanted.as_of for step in group),
        "not_before": max(step.wanted.as_of for step in group),
        "not_after": min(last_days, default=None),
        "updated_at": now,
    }
    return [
        (address, {**values, "role": role, "address": address, "salt": salt, "address_hash": address_hash})
        for role, address in _draft(group[0]).envelopes
        for salt, address_hash in (salted(address),)
    ]


def _taken_over(found: Sequence[Row[Any] | None], now: datetime) -> dict[str, object]:
    """What a copy takes over from those before it: tries belong to notice and address, not to the letter."""
    earlier = [row for row in found if row is not None]
    first_tries = [row.first_tried_at for row in earlier if row.first_tried_at is not None]
    return {
        "tries": max((row.tries for row in earlier), default=0),
        "first_tried_at": min(first_tries, default=None),
        "next_attempt_at": max((now, *(row.next_attempt_at for row in earlier if row.next_attempt_at is not None))),
        "queued_at": min((now, *(row.queued_at for row in earlier if row.status is Status.QUEUED))),
        "reply": max(earlier, key=attrgetter("id")).reply if earlier else "",
    }
