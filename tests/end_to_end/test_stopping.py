"""Asked to stop by a signal: a real `run-job` and a slow relay."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from jobs.errors import Exit
from tests.end_to_end.installation import sold
from tests.notify.transports.relays import Relay, Script, accept

DAY = "2021-09-01"
COUNT = 30
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@pytest.fixture
def due(kigen):
    """A book of lines that are all due, and an installation that hands over to a relay, two at a time."""
    kigen.bring(*(sold(f"K-{number:03}", term_start="2021-02-01") for number in range(COUNT)))
    return kigen


SMTP = {"KIGEN_MAIL__TRANSPORT": "smtp"}


def use(kigen, relay):
    kigen.configure(
        f'[smtp]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\nconnections = 2\n'
        'local_host = "kigen.example.com"\n'
    )


class Slow:
    """Takes each mail over after a while; at the mail of that number it sends the signals first."""

    def __init__(self, at, *numbers):
        self.at, self.numbers = at, numbers
        self.process, self.seen = None, 0

    async def __call__(self, peer):
        self.seen += 1
        if self.seen == self.at:
            for number in self.numbers:
                os.kill(self.process.pid, number)
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.3)
        await accept(peer)


async def signalled(kigen, slow):
    """What the run said, and how many mails the relay took over."""
    async with Relay(Script(text=slow)) as relay:
        use(kigen, relay)
        slow.process = kigen.process("run-job", "all", "--date", DAY, "--force", **SMTP)
        _, err = await asyncio.to_thread(slow.process.communicate, timeout=30)
        return slow.process.returncode, err, len(relay.inbox)


async def finished(kigen):
    """The rest, by another run; how many mails the relay took over."""
    async with Relay() as relay:
        use(kigen, relay)
        said = await asyncio.to_thread(kigen.in_process, "run-job", "deliver", "--date", DAY, "--force", **SMTP)
        assert said.status == Exit.DONE, said.err
        return len(relay.inbox)


def statuses(kigen):
    return [status for (status,) in kigen.ledger("status", kind="renewal-notice") if status != "skipped"]


@SIGNALS
def test_what_is_in_hand_is_finished_and_recorded_and_the_rest_stays_queued(due, number):
    """75: nothing failed, what was queued stays queued, run it again."""
    status, err, accepted = asyncio.run(signalled(due, Slow(5, number)))

    assert (status, "Stopping" in err) == (Exit.UNREACHABLE, True)
    assert 5 <= accepted < COUNT
    assert statuses(due) == ["queued"] * (COUNT - accepted) + ["sent"] * accepted
    assert asyncio.run(finished(due)) == COUNT - accepted


def test_a_run_that_was_asked_to_stop_at_its_last_mail_has_done_all(due):
    status, _, accepted = asyncio.run(signalled(due, Slow(COUNT, signal.SIGTERM)))

    assert (status, accepted) == (Exit.DONE, COUNT)
    assert statuses(due) == ["sent"] * COUNT


@SIGNALS
def test_a_second_signal_leaves_at_once_and_what_was_in_hand_is_taken_up_by_the_next_run(due, number):
    status, err, accepted = asyncio.run(signalled(due, Slow(5, number, number)))

    assert (status, err.endswith("Stopped.\n")) == (128 + number, True)
    sending = statuses(due).count("sending")
    assert 1 <= sending <= 20
    assert accepted + asyncio.run(finished(due)) >= COUNT
    assert statuses(due) == ["sent"] * COUNT


def test_a_run_asked_to_stop_while_it_decides_finishes_its_batch_sends_nothing_and_says_so(due):
    due.bring(*(sold(f"M-{number:03}", term_start="2021-02-01") for number in range(200)))

    async def story():
        async with Relay() as relay:
            use(due, relay)
            process = due.process("run-job", "all", "--date", DAY, "--force", **SMTP)
            while process.poll() is None and not due.ask("runs", "--format", "json").json:
                time.sleep(0.001)  # noqa: ASYNC251 - the relay has nothing to do meanwhile
            os.kill(process.pid, signal.SIGTERM)
            out, _ = await asyncio.to_thread(process.communicate, timeout=30)
            return process.returncode, out, len(relay.inbox)

    status, out, accepted = asyncio.run(story())

    assert (status, accepted) == (Exit.UNREACHABLE, 0)
    assert "stopped on request" in out
    (run,) = due.ask("runs", "--format", "json").json
    assert run["outcome"] == "stopped"
    assert run["error"].startswith("asked to stop")
    assert run["finished_at"] is not None
