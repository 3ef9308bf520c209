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

from benchmarks.book import BUSY_DAY, write_book
from benchmarks.installation import SQLITE, Kept, installed, to_relay
from benchmarks.measure import Cost, Running, kigen, kigen_command, run
from benchmarks.postgres import Postgres, postgres
from benchmarks.relays import Relay, cheapest, postfix
from benchmarks.report import Figure

LINES, FEW_LINES = 20_000, 1_000
TIMES = 3
CONNECTIONS = 8
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


def figures(folder: Path, *, small: bool = False) -> Iterator[Figure]:
    """All of it on SQLite, the deliveries on PostgreSQL too."""
    lines, times = (FEW_LINES, 1) if small else (LINES, TIMES)
    book = write_book(folder / "pipeline.csv", lines, due=lines)
    with cheapest() as relay:
        kept = _kept(folder / "pipeline", book, relay, SQLITE)
        queued = kept.keep(QUEUED)
        bare = _bare(queued, relay, times)
        yield Figure(PART, f"bare aiosmtplib, {CONNECTIONS} connections", bare.per_second, f"mails/s to {relay.name}")
        yield Figure(PART, "bare aiosmtplib, CPU", bare.cpu_ms, "ms a mail")
        yield from _compiled(queued, relay)
        yield from _deliveries(kept, "SQLite", bare, times)
        yield from _runs(kept, "SQLite", bare, times)
        with postgres() as server:
            kept = _kept(folder / "postgresql", book, relay, server.url("kigen"), server)
            kept.keep(QUEUED)
            yield from _deliveries(kept, "PostgreSQL", bare, times)
            yield from _runs(kept, "PostgreSQL", bare, 1)


def _kept(folder: Path, book: Path, relay: Relay, url: str, server: Postgres | None = None) -> Kept:
    """An installation whose notices are all queued; it was kept before that."""
    config = installed(folder, book, url=url, more=to_relay(relay.port, CONNECTIONS))
    kept = Kept(config, server)
    kept.keep(BOOKED)
    kigen(config, "run-job", "all", "--date", BUSY_DAY, "--force", "--no-deliver")
    return kept


def _bare(queued: Path, relay: Relay, times: int) -> Rate:
    command = [sys.executable, "-m", "benchmarks.bare", queued, relay.port, "--connections", CONNECTIONS]
    return _median([_told([run(command)]) for _ in range(times)])


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


def _deliveries(kept: Kept, where: str, bare: Rate, times: int) -> Iterator[Figure]:
    """From the claim to the record, by one process and by two."""
    command = [sys.executable, "-m", "benchmarks.delivering", kept.config, BUSY_DAY]

    def by(processes: int) -> Rate:
        kept.put_back(QUEUED)
        return _told([each.ended() for each in [Running(command) for _ in range(processes)]])

    one, two = _alternately(times, lambda: by(1), lambda: by(2))
    what = f"delivery alone, {where}"
    yield Figure(PART, what, one.per_second, "mails/s", "bare", bare.per_second)
    yield Figure(PART, f"{what}, CPU", one.cpu_ms, "ms a mail", "bare + 0.35 ms", bare.cpu_ms + 0.35, "≤ 1")
    yield Figure(PART, f"{what}, memory", one.peak_mib, "MiB")
    yield Figure(PART, f"{what}, two processes", two.per_second, "mails/s", "one", one.per_second)


def _runs(kept: Kept, where: str, bare: Rate, times: int) -> Iterator[Figure]:
    """The whole of `run-job all`, by one process, and with a delivery beside it."""
    everything = kigen_command(kept.config, "run-job", "all", "--date", BUSY_DAY, "--force")
    delivery = kigen_command(kept.config, "run-job", "deliver", "--date", BUSY_DAY, "--force")

    def alone() -> Rate:
        kept.put_back(BOOKED)
        return _whole(bare.mails, [run(everything)])

    def with_delivery() -> Rate:
        kept.put_back(BOOKED)
        return _whole(bare.mails, _beside(Running(everything), delivery))

    one, two = _alternately(times, alone, with_delivery)
    what = f"run-job all, {where}"
    yield Figure(PART, what, one.per_second, "notices/s", "bare", bare.per_second, "≥ 0.4, wanted 0.6")
    yield Figure(PART, f"{what}, CPU", one.cpu_ms, "ms a notice", "bare", bare.cpu_ms)
    yield Figure(PART, f"{what}, memory", one.peak_mib, "MiB")
    yield Figure(PART, f"{what}, a delivery beside it", two.per_second, "notices/s", "alone", one.per_second, "≥ 1.6")


def _beside(first: Running, command: Sequence[object]) -> list[Cost]:
    """The costs of a process and of those that run beside it, one after the other, until it has ended."""
    costs = []
    while first.is_running:
        costs.append(run(command))
    return [first.ended(), *costs]


def _told(costs: Sequence[Cost]) -> Rate:
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
