"""A delivering process that can be killed at each of its steps, and the relay that is the judge of what arrived.

The steps that a relay sees are the relay's to kill at; at the others the script kills itself. The delivery itself
knows nothing of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from tests.notify.transports.relays import HOST, Act, Peer, Relay, Script, keep_silent, say, settings_for, take, then

CONNECTIONS = 8  # as the script has it

SCRIPT = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from tests.notify.builders import TODAY, a_ledger
from aiosmtplib.protocol import SMTPProtocol
from notify.delivery.delivery import Delivery
from notify.delivery.gate import Gate
from notify.delivery.pipeline import Pace
from notify.ledger.notebook import Notebook, boot
from notify.transports.smtp import SmtpTransport
from notify.transports.smtp_settings import SmtpSettings

folder, port, owner, die_at = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
notebook = Notebook.opened(folder / "in-hand", owner, boot()) if "noted" in sys.argv else None
ledger = a_ledger(folder)

def die(step):
    if step == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

outbox = ledger.outbox
claim, advance, write = outbox.claim, outbox.advance, SMTPProtocol.write

def claim_then_die(by, limit, begun):
    found = claim(by, limit, 0 if die_at == "claimed ahead" else begun)
    die("claimed ahead"), die("begun")
    return found

def advance_then_die(ended, begin, now):
    if ended: die("before the record")
    done = advance(ended, begin, now)
    if ended: die("after the record")
    return done

def die_then_write(self, data):
    if data.endswith(b"\\r\\n.\\r\\n"): die("before the dot")
    write(self, data)

outbox.claim, outbox.advance, SMTPProtocol.write = claim_then_die, advance_then_die, die_then_write
settings = SmtpSettings(host="127.0.0.1", port=port, security="none", local_host="kigen.example.com", connections=8)

async def main():
    transport = SmtpTransport(settings)
    clock = lambda: datetime.now(UTC)
    pace = Pace(concurrency=8, unrecorded=100 if notebook else 20)
    await Delivery(outbox, transport, Gate(), clock, owner, pace, notebook=notebook).run(TODAY)
    await transport.close()

asyncio.run(main())
"""


@dataclass(slots=True)
class Killer:
    """Kills the process it was given, as an act of a relay."""

    process: asyncio.subprocess.Process | None = None

    async def __call__(self, _peer: Peer) -> None:
        self.kill()

    def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            os.kill(self.process.pid, signal.SIGKILL)


async def start(
    folder: Path, relay: Relay, owner: str = "killed", die_at: str = "-", *, noted: bool = False
) -> asyncio.subprocess.Process:
    """The delivery; with `noted` it keeps a notebook and has 100 mails begun and not on record."""
    checkout = str(Path(__file__).parents[2])
    arguments = ("-c", SCRIPT, str(folder), str(relay.port), owner, die_at, *(["noted"] if noted else []))
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, env={**os.environ, "PYTHONPATH": checkout})


def killing_script(step: str, killer: Killer) -> Script:
    """A relay that kills at this step and is silent from then on; friendly where the step is none of its own."""
    scripts: dict[str, Callable[[Act], Script]] = {
        "connect": lambda kill: Script(greeting=kill),
        "MAIL": lambda kill: Script(mail=kill),
        "RCPT": lambda kill: Script(rcpt=kill),
        "in the body": lambda kill: Script(data=then(say("354 go on"), read_a_part, kill)),
        "after the dot": lambda kill: Script(text=then(take, kill)),
    }
    return scripts[step](then(killer, keep_silent)) if step in scripts else Script()


async def read_a_part(peer: Peer) -> None:
    """Some of the text; the rest is more than fits in between."""
    await peer.reader.readexactly(5000)


def received(relay: Relay) -> Counter[str]:
    """How often each mail lies in the inbox, by its Message-ID."""
    return Counter(str(message_from_bytes(text)["Message-ID"]).strip("<>") for text in relay.inbox)


__all__ = ["HOST", "Killer", "Relay", "Script", "killing_script", "received", "settings_for", "start"]
