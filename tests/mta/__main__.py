"""`make test-mta`: plays the scenarios, says what the judge found in each, and ends with 0 where all is well."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.mta.judge import Verdict, table
from tests.mta.missing import Missing, need_root
from tests.mta.scenarios import POSTGRESQL, SQLITE, frozen, full_disk, kills, outage, skew, twins
from tests.mta.site import ENDED
from tests.postgres import SESSION, NoPostgres, session_folder

Scenario = Callable[[Path, str, int], Verdict]
# Of each by its name: what is played, on which databases, and how often it disturbs on each.
SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...], int]] = {
    "kills": (kills, (SQLITE, POSTGRESQL), 0),
    "twins": (twins, (POSTGRESQL,), 3),
    "skew": (skew, (POSTGRESQL,), 3),
    "outage": (outage, (POSTGRESQL,), 3),
    "disk": (full_disk, (SQLITE,), 3),
    "frozen": (frozen, (POSTGRESQL,), 5),
}


def main() -> int:
    """0 where all is as README.md says; 1 where it is not, or a scenario was not played that was asked for."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else the judge would go on without us
    with _a_folder() as folder, ThreadPoolExecutor(options.at_once) as threads:
        plays = [
            threads.submit(_played, name, database, folder, times or options.kills // len(databases))
            for name, (_, databases, times) in SCENARIOS.items()
            if name not in options.skip and (not options.only or name in options.only)
            for database in databases
        ]
        try:
            verdicts = [_told(play.result()) for play in plays]
        except KeyboardInterrupt:
            ENDED.set()
            threads.shutdown(cancel_futures=True)
            raise
    _say(table(verdicts))
    return int(not all(verdict.is_good for verdict in verdicts))


def _told(verdict: Verdict) -> Verdict:
    _say(f"played: {verdict.scenario}, {verdict.database}, {verdict.seconds:.0f} s")
    return verdict


def _played(name: str, database: str, folder: Path, times: int) -> Verdict:
    began, play = time.monotonic(), SCENARIOS[name][0]
    try:
        need_root()
        verdict = play(folder / f"{name}-{database}", database, times)
    except (Missing, NoPostgres) as reason:
        verdict = Verdict(name, database, why=f"not run: {reason}")
    except (TimeoutError, RuntimeError) as problem:
        verdict = Verdict(name, database, why=f"came to no end: {problem}")
    return replace(verdict, seconds=time.monotonic() - began)


@contextmanager
def _a_folder() -> Iterator[Path]:
    """On a disk, not in memory: that Postfix waits for it is what makes its replies late."""
    folder, session = Path(tempfile.mkdtemp(prefix="kigen-mta-")), session_folder()
    folder.chmod(0o755)  # Postfix's own users look into it
    os.environ[SESSION] = str(session)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(session)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="test-mta", description="Real parts, disturbed; Postfix is the judge.")
    parser.add_argument("--kills", type=int, default=200, help="over all databases (default: 200)")
    parser.add_argument("--skip", nargs="*", default=[], choices=SCENARIOS, help="not to be played")
    parser.add_argument("--only", nargs="*", default=[], choices=SCENARIOS, help="to be played, no others")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="scenarios (default: one a core)")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
