"""`explain`: why a line gets which notice when, or none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from jobs.cli.access import open_to_read, speaker_of
from jobs.cli.options import DAY, table_or_json
from jobs.errors import Exit
from jobs.runs.explain import explanations
from jobs.terminal.output import say, show_json
from jobs.views.explanation import as_json, as_text


@click.command(epilog="Example:  kigen explain K-0001/1 --date 2021-09-01")
@click.argument("contract_or_line", metavar="CONTRACT[/LINE]")
@click.option("--date", "day", type=DAY, help="As of this day instead of today.", metavar="DAY")
@table_or_json
@click.pass_obj
def explain(config: Path | None, /, contract_or_line: str, day: date | None, form: str) -> int:
    """For each notice of a line: when it is due and how that was reckoned, each condition checked, who it goes to,
    what the ledger says, or why there is silence."""  # noqa: D205, D209 — one paragraph of help
    app = open_to_read(config)
    found = list(explanations(app.jobs, app.decider, contract_or_line, day or app.clock.today(), app.clock.now()))
    if form == "json":
        show_json([as_json(explanation, app.english) for explanation in found])
        return Exit.DONE
    messages = speaker_of(app).messages
    for number, explanation in enumerate(found):
        if number:
            say()
        for line in as_text(explanation, messages):
            say(line)
    return Exit.DONE
