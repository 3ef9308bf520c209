"""One look at an installation for whoever watches it: its vitals, what is wrong, and what ought to be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from jobs.app import App
from jobs.daily_jobs import daily_jobs, time_of_day
from jobs.installation.fence import Fence
from jobs.installation.state_file import StateFile, StateFileError, this_machine
from jobs.monitoring.health import Expected, Problem, problems, unreachable
from jobs.monitoring.vitals import Vitals, read_vitals
from notify.ledger.switches import latest_installation

if TYPE_CHECKING:
    from jobs.monitoring.metrics import Seen

KEPT_SECONDS = 5.0  # so that however many scrape, the database is read once


def expected(app: App) -> Expected:
    """What ought to be, as the configuration has it."""
    table = app.settings.monitoring
    return Expected(
        times={job: time_of_day(app, job) for job in daily_jobs(app)},
        zone=app.clock.zone,
        overdue=timedelta(minutes=table.overdue_minutes),
        stuck=timedelta(minutes=table.stuck_minutes),
        paused=timedelta(hours=table.paused_hours),
        waits_for_a_person=frozenset(kind for kind, policy in app.in_doubt.items() if policy == "wait"),
    )


def look(app: App) -> tuple[Vitals | None, list[Problem]]:
    """How things stand, None where the database cannot be read, and what is wrong. Reads only."""
    try:
        vitals = read_vitals(app.engine, app.clock.now())
        return vitals, problems(vitals, expected(app), why_fenced(app))
    except StateFileError as error:
        return None, [Problem("fenced", str(error), "nothing can be sent before the state file can be used")]
    except (DBAPIError, OSError) as error:
        return None, [unreachable(str(error.orig if isinstance(error, DBAPIError) else error))]


def why_fenced(app: App) -> str:
    """Why this installation may not send before `kigen adopt`; "" where it may.

    A fence of its own each time: the one that mail passes is kept open by the thread that delivers. A state file is not
    made: whoever looks may be another user than the one who sends.

    Raises:
        StateFileError: the state file cannot be read.
    """
    file = app.settings.path(app.settings.installation.file)
    if not file.exists():
        return _without_state(app, file)
    fence = Fence(app.engine, StateFile(file, this_machine()), app.clock.now)
    try:
        return fence.why_fenced()
    finally:
        fence.close()


def _without_state(app: App, file: Path) -> str:
    with app.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        other = latest_installation(connection)
    if other is None:
        return ""
    return f"the database belongs to another installation, in {other.folder} on {other.host}; here is no {file} yet"


def looker(app: App) -> Callable[[], Seen]:
    """Looks at the installation for metrics, from any thread, one at a time; what was just seen is not read again."""
    from jobs.monitoring.metrics import Seen

    kinds = {str(kind): job.name for job in app.jobs for kind in job.kinds}
    wanted, lock = expected(app), threading.Lock()
    kept: list[tuple[float, Seen]] = []

    def take() -> Seen:
        with lock:
            if not kept or time.monotonic() - kept[0][0] >= KEPT_SECONDS:
                vitals, found = look(app)
                is_fenced = any(problem.name == "fenced" for problem in found)
                kept[:] = [(time.monotonic(), Seen(vitals, found, wanted, kinds, is_fenced))]
            return kept[0][1]

    return take
