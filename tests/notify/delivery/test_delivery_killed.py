"""A delivering process killed at each step, one that is frozen, several at once: the Maildir is the judge."""

from __future__ import annotations

import mailbox
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from notify.delivery.delivery import Delivered
from notify.record.values import Status
from notify.transports.maildir import MaildirTransport
from tests.notify.builders import LEASE, NOW, a_ledger, deliver_now, queue

pytestmark = pytest.mark.usefixtures("each_database")

# The real delivery; only this script knows how to die, at the step that its environment names.
SCRIPT = """
import asyncio, os, signal, sys
from datetime import timedelta
from pathlib import Path
from tests.notify.builders import NOW, TODAY, a_ledger
from notify.delivery.delivery import Delivery
from notify.delivery.gate import Gate
from notify.delivery.pipeline import Pace
from notify.transports.maildir import MaildirTransport

def die_at(step):
    if os.environ.get("DIE_AT") == step:
        os.kill(os.getpid(), signal.SIGKILL)

class Transport(MaildirTransport):
    async def hand_over(self, envelope, **asked):
        die_at("after the claim")
        if "FROZEN" in os.environ:
            os.kill(os.getpid(), signal.SIGSTOP)
        reply = await super().hand_over(envelope, **asked)
        die_at("after the hand-over")
        return reply

folder = Path(sys.argv[1])
ledger = a_ledger(folder)
advance, link = ledger.outbox.advance, os.link

def advance_then_die(ended, begin, now):
    if ended:
        die_at("before the record")
    done = advance(ended, begin, now)
    if ended:
        die_at("after the record")
    return done

def link_then_die(source, target):
    die_at("before the link")
    link(source, target)
    die_at("after the link")

ledger.outbox.advance, os.link = advance_then_die, link_then_die
lease = timedelta(seconds=float(os.environ.get("FROZEN", 1800)))
box, pace = Transport(folder / "box"), Pace(claims=5)
delivery = Delivery(ledger.outbox, box, Gate(), lambda: NOW, sys.argv[2], pace, lease=lease)
asyncio.run(delivery.run(TODAY))
"""


def start(folder: Path, owner: str, **environment: str) -> subprocess.Popen[bytes]:
    checkout = str(Path(__file__).parents[3])
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), owner], env={**os.environ, "PYTHONPATH": checkout, **environment}
    )


def delivered_to(folder: Path) -> list[str]:
    return sorted(mail["Delivered-To"] for mail in mailbox.Maildir(folder / "box"))


@pytest.mark.parametrize(
    ("step", "there_at_the_kill"),
    [
        ("after the claim", 0),
        ("before the link", 0),
        ("after the link", 1),
        ("after the hand-over", 1),
        ("before the record", 1),
        ("after the record", 1),
    ],
)
def test_a_process_killed_at_any_step_leaves_one_file_after_the_next_delivery(tmp_path, step, there_at_the_kill):
    ledger = a_ledger(tmp_path)
    queue(ledger, 1)

    assert start(tmp_path, "killed", DIE_AT=step).wait(60) == -signal.SIGKILL
    assert len(list((tmp_path / "box").glob("new/*"))) == there_at_the_kill

    for later in (timedelta(0), LEASE, LEASE * 2):
        deliver_now(ledger, MaildirTransport(tmp_path / "box"), now=NOW + later)
    assert delivered_to(tmp_path) == ["owner0@example.co.jp"]
    assert ledger.counts() == {Status.SENT: 1}


def test_a_process_frozen_past_its_lease_hands_nothing_over_when_it_wakes(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 3)
    frozen = start(tmp_path, "frozen", FROZEN="0.5")
    os.waitpid(frozen.pid, os.WUNTRACED)

    deliver_now(ledger, MaildirTransport(tmp_path / "box"), now=NOW + LEASE)
    assert len(delivered_to(tmp_path)) == 3
    for file in (tmp_path / "box" / "new").iterdir():
        file.unlink()  # a second mail would not lie beside the first one
    time.sleep(0.5)
    frozen.send_signal(signal.SIGCONT)

    assert frozen.wait(60) == 0
    assert (delivered_to(tmp_path), ledger.counts()) == ([], {Status.SENT: 3})


def test_two_processes_delivering_at_once_send_each_mail_once(tmp_path):
    ledger = a_ledger(tmp_path)
    queue(ledger, 60)

    both = [start(tmp_path, owner) for owner in ("one", "other")]

    assert [process.wait(60) for process in both] == [0, 0]
    assert delivered_to(tmp_path) == sorted(f"owner{number}@example.co.jp" for number in range(60))
    assert ledger.counts() == {Status.SENT: 60}
    assert deliver_now(ledger, MaildirTransport(tmp_path / "box")) == Delivered()
