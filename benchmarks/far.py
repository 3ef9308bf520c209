"""A relay far away: it answers each command and each mail only after a while, so that only connections count."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.book import BUSY_DAY, write_book
from benchmarks.installation import SQLITE, configured, installed, to_relay
from benchmarks.measure import kigen, run
from benchmarks.relays import ours
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

ANSWER_MS, MESSAGE_MS = 30.0, 135.0
COMMANDS = 3  # MAIL, RCPT, DATA
MAIL_SECONDS = (COMMANDS * ANSWER_MS + MESSAGE_MS) / 1000
GOALS = {8: "≥ 0.9", 50: "≥ 0.9", 200: "≥ 0.8"}  # by connections
SECONDS, FEW_SECONDS = 20, 3  # for which there is mail, at full speed
MOST_LINES = 14_000


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """The rate from the first command to the last mail, against connections ÷ the sum of the delays."""
    for connections, goal in GOALS.items():
        best = connections / MAIL_SECONDS
        lines = min(MOST_LINES, round(best * (FEW_SECONDS if scale.is_small else SECONDS)))
        book = write_book(folder / f"far-{connections}.csv", lines, due=lines)
        config = installed(folder / f"far-{connections}", book, more=to_relay(1))
        kigen(config, "run-job", "all", "--date", BUSY_DAY, "--force", "--no-deliver")
        with ours(answer_ms=ANSWER_MS, message_ms=MESSAGE_MS) as relay:
            configured(config.parent, SQLITE, to_relay(relay.port, connections))
            cost = run([sys.executable, "-m", "benchmarks.delivering", config, BUSY_DAY])
        rate = relay.taken["mails"] / (relay.taken["last_at"] - relay.taken["first_at"])
        what = f"{connections} connections, {MAIL_SECONDS * 1000:.0f} ms a mail"
        yield Figure("far relay", what, rate, "mails/s", "connections ÷ delays", best, goal)
        yield Figure("far relay", f"{connections} connections, memory", cost.peak_mib, "MiB")
