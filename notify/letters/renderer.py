"""From a folder of templates and plain data to the words of a letter. A missing name is an error, never a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

from markupsafe import Markup

from notify.letters.checks import exposures
from notify.letters.folders import Folders, files_of
from notify.letters.marks import marked
from notify.letters.problem import TemplateProblem, like
from notify.letters.sources import SUFFIX
from notify.letters.templates import TemplateSet
from notify.letters.text_part import text_part
from notify.letters.theme import NO_BRAND
from notify.letters.values import harmless, plain, taken_out
from notify.letters.words import Words

Data = Mapping[str, Any]
_ONE_LINE = ("subject", "preheader", "title")
_TAME = "x" * 40
_HOSTILE = "*A* **B** `C` <b>D</b> ・甲：乙 # E \\F &amp; <https://example.com>"


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
        self._folders = Folders(directories)
        for directory in self._folders.all:
            if not directory.is_dir():
                raise TemplateProblem(str(directory), None, "no-directory")
        self._sets: dict[tuple[str, ...], TemplateSet] = {}
        self._last_sender: tuple[object, Any] = None, {}

    def words(self, letter: str, language: str, data: Data, *, variants: Sequence[str] = ()) -> Words:
        """The letter in that language: its head, its body in its frame, and from them text, HTML and calendar entry.

        `variants` (see variants_of) are looked up among the folders `accounts/…` and `partners/…` of the reseller's
        directories; what is found there comes before everything else, file by file.

        Raises:
            TemplateProblem: a file is missing or wrong, uses a name that `data` has not, or prints a None.
        """
        templates = self._set(variants, language)
        names = templates.head(letter)
        known = {name: harmless(value) for name, value in data.items() if name != "sender"}
        known["sender"] = sender = self._sender(data["sender"])
        head = {key: templates.rendered(name, known) for key, name in names.items() if key != "frame"}
        for key in _ONE_LINE:
            head[key] = _one_line(templates, letter, key, head)
        theme, contact = templates.dress(sender)
        marks = {"title": head["title"], "letter": templates.rendered(letter + SUFFIX, known)}
        known |= {name: Markup(text) for name, text in marks.items()} | {"contact": contact}  # noqa: S704 — no HTML
        body, values = taken_out(templates.rendered(templates.frame(letter, names), known))
        subject, preheader = (unescape(plain(head[key])) for key in ("subject", "preheader"))
        blocks = marked(body)
        return Words(
            subject=subject,
            text=text_part(blocks, values, templates.language),
            html=theme.page(blocks, values, subject, preheader),
            template_hash=templates.hash(letter),
            preheader=preheader,
            event=unescape(plain(head["calendar"])).strip() if "calendar" in head else "",
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
            for variant in self._folders.variants:
                found += [each for each in self._sources(letter, language, variant) if each.path not in known]
        return found

    def sources_hash(self) -> str:
        """sha256, hex, over every file that a letter may be made of: its name, and what it says.

        Raises:
            OSError: one of them cannot be read.
        """
        found = [
            (place, file.relative_to(folder).as_posix(), sha256(file.read_bytes()).hexdigest())
            for place, folder in enumerate(self._folders.all)
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        ]
        return sha256(repr(found).encode()).hexdigest()

    def variants(self) -> list[str]:
        """The partners and accounts that have letters of their own, as `partners/sample-sales`."""
        return self._folders.variants

    def check(
        self,
        letters: Mapping[str, Mapping[str, Sequence[str]]],
        samples: Callable[[str, str], Sequence[Data]],
    ) -> list[TemplateProblem]:
        """All that is wrong with the templates: every file compiled, every letter rendered with each of its samples.

        `letters` names, by language, with each letter what it must say of its data: the days and seats without which
        it is none.
        Names that neither the samples nor the file itself have, and filters and tests that there are not, are found in
        branches that no sample reaches, too. Each letter is written once more to a customer whose name is full of
        marks. Each partner's and account's own are checked by themselves; so are files that no letter would ever use,
        and those that somebody else could change.
        """
        found: list[TemplateProblem] = []
        for language, in_it in letters.items():
            found += self._of_language(in_it, language, samples)
        known_already = {each.template for each in found}
        found += [each for each in self._stray_files(letters) if each.template not in known_already]
        found += [
            TemplateProblem(str(path), None, code, **values)
            for directory in self._folders.own
            for path, code, values in exposures(directory)
        ]
        return list({str(each): each for each in found}.values())

    def _of_language(
        self, letters: Mapping[str, Sequence[str]], language: str, samples: Callable[[str, str], Sequence[Data]]
    ) -> Iterator[TemplateProblem]:
        try:
            broken = list(self._set((), language).broken_files())
        except TemplateProblem as problem:  # a language without its language.toml
            yield problem
            return
        yield from broken
        files = {problem.template for problem in broken}
        for variant, letter in product(("", *self._folders.variants), letters):
            yield from self._problems(letter, language, samples(letter, language), letters[letter], files, variant)

    def _problems(  # noqa: PLR0913, PLR0917
        self,
        letter: str,
        language: str,
        samples: Sequence[Data],
        must_say: Sequence[str],
        broken: set[str],
        variant: str,
    ) -> Iterator[TemplateProblem]:
        templates = self._set([variant], language)
        try:
            names = templates.templates_of(letter)
            if broken & {path for path, _ in templates.files(letter)}:
                return  # said already
            known = {"subject", "letter", "title", "contact", *(name for data in samples for name in data)}
            unknown = [problem for name in names for problem in templates.unknown(name, known)]
            yield from unknown
            yield from (problem for name in names for problem in templates.left_out(name))
            if unknown:
                return
            for data in _of_variant(samples, variant):
                yield from self._unsaid(templates, letter, data, must_say, variant)
        except TemplateProblem as problem:
            if problem.template not in broken:
                yield problem

    def _unsaid(
        self, templates: TemplateSet, letter: str, data: Data, must_say: Sequence[str], variant: str
    ) -> Iterator[TemplateProblem]:
        """What the letter does not say and must; marks that are left in it, and names that became some."""
        path = templates.path(letter)
        words = self.words(letter, templates.code, data, variants=[variant])
        text = "".join(words.text.split())
        for name in must_say:
            said = _as_letters_say(_found(data, name), templates)
            if not any("".join(each.split()) in text for each in said):
                write = _as_templates_write(name, _found(data, name))
                yield TemplateProblem(path, None, "unsaid", name=name, value=said[0], write=write)
        if "**" in words.text:
            yield TemplateProblem(path, _line_of_odd(path, "**"), "unclosed", mark="**")
        if ":: " in words.text:
            yield TemplateProblem(path, None, "no-row")
        if isinstance(account := data.get("account"), dict):
            tame, hostile = (
                self.words(letter, templates.code, {**data, "account": account | {"company": name}}, variants=[variant])
                for name in (_TAME, _HOSTILE)
            )
            if _compared(hostile.text).replace(_compared(_HOSTILE), _TAME) != _compared(tame.text):
                yield TemplateProblem(path, None, "as-mark", name="account.company", value=_HOSTILE)

    def _sender(self, sender: Mapping[str, Any]) -> Mapping[str, Any]:
        """The sender as it is printed; thousands of letters in turn have the same."""
        if self._last_sender[0] is not sender:
            self._last_sender = sender, harmless({**sender, "brand": {**NO_BRAND, **(sender.get("brand") or {})}})
        found: Mapping[str, Any] = self._last_sender[1]
        return found

    def _set(self, variants: Iterable[str], language: str) -> TemplateSet:
        known = self._folders.known(variants)
        if (language, *known) not in self._sets:
            self._sets[language, *known] = TemplateSet(self._folders.search_path(known), language)
        return self._sets[language, *known]

    def _sources(self, letter: str, language: str, variant: str) -> list[Source]:
        files = self._set([variant], language).files(letter)
        return [
            Source(letter, language, variant, path, is_own=not Path(path).is_relative_to(self._folders.shipped))
            for path, _ in files
        ]

    def _stray_files(self, letters: Mapping[str, Iterable[str]]) -> Iterator[TemplateProblem]:
        """What lies in the reseller's directories and would mislead: a letter misspelt, a language not configured."""
        shipped = {Path(name).name for name in files_of(self._folders.shipped)}
        known = {f"{language}/{name}" for language, name in product(letters, shipped)}
        used = {path for language, in_it in letters.items() for path in self._used(in_it, language)}
        for directory in self._folders.search_path(self._folders.variants)[:-1]:
            for name in files_of(directory):
                if str(directory / name) not in used and name not in known and name.endswith(SUFFIX):
                    yield TemplateProblem(str(directory / name), None, "never-used", like=like(name, known))

    def _used(self, letters: Iterable[str], language: str) -> Iterator[str]:
        for variant, letter in product(("", *self._folders.variants), letters):
            try:
                yield from (path for path, _ in self._set([variant], language).files(letter))
            except TemplateProblem:  # it is a finding already: its other files are not known
                continue


def _of_variant(samples: Sequence[Data], variant: str) -> Iterator[Data]:
    """The samples; a partner's own letters never go to somebody without a partner."""
    partner = next((data["partner"] for data in samples if data.get("partner")), None)
    for data in samples:
        yield {**data, "partner": partner} if variant.startswith("partners/") else data


def _compared(text: str) -> str:
    """The text without its line breaks and capitals."""
    return "".join(text.split()).casefold()


def _found(data: Data, name: str) -> Any:
    """The value of that name, as templates may write it: `new_term.end`, `changes.0.released`."""
    found: Any = data
    for part in name.split("."):
        found = found[int(part) if part.isdecimal() else part]
    return found


def _as_letters_say(value: object, templates: TemplateSet) -> list[str]:
    """How a day, or a number of seats, can stand in a letter."""
    filters = templates.language.filters
    if isinstance(value, date):
        return [filters["day"](value), filters["short_day"](value)]
    return [filters["seats"](value), str(value)] if isinstance(value, int) else [str(value)]


def _as_templates_write(name: str, value: object) -> str:
    """What has to be put into the letter so that it says the value."""
    of = "day" if isinstance(value, date) else "seats" if isinstance(value, int) else ""
    return f"{{{{ {name}|{of} }}}}" if of else f"{{{{ {name} }}}}"


def _line_of_odd(path: str, mark: str) -> int | None:
    """The first line of the file in which a mark has no second one."""
    lines = Path(path).read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.count(mark) % 2), None)


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
