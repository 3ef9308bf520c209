"""A relay far away: it answers each command and each mail only after a while, so that only connections count."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.book import BUSY_DAY, write_book
from benchmarks.installation import SQLITE, Kept, configured, installed, to_relay
from benchmarks.measure import Cost, kigen, run
from benchmarks.relays import Relay, ours
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

ANSWER_MS, MESSAGE_MS = 30.0, 135.0
MAIL_SECONDS = (3 * ANSWER_MS + MESSAGE_MS) / 1000  # on a kept connection: MAIL, RCPT and DATA, then the text
SECONDS, FEW_SECONDS = 20, 3  # for which there is mail, at full speed
MOST_LINES = 14_000


@dataclass(frozen=True, slots=True)
class Case:
    """So many connections to a relay, and what they are to reach of what the delays allow."""

    connections: int
    goal: str

    @property
    def best(self) -> float:
        """Mails a second if nothing took time but the relay."""
        return self.connections / MAIL_SECONDS

    @property
    def what(self) -> str:
        """For the report."""
        return f"{self.connections} connections, {MAIL_SECONDS * 1000:.0f} ms a mail"


CASES = (Case(8, "≥ 0.9"), Case(50, "≥ 0.9"), Case(200, "≥ 0.8"))


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """The rate from the first command to the last mail against connections ÷ delays; bare aiosmtplib beside it."""
    seconds = FEW_SECONDS if scale.is_small else SECONDS
    for number, case in enumerate(CASES):
        lines = min(MOST_LINES, round(case.best * seconds))
        config = installed(folder / f"far-{number}", write_book(folder / f"far-{number}.csv", lines, due=lines))
        configured(config.parent, SQLITE, to_relay(1))
        kigen(config, "run-job", "all", "--date", BUSY_DAY, "--force", "--no-deliver")
        bare, _ = _measured(case, None, ["benchmarks.bare", Kept(config).file])
        rate, cost = _measured(case, config, ["benchmarks.delivering", config, BUSY_DAY])
        yield Figure("far relay", case.what, rate, "mails/s", "connections ÷ delays", case.best, case.goal)
        yield Figure("far relay", f"{case.what}, beside bare", rate, "mails/s", "aiosmtplib", bare)
        yield Figure("far relay", f"{case.what}, memory", cost.peak_mib, "MiB")


def _measured(case: Case, config: Path | None, command: list[object]) -> tuple[float, Cost]:
    """The rate at which the relay took the mails, and what it cost to hand them over."""
    with ours(answer_ms=ANSWER_MS, message_ms=MESSAGE_MS) as relay:
        if config is not None:
            configured(config.parent, SQLITE, to_relay(relay.port, case.connections))
        else:
            command = [*command, relay.port, "--connections", case.connections]
        cost = run([sys.executable, "-m", *command])
    return _rate(relay), cost


def _rate(relay: Relay) -> float:
    return relay.taken["mails"] / (relay.taken["last_at"] - relay.taken["first_at"])
