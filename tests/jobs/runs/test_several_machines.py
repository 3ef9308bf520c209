"""Several machines on one PostgreSQL: each is let in by a person, all send side by side, and a dead one is replaced."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from jobs.database.engines import create_engine_for
from jobs.installation.fence import Fence, Fenced
from jobs.installation.state_file import Machine, StateFile
from notify.ledger import switches
from notify.record.tables import envelopes
from notify.record.values import Outcome, Result, Status
from tests.end_to_end.installation import Installation, sold
from tests.notify.builders import NOW, TODAY, a_ledger, claimed, queue
from tests.postgres import database_url

DAY = "2021-09-01"
BASE = {"term_start": "2021-02-01", "months": "12"}


class Site:
    """A machine of that name with a state file of its own, on the shared database."""

    def __init__(self, folder, host):
        self.state = StateFile(folder / host / "installation.json", Machine(host, host))
        self.engine = create_engine_for(database_url(folder))
        self.fence = Fence(self.engine, self.state, lambda: datetime(2021, 9, 1, tzinfo=UTC))

    def claims(self):
        """Leaves a mark, as a claim does, and asks the gate before the mail leaves."""
        with self.engine.begin() as connection:
            switches.advance_mark(connection)
        return self.fence.stopped()


@pytest.fixture
def sites(postgresql, tmp_path):
    found = [Site(tmp_path, host) for host in ("alpha", "beta", "gamma")]
    yield found
    for site in found:
        site.fence.close()


def test_the_first_is_let_in_by_itself_and_each_other_by_a_person(sites):
    alpha, beta, gamma = sites
    assert alpha.fence.stopped() == ""
    assert (beta.fence.fenced(), gamma.fence.fenced()) == (Fenced.COPIED, Fenced.COPIED)

    beta.fence.adopt("suzuki")

    assert (beta.fence.stopped(), gamma.fence.fenced()) == ("", Fenced.COPIED)


def test_adopted_machines_send_in_turn_without_fencing_each_other(sites):
    for site in sites:
        site.fence.stopped()
        site.fence.adopt("suzuki")

    assert [site.claims() for _ in range(3) for site in sites] == [""] * 9


def test_a_pause_on_one_machine_stops_all_of_them(sites):
    for site in sites:
        site.fence.adopt("suzuki")
    with sites[0].engine.begin() as connection:
        switches.pause(connection, "wrong price list", "suzuki", NOW)

    assert all("wrong price list" in site.fence.stopped() for site in sites)


def test_of_machines_that_start_at_once_on_a_fresh_database_one_is_let_in(sites):
    said = at_once(*(site.fence.stopped for site in sites))

    assert sorted("kigen adopt" in each for each in said) == [False, True, True]


def at_once(*calls):
    """Carries them out in threads that begin together; what each returned."""
    begin, results = threading.Barrier(len(calls)), []

    def work(call):
        begin.wait()
        results.append(call())

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(calls)
    return results


# claims


def test_claims_made_at_once_are_of_different_envelopes_and_nobody_waits_for_another(postgresql, tmp_path):
    queue(a_ledger(tmp_path), 120)
    ledgers = {owner: a_ledger(tmp_path) for owner in ("alpha", "beta", "gamma")}

    taken = at_once(*(lambda o=o, one=one: claimed(one, o, NOW, 30, TODAY) for o, one in ledgers.items()))

    ids = Counter(each.id for claim in taken for each in claim)
    assert [len(claim) for claim in taken] == [30, 30, 30]
    assert max(ids.values()) == 1


def test_a_claim_passes_over_what_another_transaction_holds(postgresql, tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 3)
    other = create_engine_for(postgresql)
    with other.begin() as connection:
        connection.exec_driver_sql("SELECT id FROM envelopes ORDER BY id LIMIT 1 FOR UPDATE")

        assert len(claimed(ledger, "alpha", NOW, 3, TODAY)) == 2


def test_two_runs_at_once_put_each_notice_on_record_once(postgresql, tmp_path):
    ledgers = [a_ledger(tmp_path) for _ in range(3)]

    at_once(*(lambda one=one: queue(one, 150) for one in ledgers))

    assert ledgers[0].counts() == {Status.QUEUED: 150}
    with create_engine_for(postgresql).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM envelopes WHERE status = 'queued'").scalar_one() == 150


def test_a_record_that_meets_another_transaction_in_a_deadlock_is_tried_again(postgresql, tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 2)
    one, other = claimed(ledger, "alpha", NOW, 2, TODAY)
    holds_the_other = threading.Event()
    engine = create_engine_for(postgresql)

    def takes_them_the_other_way_round():
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20s'")  # the ledger's is over first: it gives way
            connection.execute(sa.select(envelopes).where(envelopes.c.id == other.id).with_for_update())
            holds_the_other.set()
            while not connection.exec_driver_sql(WAITING).scalar_one():
                time.sleep(0.01)
            connection.execute(sa.select(envelopes).where(envelopes.c.id == one.id).with_for_update())

    thread = threading.Thread(target=takes_them_the_other_way_round)
    thread.start()
    holds_the_other.wait()

    assert ledger.outbox.record([Result(each, Outcome.ACCEPTED, "250") for each in (one, other)], NOW) == 2
    thread.join()
    assert ledger.counts() == {Status.SENT: 2}


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


# installations, by the command line


def test_three_installations_on_one_database_share_the_work_and_send_each_notice_once(postgresql, tmp_path):
    sites = [Installation(tmp_path / name, url=postgresql) for name in ("alpha", "beta", "gamma")]
    sites[0].bring(*(sold(f"K-{number:03}", **BASE) for number in range(60)))
    sites[0].run("all", DAY, "--no-deliver")
    for site in sites:
        site.ask("adopt", "--yes")

    processes = [site.process("run-job", "deliver", "--date", DAY) for site in sites]
    said = [process.communicate(timeout=120) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], said
    letters = sorted(letter for site in sites for letter in site.letters)
    assert letters == sorted((f"k-{number:03}", "renewal-notice") for number in range(60))
    assert {status for (status,) in sites[0].ledger("status", kind="renewal-notice")} <= {"sent", "skipped"}
