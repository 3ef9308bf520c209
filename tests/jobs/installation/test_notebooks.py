"""Who lives and who does not, of those that hold claims: told by the notebooks here, and by nothing else."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import suppress

import pytest

from jobs.installation.notebooks import Notebooks
from notify.record.values import Outcome, Result, Status
from tests.notify.builders import NOW, TODAY, ScriptedTransport, a_ledger, claimed, deliver_now, queue

TWIN = "app:1#a"  # whose host name and process number are those of any other container


@pytest.fixture
def ledger(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 3)
    return ledger


@pytest.fixture
def here(tmp_path):
    return Notebooks(tmp_path / "here")


def settled(ledger, notebooks):
    ledger.outbox.expire_claims(NOW, notebooks.settle(ledger.outbox, NOW))
    return ledger.counts()


def test_a_twin_that_lives_elsewhere_keeps_its_claims(ledger, here, tmp_path):
    claimed(ledger, TWIN)
    Notebooks(tmp_path / "elsewhere").open(TWIN).close(is_done=False)

    assert settled(ledger, here) == {Status.SENDING: 3}


def test_a_twin_that_lives_beside_this_one_keeps_its_claims_for_as_long_as_it_lives(ledger, here, tmp_path):
    twin = Notebooks(tmp_path / "here").open(TWIN)
    claimed(ledger, TWIN)
    assert settled(ledger, here) == {Status.SENDING: 3}

    twin.close(is_done=False)

    assert settled(ledger, here) == {Status.QUEUED: 3}


def test_a_delivery_that_could_not_come_to_its_end_is_settled_by_the_process_that_it_ran_in(ledger, here):
    with suppress(ConnectionError), here.opened(TWIN) as notebook:
        first, second, _ = claimed(ledger, TWIN, NOW, 3, TODAY)
        notebook.begin(first)
        notebook.end(Result(first, Outcome.ACCEPTED, "250 ok"), NOW)
        notebook.begin(second)
        raise ConnectionError("the database went away")

    assert settled(ledger, here) == {Status.SENT: 1, Status.QUEUED: 2}


def test_what_nobody_needs_any_more_is_thrown_away_and_nothing_else(here, tmp_path):
    for owner in ("done", "holds"):
        here.open(owner).close(is_done=False)
    alive = here.open("lives")

    here.tidy(lambda: {"holds"})

    assert here.accounts(("done", "holds", "lives")).keys() == {"holds"}
    assert len(list((tmp_path / "here").iterdir())) == 2
    alive.close(is_done=True)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_where_the_disk_is_full_and_then_has_room_the_same_process_sends_nothing_twice(tmp_path, here, concurrency):
    ledger, transport = a_ledger(tmp_path), ScriptedTransport()
    queue(ledger, 30)
    real = ledger.outbox.advance

    def full(ended, begin, now):
        if len(transport.inbox) > 10:
            raise sqlite3.OperationalError("database or disk is full")
        return real(ended, begin, now)

    ledger.outbox.advance = full
    with suppress(sqlite3.OperationalError), here.opened("first") as notebook:
        deliver_now(ledger, transport, owner="first", notebook=notebook, concurrency=concurrency)
    ledger.outbox.advance = real
    assert ledger.counts()[Status.SENDING] > 0

    settled(ledger, here)
    deliver_now(ledger, transport, owner="second", concurrency=concurrency)

    assert sorted(Counter(each.address for each in transport.inbox).values()) == [1] * 30
    assert ledger.counts() == {Status.SENT: 30}
