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
ROOT = Path(__file__).parents[1]
KIBI_A_MIB = 1024
# A program that is started over and over has its modules compiled: by its installation, or by its first run.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


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


class Running:
    """A command on its way; `ended` must be called once."""

    def __init__(self, command: Sequence[object]) -> None:
        self._command = [str(part) for part in command]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the command has ended
        self._began = time.perf_counter()
        self._process = subprocess.Popen(self._command, stdout=self._said, cwd=ROOT, env=ENVIRONMENT)

    @property
    def is_running(self) -> bool:
        """Whether it has not come to its end."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def ended(self, statuses: Sequence[int] = (0,)) -> Cost:
        """What it cost, when it has come to its end.

        Raises:
            CommandFailed: it ended with none of these statuses.
        """
        _, status, used = os.wait4(self._process.pid, 0)
        seconds = time.perf_counter() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        with self._said:
            self._said.seek(0)
            out = self._said.read().decode()
        if self._process.returncode not in statuses:
            raise CommandFailed(f"{' '.join(self._command)}: status {self._process.returncode}\n{out[-2000:]}")
        return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / KIBI_A_MIB, out)


def run(command: Sequence[object], *, statuses: Sequence[int] = (0,)) -> Cost:
    """Runs the command to its end.

    Raises:
        CommandFailed: it ended with none of these statuses.
    """
    return Running(command).ended(statuses)


def kigen(config: Path, *arguments: object, statuses: Sequence[int] = (0,)) -> Cost:
    """Runs `kigen` with that configuration."""
    return run(kigen_command(config, *arguments), statuses=statuses)


def kigen_command(config: Path, *arguments: object) -> list[object]:
    """The command line of `kigen` with that configuration."""
    return [PROGRAMS / "kigen", *arguments, "--config", config]


def several(times: int, command: Sequence[object]) -> Cost:
    """Runs the command several times: the median of each figure."""
    return middle([run(command) for _ in range(times)])


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu_seconds for cost in costs),
        median(cost.peak_mib for cost in costs),
        costs[-1].out,
    )
