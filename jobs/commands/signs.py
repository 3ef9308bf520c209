"""What a command's run leaves for those who watch from outside: the file of metrics and the sign of life."""

from __future__ import annotations

from collections.abc import Callable

from jobs.app import App
from jobs.cli import Exit
from jobs.commands.running import Outcome, RunRequest
from jobs.runs import RunUnderWay


def with_signs(app: App, request: RunRequest, carry_out: Callable[[], Outcome]) -> Outcome:
    """Carries it out and then leaves the signs that [monitoring] asks for; a run that fails is told of too.

    A dry run, one for another day and one for a single contract are no sign of life. Nor is one that was refused,
    because sending is paused or another run is under way: the dead man's switch tells if that lasts.
    """
    if request.dry_run:
        return carry_out()
    try:
        outcome = carry_out()
    except RunUnderWay:
        raise
    except Exception as error:
        _leave(app, request, f"{type(error).__name__}: {error}")
        raise
    status = outcome.status
    why = _why(outcome) if status == Exit.UNREACHABLE else ""
    _leave(app, request, why, is_refused=status == Exit.REFUSED)
    return outcome


def _why(outcome: Outcome) -> str:
    return (outcome.delivered.stopped if outcome.delivered is not None else "") or "stopped on request"


def _leave(app: App, request: RunRequest, error: str, *, is_refused: bool = False) -> None:
    table = app.settings.monitoring
    if table.textfile:
        from jobs.monitoring import Textfile
        from jobs.watching import looker

        Textfile(app.settings.path(table.textfile), looker(App(app.settings, read_only=True))).write()
    is_todays = request.as_of == app.clock.today() and request.only is None
    if is_refused or not is_todays or not (table.heartbeat_url or table.failure_url):
        return
    from jobs.heartbeat import Heartbeat, beats_for

    heartbeat = Heartbeat(table)
    if beats_for(request.name, heartbeat):
        heartbeat.tell(request.name, error)
