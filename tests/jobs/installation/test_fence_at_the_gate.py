"""The fence at the gate of a real delivery: a pause is noticed however many mails wait for an answer."""

from __future__ import annotations

from contextlib import closing

import pytest

from jobs.database.engines import create_engine_for
from jobs.installation.fence import Fence
from jobs.installation.state_file import Machine, StateFile
from notify.delivery.gate import Gate
from notify.ledger import switches
from tests.notify.builders import NOW, ScriptedTransport, a_ledger, deliver_now, queue
from tests.notify.transports.proxy import a_proxy
from tests.postgres import database_url

MAILS = 40


def a_fence(folder, url):
    return Fence(create_engine_for(url), StateFile(folder / "installation.json", Machine("alpha")), lambda: NOW)


@pytest.fixture
def fence(each_database, tmp_path):
    with closing(a_fence(tmp_path, database_url(tmp_path))) as found:
        yield found


def gate_of(fence):
    return Gate(stopped=fence.stopped, known=fence.known)


class PausedAtTheTenth(ScriptedTransport):
    """While it has the tenth mail in hand, a person pauses sending, in another process."""

    def __init__(self, url):
        super().__init__()
        self._engine = create_engine_for(url)
        self.after_the_pause = 0

    async def hand_over(self, envelope, **asked):
        begun = self.tried.total()
        self.after_the_pause += begun >= 10
        if begun == 9:
            with self._engine.begin() as connection:
                switches.pause(connection, "wrong price list", "suzuki", NOW)
        return await super().hand_over(envelope, **asked)


@pytest.mark.parametrize("connections", [1, 8, 30])
def test_a_pause_lets_only_those_mails_leave_that_had_passed_the_gate(fence, tmp_path, connections):
    """Of those that wait for an answer at that moment none leaves before one that was asked for after it."""
    ledger = a_ledger(tmp_path)
    queue(ledger, MAILS)
    transport = PausedAtTheTenth(database_url(tmp_path))

    done = deliver_now(ledger, transport, gate_of(fence), concurrency=connections)

    assert "wrong price list" in done.stopped
    assert done.is_refused
    assert transport.after_the_pause < connections
    assert done.sent == 10 + transport.after_the_pause


def test_a_gate_whose_connection_broke_opens_another_one(postgresql, tmp_path):
    with a_proxy(postgresql) as proxy, closing(a_fence(tmp_path, proxy.url)) as fence:
        assert fence.stopped() == ""
        proxy.cut_all()
        with create_engine_for(postgresql).begin() as connection:
            switches.pause(connection, "", "", NOW)

        assert "paused" in fence.stopped()


def test_what_is_known_at_once_is_forgotten_with_the_next_commit(tmp_path):
    """On SQLite; on PostgreSQL nothing is ever known without asking."""
    ledger = a_ledger(tmp_path)
    fence = a_fence(tmp_path, database_url(tmp_path))
    fence.stopped()
    fence.stopped()  # the first let the installation in, which was a commit
    known = fence.known()

    queue(ledger, 1)

    assert (known, fence.known()) == ("", None)


def test_a_fence_that_was_closed_does_not_take_an_old_answer_for_a_new_one(tmp_path, fence):
    """A connection counts the changes that it saw itself; the next one begins to count anew."""
    a_ledger(tmp_path)
    fence.stopped()
    fence.close()
    assert fence.stopped() == ""
    fence.close()

    with create_engine_for(database_url(tmp_path)).begin() as connection:
        switches.pause(connection, "", "", NOW)

    assert "paused" in fence.stopped()
