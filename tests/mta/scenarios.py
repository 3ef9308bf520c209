"""What is done to a delivery. Each ends with a calm one, and with what the judge says."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.mta.disk import a_small_disk, filled
from tests.mta.judge import Verdict, judged, ledger_of
from tests.mta.kigen import LEASE, PATIENCE
from tests.mta.missing import need, need_namespaces
from tests.mta.postfix import Postfix, a_postfix
from tests.mta.site import TOKYO, Process, Site, wait_until
from tests.postgres import Server, a_server

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
MAILS = 300
SOME_MAILS = 20
SECONDS_TO_CALM = 300  # far less than a lease: nothing here may have to be waited out
SECONDS_OF_KILLS = int(os.environ.get("TESTS_SECONDS_OF_KILLS", "900"))
LONGEST_LIFE = 1.0  # seconds of a delivery, before it is killed
SECONDS_AWAY = 4.0
SHORT_LEASE = 9.0  # seconds; a relay waits for less than half of it for who says nothing
OWN_NAMES = ("unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
TWIN = (*OWN_NAMES, "sh", "-c", 'hostname twin; exec "$@"', "-")
CHANCE = random.Random()  # noqa: S311 - the moments of misfortunes are no secrets


@dataclass(slots=True)
class Stage:
    """Where a scenario is played."""

    folder: Path
    postfix: Postfix
    database: str
    server: Server | None
    mails: int = 0

    def site(self, name: str = "kigen", **options) -> Site:
        """An installation on the stage's database."""
        url = self.server.url() if self.server else ""
        return Site(self.folder / name, self.postfix.port, url, **options)

    def queue(self, site: Site, mails: int = MAILS) -> None:
        """So many more letters."""
        site.queue(mails)
        self.mails += mails

    def wait_for_mails(self, more: int = SOME_MAILS) -> None:
        """Until a delivery is in its middle."""
        before = self.postfix.count()
        if not wait_until(lambda: self.postfix.count() >= before + more, SECONDS_TO_CALM):
            raise TimeoutError("nothing is delivered")

    def verdict(self, scenario: str, site: Site, disturbances: int) -> Verdict:
        """When all has become calm."""
        verdict = Verdict(scenario, self.database, disturbances, self.mails)
        return judged(verdict, ledger_of(site.url), self.postfix.arrived())


@contextmanager
def a_stage(folder: Path, database: str, **of_postfix: int) -> Iterator[Stage]:
    """A judge, and a database."""
    folder.mkdir()
    with a_postfix(folder / "mta", **of_postfix) as postfix:
        if database == SQLITE:
            yield Stage(folder, postfix, database, None)
            return
        with a_server() as server:
            yield Stage(folder, postfix, database, server)


def kills(folder: Path, database: str, count: int) -> Verdict:
    """A delivery is killed at any moment, and begun anew, until it has been killed so often, or time is up."""
    ends_at = time.monotonic() + SECONDS_OF_KILLS
    with a_stage(folder, database) as stage:
        site, killed = stage.site(), 0
        while killed < count and time.monotonic() < ends_at:
            if not killed or ledger_of(site.url).is_done:
                stage.queue(site)
            killed += _killed(site)
        _calm(site)
        why = "" if killed == count else f"{count} kills would have taken longer than {SECONDS_OF_KILLS} s"
        return replace(stage.verdict("killed", site, killed), why=why)


def _killed(site: Site, *beside: Site) -> bool:
    """Starts a delivery and kills it: mostly while it hands over, now and then before. Whether it was still there.

    Deliveries of others begin at the same time and come to their end.
    """
    before, ends_early = site.notebooks, CHANCE.random() < 0.1
    with site.running("run-job", "deliver") as process, ExitStack() as stack:
        others = [stack.enter_context(other.running("run-job", "deliver")) for other in beside]
        if not ends_early:
            wait_until(lambda: _is_over(process) or site.has_mail_in_hand(besides=before), SECONDS_TO_CALM, pause=0.005)
        time.sleep(CHANCE.uniform(0, LONGEST_LIFE))
        process.kill()
        is_killed = process.wait() < 0
        wait_until(lambda: all(map(_is_over, others)), SECONDS_TO_CALM)
    return is_killed


def _is_over(process: Process) -> bool:
    return process.poll() is not None


def _calm(site: Site) -> None:
    """Deliveries that nothing disturbs, until there is nothing left to do."""

    def is_done() -> bool:
        site.run("run-job", "deliver", "--now")  # what the relay hung up on waits for its next try
        return ledger_of(site.url).is_done

    _wait_for_calm(site, is_done)


def _wait_for_calm(site: Site, is_done: Callable[[], bool] | None = None) -> None:
    if not wait_until(is_done or (lambda: ledger_of(site.url).is_done), SECONDS_TO_CALM, pause=1):
        raise TimeoutError(f"mail still waits: {site.log[-2000:]}")


def twins(folder: Path, _database: str, count: int) -> Verdict:
    """Two machines with one host name and one process number deliver at once; one is killed now and then."""
    need_namespaces()
    return _side_by_side("twins", folder, count, TWIN, TWIN)


def skew(folder: Path, _database: str, count: int) -> Verdict:
    """The clock of one of two machines is ahead by more than a lease."""
    need("faketime", "faketime")
    return _side_by_side("skewed clock", folder, count, (), ("faketime", "-f", _ahead(datetime.now(UTC))))


def _ahead(now: datetime) -> str:
    """By 45 minutes; behind, where that would be tomorrow in Tokyo."""
    return "+45m" if (now + timedelta(minutes=45)).astimezone(TOKYO).date() == now.astimezone(TOKYO).date() else "-45m"


def _side_by_side(name: str, folder: Path, count: int, *wraps: Sequence[str]) -> Verdict:
    with a_stage(folder, POSTGRESQL) as stage:
        one, other = [stage.site(f"kigen-{number}", wrap=wrap) for number, wrap in enumerate(wraps)]
        stage.queue(one, 1)
        one.run("run-job", "deliver")  # a fresh database lets the first one in by itself
        other.run("adopt", "--yes")
        killed = 0
        for _ in range(count):
            stage.queue(one, 2 * MAILS)
            killed += _killed(one, other)
            _calm(one)
        return stage.verdict(name, one, killed)


def outage(folder: Path, _database: str, count: int) -> Verdict:
    """A daemon's database is away for longer than the daemon has patience; it comes back, and the daemon goes on."""
    with a_stage(folder, POSTGRESQL) as stage:
        site = stage.site(environment={PATIENCE: "1"})
        hit = 0
        while hit < count:
            stage.queue(site)
            with site.running("daemon"):
                stage.wait_for_mails()
                stage.server.stop("immediate")
                time.sleep(SECONDS_AWAY)
                stage.server.start()
                hit += not ledger_of(site.url).is_done
                _wait_for_calm(site)
        return stage.verdict("database away", site, hit)


def full_disk(folder: Path, _database: str, count: int) -> Verdict:
    """A daemon's disk is full in the middle of a delivery, and then is not any more."""
    with a_stage(folder, SQLITE) as stage, a_small_disk(folder / "disk") as disk:
        site = Site(disk / "kigen", stage.postfix.port)
        hit = 0
        while hit < count:
            stage.queue(site)
            with site.running("daemon"):
                stage.wait_for_mails()
                with filled(disk):
                    time.sleep(SECONDS_AWAY)
                    hit += not ledger_of(site.url).is_done
                _wait_for_calm(site)
        return stage.verdict("disk full", site, hit)


def frozen(folder: Path, _database: str, count: int) -> Verdict:
    """A delivery is stopped for longer than its lease, while another one takes over; then it wakes."""
    with a_stage(folder, POSTGRESQL, timeout_seconds=1) as stage:
        site = stage.site(environment={LEASE: str(SHORT_LEASE)})
        for _ in range(count):
            stage.queue(site)
            with site.running("run-job", "deliver") as sleeper:
                stage.wait_for_mails()
                time.sleep(CHANCE.uniform(0, LONGEST_LIFE / 2))
                sleeper.send_signal(signal.SIGSTOP)
                time.sleep(SHORT_LEASE + 1)
                with site.running("run-job", "deliver") as beside:
                    wait_until(lambda: _is_over(beside), SHORT_LEASE)
                    sleeper.send_signal(signal.SIGCONT)
                    wait_until(lambda: _is_over(beside) and _is_over(sleeper), 60)
        _calm(site)
        return stage.verdict("frozen", site, count)
