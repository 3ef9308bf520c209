"""`kigen feed`: the files of the drop folder into the book."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.app import App
from jobs.cli.access import book_connection, open_to_write, speaker_of
from jobs.cli.options import table_or_json
from jobs.cli.signs import failure_told, leave_signs, tell_desk
from jobs.config.load import load_settings
from jobs.errors import Exit
from jobs.intake.book_files import Fed, fed_json, fed_text
from jobs.notices.listing import FEED
from jobs.terminal.output import complain, say, show_json
from jobs.terminal.speaker import Speaker


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
    app = App(load_settings(config), read_only=True) if options["dry_run"] else open_to_write(config)
    app.feed.files.folder.expect()  # where there is none, no run is on record
    if options["dry_run"]:
        with book_connection(config, dry_run=True) as connection:
            fed = list(app.feed.files.preview(connection, strict=options["strict"]))
    else:
        fed = _fed(app, strict=options["strict"])
    if form == "json":
        show_json([fed_json(one, app.english) for one in fed])
    else:
        _show(fed, speaker_of(app))
    return Exit.NEEDS_A_PERSON if any(one.needs_a_person for one in fed) else Exit.DONE


def _fed(app: App, *, strict: bool) -> list[Fed]:
    with failure_told(app, FEED, app.clock.today()):
        result = app.feed.run(app.clock.today(), strict=strict)
    tell_desk(app)
    leave_signs(app, FEED)
    if result.written:
        complain(speaker_of(app).messages.say("fed.being-written", files=result.written))
    return result.fed


def _show(fed: list[Fed], speaker: Speaker) -> None:
    for one in fed:
        say(fed_text(one, speaker.messages))
    speaker.say("fed.count" if fed else "fed.none", count=len(fed))
