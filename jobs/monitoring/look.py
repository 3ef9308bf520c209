"""One look at an installation for whoever watches it: its vitals, what is wrong, and what ought to be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from jobs.clock import Clock
from jobs.installation.fence import Fence
from jobs.installation.state_file import StateFile, StateFileError, this_machine
from jobs.monitoring.health import Expected, Problem, problems, unreachable
from jobs.monitoring.vitals import Vitals, read_vitals
from jobs.runs.late_mail import LateMail
from notify.ledger.switches import latest_installation

KEPT_SECONDS = 5.0  # so that however many scrape, the database is read once


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found; `vitals` None where the database could not be read."""

    vitals: Vitals | None
    problems: Sequence[Problem]
    expected: Expected
    kinds: Mapping[str, str]  # of each kind, the job that writes it

    @property
    def is_fenced(self) -> bool:
        """Whether this installation may not send before `kigen adopt`."""
        return any(problem.name == "fenced" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Look:
    """Looks at an installation, and only reads. `kinds` tells of each kind of notice the job that writes it."""

    engine: Engine
    state_file: Path
    clock: Clock
    expected: Expected
    late_mail: LateMail
    kinds: Mapping[str, str]

    def taken(self) -> Seen:
        """How things stand, and what is wrong."""
        try:
            vitals = replace(read_vitals(self.engine, self.clock.now()), late=self.late_mail.found())
            return Seen(vitals, problems(vitals, self.expected, self.why_fenced()), self.expected, self.kinds)
        except StateFileError as error:
            found = Problem("fenced", str(error), "nothing can be sent before the state file can be used")
        except (DBAPIError, OSError) as error:
            found = unreachable(str(error.orig if isinstance(error, DBAPIError) else error))
        return Seen(None, [found], self.expected, self.kinds)

    def why_fenced(self) -> str:
        """Why this installation may not send before `kigen adopt`; "" where it may.

        A fence of its own each time: the one that mail passes is kept open by the thread that delivers. A state file is
        not made: whoever looks may be another user than the one who sends.

        Raises:
            StateFileError: the state file cannot be read.
        """
        if not self.state_file.exists():
            return self._without_state()
        fence = Fence(self.engine, StateFile(self.state_file, this_machine()), self.clock.now)
        try:
            return fence.why_fenced()
        finally:
            fence.close()

    def _without_state(self) -> str:
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            other = latest_installation(connection)
        if other is None:
            return ""
        return (
            f"the database belongs to another installation, in {other.folder} on {other.host}; "
            f"here is no {self.state_file} yet"
        )


def shared(look: Callable[[], Seen]) -> Callable[[], Seen]:
    """The same look from any thread, one at a time; what was just seen is not read again."""
    lock = threading.Lock()
    kept: list[tuple[float, Seen]] = []

    def take() -> Seen:
        with lock:
            if not kept or time.monotonic() - kept[0][0] >= KEPT_SECONDS:
                kept[:] = [(time.monotonic(), look())]
            return kept[0][1]

    return take
