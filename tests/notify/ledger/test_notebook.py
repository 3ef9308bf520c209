"""The notebook of a delivery that died: it narrows the doubt, and where it may lack something it says nothing."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from notify.delivery.delivery import Delivered
from notify.ledger.notebook import Account, Notebook, account_of, discard, discard_all, left_behind
from notify.record.values import Outcome, Result, Status
from tests.databases import on_each_database
from tests.notify.builders import NOW, TODAY, ScriptedTransport, a_ledger, claimed, deliver_now, queue

BOOT, DEAD = "this start of the machine", "host:1#dead"
ACCEPTED_AT = NOW + timedelta(seconds=3)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "in-hand"


@pytest.fixture
def ledger(tmp_path):
    return a_ledger(tmp_path, {"renewal-notice": "wait"})


def the_dead_left(ledger, folder):
    """Of five claimed one was accepted, one refused for now, one in hand, one begun and one only claimed."""
    queue(ledger, 5)
    taken = claimed(ledger, DEAD, NOW, 5, TODAY, begun=4)
    notebook = Notebook.opened(folder, DEAD, BOOT)
    for envelope in taken[:3]:
        notebook.begin(envelope)
    notebook.end(Result(taken[0], Outcome.ACCEPTED, "250 2.0.0 queued as 「1」", handed_to=""), ACCEPTED_AT)
    notebook.end(Result(taken[1], Outcome.UNAVAILABLE, "450 later"), ACCEPTED_AT)
    notebook.close(is_done=False)
    return file_in(folder)


def file_in(folder):
    (file,) = folder.iterdir()
    return file


def recover(ledger, folder, boot=BOOT):
    """What is known at once, as the next delivery finds out."""
    account = account_of(folder, DEAD, boot)
    if account is not None:
        ledger.outbox.settle_dead(DEAD, account, LATER)
    ledger.outbox.expire_claims(LATER, {DEAD} if account is not None else ())
    return ledger.counts()


@on_each_database
def test_after_a_crash_only_what_was_in_hand_is_in_doubt(ledger, folder):
    the_dead_left(ledger, folder)

    assert recover(ledger, folder) == {Status.SENT: 1, Status.IN_DOUBT: 1, Status.QUEUED: 3}


@on_each_database
def test_what_was_accepted_is_recorded_with_its_reply_and_the_time_it_was_accepted(ledger, folder):
    the_dead_left(ledger, folder)
    recover(ledger, folder)

    (sent,) = ledger.notices(status=Status.SENT)
    (envelope,) = ledger.story(sent.id).messages[0].envelopes
    assert (sent.sent_at, envelope.reply) == (ACCEPTED_AT, "250 2.0.0 queued as 「1」")
    assert [(each.outcome, each.owner) for each in envelope.attempts] == [(Outcome.ACCEPTED, DEAD)]


def test_what_had_not_had_its_turn_goes_out_once_and_nothing_else_does(ledger, folder):
    the_dead_left(ledger, folder)
    recover(ledger, folder)
    transport = ScriptedTransport()

    assert deliver_now(ledger, transport, now=LATER) == Delivered(sent=3)
    assert len({each.address for each in transport.inbox}) == 3


def test_settled_twice_it_changes_nothing_more(ledger, folder):
    the_dead_left(ledger, folder)
    account = account_of(folder, DEAD, BOOT)

    assert [ledger.outbox.settle_dead(DEAD, account, LATER) for _ in range(2)] == [4, 0]


LIVES = {Status.SENDING: 5}  # for all that anybody knows, until its lease is over
DOUBTED = {Status.IN_DOUBT: 4, Status.QUEUED: 1}  # all that was begun


@pytest.mark.parametrize("harm", ["lost", "copied", "another owner's", "of another form"])
def test_who_has_not_left_the_very_notebook_that_it_wrote_is_taken_to_live(ledger, folder, harm):
    file = the_dead_left(ledger, folder)
    text = file.read_bytes()
    harms = {
        "lost": file.unlink,
        "copied": lambda: shutil.copy(file, file.with_name("copy")).replace(file),
        "another owner's": lambda: file.write_bytes(text.replace(b"#dead", b"#DEAD")),
        "of another form": lambda: file.write_bytes(text.replace(b'"form": 1', b'"form": 9')),
    }
    harms[harm]()

    assert recover(ledger, folder) == LIVES


@pytest.mark.parametrize("boot", ["the next start of the machine", ""])
def test_after_a_power_cut_or_where_nobody_can_tell_its_lease_is_waited_for(ledger, folder, boot):
    the_dead_left(ledger, folder)

    assert recover(ledger, folder, boot) == LIVES


def test_a_notebook_that_something_else_has_written_in_tells_only_that_its_owner_is_over(ledger, folder):
    file = the_dead_left(ledger, folder)
    with file.open("ab") as torn:
        torn.write(b"\0\0\0\n")

    assert recover(ledger, folder) == DOUBTED


def test_of_a_torn_notebook_only_what_was_accepted_is_believed(ledger, folder):
    file = the_dead_left(ledger, folder)
    os.truncate(file, file.stat().st_size - 2)

    assert recover(ledger, folder) == {Status.SENT: 1, Status.IN_DOUBT: 3, Status.QUEUED: 1}


def test_the_notebook_of_a_delivery_that_lives_says_nothing(ledger, folder):
    notebook = Notebook.opened(folder, DEAD, BOOT)

    assert account_of(folder, DEAD, BOOT) is None

    notebook.close(is_done=False)
    assert account_of(folder, DEAD, BOOT) == Account({}, frozenset(), is_whole=True)


def test_a_delivery_that_came_to_its_end_leaves_no_notebook(ledger, folder):
    queue(ledger, 3)
    notebook = Notebook.opened(folder, "test", BOOT)
    seen = []
    transport = ScriptedTransport({"owner1@example.co.jp": lambda _: seen.append(file_in(folder).read_text()) or "250"})

    assert deliver_now(ledger, transport, notebook=notebook) == Delivered(sent=3)
    notebook.close(is_done=True)

    assert [line[:1] for line in seen[0].splitlines()[1:]] == [">", "<", ">"]
    assert list(folder.iterdir()) == []


def test_where_what_is_in_hand_cannot_be_noted_nothing_is_handed_over(ledger):
    queue(ledger, 3)
    full = Path("/dev/full")
    notebook = Notebook(full, os.open(full, os.O_WRONLY))
    transport = ScriptedTransport()

    done = deliver_now(ledger, transport, notebook=notebook)
    notebook.close(is_done=False)

    assert (done.sent, done.stopped) == (0, "what is in hand cannot be noted: No space left on device")
    assert (transport.inbox, ledger.counts()) == ([], {Status.QUEUED: 3})


def test_a_notebook_that_nobody_writes_any_more_knows_whose_it_was_until_it_is_thrown_away(folder):
    for owner in ("one", "two", "three"):
        Notebook.opened(folder, owner, BOOT).close(is_done=False)
    alive = Notebook.opened(folder, "alive", BOOT)
    (folder / "stray.notes").write_text("?")

    discard(folder, "one")
    assert sorted(left_behind(folder)) == ["three", "two"]
    alive.close(is_done=False)

    discard_all(folder)
    assert list(folder.iterdir()) == []
