"""`purge`, `legal-hold`, `forget`: what is kept for how long, what must be, and a person's request."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from jobs.app import App
from jobs.cli.access import open_to_read, open_to_write, speaker_of
from jobs.cli.options import DAY, table_json_or_csv, table_or_json
from jobs.cli.signs import failure_told, leave_signs
from jobs.errors import Exit
from jobs.language.messages import Said
from jobs.notices.listing import PURGE
from jobs.retention.forget import Forgetting, Outlook
from jobs.retention.legal_holds import Holds, Word
from jobs.terminal.output import say, show_json
from jobs.terminal.progress import progress
from jobs.terminal.speaker import Speaker

DUE_COLUMNS = {"kind": "kind", "part": "what", "count": "mails", "oldest": "oldest"}
HOLD_COLUMNS = {
    "of": "of", "number": "number", "reason": "reason", "set_by": "by", "set_at": "since",
    "cleared_reason": "cleared because", "cleared_by": "by", "cleared_at": "cleared",
}  # fmt: skip
number_argument = click.argument("number", metavar="CONTRACT|ACCOUNT")


@click.command(epilog="Example:  kigen purge --dry-run")
@click.option("--date", "day", type=DAY, help="As if it were this day.", metavar="DAY")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@table_or_json
@click.pass_obj
def purge(config: Path | None, /, day: date | None, form: str, *, dry_run: bool, yes: bool) -> int:
    """Take texts and addresses off ended notices whose time is over (table [retention]).

    The facts, times, hashes and the server's answers stay. Shows first what would go.
    """
    app = open_to_read(config) if dry_run else open_to_write(config)
    as_of = _not_ahead(app, day, dry_run=dry_run)
    due = app.purge.due(as_of)
    speaker_of(app).rows([asdict(each) for each in due], DUE_COLUMNS, form, Said("purge.nothing", {"day": as_of}))
    if dry_run or not due:
        return Exit.DONE
    if not yes:
        click.confirm("Take these off for good?", abort=True, err=True)
    total = sum(each.count for each in due)
    with progress("purge", total) as advance_to:
        counts = app.purge.run(as_of, progress=lambda done: advance_to(min(done, total)))
    if form == "table":
        say(", ".join(f"{part} of {count} mails" for part, count in counts.items()) + " purged")
    return Exit.DONE


def purge_as_job(app: App, as_of: date, form: str, *, dry_run: bool) -> int:
    """`run-job purge`: for a timer, so it does not ask."""
    _not_ahead(app, as_of, dry_run=dry_run)
    due = [asdict(each) for each in app.purge.due(as_of)]
    if not dry_run:
        is_sign = as_of == app.clock.today()
        with failure_told(app, PURGE, as_of, is_sign=is_sign, delivers=False):
            app.purge.run(as_of)
        leave_signs(app, PURGE, is_sign=is_sign)
    if form == "json":
        show_json({"job": PURGE, "as_of": as_of, "dry_run": dry_run, "purged": due})
    else:
        speaker_of(app).rows(due, DUE_COLUMNS, form, Said("purge.nothing", {"day": as_of}))
    return Exit.DONE


@click.group("legal-hold", epilog='Example:  kigen legal-hold set K-0001 --reason "lawsuit 12/2026"')
def legal_hold() -> None:
    """Keep a contract's or an account's records from purge and forget."""


@legal_hold.command("set", epilog='Example:  kigen legal-hold set K-0001 --reason "lawsuit 12/2026"')
@number_argument
@click.option("--reason", required=True, help="Why; it stays on record.", metavar="TEXT")
@click.pass_obj
def set_hold(config: Path | None, /, number: str, reason: str) -> int:
    """Nothing of the contract or account is purged or forgotten from now on."""
    app = open_to_write(config)
    found = Holds(app.engine).set(number, _word(app, reason))
    say(f"held: {', '.join(f'{of} {number}' for of in found)}")
    return Exit.DONE


@legal_hold.command("clear", epilog='Example:  kigen legal-hold clear K-0001 --reason "settled"')
@number_argument
@click.option("--reason", required=True, help="Why; it stays on record.", metavar="TEXT")
@click.pass_obj
def clear_hold(config: Path | None, /, number: str, reason: str) -> int:
    """The usual times hold again."""
    app = open_to_write(config)
    found = Holds(app.engine).clear(number, _word(app, reason))
    say(f"no longer held: {', '.join(f'{of} {number}' for of in found)}")
    return Exit.DONE


@legal_hold.command("list", epilog="Example:  kigen legal-hold list --all")
@click.option("--all", "is_all", is_flag=True, help="Those that were cleared as well.")
@table_json_or_csv
@click.pass_obj
def list_holds(config: Path | None, /, form: str, *, is_all: bool) -> int:
    """Show what is held, since when, by whose word and why."""
    app = open_to_read(config)
    found = Holds(app.engine).listed(cleared=is_all)
    columns = HOLD_COLUMNS if is_all else dict(list(HOLD_COLUMNS.items())[:5])
    speaker_of(app).rows(found, columns, form, Said("holds.none"))
    return Exit.DONE


@click.command(epilog='Example:  kigen forget A-0001 --reference "request of 2026-11-20" --dry-run')
@click.argument("account")
@click.option("--reference", default="", help="How the request is filed; on record. Name nobody in it.", metavar="TEXT")
@click.option("--dry-run", is_flag=True, help="Only show what would be forgotten, and what must be kept.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--lift", is_flag=True, help="The person is back: imports may name them again.")
@table_or_json
@click.pass_obj
def forget(config: Path | None, /, account: str, reference: str, form: str, **options: bool) -> int:
    """Forget an ACCOUNT's people: their names and addresses in the book, texts and addresses of ended notices.

    What must be kept stays: of running contracts, evidence within its time, what is under legal hold. Shows it first.
    """
    if options["lift"] and options["dry_run"]:
        raise click.UsageError("--lift lets imports name them again and has nothing to show; leave out --dry-run")
    app = open_to_read(config) if options["dry_run"] else open_to_write(config)
    forgetting = _forgetting(app)
    if options["lift"]:
        say(f"{forgetting.lift(account)} names and addresses of account {account} may be imported again")
        return Exit.DONE
    found = forgetting.outlook(account, app.clock.today())
    if form == "json":
        show_json(asdict(found) | {"files": [str(file) for file in found.files]})
    else:
        _tell_outlook(found, speaker_of(app))
    status = Exit.NEEDS_A_PERSON if found.kept or found.files else Exit.DONE
    if options["dry_run"]:
        return status
    if not options["yes"]:
        click.confirm("Forget this for good?", abort=True, err=True)
    forgetting.carry_out(account, app.clock.today(), getpass.getuser(), reference)
    if form == "table":
        goes = found.people or found.marks or found.mails
        say("done; backups and exports made before still hold it" if goes else "nothing of it could go")
    return status


def _forgetting(app: App) -> Forgetting:
    kept, drop = app.settings.path(app.settings.bounces.for_people), app.settings.feed.folder
    of_feed = [app.settings.path(drop) / part for part in ("", "done", "failed")] if drop else []
    return Forgetting(app.engine, app.purge, [kept / "new", kept / "cur", *of_feed])


def _tell_outlook(found: Outlook, speaker: Speaker) -> None:
    say(f"account {found.account}, {found.company}")
    say(f"  goes from the book: {found.people} names and addresses")
    say(f"  goes from the addresses that are not written to: {found.marks}")
    say("  goes from ended notices:" + ("" if found.mails else " nothing"))
    if found.mails:
        speaker.rows([asdict(each) for each in found.mails], DUE_COLUMNS, "table")
    for reason in found.kept:
        say(f"  stays: {reason}")
    for file in found.files:
        say(f"  look at: {file}")


def _word(app: App, reason: str) -> Word:
    if not reason.strip():
        raise click.BadParameter("expected a few words, found none", param_hint="--reason")
    return Word(getpass.getuser(), app.clock.now(), reason.strip())


def _not_ahead(app: App, day: date | None, *, dry_run: bool) -> date:
    """The day, or today.

    Raises:
        click.UsageError: the day has not come yet, and what it would purge is to be purged.
    """
    today = app.clock.today()
    if day is not None and day > today and not dry_run:
        raise click.UsageError(f"--date {day} has not come yet, today is {today}; --dry-run shows what it will purge")
    return day or today
