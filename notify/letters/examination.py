"""All that is wrong with a reseller's letters: each file compiled, each letter written with each of its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from notify.letters.checks import exposures
from notify.letters.folders import files_of
from notify.letters.problem import TemplateProblem, like
from notify.letters.renderer import Data, Renderer
from notify.letters.sources import SUFFIX
from notify.letters.templates import TemplateSet

_TAME = "x" * 40
_HOSTILE = "*A* **B** `C` <b>D</b> ・甲：乙 # E \\F &amp; <https://example.com>"


class Examination:
    """Looks for what is wrong with the templates of a renderer."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def problems(
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
            for directory in self._renderer.folders.own
            for path, code, values in exposures(directory)
        ]
        return list({str(each): each for each in found}.values())

    def _of_language(
        self, letters: Mapping[str, Sequence[str]], language: str, samples: Callable[[str, str], Sequence[Data]]
    ) -> Iterator[TemplateProblem]:
        try:
            broken = list(self._renderer.templates((), language).broken_files())
        except TemplateProblem as problem:  # a language without its language.toml
            yield problem
            return
        yield from broken
        files = {problem.template for problem in broken}
        for variant, letter in product(("", *self._renderer.folders.variants), letters):
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
        templates = self._renderer.templates([variant], language)
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
                yield from self._of_letter(templates, letter, data, must_say, variant)
        except TemplateProblem as problem:
            if problem.template not in broken:
                yield problem

    def _of_letter(
        self, templates: TemplateSet, letter: str, data: Data, must_say: Sequence[str], variant: str
    ) -> Iterator[TemplateProblem]:
        """What the written letter shows: what it leaves unsaid, marks left in it, and names that became some."""
        path = templates.path(letter)
        text = self._renderer.words(letter, templates.code, data, variants=[variant]).text
        yield from _unsaid(path, text, data, must_say, templates)
        if "**" in text:
            yield TemplateProblem(path, _line_of_odd(path, "**"), "unclosed", mark="**")
        if ":: " in text:
            yield TemplateProblem(path, None, "no-row")
        if data.get("account") and not self._prints_any_name(templates, letter, data, variant):
            yield TemplateProblem(path, None, "as-mark", name="account.company", value=_HOSTILE)

    def _prints_any_name(self, templates: TemplateSet, letter: str, data: Data, variant: str) -> bool:
        """Whether a company full of marks stands in the text as any other does."""
        tame, hostile = (
            _compared(self._renderer.words(letter, templates.code, each, variants=[variant]).text)
            for each in ({**data, "account": {**data["account"], "company": name}} for name in (_TAME, _HOSTILE))
        )
        return hostile.replace(_compared(_HOSTILE), _TAME) == tame

    def _stray_files(self, letters: Mapping[str, Iterable[str]]) -> Iterator[TemplateProblem]:
        """What lies in the reseller's directories and would mislead: a letter misspelt, a language not configured."""
        shipped = {Path(name).name for name in files_of(self._renderer.folders.shipped)}
        known = {f"{language}/{name}" for language, name in product(letters, shipped)}
        used = {path for language, in_it in letters.items() for path in self._used(in_it, language)}
        for directory in self._renderer.folders.search_path(self._renderer.folders.variants)[:-1]:
            for name in files_of(directory):
                if str(directory / name) not in used and name not in known and name.endswith(SUFFIX):
                    yield TemplateProblem(str(directory / name), None, "never-used", like=like(name, known))

    def _used(self, letters: Iterable[str], language: str) -> Iterator[str]:
        for variant, letter in product(("", *self._renderer.folders.variants), letters):
            try:
                yield from (path for path, _ in self._renderer.templates([variant], language).files(letter))
            except TemplateProblem:  # it is a finding already: its other files are not known
                continue


def _unsaid(
    path: str, text: str, data: Data, must_say: Sequence[str], templates: TemplateSet
) -> Iterator[TemplateProblem]:
    squeezed = "".join(text.split())
    for name in must_say:
        said = _as_letters_say(_found(data, name), templates)
        if not any("".join(each.split()) in squeezed for each in said):
            write = _as_templates_write(name, _found(data, name))
            yield TemplateProblem(path, None, "unsaid", name=name, value=said[0], write=write)


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
