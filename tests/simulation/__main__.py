"""The simulation as a command: `python -m tests.simulation --seeds 200 --start 0`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.machine import RARE
from tests.simulation.run import DAYS, Outcome, Violation, simulate

SECONDS_BETWEEN_LINES = 10
ENOUGH = 20  # seeds, for all that is rare to come about


def main() -> int:
    """0 where every seed held and, of enough of them, each rare misfortune came about; 1 where one did not."""
    options = _options()
    began, said, total = time.monotonic(), time.monotonic(), [0, 0, 0, 0]
    reached: Counter[str] = Counter()
    broken: list[int] = []
    done = 0
    for seed, result in _results(options):
        done += 1
        if isinstance(result, str):
            broken.append(seed)
            _say(result)
        else:
            counts = (result.passes, result.mails, result.kills, result.doubles)
            total = [before + now for before, now in zip(total, counts, strict=True)]
            reached += result.reached
            if options.digest:
                _say(f"seed {seed}: {result.digest}")
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            _say(f"{done} of {options.seeds} seeds, {said - began:.0f} s")
    passes, mails, kills, doubles = total
    _say(
        f"{done} seeds of {options.days} days in {time.monotonic() - began:.0f} s: {passes} runs, {mails} mails, "
        f"{kills} processes killed, {doubles} doubles after an unknown outcome or a restored backup"
    )
    for what in RARE:
        _say(f"{reached[what]:7} times {what}")
    if broken:
        _say(f"an invariant did not hold in {len(broken)} seed(s): {', '.join(map(str, broken))}")
    is_complete = options.seeds < ENOUGH or all(reached[what] for what in RARE)
    return 0 if is_complete and not broken else 1


def _results(options: argparse.Namespace) -> Iterator[tuple[int, Outcome | str]]:
    seeds = range(options.start, options.start + options.seeds)
    if options.processes == 1:
        yield from ((seed, _one(seed, options.days)) for seed in seeds)
        return
    with ProcessPoolExecutor(options.processes) as pool:
        yield from zip(seeds, pool.map(_one, seeds, [options.days] * len(seeds)), strict=True)


def _one(seed: int, days: int) -> Outcome | str:
    try:
        return simulate(seed, days)
    except Violation as violation:
        return str(violation)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description="Runs seeds of the simulation.")
    parser.add_argument("--seeds", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--start", type=int, default=0, help="the first one (default: 0)")
    parser.add_argument("--days", type=int, default=DAYS, help=f"days in each (default: {DAYS})")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="how many at a time (default: one a core)"
    )
    parser.add_argument("--digest", action="store_true", help="print the hash over all that happened in each seed")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
