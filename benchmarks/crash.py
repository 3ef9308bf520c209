"""A delivery killed by SIGKILL at full speed, and how many mails nobody knows about then."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.book import BUSY_DAY, write_book
from benchmarks.measure import ROOT
from benchmarks.pipeline import CONNECTIONS, Trials
from benchmarks.relays import cheapest
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale
from jobs.app import App
from jobs.config.load import load_settings
from notify.record.values import Status

LINES, FEW_LINES = 4_000, 500
KILLS, FEW_KILLS = 8, 2
WAIT = '[jobs.renewal-notice]\nin_doubt = "wait"\n'
POLL_SECONDS = 0.005
BETWEEN = 0.009  # seconds: each kill comes so much later after a commit, where little is in hand, than the one before


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """Kills at different points of the same queue; the worst of them counts."""
    lines, kills = (FEW_LINES, FEW_KILLS) if scale.is_small else (LINES, KILLS)
    book = write_book(folder / "crash.csv", lines, due=lines)
    with cheapest() as relay:
        trials = Trials(folder / "crash", book, relay)
        with trials.config.open("a", encoding="utf-8") as config:
            config.write(WAIT)
        found = [_killed(trials, lines * (count + 1) // (kills + 2), count * BETWEEN) for count in range(kills)]
    worst = max(doubtful for _, doubtful in found)
    yield Figure("crash", f"in doubt, the worst of {kills} kills", worst, "mails", "connections", CONNECTIONS, "≤ 1")
    unknown = max(unrecorded for unrecorded, _ in found)
    yield Figure("crash", "begun and not on record at the kill", unknown, "mails, at most")


def _killed(trials: Trials, at: int, later: float) -> tuple[int, int]:
    """Kills a delivery so many seconds after so many are sent: how many were begun and not on record, and in doubt."""
    trials.put_back()
    command = [sys.executable, "-m", "benchmarks.delivering", trials.config, BUSY_DAY]
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.DEVNULL)
    file = trials.config.with_name("kigen.db")
    while _count(file, "SELECT count(*) FROM envelopes WHERE status = 'sent'") < at and process.poll() is None:
        time.sleep(POLL_SECONDS)
    time.sleep(later)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    # A kill within a commit leaves a journal: only who may write can put the file back.
    begun = _count(file, "SELECT count(*) FROM attempts WHERE finished_at IS NULL", "rw")
    app = App(load_settings(trials.config))
    now = datetime.now(UTC)
    app.ledger.outbox.expire_claims(now, app.notebooks.settle(app.ledger.outbox, now))
    doubtful = app.ledger.counts().get(Status.IN_DOUBT, 0)
    app.close()
    return begun, doubtful


def _count(file: Path, query: str, mode: str = "ro") -> int:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=30)) as connection:
        return int(connection.execute(query).fetchone()[0])
