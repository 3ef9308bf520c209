"""`templates`: which letters there are, what one looks like, and whether all of them are sound."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from jobs.app import App
from jobs.cli.access import speaker_of, spoken_language
from jobs.cli.letter_watch import serve
from jobs.cli.options import table_json_or_csv
from jobs.config.load import load_settings
from jobs.errors import Exit
from jobs.language.messages import Messages
from jobs.notices.listing import DESK, LETTERS
from jobs.terminal.output import complain, say, show_rows
from jobs.views.samples import must_say, names_in, sample_data, samples
from jobs.views.watched_letter import with_its_picture
from notify.letters.examination import Examination
from notify.letters.problem import TemplateProblem

ALL_LETTERS = (*LETTERS, DESK)


class _Told(click.Group):
    """Commands that say what is wrong with a template in the language of who typed them."""

    def invoke(self, ctx: click.Context) -> Any:
        """The command's exit status."""
        try:
            return super().invoke(ctx)
        except TemplateProblem as problem:
            complain(f"kigen: {Messages(spoken_language()).template_problem(problem)}")
            return Exit.WRONG_USAGE


@click.group(cls=_Told, epilog="Example:  kigen templates check")
def templates() -> None:
    """List, show and check the letters' templates."""


@templates.command(epilog="Example:  kigen templates check")
@click.pass_obj
def check(config: Path | None, /) -> int:
    """Render every letter in every language with sample data; say what is wrong in which file and line."""
    app = _app(config)
    _ = app.logo  # a picture that cannot be used is an error like a wrong template
    languages = app.settings.templates.languages
    problems = Examination(app.renderer).problems(_needed(app), partial(samples, LETTERS))
    speaker = speaker_of(app)
    for problem in problems:
        say(speaker.messages.template_problem(problem))
    if problems:
        return Exit.NEEDS_A_PERSON
    speaker.say("template.sound", letters=len(ALL_LETTERS), languages=", ".join(languages))
    return Exit.DONE


@templates.command("list", epilog="Example:  kigen templates list")
@table_json_or_csv
@click.pass_obj
def list_templates(config: Path | None, /, form: str) -> int:
    """Show which file serves which letter, your own before the shipped ones."""
    app = _app(config)
    rows = [
        {
            "letter": source.letter,
            "language": source.language,
            "for": source.variant or "everybody",
            "whose": "own" if source.is_own else "shipped",
            "file": str(source.path),
        }
        for source in app.renderer.sources(_needed(app))
    ]
    columns = {name: name for name in ("letter", "language", "for", "whose", "file")}
    show_rows(rows, columns, form)
    return Exit.DONE


@templates.command("names", epilog=f"Example:  kigen templates names {ALL_LETTERS[0]}")
@click.argument("kind", type=click.Choice(ALL_LETTERS))
@table_json_or_csv
@click.pass_obj
def list_names(config: Path | None, /, kind: str, form: str) -> int:
    """Show which names a letter's templates may print, and what stands for each in the sample."""
    app = _app(config)
    language = _language(app, None)
    data = sample_data(LETTERS, kind, language) | {"sender": app.senders[language]}
    rows = [{"name": name, "sample": value} for name, value in names_in(data)]
    show_rows(rows, {name: name for name in ("name", "sample")}, form)
    return Exit.DONE


@templates.command(epilog=f"Example:  kigen templates render {ALL_LETTERS[0]} --html > letter.html")
@click.argument("kind", type=click.Choice(ALL_LETTERS))
@click.option("--in", "language", help="One of templates.languages; the first where left out.", metavar="LANGUAGE")
@click.option(
    "--for",
    "variant",
    default="",
    help="As one partner or account gets it: partners/NAME, accounts/NUMBER.",
    metavar="WHOM",
)
@click.option("--html", "as_html", is_flag=True, help="The HTML part instead of subject and text.")
@click.option("--watch", is_flag=True, help="A page that shows it, and each saved file at once; Ctrl-C ends it.")
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="Of that page; the system's choice by default.")
@click.pass_obj
def render(  # noqa: PLR0913 — what a person can ask for
    config: Path | None, /, kind: str, language: str | None, variant: str, *, as_html: bool, watch: bool, port: int
) -> int:
    """Print one letter with sample data, sent by you as configured."""
    app = _app(config)
    language = _language(app, language)
    if variant and variant not in app.renderer.variants():
        there_are = ", ".join(app.renderer.variants()) or "none"
        raise click.BadParameter(f"{variant!r} has no letters of its own; those that have: {there_are}")
    if watch:
        serve(partial(_app, config), port, {"letter": kind, "in": language, "for": variant})
        return Exit.DONE
    data = sample_data(LETTERS, kind, language) | {"sender": app.senders[language]}
    words = app.renderer.words(kind, language, data, variants=[variant] if variant else [])
    say(with_its_picture(words.html, app.logo) if as_html else f"{words.subject}\n\n{words.text}")
    return Exit.DONE


def _language(app: App, asked: str | None) -> str:
    languages = app.settings.templates.languages
    if asked is not None and asked not in languages:
        raise click.BadParameter(f"{asked!r} is none of templates.languages: {', '.join(languages)}")
    return asked or languages[0]


def _needed(app: App) -> dict[str, dict[str, tuple[str, ...]]]:
    return must_say(LETTERS, app.settings.templates.languages, app.messages.language)


def _app(config: Path | None) -> App:
    return App(load_settings(config))
