"""What a command's run leaves for those who watch from outside: the file of metrics and the sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from jobs.app import App
from jobs.daemon.outage import is_outage
from jobs.day import Outcome, RunRequest
from jobs.errors import Exit
from jobs.log.logger import Logger
from jobs.monitoring.endpoint import Textfile
from jobs.monitoring.heartbeat import Heartbeat
from jobs.runs.history import RunUnderWay
from jobs.runs.late_mail import late_said
from jobs.terminal.output import complain

PATIENCE = 30.0  # seconds: a mail server may wait for us while we tell

_log = Logger("jobs.desk")


def with_signs(app: App, request: RunRequest, carry_out: Callable[[], Outcome]) -> Outcome:
    """Carries it out and then leaves the signs that [monitoring] asks for; a run that fails is told of too.

    A dry run, one for another day and one for a single contract are no sign of life. Nor is one that was refused,
    because sending is paused or another run is under way: the dead man's switch tells if that lasts.
    """
    if request.dry_run:
        return carry_out()
    is_sign = request.as_of == app.clock.today() and request.only is None
    with failure_told(app, request.name, request.as_of, is_sign=is_sign, delivers=request.deliver):
        outcome = carry_out()
    status = outcome.status
    why = outcome.stopped or "stopped on request" if status == Exit.UNREACHABLE else ""
    leave_signs(app, request.name, why, is_sign=is_sign and status != Exit.REFUSED)
    return outcome


@contextmanager
def failure_told(app: App, job: str, as_of: date, *, is_sign: bool = True, delivers: bool = True) -> Iterator[None]:
    """Leaves the signs of a run that fails, and tells the desk; not of one that another run refused."""
    try:
        yield
    except RunUnderWay:
        raise
    except Exception as error:
        leave_signs(app, job, f"{type(error).__name__}: {error}", is_sign=is_sign)
        if not is_outage(error):
            _tell_of_failure(app, as_of, delivers=delivers)
        raise


def tell_desk(app: App) -> None:
    """What came up is on record by now: where the desk cannot be told at once, the next delivery tells it."""
    if why := asyncio.run(app.urgent_letter.send(app.clock.today(), seconds=PATIENCE)):
        complain(f"the sales desk could not be told yet: {why}; the next delivery tells it")


def _tell_of_failure(app: App, as_of: date, *, delivers: bool) -> None:
    """Of a run that has failed, and of what it had found until then."""
    if not delivers:
        app.urgent_letter.queue(as_of)
    elif why := asyncio.run(app.urgent_letter.send(as_of)):
        _log.warning("the sales desk could not be told at once", reason=why)


def leave_signs(app: App, job: str, error: str = "", *, is_sign: bool = True) -> None:
    """Leaves the signs of a run that has ended; `error` is why it failed. While mail is late no run is a good one."""
    table = app.settings.monitoring
    if table.textfile:
        Textfile(app.settings.path(table.textfile), App(app.settings, read_only=True).look.taken).write()
    heartbeat = Heartbeat(table)
    if is_sign and heartbeat.beats_for(job):
        heartbeat.tell(job, error or late_said(app.late_mail.found()))
