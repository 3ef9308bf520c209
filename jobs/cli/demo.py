"""`demo`: the first look, without configuration or server."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.demo.demo import run_demo, show_demo
from jobs.errors import Exit


@click.command(epilog="Example:  kigen demo /tmp/kigen-demo")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="demo", metavar="[DIR]")
def demo(folder: Path) -> int:
    """See it all at work with a sample book of contracts around today: the jobs run for real, the mails go into a
    Maildir in DIR, a page shows each with the reason for it, another what goes out in the year to come. DIR is ./demo
    where left out."""  # noqa: D205, D209 — one paragraph of help
    show_demo(run_demo(folder))
    return Exit.DONE
