"""`db`: make, upgrade and check the database."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.cli import Exit


@click.group(epilog="Example:  kigen db upgrade")
def db() -> None:
    """Make, upgrade and check the database."""


@db.command(epilog="Example:  kigen db upgrade")
@click.pass_obj
def upgrade(config: Path | None, /) -> int:
    """Bring the tables to this program's version, or make them."""
    from jobs.opening import open_to_upgrade
    from jobs.output import say
    from jobs.schema import revisions

    app = open_to_upgrade(config)
    say(f"the database is at revision {revisions(app.engine)[0]}")
    return Exit.DONE


@db.command(epilog="Example:  kigen db check")
@click.pass_obj
def check(config: Path | None, /) -> int:
    """Say whether the tables are those of this program and whether they are sound."""
    from jobs.checking import database_report
    from jobs.opening import open_to_read
    from jobs.output import say

    app = open_to_read(config)
    report = database_report(app)
    for line in report.lines:
        say(line)
    return Exit.DONE if report.is_sound else Exit.NEEDS_A_PERSON
