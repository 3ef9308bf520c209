"""`doctor`: everything that has to be right before a notice can go out, each checked, each said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from jobs.cli.access import spoken_language
from jobs.cli.options import table_or_json
from jobs.doctor.checks import checks
from jobs.doctor.examination import Finding, State, examined
from jobs.doctor.texts import Texts
from jobs.errors import Exit
from jobs.language.messages import Messages
from jobs.log.masks import harmless
from jobs.terminal.output import say, show_json


@click.command(epilog="Example:  kigen doctor")
@table_or_json
@click.pass_obj
def doctor(config: Path | None, /, form: str) -> int:
    """Check configuration, database, letters, relay, clock and queue; say what is wrong and what to do.

    Nothing is changed and no mail is sent: the relay is greeted and left again. Exit status 1 where something is bad.
    """
    found = []
    for each in examined(checks(config, Messages(spoken_language()), Texts().of)):
        found.append(each)
        if form == "table":
            _show(each)
    if form == "json":
        show_json([{"check": each.check} | asdict(each) for each in found])
    is_bad = any(each.state is State.BAD for each in found)
    return Exit.NEEDS_A_PERSON if is_bad else Exit.DONE


def _show(found: Finding) -> None:
    """A line at once, so that a slow check is seen to be asked for."""
    first, *others = map(harmless, found.said.splitlines() or [""])
    say(f"{found.mark} {found.check}: {first}")
    for line in others:  # a configuration has all its faults told at once
        say(f"    {line}")
    if found.remedy:
        say(f"    → {harmless(found.remedy)}")
