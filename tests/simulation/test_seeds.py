"""Fixed seeds of the simulation, and what it claims of itself: a seed fixes all, and what is wrong is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notify.delivery.lease import Lease
from tests.simulation.machine import RARE
from tests.simulation.run import Violation, simulate

SEEDS = range(4)  # thousands more by `make simulate`
RESTORED = 19  # a seed whose world restores a backup after mails went out
FROZEN = (3, 2)  # seeds in which a process soon stands still for longer than its lease, and another takes over


def test_through_each_rare_misfortune_each_notice_arrives_once_in_time_or_is_on_record_with_its_reason():
    outcomes = [simulate(seed, days=150) for seed in SEEDS]

    assert all(outcome.mails for outcome in outcomes)
    assert set(RARE) == {what for outcome in outcomes for what, times in outcome.reached.items() if times}


def test_a_seed_fixes_everything_that_happens_whatever_pythons_hash_seed_is():
    digests = {_digest(hash_seed) for hash_seed in ("1", "2")}

    assert len(digests) == 1


def test_a_restored_database_that_is_not_fenced_is_found_out_by_its_doubles():
    with pytest.raises(Violation, match="a double"):
        simulate(RESTORED, days=150, fence=False)


def test_a_process_that_wakes_and_does_not_look_at_its_lease_is_found_out_by_its_doubles(monkeypatch):
    monkeypatch.setattr(Lease, "is_ours", lambda _lease: True)

    with pytest.raises(Violation, match="a double"):  # noqa: PT012 - the first seed that comes to it ends this
        for seed in FROZEN:
            simulate(seed, days=60)


def _digest(hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.simulation", "--seeds", "1", "--start", "4", "--days", "60", "--digest"]
    folder = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(folder)}
    said = subprocess.run(
        [*command, "--processes", "1"], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return said.stdout.splitlines()[0]
