"""Reconcile's statements: reads the rows under lock and makes them as the steps say, in the caller's transaction.

On PostgreSQL a run locks notices, in order of their id, and of their envelopes only those that are free; whoever else
changes both locks envelopes first. So a run and a delivery never wait for each other at once: what a delivery has in
hand, the run leaves alone. SQLite's transaction holds the whole file from its BEGIN IMMEDIATE on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, exists, or_, select, update

from notify.ledger.inserts import decided, insert_messages, insert_new, tell_by
from notify.ledger.reconcile import CHANGED, Move, OnRecord, Step, messages_that_go, steps
from notify.proof.chain import touch, touch_letters
from notify.record.statements import among, portions
from notify.record.tables import envelopes, message_notices, messages, notices
from notify.record.values import NoticeKey, Reconciled, Status, Wanted

OPEN = (Status.QUEUED, Status.HELD)


def reconcile(connection: Connection, wanted: Sequence[Wanted], now: datetime) -> Reconciled:
    """Makes the ledger agree with what is wanted.

    Raises:
        ValueError: a notice is wanted twice, or is to be queued without a draft.
    """
    ordered = sorted(wanted, key=lambda each: each.key)  # two runs at once insert in the same order
    found = steps(ordered, _on_record(connection, ordered))
    new = insert_new(connection, found, now)
    # A key that is on record by now was decided by another run a moment ago; the next run looks at it again.
    found = [step for step in found if step.row is not None or step.wanted.key in new or step.move is Move.LEAVE]
    touch(connection, notices.c.id, (step.row.id for step in found if step.row and step.move is not Move.LEAVE))
    ids = {
        step.wanted.key: step.row.id if step.row else new[step.wanted.key]["id"] for step in found if step.writes_draft
    }
    told_by = insert_messages(connection, found, ids, _earlier(connection, found), now)
    tell_by(connection, new, told_by)
    _update_notices(connection, found, told_by, now)
    _note_grounds(connection, found)
    withdraw_messages(connection, messages_that_go(found), now)
    return _counts(found, len(wanted))


def withdraw_messages(connection: Connection, going: Mapping[int, str], now: datetime) -> None:
    """Takes back what is still to go out of these messages, with the reason.

    A notice of theirs that is still open and was not given another message becomes withdrawn as "changed": the next
    run finds it so and writes it anew, without what made the message wrong.
    """
    if not going:
        return
    reasons = [{"m": message, "why": reason} for message, reason in going.items()]
    of_message = [{"m": message} for message in going]
    connection.execute(
        update(envelopes)
        .where(envelopes.c.message_id == bindparam("m"), _is_open(envelopes))
        .values(status=Status.WITHDRAWN, updated_at=now),
        of_message,
    )
    connection.execute(
        update(messages)
        .where(messages.c.id == bindparam("m"), _to_is_taken_back())
        .values(withdrawn_at=now, withdrawn_reason=bindparam("why")),
        reasons,
    )
    connection.execute(
        update(notices)
        .where(notices.c.message_id == bindparam("m"), _is_open(notices))
        .values(status=Status.WITHDRAWN, reason=CHANGED, updated_at=now),
        of_message,
    )
    touch_letters(connection, going)


def _is_open(table: Table) -> ColumnElement[bool]:
    """Written out: many rows' parameters at once and an IN list do not go together."""
    return or_(*(table.c.status == status for status in OPEN))


def _to_is_taken_back() -> ColumnElement[bool]:
    """A message that reached its To: is not withdrawn when a late copy of it is."""
    taken_back = or_(envelopes.c.status == Status.WITHDRAWN, envelopes.c.status == Status.CANCELLED)
    return exists().where(envelopes.c.message_id == messages.c.id, envelopes.c.role == "to", taken_back)


def lock_notices(connection: Connection, message_ids: Collection[int]) -> None:
    """Locks the notices of these messages, in one order: two who update the same ones cannot wait for each other."""
    if connection.dialect.name == "postgresql":  # on SQLite whoever writes has locked the whole file
        connection.execute(_LOCK_NOTICES, {"told_by": sorted(message_ids)}).all()


_LOCK_NOTICES = (
    select(notices.c.id)
    .where(among("postgresql", notices.c.message_id, "told_by"))
    .order_by(notices.c.id)
    .with_for_update()
)


def _on_record(connection: Connection, wanted: Sequence[Wanted]) -> dict[NoticeKey, OnRecord]:
    keys = {each.key for each in wanted}
    of_contracts = notices.c.contract.in_(sorted({key.contract for key in keys}))
    query = select(*_RECONCILED).where(of_contracts).order_by(notices.c.id)
    rows = _of_keys(connection, query.with_for_update(), keys)
    waiting = {row.message_id for row in rows.values() if row.status in OPEN and row.message_id is not None}
    said = _said(connection, waiting)
    busy = _in_hand(connection, said)
    return {key: _as_on_record(row, said.get(row.message_id, ()), busy) for key, row in rows.items()}


_RECONCILED = tuple(column for column in notices.columns if column.name != "checks")  # JSON, which costs most to read


def _of_keys(connection: Connection, query: Select[Any], keys: Collection[NoticeKey]) -> dict[NoticeKey, Row[Any]]:
    found = ((NoticeKey(row.kind, row.contract, row.line, row.occasion), row) for row in connection.execute(query))
    return {key: row for key, row in found if key in keys}


def _said(connection: Connection, message_ids: Collection[int]) -> dict[int, Sequence[Row[Any]]]:
    """The envelopes of these messages, with their words' hash."""
    if not message_ids:
        return {}
    query = (
        select(envelopes.c.id, envelopes.c.message_id, envelopes.c.role, envelopes.c.address, messages.c.words_hash)
        .join_from(envelopes, messages)
        .where(envelopes.c.message_id.in_(sorted(message_ids)))
    )
    found: dict[int, list[Row[Any]]] = {message_id: [] for message_id in message_ids}
    rows: Sequence[Any] = connection.execute(query).all()
    for row in rows:
        found[row.message_id].append(row)
    return dict(found)


def _in_hand(connection: Connection, said: Mapping[int, Sequence[Row[Any]]]) -> set[int]:
    """The messages of which someone else has an envelope in hand at this moment; the others are locked from now on."""
    query = select(envelopes.c.id).where(envelopes.c.message_id.in_(sorted(said))).order_by(envelopes.c.id)
    free = set(connection.execute(query.with_for_update(skip_locked=True)).scalars()) if said else set()
    return {message_id for message_id, rows in said.items() if any(row.id not in free for row in rows)}


def _as_on_record(row: Row[Any], said: Sequence[Row[Any]], busy: Collection[int]) -> OnRecord:
    return OnRecord(
        id=row.id,
        status=Status.SENDING if row.message_id in busy else row.status,
        reason=row.reason,
        message_id=row.message_id,
        words_hash=said[0].words_hash if said else "",
        recipients=frozenset((each.role, each.address) for each in said),
        is_approved=row.approved_at is not None,
        is_resent=row.resent_at is not None,
        grounds=row.grounds,
    )


def _earlier(connection: Connection, found: Sequence[Step]) -> dict[tuple[int, str], Row[Any]]:
    """By notice and address, the latest copy of what is written anew, where that one has not gone out."""
    written_anew = [step.row.id for step in found if step.row is not None and step.writes_draft]
    latest: dict[tuple[int, str], Row[Any]] = {}
    for some in portions(written_anew):
        query = (
            select(message_notices.c.notice_id, *_TAKEN_OVER)
            .join_from(message_notices, envelopes, envelopes.c.message_id == message_notices.c.message_id)
            .where(message_notices.c.notice_id.in_(some))
            .order_by(envelopes.c.id)
        )
        latest |= {(row.notice_id, row.address): row for row in connection.execute(query)}
    return {key: row for key, row in latest.items() if row.status in (*OPEN, Status.WITHDRAWN)}


_TAKEN_OVER = tuple(
    envelopes.c[name]
    for name in ("id", "address", "status", "tries", "first_tried_at", "next_attempt_at", "queued_at", "reply")
)


def _update_notices(
    connection: Connection, found: Sequence[Step], told_by: Mapping[NoticeKey, int], now: datetime
) -> None:
    for move in (Move.QUEUE, Move.HOLD, Move.SKIP, Move.WITHDRAW):
        moved = [_moved(step, step.row, told_by, now) for step in found if step.row is not None and step.move is move]
        if moved:
            as_it_was = update(notices).where(notices.c.id == bindparam("row"), notices.c.status == bindparam("was"))
            connection.execute(as_it_was, moved)


def _note_grounds(connection: Connection, found: Sequence[Step]) -> None:
    """What was left as it waits rests on other grounds by now. They are not sealed: they only save work."""
    rows = [
        {"row": step.row.id, "grounds": step.wanted.grounds}
        for step in found
        if step.row is not None and step.has_other_grounds
    ]
    if rows:
        connection.execute(update(notices).where(notices.c.id == bindparam("row")), rows)


def _moved(step: Step, row: OnRecord, told_by: Mapping[NoticeKey, int], now: datetime) -> dict[str, object]:
    """The row's new values. What a notice that is not told any more was last told by stays in sight."""
    values = {"row": row.id, "was": row.status, **decided(step, now)}
    if step.move in (Move.QUEUE, Move.HOLD):
        values["message_id"] = told_by.get(step.wanted.key)
    if step.move is Move.HOLD:
        values |= {"approved_by": None, "approved_at": None}  # other words need another approval
    return values


def _counts(found: Sequence[Step], wanted: int) -> Reconciled:
    counts = Counter(_counted_as(step) for step in found if step.move is not Move.LEAVE)
    return Reconciled(**counts, unchanged=wanted - counts.total())


def _counted_as(step: Step) -> str:
    if step.move is Move.QUEUE:
        return "replaced" if step.row is not None and step.row.status is Status.QUEUED else "queued"
    if step.has_lapsed:
        return "lapsed"
    return {Move.HOLD: "held", Move.SKIP: "skipped", Move.WITHDRAW: "withdrawn"}[step.move]
