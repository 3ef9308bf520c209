"""Statements that each database says in its own words, and that mean the same on both."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from notify.bounces.report import read_report
from notify.record.statements import new_ids
from notify.record.tables import marks, messages, notices
from notify.record.values import Outcome, Reconciled, Result, Status
from tests.notify.bounces.builders import SOFT, a_report
from tests.notify.builders import (
    NOW,
    TO,
    TODAY,
    ScriptedTransport,
    a_draft,
    a_key,
    a_ledger,
    claimed,
    deliver_now,
    queue,
    the_notice,
    wanted,
)


@pytest.fixture
def ways(tmp_path):
    """A ledger on SQLite, and in which way each of its statements finds its rows."""
    ledger, found = a_ledger(tmp_path), []

    def explain(connection, _cursor, statement, parameters, _context, is_of_many):
        if not is_of_many:
            plan = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append((statement, [row[3] for row in plan.fetchall()]))

    sa.event.listen(ledger.engine, "before_cursor_execute", explain)
    return ledger, found


def test_a_mail_in_a_long_queue_is_found_by_its_key_not_among_all_that_stand_as_it_does(ways):
    """Else a claim and a record cost more the longer the queue is. What to claim is read in a delivery's own order."""
    ledger, found = ways
    queue(ledger, 3)

    (envelope,) = claimed(ledger, "test", NOW, 1, TODAY)
    ledger.outbox.record([Result(envelope, Outcome.ACCEPTED, "250 ok")], NOW)

    changes = [ways for statement, ways in found if "UPDATE" in statement]
    assert len(changes) > 2
    in_order = "SEARCH envelopes USING INDEX ix_envelopes_claim (status=?)"
    assert [way for ways in changes for way in ways if way.endswith("(status=?)")] == [in_order]
    assert not [way for ways in changes for way in ways if "ORDER BY" in way]


def test_mail_to_an_address_is_found_by_it_when_one_comes_back_softly(ways):
    """Else each such report would go through all that was ever sent."""
    ledger, found = ways
    draft = a_draft()
    ledger.reconcile([wanted(draft=draft)], NOW)
    deliver_now(ledger, ScriptedTransport())

    ledger.bounces.record(read_report(a_report(TO[1], SOFT, message_id=draft.message_id)), NOW)

    (counted,) = (ways for statement, ways in found if "envelopes.address =" in statement)
    assert "SEARCH envelopes USING INDEX ix_envelopes_address (address=?)" in counted


def ids_of(ledger, table):
    with ledger.engine.connect() as connection:
        return set(connection.execute(sa.select(table.c.id)).scalars())


def test_new_ids_are_those_of_no_row(each_database, tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 3)

    with ledger.engine.begin() as connection:
        found = new_ids(connection, messages, 4)

    assert len(set(found) - ids_of(ledger, messages)) == 4


def test_rows_that_the_database_numbers_come_after_those_of_new_ids(each_database, tmp_path):
    ledger = a_ledger(tmp_path)

    with ledger.engine.begin() as connection:
        taken = new_ids(connection, marks, 2)
        connection.execute(sa.insert(marks), [{"id": number, "token": f"taken {number}"} for number in taken])
        connection.execute(sa.insert(marks), {"token": "numbered"})

    numbered = ids_of(ledger, marks) - set(taken)
    assert len(numbered) == 1
    assert min(numbered) > max(taken)


def test_none_are_taken_where_none_are_needed(each_database, tmp_path):
    with a_ledger(tmp_path).engine.begin() as connection:
        assert list(new_ids(connection, messages, 0)) == []


@pytest.mark.alters_the_ledger  # the other run is an insert of its own
@pytest.mark.usefixtures("postgresql")
def test_a_notice_that_another_run_put_on_record_in_between_is_not_told_again(tmp_path):
    """On PostgreSQL two runs may both find nothing on record: the later one waits for the other, and leaves it be."""
    first, second = a_ledger(tmp_path), a_ledger(tmp_path)
    counts = []
    with first.engine.begin() as connection:
        key = a_key()
        connection.execute(
            sa.insert(notices),
            {
                **{name: getattr(key, name) for name in ("kind", "contract", "line", "occasion")},
                "status": Status.SKIPPED,
                "reason": "of another run",
                "as_of": NOW.date(),
                "checks": [],
                "updated_at": NOW,
            },
        )
        other = wanted(key=a_key("K-0002"), draft=a_draft(number=2))
        late = threading.Thread(target=lambda: counts.append(second.reconcile([wanted(), other], NOW)))
        late.start()
        late.join(1)  # it waits for the key
        assert counts == []
    late.join(30)

    assert counts == [Reconciled(queued=1, unchanged=1)]
    assert the_notice(first).reason == "of another run"
    assert len(ids_of(first, messages)) == 1
