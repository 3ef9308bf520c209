"""`metrics`: what the database tells, for Prometheus."""

from __future__ import annotations

from pathlib import Path

import click
from prometheus_client import generate_latest

from jobs.cli.access import open_to_read
from jobs.errors import Exit
from jobs.monitoring.metrics import registry, write_textfile
from jobs.terminal.output import say


@click.command(epilog="Example:  kigen metrics --textfile /var/lib/prometheus/node-exporter/kigen.prom")
@click.option(
    "--textfile", default="-", show_default=True, help="Write to FILE, whole or not at all; -: print.", metavar="FILE"
)
@click.pass_obj
def metrics(config: Path | None, /, textfile: str) -> int:
    """Print the metrics in Prometheus' text form, or write them for node_exporter."""
    look = open_to_read(config).look.taken
    if textfile == "-":
        say(generate_latest(registry(look)).decode("utf-8").removesuffix("\n"))
    else:
        write_textfile(Path(textfile), look)
    return Exit.DONE
