"""Running a command to its end, and what it cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PROGRAMS = Path(sys.executable).parent
KIBI_A_MIB = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: wall-clock and processor seconds, and the most memory it held at once, in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    out: str

    @property
    def row(self) -> dict[str, float]:
        """The figures, for a report."""
        return {"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "peak_mib": self.peak_mib}


class CommandFailed(Exception):  # noqa: N818 - named for what happened
    """A measured command ended with another status than was expected; its figures say nothing."""


def run(command: Sequence[object], *, statuses: Sequence[int] = (0,)) -> Cost:
    """Runs the command to its end.

    Raises:
        CommandFailed: it ended with none of these statuses.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([str(part) for part in command], stdout=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        out = said.read().decode()
    seconds = time.perf_counter() - began
    if process.returncode not in statuses:
        raise CommandFailed(f"{' '.join(map(str, command))}: status {process.returncode}\n{out[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / KIBI_A_MIB, out)


def kigen(config: Path, *arguments: object, statuses: Sequence[int] = (0,)) -> Cost:
    """Runs `kigen` with that configuration."""
    return run([PROGRAMS / "kigen", *arguments, "--config", config], statuses=statuses)


def several(times: int, command: Sequence[object]) -> Cost:
    """Runs the command several times: the median of each figure."""
    costs = [run(command) for _ in range(times)]
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu_seconds for cost in costs),
        median(cost.peak_mib for cost in costs),
        costs[-1].out,
    )
