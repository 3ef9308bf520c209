"""From due lines to recorded mails: decided, rendered, queued, delivered over loopback SMTP to a relay that counts.

The same bytes sent by bare aiosmtplib connections are the reference, and Postfix's smtp-source where it is installed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.book import BUSY_DAY, ONE_DAY, write_book
from benchmarks.installation import SQLITE, Kept, installed, to_relay
from benchmarks.measure import Cost, Running, kigen, kigen_command, run
from benchmarks.postgres import Postgres, postgres
from benchmarks.relays import Relay, cheapest, postfix
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale
from jobs.notices.listing import NAMES

LINES, FEW_LINES = 5_000, 1_000
TIMES = 3
CONNECTIONS = 8
OWN_MS = 0.2  # of processor time, beyond what sending the bytes takes
PART = "pipeline"
BOOKED, QUEUED = "booked", "queued"  # moments of a database: before the run, and after it without a delivery
WAITS = "SELECT count(*), sum(length(m.raw)) FROM envelopes AS e JOIN messages AS m ON m.id = e.message_id"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast so many mails were done. The processor's time is that of all processes that did them."""

    mails: int
    seconds: float
    cpu_seconds: float
    peak_mib: float = 0.0

    @property
    def per_second(self) -> float:
        """Mails in a second."""
        return self.mails / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time for each mail."""
        return 1000 * self.cpu_seconds / self.mails


class Trials:
    """One installation, begun anew for each trial. It looked at its book for the first time the day before."""

    def __init__(
        self, folder: Path, book: Path, relay: Relay, url: str = SQLITE, server: Postgres | None = None
    ) -> None:
        self.config = installed(folder, book, url=url, more=to_relay(relay.port, CONNECTIONS))
        self._kept = Kept(self.config, server)
        for job in NAMES:
            kigen(self.config, "run-job", job, "--date", BUSY_DAY - ONE_DAY, "--force", "--no-deliver")
        self._kept.keep(BOOKED)
        kigen(self.config, "run-job", "all", "--date", BUSY_DAY, "--force", "--no-deliver")
        self.queue = self._kept.keep(QUEUED)

    def delivery(self, processes: int = 1) -> Rate:
        """From the claim to the record, by so many processes."""
        self.put_back()
        command = [sys.executable, "-m", "benchmarks.delivering", self.config, BUSY_DAY]
        return told([each.ended() for each in [Running(command) for _ in range(processes)]])

    def run(self, mails: int) -> Rate:
        """All of `run-job all`."""
        self._kept.put_back(BOOKED)
        return _whole(mails, [run(self._command("all"))])

    def run_with_delivery(self, mails: int) -> Rate:
        """The same with deliveries beside it, one after the other until it has ended."""
        self._kept.put_back(BOOKED)
        first, costs = Running(self._command("all")), []
        while first.is_running:
            costs.append(run(self._command("deliver")))
        return _whole(mails, [first.ended(), *costs])

    def put_back(self) -> None:
        """All is queued, nothing delivered."""
        self._kept.put_back(QUEUED)

    def _command(self, job: str) -> list[object]:
        return kigen_command(self.config, "run-job", job, "--date", BUSY_DAY, "--force")


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """All of it on SQLite and on PostgreSQL."""
    few, times = (FEW_LINES, 1) if scale.is_small else (LINES, TIMES)
    lines = scale.lines or few
    book = write_book(folder / "pipeline.csv", lines, due=lines)
    with cheapest() as relay:
        trials = Trials(folder / "pipeline", book, relay)
        bare = _bare(trials.queue, relay, times)
        yield Figure(PART, f"bare aiosmtplib, {CONNECTIONS} connections", bare.per_second, f"mails/s to {relay.name}")
        yield Figure(PART, "bare aiosmtplib, CPU", bare.cpu_ms, "ms a mail")
        yield from _compiled(trials.queue, relay)
        yield from _deliveries(trials, "SQLite", bare, times)
        yield from _runs(trials, "SQLite", bare, 1)
        with postgres() as server:
            trials = Trials(folder / "postgresql", book, relay, server.url("kigen"), server)
            yield from _deliveries(trials, "PostgreSQL", bare, 1)
            yield from _runs(trials, "PostgreSQL", bare, 1)


def _bare(queued: Path, relay: Relay, times: int) -> Rate:
    command = [sys.executable, "-m", "benchmarks.bare", queued, relay.port, "--connections", CONNECTIONS]
    return _median([told([run(command)]) for _ in range(times)])


def _compiled(queued: Path, relay: Relay) -> Iterator[Figure]:
    """What a load generator in C does against the same relay, with as many mails of the same length."""
    program = postfix("smtp-source")
    if program is None:
        return
    with closing(sqlite3.connect(queued)) as connection:
        mails, octets = connection.execute(WAITS).fetchone()
    load = ["-s", CONNECTIONS, "-m", mails, "-l", octets // mails, f"inet:127.0.0.1:{relay.port}"]
    cost = run([program, "-d", *load])
    yield Figure(PART, "Postfix's smtp-source", mails / cost.seconds, "mails/s")


def _deliveries(trials: Trials, where: str, bare: Rate, times: int) -> Iterator[Figure]:
    one, two = _alternately(times, trials.delivery, lambda: trials.delivery(2))
    what = f"delivery alone, {where}"
    yield Figure(PART, what, one.per_second, "mails/s", "bare", bare.per_second)
    yield Figure(PART, f"{what}, CPU", one.cpu_ms, "ms a mail", f"bare + {OWN_MS} ms", bare.cpu_ms + OWN_MS, "≤ 1")
    yield Figure(PART, f"{what}, memory", one.peak_mib, "MiB")
    yield Figure(PART, f"{what}, two processes", two.per_second, "mails/s", "one", one.per_second)


def _runs(trials: Trials, where: str, bare: Rate, times: int) -> Iterator[Figure]:
    one, two = _alternately(times, lambda: trials.run(bare.mails), lambda: trials.run_with_delivery(bare.mails))
    what = f"run-job all, {where}"
    yield Figure(PART, what, one.per_second, "notices/s", "bare", bare.per_second, "≥ 0.4, wanted 0.6")
    yield Figure(PART, f"{what}, CPU", one.cpu_ms, "ms a notice", "bare", bare.cpu_ms)
    yield Figure(PART, f"{what}, memory", one.peak_mib, "MiB")
    yield Figure(PART, f"{what}, a delivery beside it", two.per_second, "notices/s", "alone", one.per_second, "≥ 1.6")


def told(costs: Sequence[Cost]) -> Rate:
    """What processes that ran at the same time say of themselves, together."""
    said = [json.loads(cost.out) for cost in costs]
    return Rate(
        sum(each["mails"] for each in said),
        max(each["seconds"] for each in said),
        sum(each["cpu_seconds"] for each in said),
        max(cost.peak_mib for cost in costs),
    )


def _whole(mails: int, costs: Sequence[Cost]) -> Rate:
    """Of processes of which the first took longest: all that they took, start included."""
    cpu_seconds = sum(cost.cpu_seconds for cost in costs)
    return Rate(mails, costs[0].seconds, cpu_seconds, max(cost.peak_mib for cost in costs))


def _alternately(times: int, *ways: Callable[[], Rate]) -> list[Rate]:
    """The median of each way; they take turns, so that a machine that slows down slows all of them."""
    rounds = [[way() for way in ways] for _ in range(times)]
    return [_median(rates) for rates in zip(*rounds, strict=True)]


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(
        rates[0].mails,
        median(rate.seconds for rate in rates),
        median(rate.cpu_seconds for rate in rates),
        median(rate.peak_mib for rate in rates),
    )
