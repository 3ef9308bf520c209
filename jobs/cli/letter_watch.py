"""`templates render --watch`: the page on which a letter shows while it is being written."""

from __future__ import annotations

import signal
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import NoReturn

import click

from jobs.app import App
from jobs.cli.access import speaker_of
from jobs.config.load import ConfigError, has_display
from jobs.language.messages import Messages
from jobs.notices.listing import LETTERS
from jobs.pages.watch import Query, Shown, Trouble, WatchServer
from jobs.views.samples import must_say
from jobs.views.watched_letter import WatchedLetter, words_of_page
from notify.letters.problem import TemplateProblem


def serve(opened: Callable[[], App], port: int, first: Query) -> None:
    """Serves the page until it is interrupted; configuration and templates are read anew each time.

    `first` is what is chosen where the page's address leaves it open.

    Raises:
        BadParameter: the port cannot be listened at.
    """
    speaker = speaker_of(opened())
    messages = speaker.messages

    def look(query: Query) -> Shown:
        return _shown(opened, messages, {**first, **query})

    try:
        server = WatchServer(port, look, lambda: _version(opened), words_of_page(messages), messages.language)
    except OSError as error:
        _refuse(port, error)
    with server:
        speaker.say("watch.at", address=server.address)
        if has_display():
            webbrowser.open(server.address)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a script started it behind itself
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    speaker.say("watch.over")


def _shown(opened: Callable[[], App], messages: Messages, query: Query) -> Shown:
    try:
        app = opened()
        needed = must_say(LETTERS, app.settings.templates.languages, app.messages.language)
        return WatchedLetter(LETTERS, needed, app.renderer, app.senders, messages, app.logo).shown(query)
    except TemplateProblem as problem:  # of the folders as such
        return Shown((), None, (Trouble(*messages.template_problem_parts(problem)),))
    except (ConfigError, OSError) as error:  # a file that is just being saved is there at the next look
        return Shown((), None, (Trouble("", str(error)),))


def _version(opened: Callable[[], App]) -> str:
    """What the page is of: it changes with each file that a letter is made of, and with the configuration."""
    try:
        app = opened()
        return sha256(f"{app.renderer.sources_hash()} {app.settings!r} {app.logo!r}".encode()).hexdigest()
    except (ConfigError, OSError, TemplateProblem) as error:  # shown on the page; a file may be just about to be saved
        return sha256(str(error).encode()).hexdigest()


def _refuse(port: int, error: OSError) -> NoReturn:
    raise click.BadParameter(f"--port: {port} cannot be listened at: {error.strerror}") from error
