"""`daemon`: runs the jobs at their times and delivers, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from jobs.app import App
from jobs.cli.access import open_to_write
from jobs.config.load import service_manager
from jobs.config.secrets import secret_warnings
from jobs.daemon.daemon import Daemon
from jobs.errors import Exit
from jobs.log.handler import set_up_logs
from jobs.log.logger import Logger
from jobs.monitoring.endpoint import watchers
from jobs.monitoring.look import shared
from jobs.monitoring.watcher import Watcher

_log = Logger("jobs.daemon")


@click.command(epilog="Example:  kigen daemon --config /etc/kigen/config.toml")
@click.pass_obj
def daemon(config: Path | None, /) -> int:
    """Run the jobs at the times in config.toml and deliver what is queued, until SIGTERM.

    At its start it catches up: each job that has no finished run for its newest day runs once, and says what is still
    true. SIGHUP reads the configuration anew; where it cannot be used, the old one holds and the log says why.

    Several daemons may work on one database: each job day runs once, each mail leaves once.
    """
    service = Daemon(
        open_for_service(config), lambda: open_for_service(config), watchers=_watchers, manager=service_manager()
    )
    asyncio.run(service.run())
    return Exit.DONE


def open_for_service(config: Path | None) -> App:
    """The installation, every part of it made that the configuration can spoil: that is found now, not at nine.

    Raises:
        ConfigError: the configuration cannot be used.
        DatabaseNotReady: the database belongs to an older or newer program, or to another one.
        TemplateProblem: a directory of templates is not there.
    """
    app = open_to_write(config)
    set_up_logs(app.settings.log.format, app.settings.log.level, is_service=True)
    _ = (app.day, app.timetable, app.outgoing.gate, app.outgoing.transport())
    for warning in secret_warnings(app.settings):
        _log.warning("secret readable by others", warning=warning)
    return app


def _watchers(app: App) -> Sequence[Watcher]:
    """They read the database through an engine of their own, and never write to it."""
    return watchers(app.settings, shared(App(app.settings, read_only=True).look.taken))
