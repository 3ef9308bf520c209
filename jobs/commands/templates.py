"""`templates`: which letters there are, what one looks like, and whether all of them are sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from jobs.cli import Exit
from jobs.commands.options import table_json_or_csv
from notify.sample_letters import LANGUAGES, LETTERS, sample_data


@click.group(epilog="Example:  kigen templates check")
def templates() -> None:
    """List, show and check the letters' templates."""


@templates.command(epilog="Example:  kigen templates check")
@click.pass_obj
def check(config: Path | None, /) -> int:
    """Render every letter in every language with sample data; say what is wrong in which file and line."""
    from jobs.output import say

    problems = _renderer(config).check(LETTERS, LANGUAGES, sample_data)
    for problem in problems:
        say(str(problem))
    if problems:
        return Exit.NEEDS_A_PERSON
    say(f"{len(LETTERS)} letters in {len(LANGUAGES)} languages: all parts there, every name known")
    return Exit.DONE


@templates.command("list", epilog="Example:  kigen templates list")
@table_json_or_csv
@click.pass_obj
def list_templates(config: Path | None, /, form: str) -> int:
    """Show which file serves which letter, your own before the shipped ones."""
    from jobs.output import show_rows

    rows = [
        {
            "letter": source.letter,
            "language": source.language,
            "part": source.name.rpartition("/")[2],
            "for": source.variant or "everybody",
            "whose": "own" if source.is_own else "shipped",
            "file": str(source.path),
        }
        for source in _renderer(config).sources(LETTERS, LANGUAGES)
    ]
    columns = {name: name for name in ("letter", "language", "part", "for", "whose", "file")}
    show_rows(rows, columns, form)
    return Exit.DONE


@templates.command(epilog="Example:  kigen templates render renewal-notice --html > letter.html")
@click.argument("kind", type=click.Choice(LETTERS))
@click.option("--language", type=click.Choice(LANGUAGES), default="ja", show_default=True)
@click.option("--html", "as_html", is_flag=True, help="The HTML part instead of subject and text.")
@click.pass_obj
def render(config: Path | None, /, kind: str, language: str, *, as_html: bool) -> int:
    """Print one letter with sample data."""
    from jobs.output import say

    words = _renderer(config).words(kind, language, sample_data(kind, language))
    say(words.html if as_html else f"{words.subject}\n\n{words.text}")
    return Exit.DONE


def _renderer(config: Path | None) -> Any:
    from jobs.app import App
    from jobs.config import load_settings

    return App(load_settings(config)).renderer
