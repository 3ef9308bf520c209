"""A real process killed by SIGKILL at each step, restarted on the same SQLite file: a relay's inbox is the judge.

Nothing is lost. A double there is only where the final dot had been passed, and only under "resend"; under "wait" it
is in doubt and no double. Where the dot had not been passed a mail may still wait for a person under "wait": whoever
finds the claim of a dead process cannot know how far it had come.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from datetime import UTC, datetime, timedelta

import pytest

from jobs.database.engines import create_engine_for
from jobs.installation.notebooks import Notebooks
from notify.record.values import Status
from notify.transports.smtp import SmtpTransport
from tests.end_to_end.killing import CONNECTIONS, Killer, Relay, Script, killing_script, received, settings_for, start
from tests.notify.builders import NOW, TODAY, a_delivery, a_draft, a_key, a_ledger, queue, wanted
from tests.notify.transports.relays import accept

LARGE = 6_000_000  # bytes: more than fits between two sockets
LATER = timedelta(hours=1)  # every lease is over
PATIENCE = 120.0  # seconds until a test gives up; none is waited for where all is well
MAIL = "as-is.0@example.co.jp"

# How many lie in the inbox at the kill and after the restart, under "resend" and under "wait".
STEPS = {
    "claimed ahead": (0, 1, 1),
    "begun": (0, 1, 0),
    "connect": (0, 1, 0),
    "MAIL": (0, 1, 0),
    "RCPT": (0, 1, 0),
    "in the body": (0, 1, 0),
    "before the dot": (0, 1, 0),
    "after the dot": (1, 2, 1),
    "before the record": (1, 2, 1),
    "after the record": (1, 1, 1),
}


def queue_one(ledger, text="as is"):
    draft = a_draft(recipients=[("to", "owner0@example.co.jp")], number=0)
    raw = draft.raw + b"0123456789" * 7 + b"\r\n" + (b"x" * 70 + b"\r\n") * (LARGE // 72 if text == "large" else 1)
    object.__setattr__(draft, "raw", raw)
    ledger.reconcile([wanted(key=a_key("K-0000"), draft=draft)], NOW)


async def killed(folder, step, *, noted=False):
    """The inbox when the process is dead."""
    killer = Killer()
    async with Relay(killing_script(step, killer)) as relay:
        killer.process = await start(folder, relay, die_at=step, noted=noted)
        assert await asyncio.wait_for(killer.process.wait(), PATIENCE) == -signal.SIGKILL
        await asyncio.sleep(0.05)  # what had left the process arrives
    return received(relay)


async def restarted(folder, policy, notebooks):
    """What arrives in deliveries after the lease, two of them; a notebook is read first, where there is one."""
    ledger = a_ledger(folder, {"renewal-notice": policy})
    Notebooks(notebooks).settle(ledger.outbox, datetime.now(UTC))
    async with Relay(Script()) as relay:
        for hours in (1, 2):
            transport = SmtpTransport(settings_for(relay))
            now = datetime.now(UTC) + LATER * hours
            await a_delivery(ledger, transport, owner=f"next {hours}", now=now).run(TODAY)
            await transport.close()
    return received(relay)


POLICIES = ("resend", "wait")


async def killed_and_restarted(folder, step, *, noted=False):
    """The inbox at the kill; then, under each policy, that of its restart and where the notice stands in the end."""
    folder.mkdir()
    queue_one(a_ledger(folder), "large" if step == "in the body" else "small")
    before = await killed(folder, step, noted=noted)
    ends = []
    for policy in POLICIES:
        copy = shutil.copytree(folder, folder.with_name(policy))
        inbox = before + await restarted(copy, policy, folder / "in-hand")  # of which a copy says nothing
        ends.append((inbox[MAIL], a_ledger(copy).counts()))
    return before[MAIL], *ends


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_lost_and_a_double_needs_the_dot_and_resend(tmp_path, step):
    at_the_kill, resent, waited = STEPS[step]

    before, *ends = asyncio.run(killed_and_restarted(tmp_path / "here", step))

    is_open = step not in ("claimed ahead", "after the record")
    assert before == at_the_kill
    assert ends == [(resent, {Status.SENT: 1}), (waited, {Status.IN_DOUBT if is_open else Status.SENT: 1})]


# The same with a notebook, which tells what had been in hand.
NOTED = STEPS | {"begun": (0, 1, 1), "before the record": (1, 1, 1)}


@pytest.mark.parametrize("step", NOTED)
def test_with_a_notebook_only_what_was_in_hand_is_in_doubt(tmp_path, step):
    at_the_kill, resent, waited = NOTED[step]

    before, *ends = asyncio.run(killed_and_restarted(tmp_path / "here", step, noted=True))

    was_in_hand = step not in ("claimed ahead", "begun", "before the record", "after the record")
    assert before == at_the_kill
    assert ends == [(resent, {Status.SENT: 1}), (waited, {Status.IN_DOUBT if was_in_hand else Status.SENT: 1})]


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(("bound", "noted"), [(20, False), (CONNECTIONS, True)])
@pytest.mark.parametrize("mails", [1, 90, 220])
def test_killed_at_full_speed_no_more_are_in_doubt_than_the_bound(tmp_path, mails, bound, noted):
    """It is `unrecorded`, 20 by default, and with a notebook the number of connections, however much is unrecorded."""
    count = 300
    ledger = a_ledger(tmp_path, {"renewal-notice": "wait"})
    queue(ledger, count)

    async def story():
        killer = Killer()

        async def accept_and_count(peer):
            peer.take()
            if len(peer.relay.inbox) == mails:
                killer.kill()
            await peer.say("250 2.0.0 ok")

        async with Relay(Script(text=accept_and_count)) as relay:
            killer.process = await start(tmp_path, relay, noted=noted)
            assert await asyncio.wait_for(killer.process.wait(), PATIENCE) == -signal.SIGKILL
            await asyncio.sleep(0.05)
        return received(relay)

    inbox = asyncio.run(story())
    on_record = ledger.counts().get(Status.SENT, 0)
    assert 0 <= len(inbox) - on_record <= (100 if noted else bound)

    inbox += asyncio.run(restarted(tmp_path, "wait", tmp_path / "in-hand"))

    doubtful = ledger.counts().get(Status.IN_DOUBT, 0)
    assert max(inbox.values()) == 1
    assert len(inbox) >= count - doubtful
    assert doubtful <= bound
    assert ledger.counts() == {Status.SENT: count - doubtful, Status.IN_DOUBT: doubtful}


@pytest.mark.usefixtures("each_database")
def test_two_processes_racing_on_one_ledger_hand_over_each_mail_once(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 250)

    async def race():
        both_are_here = asyncio.Event()

        async def take_when_both_are_here(peer):
            if len(peer.relay.peers) > CONNECTIONS:  # more lines than one of them opens
                both_are_here.set()
            await both_are_here.wait()
            await accept(peer)

        async with Relay(Script(text=take_when_both_are_here)) as relay:
            both = [await start(tmp_path, relay, owner) for owner in ("one", "other")]
            statuses = await asyncio.gather(*(process.wait() for process in both))
        return statuses, received(relay)

    statuses, inbox = asyncio.run(race())

    assert statuses == [0, 0]
    assert (len(inbox), inbox.total()) == (250, 250)
    assert ledger.counts() == {Status.SENT: 250}
    owners = {ledger.story(each.id).messages[0].envelopes[0].attempts[0].owner for each in ledger.notices()}
    assert owners == {"one", "other"}


def test_a_commit_outlives_a_power_cut(tmp_path):
    """What keeps it: the rollback journal, and each commit on the disk before it returns.

    Write-ahead logging with synchronous=NORMAL may lose the last commits with the power, each of them a double to be;
    and before SQLite 3.51.3 it can lose commits between two connections (sqlite.org/wal.html, "WAL-reset bug").
    """
    full, delete = 2, "delete"
    engine = create_engine_for(f"sqlite:///{tmp_path / 'kigen.db'}")
    with engine.connect() as one, engine.connect().execution_options(sqlite_begin="DEFERRED") as other:
        for connection in (other, one):
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == full
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == delete
    engine.dispose()
