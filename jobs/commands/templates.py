"""`templates`: the letters' templates, checked."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.cli import Exit


@click.group(epilog="Example:  kigen templates check")
def templates() -> None:
    """Check the letters' templates."""


@templates.command(epilog="Example:  kigen templates check")
@click.pass_obj
def check(config: Path | None, /) -> int:
    """Render every letter in every language with sample data; say what is wrong in which file and line."""
    from jobs.app import App
    from jobs.config import load_settings
    from jobs.decision import Kind
    from jobs.output import say
    from notify.sample_letters import LANGUAGES, sample_data

    app = App(load_settings(config))
    problems = app.renderer.check([kind.value for kind in Kind], LANGUAGES, sample_data)
    for problem in problems:
        say(str(problem))
    if problems:
        return Exit.NEEDS_A_PERSON
    say(f"{len(Kind)} letters in {len(LANGUAGES)} languages: all parts there, every name known")
    return Exit.DONE
