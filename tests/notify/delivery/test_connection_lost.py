"""PostgreSQL is lost in the middle: in a COMMIT, at a claim, at a record, for a restart. No mail is lost or doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from psycopg.sql import SQL

from jobs.database.engines import create_engine_for
from jobs.database.schema import create_tables
from notify.delivery.delivery import Delivered
from notify.ledger.ledger import Ledger
from notify.record.tables import envelopes
from notify.record.values import Outcome, Result, Status
from tests.notify.builders import NOW, TODAY, ScriptedTransport, a_ledger, claimed, deliver_now, queue
from tests.notify.transports.proxy import a_proxy
from tests.postgres import URL_FILE, a_server, execute, of_name


@pytest.fixture
def proxy(postgresql, tmp_path):
    """A line to the test's database that can be cut; builders in the test's folder go through it."""
    with a_proxy(postgresql) as proxy:
        (tmp_path / URL_FILE).write_text(proxy.url, encoding="utf-8")
        yield proxy


@pytest.fixture
def ledger(proxy, tmp_path):
    return a_ledger(tmp_path, {"renewal-notice": "wait"})  # a mail in doubt would wait, and be missed


def breaking(proxy, call, nth, moment):
    """The call, with a line that breaks at the COMMIT of the nth time."""
    calls = []

    def call_on_a_line_that_breaks(*args, **options):
        calls.append(call)
        if len(calls) == nth:
            proxy.cut_next(moment)
        return call(*args, **options)

    return call_on_a_line_that_breaks


def each_once(transport, count):
    return sorted(each.address for each in transport.inbox) == sorted(f"owner{n}@example.co.jp" for n in range(count))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_line_that_breaks_in_the_commit_of_a_record_costs_nothing(ledger, proxy, monkeypatch, moment, nth):
    queue(ledger, 12)
    monkeypatch.setattr(ledger.outbox, "advance", breaking(proxy, ledger.outbox.advance, nth, moment))
    transport = ScriptedTransport()

    first = deliver_now(ledger, transport, claims=4, unrecorded=2)
    deliver_now(ledger, transport, owner="next")

    assert proxy.cuts == 1
    assert first.sent > 0
    assert each_once(transport, 12)
    assert ledger.counts() == {Status.SENT: 12}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2])
def test_what_a_claim_took_whose_commit_is_unknown_is_not_left_lying_for_a_lease(
    ledger, proxy, monkeypatch, moment, nth
):
    queue(ledger, 12)
    monkeypatch.setattr(ledger.outbox, "claim", breaking(proxy, ledger.outbox.claim, nth, moment))
    transport = ScriptedTransport()

    assert deliver_now(ledger, transport, claims=4, unrecorded=2).sent == 12

    assert proxy.cuts == 1
    assert each_once(transport, 12)
    assert ledger.counts() == {Status.SENT: 12}


def test_what_the_server_still_locks_for_a_claim_that_was_lost_is_waited_for(ledger, proxy, postgresql, monkeypatch):
    """It takes a moment to notice that the line broke; till then whoever claims passes these rows by."""
    queue(ledger, 3)
    claim, claims = ledger.outbox.claim, []
    with create_engine_for(postgresql).connect() as server:
        server.execute(sa.select(envelopes.c.id).with_for_update())

        def lost_at_first(*args, **options):
            claims.append(args)
            if len(claims) == 1:
                proxy.cut_next("before")
            elif len(claims) == 3:
                server.rollback()
            return claim(*args, **options)

        monkeypatch.setattr(ledger.outbox, "claim", lost_at_first)
        done = deliver_now(ledger, ScriptedTransport())

    assert (proxy.cuts, done) == (1, Delivered(sent=3))


def test_so_it_is_where_the_next_claim_finds_other_mail(ledger, proxy, postgresql, monkeypatch):
    queue(ledger, 4)
    claim, claims = ledger.outbox.claim, []
    with create_engine_for(postgresql).connect() as server:
        server.execute(sa.select(envelopes.c.id).order_by(envelopes.c.id).limit(2).with_for_update())

        def lost_at_first(*args, **options):
            claims.append(args)
            if len(claims) == 1:
                proxy.cut_next("before")
            elif len(claims) == 4:
                server.rollback()
            return claim(*args, **options)

        monkeypatch.setattr(ledger.outbox, "claim", lost_at_first)
        done = deliver_now(ledger, ScriptedTransport(), claims=2)

    assert (proxy.cuts, done) == (1, Delivered(sent=4))


def test_a_record_whose_commit_was_carried_out_says_the_same_when_it_is_said_again(ledger, proxy):
    queue(ledger, 1)
    (envelope,) = claimed(ledger, "test", NOW, 1, TODAY)
    accepted = [Result(envelope, Outcome.ACCEPTED, "250 ok")]
    proxy.cut_next("after")

    with pytest.raises(sa.exc.OperationalError):
        ledger.outbox.record(accepted, NOW)
    assert ledger.outbox.record(accepted, NOW + timedelta(seconds=1)) == 0

    assert ledger.counts() == {Status.SENT: 1}


@pytest.mark.parametrize(("moment", "on_record"), [("before", {}), ("after", {Status.QUEUED: 3})])
def test_a_reconcile_whose_commit_broke_is_all_there_or_not_at_all_and_the_next_agrees(
    ledger, proxy, moment, on_record
):
    proxy.cut_next(moment)

    with pytest.raises(sa.exc.OperationalError):
        queue(ledger, 3)
    assert ledger.counts() == on_record
    queue(ledger, 3)

    assert ledger.counts() == {Status.QUEUED: 3}


def test_connections_that_the_server_ends_while_mail_is_handed_over_are_replaced(postgresql, tmp_path):
    ledger = a_ledger(tmp_path, {"renewal-notice": "wait"})
    queue(ledger, 9)
    other = create_engine_for(postgresql)
    others = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    class EndsTheOthers(ScriptedTransport):
        async def hand_over(self, envelope, **asked):
            with other.connect() as connection:
                connection.execute(others).all()
            return await super().hand_over(envelope, **asked)

    transport = EndsTheOthers()

    assert deliver_now(ledger, transport, claims=3, unrecorded=2) == Delivered(sent=9)
    assert each_once(transport, 9)


def test_a_server_that_is_started_anew_in_the_middle_of_a_delivery_is_waited_for():
    with a_server() as server:
        execute(server.url(), SQL("CREATE DATABASE kigen"))
        url = of_name(server.url(), "kigen")
        create_tables(url)
        engine = create_engine_for(url)
        ledger = Ledger(engine, {"renewal-notice": "wait"})
        queue(ledger, 12)

        class StopsTheServer(ScriptedTransport):
            async def hand_over(self, envelope, **asked):
                reply = await super().hand_over(envelope, **asked)
                if len(self.inbox) == 5:
                    server.stop("immediate")
                    asyncio.get_running_loop().call_later(0.5, server.start)
                return reply

        transport = StopsTheServer()

        assert deliver_now(ledger, transport, claims=4, unrecorded=2).sent == 12
        assert each_once(transport, 12)
        assert ledger.counts() == {Status.SENT: 12}
        engine.dispose()


def test_a_gate_that_cannot_ask_the_database_ends_the_delivery_as_out_of_reach_and_not_as_refused(ledger):
    queue(ledger, 3)
    nobody = create_engine_for("postgresql://nobody@127.0.0.1:1/none")

    def stopped():
        with nobody.connect() as connection:
            return str(connection)

    from notify.delivery.gate import Gate  # noqa: PLC0415

    done = deliver_now(ledger, ScriptedTransport(), Gate(stopped=stopped))

    assert (done.sent, done.stopped, done.is_refused) == (0, "the database cannot be reached", False)
    assert ledger.counts() == {Status.QUEUED: 3}


def test_the_fields_of_a_claim_are_given_back_as_they_were(postgresql, tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 2)
    kept, _given_back = claimed(ledger, "test", NOW, 2, TODAY)

    assert ledger.outbox.give_back("test", {kept.id}, NOW) == 1

    with create_engine_for(postgresql).connect() as connection:
        rows = connection.execute(sa.select(envelopes.c.status, envelopes.c.owner).order_by(envelopes.c.id)).all()
    assert rows == [(Status.SENDING, "test"), (Status.QUEUED, None)]
