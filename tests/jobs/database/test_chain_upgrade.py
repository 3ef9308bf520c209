"""A ledger of before there was a chain is taken into it when the tables are upgraded, as it stands."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command

from jobs.database.engines import create_engine_for
from jobs.database.schema import _config, upgrade
from notify.ledger.ledger import Ledger
from notify.proof.findings import Wrong
from tests.notify.builders import NOW, ScriptedTransport, a_key, deliver_now, queue, the_notice
from tests.notify.proof.chains import need_not_hold


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request, tmp_path):
    """A ledger with a history whose database is then as it was before there was a chain: its URL and an engine."""
    file = f"sqlite:///{tmp_path / 'kigen.db'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("empty_postgresql")
    upgrade(url)
    engine = create_engine_for(url)
    ledger = Ledger(engine)
    queue(ledger, 3)
    deliver_now(ledger, ScriptedTransport())
    ledger.resend(the_notice(ledger, a_key("K-0001")).id, NOW)
    older = sa.create_engine(engine.url)  # one that does not look after references: tables are copied
    with older.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    older.dispose()
    need_not_hold(url)
    yield url, engine
    engine.dispose()


def test_what_was_on_record_before_is_in_the_chain_after_the_upgrade(before):
    url, engine = before

    upgrade(url)

    verified = Ledger(engine).verify()
    assert (verified.findings, verified.rows) == ((), 3 + 3 + 3 + 3 + 3 + 1)
    assert verified.head.seq == verified.entries == 6


def test_what_was_taken_in_cannot_be_changed_without_a_trace(before):
    url, engine = before
    upgrade(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE attempts SET reply = '550 no' WHERE envelope_id = 2")

    (found,) = Ledger(engine).verify().findings

    assert (found.wrong, found.table, found.row) == (Wrong.CHANGED, "attempts", "2/1")


def test_a_later_upgrade_takes_nothing_in_again(before):
    url, engine = before
    upgrade(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chain")

    upgrade(url)

    assert Ledger(engine).verify().findings[0].wrong is Wrong.ENTRY_MISSING


def test_a_ledger_that_was_taken_in_goes_on_as_before(before):
    url, engine = before
    upgrade(url)

    deliver_now(Ledger(engine), transport := ScriptedTransport())

    assert [mail.resends for mail in transport.inbox] == [1]
    assert Ledger(engine).verify().findings == ()
