"""Stopping, starting and trying all sending: `pause`, `resume`, `adopt`, `send-test`."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Sequence
from pathlib import Path

import click

from jobs.app import App
from jobs.cli.access import open_to_read, open_to_write
from jobs.cli.options import ADDRESS, table_or_json
from jobs.errors import Exit
from jobs.log.logger import Logger
from jobs.runs.trial_mail import Trial, send_test_mail
from jobs.terminal.output import complain, say, show_json, show_rows
from jobs.views.adoption import WouldSend, as_json, counts_by_kind, would_send
from notify.ledger import switches
from notify.record.values import Status

_log = Logger("jobs.control")
ROWS_SHOWN = 20
COLUMNS = {"kind": "kind", "contract": "contract", "line": "line", "occasion": "occasion", "status": "status"}


@click.command(epilog='Example:  kigen pause --reason "the relay is being moved"')
@click.option("--reason", default="", help="Why, for whoever finds it paused.", metavar="TEXT")
@click.pass_obj
def pause(config: Path | None, /, reason: str) -> int:
    """Stop all sending, in every process, from the next mail on.

    Jobs go on deciding and queueing; nothing is lost, but what waits beyond its last day is withdrawn.
    """
    app = open_to_write(config)
    with app.engine.begin() as connection:
        before = switches.pause(connection, reason, getpass.getuser(), app.clock.now())
    _log.info("sending paused", by=getpass.getuser(), reason=reason, was_paused=before is not None)
    since = f"Sending was paused already, since {before.since:%Y-%m-%d %H:%M} UTC" if before else "Sending is paused"
    say(f"{since}; {_waiting(app)}. `kigen resume` starts it again.")
    return Exit.DONE


@click.command(epilog="Example:  kigen resume && kigen run-job deliver")
@click.pass_obj
def resume(config: Path | None, /) -> int:
    """Start sending again; the next delivery sends what waits."""
    app = open_to_write(config)
    with app.engine.begin() as connection:
        before = switches.resume(connection)
    _log.info("sending resumed", by=getpass.getuser(), paused_since=before.since if before else None)
    was = f"Sending was paused since {before.since:%Y-%m-%d %H:%M} UTC" if before else "Sending was not paused"
    say(f"{was}; {_waiting(app)}. `kigen run-job deliver` sends what waits.")
    if why := app.fence.why_fenced():
        say(f"It sends nothing yet: {why}")
    return Exit.DONE


@click.command(epilog="Example:  kigen adopt")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent.")
@table_or_json
@click.pass_obj
def adopt(config: Path | None, /, form: str, *, yes: bool, dry_run: bool) -> int:
    """Take over a database that came from another machine, or from a backup.

    Shows first what would be sent from it. After it, this installation sends; make sure that no other one still does.
    """
    app = open_to_read(config)
    fenced, why = app.fence.fenced(), app.fence.why_fenced()
    notices = would_send(app.jobs, app.decider, app.clock.today(), app.clock.now()) if fenced else []
    if form == "json":
        show_json(as_json(why, fenced, notices))
    elif fenced:
        _show(why, notices)
    else:
        say("Nothing to adopt: this installation may send from this database.")
    if not fenced and not dry_run:
        open_to_write(config).fence.refusal()  # on a fresh database: whoever comes from now on is another installation
    if dry_run or not fenced:
        return Exit.DONE
    if not yes:
        click.confirm("Let this installation send from this database?", abort=True, err=True)
    open_to_write(config).fence.adopt(getpass.getuser())
    _log.info("database adopted", by=getpass.getuser(), was=fenced)
    if form == "table":
        say(
            "Adopted. `kigen run-job all` sends from now on; `kigen baseline DAY` leaves out what was due before a day."
        )
    return Exit.DONE


@click.command("send-test", epilog="Example:  kigen send-test you@example.co.jp")
@click.argument("address", type=ADDRESS)
@click.pass_obj
def send_test(config: Path | None, /, address: str) -> int:
    """Send one plain mail to ADDRESS the way the notices go, and say what the server answered.

    It passes the same gate: pause, fence, allow-list and redirect hold for it. It is no notice and not on the ledger.
    """
    app = open_to_write(config)
    came_of, said = asyncio.run(send_test_mail(app.outgoing, app.composer, app.clock, address))
    (say if came_of is Trial.ACCEPTED else complain)(said)
    return {
        Trial.ACCEPTED: Exit.DONE,
        Trial.REFUSED: Exit.NEEDS_A_PERSON,
        Trial.UNKNOWN: Exit.NEEDS_A_PERSON,
        Trial.MISCONFIGURED: Exit.WRONG_USAGE,
        Trial.STOPPED: Exit.REFUSED,
        Trial.UNREACHABLE: Exit.UNREACHABLE,
    }[came_of]


def _waiting(app: App) -> str:
    count = app.ledger.counts().get(Status.QUEUED, 0)
    return f"{count} notice{' waits' if count == 1 else 's wait'}"


def _show(why: str, notices: Sequence[WouldSend]) -> None:
    say(f"Fenced: {why}")
    say()
    for kind, count in counts_by_kind(notices).items():
        say(f"  {count:>6}  {kind}")
    show_rows([each.row for each in notices[:ROWS_SHOWN]], COLUMNS, "table", "Nothing would be sent today.")
    if len(notices) > ROWS_SHOWN:
        say(f"… and {len(notices) - ROWS_SHOWN} more; --format json shows all")
