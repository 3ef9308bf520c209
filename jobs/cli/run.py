"""`run-job`: one job, once, for real or as a dry run; and the history of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from jobs.cli.options import DAY, NUMBER, table_json_or_csv, table_or_json
from jobs.errors import Exit
from jobs.notices.listing import CHORES, DESK, FEED, NOTICES, PURGE


@click.command("run-job", epilog=f"Example:  run-job {NOTICES[0]} --dry-run --preview /tmp/preview")
@click.argument("job", type=click.Choice([*CHORES, *NOTICES, "deliver", "all"]))
@click.option("--date", "day", type=DAY, help="Run for this day instead of today.", metavar="DAY")
@click.option("--dry-run", is_flag=True, help="Show what would be done; the database is opened read-only.")
@click.option("--preview", type=click.Path(path_type=Path), help="Write the mails as a page into DIR.", metavar="DIR")
@click.option("--no-deliver", is_flag=True, help="Queue only; a later run or `run-job deliver` sends.")
@click.option("--only", help="Look at this contract only.", metavar="CONTRACT")
@click.option("--force", is_flag=True, help="Allow --date with a transport that reaches people.")
@table_or_json
@click.pass_obj
def run_job(config: Path | None, /, job: str, day: date | None, form: str, **options: Any) -> int:
    """Run one job, once: decide, queue, and send what was queued.

    `all` imports what lies in the drop folder, where there is one, runs the four jobs of notices, delivers, then tells
    the sales desk what needs a person (`operator-digest`). `feed` only imports, as `kigen feed`; `deliver` only sends.
    Running it again sends nothing twice. `purge` takes off what [retention] says, without asking; it is no part of
    `all`.
    """
    if job == FEED:
        return _feed(day, form, **options)
    import asyncio

    from jobs.cli.opening import open_to_read, open_to_write, speaker_of
    from jobs.cli.run_shown import show_outcome
    from jobs.cli.signs import with_signs
    from jobs.day import RunRequest, carry_out

    app = open_to_read(config) if options["dry_run"] else open_to_write(config)
    as_of = day or app.clock.today()
    if app.outgoing.reaches_people and as_of != app.clock.today() and not (options["dry_run"] or options["force"]):
        raise click.UsageError(f"--date {as_of} is not today and this transport reaches people: say --force to mean it")
    if job == PURGE:
        from jobs.cli.retention import purge_as_job

        return purge_as_job(app, RunRequest(job, (), as_of, options["dry_run"], only=options["only"]), form)
    if job == DESK and options["only"] is not None:
        raise click.UsageError(f"--only: the letter of {DESK} is about all contracts")
    jobs: Sequence[str] = NOTICES if job == "all" else (job,) if job in NOTICES else ()
    is_whole = job == "all" and options["only"] is None
    is_whole_day = is_whole and as_of == app.clock.today() and not options["dry_run"]
    request = RunRequest(
        name=job, jobs=tuple(jobs), as_of=as_of, dry_run=options["dry_run"], deliver=not options["no_deliver"],
        only=options["only"], preview=options["preview"], prints_all=form == "json",
        feeds=is_whole_day and bool(app.settings.feed.folder),
        desk=job == DESK or (is_whole and app.settings.jobs.operator_digest.on),
    )  # fmt: skip
    outcome = with_signs(app, request, lambda: asyncio.run(carry_out(app, request)))
    show_outcome(outcome, form, speaker_of(app), app.english)
    return outcome.status


def _feed(day: date | None, form: str, **options: Any) -> int:
    from jobs.cli.feed import feed

    given = {"--date": day is not None, **{f"--{name}": options[name] for name in ("preview", "only")}}
    for option in (name for name, is_given in given.items() if is_given):
        raise click.UsageError(f"{option}: the feed takes what lies in the drop folder now, for the whole book")
    return int(click.get_current_context().invoke(feed, form=form, dry_run=options["dry_run"], strict=False))


@click.command(epilog="Example:  kigen runs --failed --since 2026-11-01")
@click.option("--limit", default=20, show_default=True, type=NUMBER, help="How many.")
@click.option("--job", type=click.Choice([*CHORES, *NOTICES]), help="Of this job only.", metavar="JOB")
@click.option("--since", type=DAY, help="Only runs for this day or a later one.", metavar="DAY")
@click.option("--failed", is_flag=True, help="Only runs that failed, or whose process died.")
@table_json_or_csv
@click.pass_obj
def runs(config: Path | None, /, limit: int, form: str, **which: Any) -> int:
    """Show the history of runs, newest first: for which day, where, how long, what came out, why it failed."""
    from jobs.cli.opening import open_to_read, speaker_of
    from jobs.language.messages import Said
    from jobs.runs.history import RunFilter

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
