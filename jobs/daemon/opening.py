"""Opening an installation for months of work: what can be wrong with its configuration is found now, not at nine."""

from __future__ import annotations

from pathlib import Path

from jobs.app import App
from jobs.cli.opening import open_to_write
from jobs.config.secrets import secret_warnings
from jobs.daemon.session import DELIVER, time_of, timetable
from jobs.log.handler import set_up_logs
from jobs.log.logger import Logger

_log = Logger("jobs.daemon")


def open_for_service(config: Path | None) -> App:
    """The installation, every part of it made that the configuration can spoil.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: the database belongs to an older or newer program, or to another one.
        TemplateProblem: a directory of templates is not there.
    """
    app = open_to_write(config)
    set_up_logs(app.settings.log, is_service=True)
    _make_all(app)
    for warning in secret_warnings(app.settings):
        _log.warning("secret readable by others", warning=warning)
    return app


def _make_all(app: App) -> None:
    timetable(app), time_of(app, DELIVER)
    _ = (app.catalogue, app.composer, app.ledger, app.runs, app.deliveries, app.outgoing.gate, app.calendar)
    app.outgoing.transport()
