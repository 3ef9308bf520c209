"""`kigen feed`: the files of the drop folder into the book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.cli.options import table_or_json
from jobs.errors import Exit
from jobs.names import FEED

if TYPE_CHECKING:
    from jobs.intake.book_files import Fed
    from jobs.intake.feed import FeedResult


@click.command(epilog="Example:  kigen feed; kigen run-job all")
@click.option("--dry-run", is_flag=True, help="Report what each file would change; write and move nothing.")
@click.option("--strict", is_flag=True, help="Take all rows of a file or none; one that is refused has failed.")
@table_or_json
@click.pass_obj
def feed(config: Path | None, /, form: str, **options: bool) -> int:
    """Import what lies in the drop folder (feed.folder), oldest first, and put each file away with its report.

    A file counts when it was not written to for feed.settle_seconds. It ends in done/, or in failed/ where nothing of
    it could be taken. The sales desk is told of rejected rows, failed files and lines that a full export left out. The
    daemon does it each day at jobs.feed.at; `run-job feed` is the same, and `run-job all` begins with it.
    """
    if options["dry_run"]:
        fed = _shown(config, strict=options["strict"])
    else:
        result = _fed(config, strict=options["strict"])
        fed = result.fed
        _complain_of(result)
    _show(fed, form)
    return Exit.NEEDS_A_PERSON if any(one.needs_a_person for one in fed) else Exit.DONE


def _fed(config: Path | None, *, strict: bool) -> FeedResult:
    from jobs.cli.opening import open_to_write
    from jobs.cli.signs import failure_told, leave_signs, tell_desk
    from jobs.intake.book_files import drop_folder
    from jobs.intake.feed import run_feed

    app = open_to_write(config)
    drop_folder(app)  # where there is none, no run is on record
    with failure_told(app, FEED, app.clock.today()):
        result = run_feed(app, app.clock.today(), app.clock.now, strict=strict)
    tell_desk(app)
    leave_signs(app, FEED)
    return result


def _complain_of(result: FeedResult) -> None:
    from jobs.terminal.output import complain

    if result.written:
        complain(f"perhaps still being written, left for the next time: {', '.join(result.written)}")


def _shown(config: Path | None, *, strict: bool) -> list[Fed]:
    from jobs.app import App
    from jobs.config.load import load_settings
    from jobs.intake.book_files import drop_folder, show_all
    from jobs.intake.importing import book_connection

    app = App(load_settings(config), read_only=True)
    folder = drop_folder(app)
    with book_connection(config, dry_run=True) as connection:
        return list(show_all(app, connection, folder, strict=strict))


def _show(fed: list[Fed], form: str) -> None:
    from jobs.intake.book_files import fed_json, fed_text
    from jobs.terminal.output import say, show_json

    if form == "json":
        show_json([fed_json(one) for one in fed])
        return
    for one in fed:
        say(fed_text(one))
    say(f"{len(fed)} file(s) read" if fed else "No file waits.")
