"""`db`: make, upgrade, check, back up and move the database."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path

import click

from jobs.cli.access import open_to_read, open_to_upgrade, open_to_write
from jobs.database.backup import back_up
from jobs.database.check import database_report
from jobs.database.copy import copy_database, row_count
from jobs.database.engines import sqlite_file
from jobs.database.schema import revisions
from jobs.database.upgrade import upgrade as upgrade_tables
from jobs.errors import Exit
from jobs.terminal.output import say, show_rows
from jobs.terminal.progress import progress


@click.group(epilog="Example:  kigen db upgrade")
def db() -> None:
    """Make, upgrade, check, back up and move the database."""


@db.command(epilog="Example:  kigen db upgrade")
@click.pass_obj
def upgrade(config: Path | None, /) -> int:
    """Bring the tables to this program's version, or make them."""
    app = open_to_upgrade(config)
    upgrade_tables(app.database_url)
    say(f"the database is at revision {revisions(app.engine)[0]}")
    return Exit.DONE


@db.command(epilog="Example:  kigen db check")
@click.pass_obj
def check(config: Path | None, /) -> int:
    """Say whether the tables are those of this program and whether they are sound."""
    app = open_to_read(config)
    report = database_report(app.engine, sqlite_file(app.database_url))
    for line in report.lines:
        say(line)
    return Exit.DONE if report.is_sound else Exit.NEEDS_A_PERSON


@db.command(epilog="Example:  kigen db backup /srv/backup/kigen-2026-12-01.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(config: Path | None, /, file: Path) -> int:
    """Write the whole database into FILE, while kigen runs.

    SQLite: a copy, checked before it gets its name; put it in the database's place to restore it. PostgreSQL: a dump
    for pg_restore, made by pg_dump. Only you can read it: it holds personal data. Sending from a restored database
    begins with `kigen adopt`.
    """
    back_up(open_to_read(config).database_url, file)
    say(f"{file}: {file.stat().st_size:,} bytes, checked")
    return Exit.DONE


@db.command("copy-to", epilog="Example:  kigen db copy-to postgresql://kigen@db.example.com/kigen")
@click.argument("url")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def copy_to(config: Path | None, /, url: str, *, yes: bool) -> int:
    """Copy everything into the empty database at URL, and pause sending from this one.

    All rows go over in one transaction and are compared before it ends; on any difference nothing is kept. A password
    is better left out of URL: libpq reads ~/.pgpass.
    """
    app = open_to_write(config)
    total = row_count(app.engine)
    if not yes:
        click.confirm(f"Copy {total:,} rows and pause sending from this database?", abort=True, err=True)
    with progress("copy", total) as advance:
        done = copy_database(app.engine, url, getpass.getuser(), app.clock.now(), advance)
    columns = {"table": "table", "rows": "rows", "digest": "digest"}
    show_rows([asdict(each) | {"digest": each.digest[:16]} for each in done], columns, "table", "")
    say("Both hold the same. Set database.url to the new one now; sending from the old one is paused and stays so.")
    return Exit.DONE
