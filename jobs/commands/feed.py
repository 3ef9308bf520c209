"""`kigen feed`: the files of the drop folder into the book."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.cli import Exit
from jobs.commands.options import table_or_json

if TYPE_CHECKING:
    from jobs.app import App
    from jobs.feed_folder import DropFolder
    from jobs.feeding import Fed


@click.command(epilog="Example:  kigen feed; kigen run-job all")
@click.option("--dry-run", is_flag=True, help="Report what each file would change; write and move nothing.")
@click.option("--strict", is_flag=True, help="Take all rows of a file or none; one that is refused has failed.")
@table_or_json
@click.pass_obj
def feed(config: Path | None, /, form: str, **options: bool) -> int:
    """Import what lies in the drop folder (feed.folder), oldest first, and put each file away with its report.

    A file counts when it was not written to for feed.settle_seconds. It ends in done/, or in failed/ where nothing of
    it could be taken. The sales desk is told of rejected rows, failed files and lines that a full export left out.
    """
    fed = _shown(config, strict=options["strict"]) if options["dry_run"] else _fed(config, strict=options["strict"])
    _show(fed, form)
    return Exit.NEEDS_A_PERSON if any(one.needs_a_person for one in fed) else Exit.DONE


def _fed(config: Path | None, *, strict: bool) -> list[Fed]:
    from jobs.feeding import drop_folder, feed_all
    from jobs.opening import open_to_write

    app = open_to_write(config)
    folder = drop_folder(app)
    folder.prepare()
    with folder.held():
        try:
            return list(feed_all(app, folder, strict=strict))
        finally:
            _tell_desk(app, folder)


def _shown(config: Path | None, *, strict: bool) -> list[Fed]:
    from jobs.app import App
    from jobs.config import load_settings
    from jobs.feeding import drop_folder, show_all
    from jobs.importing import book_connection

    app = App(load_settings(config), read_only=True)
    folder = drop_folder(app)
    with book_connection(config, dry_run=True) as connection:
        return list(show_all(app, connection, folder, strict=strict))


def _show(fed: list[Fed], form: str) -> None:
    from jobs.feeding import fed_json, fed_text
    from jobs.output import say, show_json

    if form == "json":
        show_json([fed_json(one) for one in fed])
        return
    for one in fed:
        say(fed_text(one))
    say(f"{len(fed)} file(s) read" if fed else "No file waits.")


def _tell_desk(app: App, folder: DropFolder) -> None:
    """What is to be told lies beside the reports until it was told."""
    from sqlalchemy.exc import DBAPIError

    from jobs.config import ConfigError
    from jobs.output import complain
    from jobs.telling import mail_desk

    untold = folder.untold()
    if not untold:
        return
    text = "\n".join([_HEAD, *(file.read_text("utf-8") for file in untold), _FOOT])
    try:
        why = asyncio.run(mail_desk(app, _SUBJECT, text))
    except (ConfigError, DBAPIError, OSError) as problem:
        why = str(problem)
    if why:
        complain(f"the sales desk could not be told yet: {why}; the next `kigen feed` tells it")
        return
    for file in untold:
        file.unlink(missing_ok=True)


_SUBJECT = "【要対応】契約台帳の取り込みで確認が必要です"
_HEAD = "契約台帳の自動取り込みで、次の確認が必要です。\n"
_FOOT = "元のファイルを直して、もう一度フォルダーに置いてください。詳細は done/・failed/ の報告ファイルにあります。\n"
