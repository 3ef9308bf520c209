"""From a folder of templates and plain data to the words of a letter. A missing name is an error, never a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from markupsafe import Markup

from notify.letters.folders import Folders
from notify.letters.marks import marked
from notify.letters.problem import TemplateProblem
from notify.letters.sources import SUFFIX
from notify.letters.templates import TemplateSet
from notify.letters.text_part import text_part
from notify.letters.theme import NO_BRAND
from notify.letters.values import harmless, plain, taken_out
from notify.letters.words import Words

Data = Mapping[str, Any]
_SENDERS = 100  # more than languages
_ONE_LINE = ("subject", "preheader", "title")


@dataclass(frozen=True, slots=True)
class Source:
    """Which file serves a letter, or a piece that letters share."""

    letter: str
    language: str
    variant: str  # `partners/…`, `accounts/…`; "": for everybody
    path: str
    is_own: bool  # the reseller's, not the shipped one


class Renderer:
    """Renders letters from `directories`, searched in order, and last from the project's own templates.

    Files are read and compiled once; a change on disk is seen by the next renderer.

    Raises:
        TemplateProblem: one of the directories is not there; falling back to other words in silence would be worse.
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self.folders = Folders(directories)
        for directory in self.folders.all:
            if not directory.is_dir():
                raise TemplateProblem(str(directory), None, "no-directory")
        self._sets: dict[tuple[str, ...], TemplateSet] = {}
        self._senders: dict[int, tuple[object, Mapping[str, Any]]] = {}

    def words(self, letter: str, language: str, data: Data, *, variants: Sequence[str] = ()) -> Words:
        """The letter in that language: its head, its body in its frame, and from them text, HTML and calendar entry.

        `variants` (see variants_of) are looked up among the folders `accounts/…` and `partners/…` of the reseller's
        directories; what is found there comes before everything else, file by file.

        Raises:
            TemplateProblem: a file is missing or wrong, uses a name that `data` has not, or prints a None.
        """
        templates = self.templates(variants, language)
        names = templates.head(letter)
        known = {name: harmless(value) for name, value in data.items() if name != "sender"}
        known["sender"] = sender = self._sender(data["sender"])
        head = {key: templates.rendered(name, known) for key, name in names.items() if key != "frame"}
        for key in _ONE_LINE:
            head[key] = _one_line(templates, letter, key, head)
        theme, contact = templates.dress(sender)
        marks = {"title": head["title"], "letter": templates.rendered(letter + SUFFIX, known)}
        known |= {name: Markup(text) for name, text in marks.items()} | {"contact": contact}  # noqa: S704 — no HTML
        body, values = taken_out(templates.rendered(templates.frame(names), known))
        subject, preheader = (plain(head[key]) for key in ("subject", "preheader"))
        blocks = marked(body)
        return Words(
            subject=subject,
            text=text_part(blocks, values, templates.language),
            html=theme.page(blocks, values, subject, preheader),
            template_hash=templates.hash(letter),
            preheader=preheader,
            event=plain(head["calendar"]).strip() if "calendar" in head else "",
        )

    def sources(self, letters: Mapping[str, Iterable[str]]) -> list[Source]:
        """Which file serves what: for everybody all of them; for a partner or an account those that differ.

        `letters` are named by language.

        Raises:
            TemplateProblem: a letter is not there.
        """
        found: list[Source] = []
        for language, letter in [(each, letter) for each, in_it in letters.items() for letter in in_it]:
            common = self._sources(letter, language, "")
            found += common
            known = {each.path for each in common}
            for variant in self.folders.variants:
                found += [each for each in self._sources(letter, language, variant) if each.path not in known]
        return found

    def sources_hash(self) -> str:
        """sha256, hex, over every file that a letter may be made of: its name, and what it says.

        Raises:
            OSError: one of them cannot be read.
        """
        found = [
            (place, file.relative_to(folder).as_posix(), sha256(file.read_bytes()).hexdigest())
            for place, folder in enumerate(self.folders.all)
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        ]
        return sha256(repr(found).encode()).hexdigest()

    def variants(self) -> list[str]:
        """The partners and accounts that have letters of their own, as `partners/sample-sales`."""
        return self.folders.variants

    def _sender(self, sender: Mapping[str, Any]) -> Mapping[str, Any]:
        """The sender as it is printed; there is one for each language, and thousands of letters have it."""
        raw, printed = self._senders.get(id(sender), (None, {}))
        if raw is not sender:
            printed = cast(
                "Mapping[str, Any]", harmless({**sender, "brand": {**NO_BRAND, **(sender.get("brand") or {})}})
            )
            if len(self._senders) >= _SENDERS:
                self._senders.clear()
            self._senders[id(sender)] = sender, printed
        return printed

    def templates(self, variants: Iterable[str], language: str) -> TemplateSet:
        """The templates of a language for a letter to whom these variants belong.

        Raises:
            TemplateProblem: the language has no `language.toml`, or one that says too little.
        """
        known = self.folders.known(variants)
        if (language, *known) not in self._sets:
            self._sets[language, *known] = TemplateSet(self.folders.search_path(known), language)
        return self._sets[language, *known]

    def _sources(self, letter: str, language: str, variant: str) -> list[Source]:
        files = self.templates([variant], language).files(letter)
        return [
            Source(letter, language, variant, path, is_own=not Path(path).is_relative_to(self.folders.shipped))
            for path, _ in files
        ]


def _one_line(templates: TemplateSet, letter: str, key: str, head: Mapping[str, str]) -> str:
    if key not in head:
        if key == "preheader":
            return ""
        raise TemplateProblem(templates.path(letter), None, "head-missing", name=key)
    lines = head[key].strip("\n").splitlines()
    if len(lines) != 1 or not lines[0].strip():
        path, line = templates.path(letter, key), templates.line(letter, key)
        raise TemplateProblem(path, line, "one-line", name=key, count=len(lines))
    return lines[0].strip()
