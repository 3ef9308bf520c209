"""`doctor`: everything that has to be right before a notice can go out, each checked, each said."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from jobs.cli.options import table_or_json
from jobs.doctor.checks import checks
from jobs.doctor.examination import Said, State, examined
from jobs.errors import Exit
from jobs.log.masking import harmless
from jobs.terminal.output import say, show_json


@click.command(epilog="Example:  kigen doctor")
@table_or_json
@click.pass_obj
def doctor(config: Path | None, /, form: str) -> int:
    """Check configuration, database, letters, relay, clock and queue; say what is wrong and what to do.

    Nothing is changed and no mail is sent: the relay is greeted and left again. Exit status 1 where something is bad.
    """
    found = []
    for said in examined(checks(config)):
        found.append(said)
        if form == "table":
            _show(said)
    if form == "json":
        show_json(_as_json(found))
    is_bad = any(said.finding.state is State.BAD for said in found)
    return Exit.NEEDS_A_PERSON if is_bad else Exit.DONE


def _show(said: Said) -> None:
    """A line at once, so that a slow check is seen to be asked for."""
    first, *others = map(harmless, said.finding.said.splitlines() or [""])
    say(f"{said.mark} {said.check}: {first}")
    for line in others:  # a configuration has all its faults told at once
        say(f"    {line}")
    if said.finding.remedy:
        say(f"    → {harmless(said.finding.remedy)}")


def _as_json(found: Iterable[Said]) -> list[dict[str, str]]:
    return [
        {"check": each.check, "state": each.finding.state, "said": each.finding.said, "remedy": each.finding.remedy}
        for each in found
    ]
