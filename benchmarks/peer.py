"""The same mails by django-post_office, in an environment of its own, to the same relay."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.book import write_book
from benchmarks.measure import run
from benchmarks.pipeline import FEW_LINES, LINES, Rate, Trials, told
from benchmarks.postgres import postgres
from benchmarks.relays import cheapest
from benchmarks.report import Figure
from benchmarks.scale import USUAL, Scale

PEER = ("django-post-office==3.12.0", "psycopg[binary]>=3.2.2")
PROGRAM = Path(__file__).with_name("peer_program.py")
GOAL = "≥ 3, wanted 5"


def figures(folder: Path, scale: Scale = USUAL) -> Iterator[Figure]:
    """Sending by one process and by two; the peer's bodies are stored beforehand, kigen's are there or not."""
    lines = scale.lines or (FEW_LINES if scale.is_small else LINES)
    book = write_book(folder / "peer.csv", lines, due=lines)
    python = _environment(folder / "peer-environment")
    with cheapest() as relay, postgres() as server:
        trials = Trials(folder / "peer", book, relay, server.url("kigen"), server)
        mails = Trials(folder / "peer-mails", book, relay).queue
        url = server.url("peer")
        for processes, by in ((1, "one process"), (2, "two processes")):
            command = [python, PROGRAM, url, relay.port, mails, processes]
            peer = told([run(command)])
            yield Figure("peer", f"django-post_office, {by}", peer.per_second, "mails/s")
            yield Figure("peer", f"django-post_office, {by}, CPU", peer.cpu_ms, "ms a mail")
            yield _beside(f"kigen, delivery alone, {by}", trials.delivery(processes), peer)
            whole = trials.run(lines) if processes == 1 else trials.run_with_delivery(lines)
            yield _beside(f"kigen, all of the run, {by}", whole, peer)


def _beside(what: str, rate: Rate, peer: Rate) -> Figure:
    return Figure("peer", what, rate.per_second, "mails/s", "the peer", peer.per_second, GOAL)


def _environment(folder: Path) -> Path:
    """The interpreter of an environment with the peer in it."""
    run([sys.executable, "-m", "venv", folder])
    python = folder / "bin" / "python"
    run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER])
    return python
