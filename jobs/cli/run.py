"""`run-job`: one job, once, for real or as a dry run; and the history of runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import click

from jobs.app import App
from jobs.cli.access import open_to_read, open_to_write, speaker_of
from jobs.cli.feed import feed
from jobs.cli.options import DAY, NUMBER, table_json_or_csv, table_or_json
from jobs.cli.retention import purge_as_job
from jobs.cli.run_shown import Shown, show_outcome
from jobs.cli.signs import leave_signs, with_signs
from jobs.day import Look, Outcome, RunRequest
from jobs.desk.sections import KEPT
from jobs.errors import Exit
from jobs.language.messages import Said
from jobs.notices.listing import CHORES, DESK, FEED, NAMES, PURGE
from jobs.pages.preview import write_gallery
from jobs.runs.decide import Decided
from jobs.runs.history import RunFilter
from jobs.runs.last_day import DayInDoubt
from jobs.runs.stopping import Stopping
from jobs.views.decisions import gallery_entry
from jobs.views.desk import desk_entries_to_come
from jobs.views.wording import page_wording


@click.command("run-job", epilog=f"Example:  run-job {NAMES[0]} --dry-run --preview /tmp/preview")
@click.argument("job", type=click.Choice([*CHORES, *NAMES, "deliver", "all"]))
@click.option("--date", "day", type=DAY, help="Run for this day instead of today.", metavar="DAY")
@click.option("--dry-run", is_flag=True, help="Show what would be done; the database is opened read-only.")
@click.option("--preview", type=click.Path(path_type=Path), help="Write the mails as a page into DIR.", metavar="DIR")
@click.option("--no-deliver", is_flag=True, help="Queue only; a later run or `run-job deliver` sends.")
@click.option("--now", is_flag=True, help="Try at once what waits for its next try.")
@click.option("--only", help="Look at this contract only.", metavar="CONTRACT")
@click.option("--force", is_flag=True, help="Allow --date with a transport that reaches people.")
@table_or_json
@click.pass_obj
def run_job(config: Path | None, /, job: str, day: date | None, form: str, **options: Any) -> int:
    """Run one job, once: decide, queue, and send what was queued.

    `all` imports what lies in the drop folder, where there is one, runs the four jobs of notices, delivers, then tells
    the sales desk what needs a person (`operator-digest`); with --only, --dry-run or another day's --date it imports
    nothing. `feed` only imports, as `kigen feed`; `deliver` only sends. Running it again sends nothing twice. `purge`
    takes off what [retention] says, without asking; it is no part of `all`.
    """
    _refuse_what_does_not_fit(job, day=day, **options)
    if job == FEED:
        return int(click.get_current_context().invoke(feed, form=form, dry_run=options["dry_run"], strict=False))
    app = open_to_read(config) if options["dry_run"] else open_to_write(config)
    today = app.clock.today()
    as_of = day or today
    if app.outgoing.reaches_people and as_of != today and not (options["dry_run"] or options["force"]):
        raise click.UsageError(f"--date {as_of} is not today and this transport reaches people: say --force to mean it")
    if day is None and not options["dry_run"]:
        _expect_the_right_day(app, job)
    if job == PURGE:
        return purge_as_job(app, as_of, form, dry_run=options["dry_run"])
    request = _request(app, job, as_of, form, is_today=as_of == today, **options)
    shown = Shown(prints_all=form == "json")

    def look(decided: Iterator[Decided]) -> None:
        noted = shown.noted(decided)
        if options["preview"] is not None:
            shown.page = _page(app, request, options["preview"], noted)
        for _ in noted:
            pass

    outcome = with_signs(app, request, lambda: asyncio.run(_run(app, request, look)))
    show_outcome(outcome, shown, form, speaker_of(app), app.english)
    return outcome.status


def _expect_the_right_day(app: App, job: str) -> None:
    """Asks at a terminal whether it is today.

    Raises:
        DayInDoubt: something speaks against it, and nobody is there to be asked.
    """
    if doubt := app.doubt_of_today():
        if sys.stdin.isatty():
            click.confirm(f"{doubt}.\nGo on?", abort=True, err=True)
        else:
            leave_signs(app, job, doubt)
            raise DayInDoubt(doubt)


DOES_NOT_FIT = {
    FEED: (
        ("day", "preview", "only", "no_deliver", "now", "force"),
        "the feed takes what lies in the drop folder now, for the whole book",
    ),
    PURGE: (
        ("preview", "only", "no_deliver", "now"),
        "a purge is about all contracts; `kigen legal-hold` keeps one out",
    ),
    DESK: (("only",), f"the letter of {DESK} is about all contracts"),
    "deliver": (("preview", "no_deliver"), "a delivery sends what was decided before"),
}


def _refuse_what_does_not_fit(job: str, **options: Any) -> None:
    names, why = DOES_NOT_FIT.get(job, ((), ""))
    for name in (name for name in names if options[name] not in (None, False)):
        option = "date" if name == "day" else name.replace("_", "-")
        raise click.UsageError(f"--{option}: {why}")
    if options["now"] and (options["dry_run"] or options["no_deliver"]):
        raise click.UsageError("--now: nothing is tried with --dry-run or --no-deliver")


def _request(app: App, job: str, as_of: date, form: str, *, is_today: bool, **options: Any) -> RunRequest:
    is_of_all = job == "all" and options["only"] is None
    return RunRequest(
        name=job, jobs=NAMES if job == "all" else (job,) if job in NAMES else (), as_of=as_of,
        dry_run=options["dry_run"], deliver=not options["no_deliver"], now=options["now"], only=options["only"],
        feeds=is_of_all and is_today and not options["dry_run"],
        desk=job == DESK or (is_of_all and app.settings.jobs.operator_digest.on),
        most=None if form == "json" else KEPT,
    )  # fmt: skip


async def _run(app: App, request: RunRequest, look: Look) -> Outcome:
    stopping = Stopping()
    with stopping.listening():
        return await app.day.run(request, stopping, look)


def _page(app: App, request: RunRequest, folder: Path, decided: Iterator[Decided]) -> Path:
    """The page of what was decided, and of the desk's letters that are to come."""
    shown = partial(app.daily_letter.shown, request.as_of, app.clock.now())
    to_the_desk = desk_entries_to_come(shown, app.messages) if request.desk else ()
    entries = chain((gallery_entry(one, request.as_of, app.messages) for one in decided), to_the_desk)
    title, wording = app.messages.say("page.run", job=request.name), page_wording(app.messages)
    return write_gallery(folder, entries, title=title, made_for=f"{request.as_of}", wording=wording)


@click.command(epilog="Example:  kigen runs --failed --since 2026-11-01")
@click.option("--limit", default=20, show_default=True, type=NUMBER, help="How many.")
@click.option("--job", type=click.Choice([*CHORES, *NAMES]), help="Of this job only.", metavar="JOB")
@click.option("--since", type=DAY, help="Only runs for this day or a later one.", metavar="DAY")
@click.option("--failed", is_flag=True, help="Only runs that failed, or whose process died.")
@table_json_or_csv
@click.pass_obj
def runs(config: Path | None, /, limit: int, form: str, **which: Any) -> int:
    """Show the history of runs, newest first: for which day, where, how long, what came out, why it failed."""
    app = open_to_read(config)
    found = app.runs.listed(RunFilter(**which), limit)
    rows = [asdict(run) | {"seconds": run.seconds, "counts": _shown(run.counts, form)} for run in found]
    columns = {
        "id": "run", "job": "job", "as_of": "for", "origin": "origin", "started_at": "started", "seconds": "seconds",
        "finished_at": "finished", "outcome": "outcome", "counts": "counts", "owner": "where", "error": "error",
    }  # fmt: skip
    speaker_of(app).rows(rows, columns, form, Said("runs.none"))
    return Exit.DONE


def _shown(counts: Any, form: str) -> Any:
    return counts if form == "json" else ", ".join(f"{name} {count}" for name, count in counts.items() if count)
