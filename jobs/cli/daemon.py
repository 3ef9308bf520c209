"""`daemon`: runs the jobs at their times and delivers, until it is told to stop."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from jobs.errors import Exit


@click.command(epilog="Example:  kigen daemon --config /etc/kigen/config.toml")
@click.pass_obj
def daemon(config: Path | None, /) -> int:
    """Run the jobs at the times in config.toml and deliver what is queued, until SIGTERM.

    At its start it catches up: each job that has no finished run for its newest day runs once, and says what is still
    true. SIGHUP reads the configuration anew; where it cannot be used, the old one holds and the log says why.

    Several daemons may work on one database: each job day runs once, each mail leaves once.
    """
    from jobs.config.load import service_manager
    from jobs.daemon.daemon import Daemon
    from jobs.daemon.opening import open_for_service
    from jobs.daemon.watchers import Monitoring

    service = Daemon(
        open_for_service(config), lambda: open_for_service(config), watchers=[Monitoring()], manager=service_manager()
    )
    asyncio.run(service.run())
    return Exit.DONE
