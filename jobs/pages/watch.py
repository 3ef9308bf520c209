"""The page on which a letter shows while it is being written: served to this machine alone, for as long as it is asked.

What the letter is comes from outside: `Look` says it anew for each request. The page asks every half second for the
version of what it shows and fetches itself again when that changed. Nothing is asked for from anywhere else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HOST = "127.0.0.1"
SHADES = ("light", "dark")
_FILES = Path(__file__).parent / "files" / "watch"
_STATIC = {"/style.css": "text/css", "/watch.js": "text/javascript"}
_PAGE_MAY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The page measures how long the letter is, so it is of the same origin; it runs no script and asks for nothing.
_LETTER_MAY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-same-origin"
)
_ASKS_FOR_SHADE = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_SERVES_SHADES = re.compile(r"(color-scheme:\s*|\"color-scheme\" content=\")light dark")


@dataclass(frozen=True, slots=True)
class Menu:
    """One thing that can be chosen: by which name of the query, and what there is, each value with its label."""

    name: str
    label: str
    choices: Mapping[str, str]
    chosen: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong: in which file and line, said for a person, and the lines around it with their numbers."""

    place: str
    said: str
    line: int | None = None
    around: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says in each of its parts; `event` is the calendar entry's title and, below it, its description."""

    subject: str
    preheader: str
    text: str
    html: str
    event: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page shows: the letter, None where it cannot be written, and what is wrong."""

    menus: tuple[Menu, ...]
    letter: Letter | None = None
    troubles: tuple[Trouble, ...] = ()
    files: tuple[tuple[str, bool], ...] = ()
    """The letter's files; whether each is the reseller's own."""


Query = Mapping[str, str]
Look = Callable[[Query], Shown]


class WatchServer(ThreadingTCPServer):  # HTTPServer would ask the name service for this host's name
    """Serves the page at a port of the loopback address; 0 is one that the system chooses.

    Raises:
        OSError: the port cannot be listened at.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, port: int, look: Look, version: Callable[[], str], words: Mapping[str, str], language: str
    ) -> None:
        self.look, self.version, self.words, self.language = look, version, words, language
        super().__init__((HOST, port), _Answers)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def in_shade(html: str, shade: str) -> str:
    """The letter as a reader with that setting sees it.

    A page cannot tell its frames which colours their reader prefers, so the letter's own question for that is
    answered in its style: by a condition that always holds, or never does.
    """
    asked = _ASKS_FOR_SHADE.sub(lambda found: "(min-width: 0)" if found[1] == shade else "(max-width: 0)", html)
    return _SERVES_SHADES.sub(rf"\g<1>{shade}", asked)


def page(shown: Shown, query: Query, version: str, words: Mapping[str, str], language: str) -> str:
    """The page; each link of a menu keeps what else is chosen."""
    chosen = {menu.name: menu.chosen for menu in shown.menus} | {"shade": _shade(query)}
    colours = Menu("shade", words["shade"], {shade: words[shade] for shade in SHADES}, chosen["shade"])
    environment = Environment(loader=FileSystemLoader(_FILES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html").render(
        shown=shown,
        menus=(*shown.menus, colours) if shown.menus else (),
        letter_at=f"/letter?{urlencode(chosen)}",
        link=lambda name, value: f"/?{urlencode(chosen | {name: value})}",
        version=version,
        words=words,
        language=language,
    )


def _shade(query: Query) -> str:
    return "dark" if query.get("shade") == "dark" else "light"


class _Answers(BaseHTTPRequestHandler):
    server: WatchServer
    timeout = 10
    server_version = "kigen"
    sys_version = ""

    def do_GET(self) -> None:
        """Answers what is asked for, of a browser that means this server and no name that leads here."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if self.headers.get("Host") != urlsplit(self.server.address).netloc:
            self._answer("text/plain", "", HTTPStatus.FORBIDDEN)
        elif parts.path == "/":
            version = self.server.version()  # before the look: what changes meanwhile is fetched again
            shown = self.server.look(query)
            self._answer("text/html", page(shown, query, version, self.server.words, self.server.language))
        elif parts.path == "/letter":
            letter = self.server.look(query).letter
            self._answer("text/html", in_shade(letter.html, _shade(query)) if letter else "", may=_LETTER_MAY)
        elif parts.path == "/version":
            self._answer("text/plain", self.server.version())
        elif parts.path in _STATIC:
            self._answer(_STATIC[parts.path], (_FILES / parts.path[1:]).read_text("utf-8"))
        else:
            self._answer("text/plain", "", HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's signature
        """Nobody needs a line for each question."""

    def _answer(self, form: str, text: str, status: HTTPStatus = HTTPStatus.OK, may: str = _PAGE_MAY) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{form}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", may)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
