"""From a folder of templates and plain data to the words of a letter. A missing name is an error, never a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path

from notify.letters import layout
from notify.letters.blanks import Leaves, Senders
from notify.letters.checks import exposures
from notify.letters.folders import EVENT, PARTS, SHARED, Folders, files_of
from notify.letters.problem import TemplateProblem
from notify.letters.templates import TemplateSet
from notify.letters.words import Words


@dataclass(frozen=True, slots=True)
class Source:
    """Which file serves a part of a letter, or a piece that its parts share."""

    letter: str
    language: str
    variant: str  # `partners/…`, `accounts/…`; "": for everybody
    name: str  # as templates call each other: `KIND/ja/body.txt`
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
                raise TemplateProblem(str(directory), None, "there is no such directory of templates")
        self._sets: dict[tuple[str, ...], TemplateSet] = {}
        self._senders = Senders()

    def words(self, letter: str, language: str, data: Mapping[str, object], *, variants: Sequence[str] = ()) -> Words:
        """The letter in that language. The templates see `data`, and all but the subject also the finished `subject`.

        `variants` (see variants_of) are looked up among the folders `accounts/…` and `partners/…` of the reseller's
        directories; what is found there comes before everything else, file by file.

        Raises:
            TemplateProblem: a file is missing or wrong, uses a name that `data` has not, or prints a None.
        """
        templates = self._set(variants)
        folder = f"{letter}/{language}"
        leaves = Leaves(data, self._senders)
        subject = _one_line(templates, f"{folder}/subject.txt", leaves)
        leaves = leaves.and_subject(subject)
        text = templates.said(f"{folder}/body.txt", leaves)
        event = f"{folder}/{EVENT}"
        return Words(
            subject=subject,
            text=layout.laid_out(text, whole=_longest_first(leaves.names)),
            html=templates.said(f"{folder}/body.html", leaves).strip() + "\n",
            template_hash=templates.hash(letter, language),
            event=templates.said(event, leaves).strip() if templates.has(event) else "",
        )

    def sources(self, letters: Iterable[str], languages: Iterable[str]) -> list[Source]:
        """Which file serves what: for everybody all of them; for a partner or an account those that differ.

        Raises:
            TemplateProblem: a letter has not all its files.
        """
        found: list[Source] = []
        for letter, language in product(letters, languages):
            common = self._sources(letter, language, "")
            found += common
            for variant in self._folders.variants:
                found += [
                    each
                    for each in self._sources(letter, language, variant)
                    if (each.name, each.path) not in {(other.name, other.path) for other in common}
                ]
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
        letters: Iterable[str],
        languages: Iterable[str],
        samples: Callable[[str, str], Sequence[Mapping[str, object]]],
    ) -> list[TemplateProblem]:
        """All that is wrong with the templates: every file compiled, every letter rendered with each of its samples.

        Names that neither the samples nor the file itself have, and filters and tests that there are not, are found in
        branches that no sample reaches, too.
        Each partner's and account's own are checked by themselves; so are files that no letter would ever use, and
        those that somebody else could change.
        """
        wanted = list(product(letters, languages))
        found = list(self._set(()).broken_files())
        broken = {problem.template for problem in found}
        for variant in ("", *self._folders.variants):
            for letter, language in wanted:
                found += self._problems(letter, language, samples(letter, language), broken, variant)
        found += self._stray_files(wanted, broken)
        found += [
            TemplateProblem(str(path), None, why)
            for directory in self._folders.own
            for path, why in exposures(directory)
        ]
        return list({(each.template, each.line, each.message): each for each in found}.values())

    def _set(self, variants: Iterable[str]) -> TemplateSet:
        known = self._folders.known(variants)
        if known not in self._sets:
            self._sets[known] = TemplateSet(self._folders.search_path(known))
        return self._sets[known]

    def _sources(self, letter: str, language: str, variant: str) -> list[Source]:
        files = self._set([variant]).files(letter, language)
        return [
            Source(letter, language, variant, name, path, is_own=not Path(path).is_relative_to(self._folders.shipped))
            for name, (path, _) in sorted(files.items())
        ]

    def _problems(
        self, letter: str, language: str, samples: Sequence[Mapping[str, object]], broken: set[str], variant: str
    ) -> Iterator[TemplateProblem]:
        templates = self._set([variant])
        try:
            files = templates.files(letter, language).values()
        except TemplateProblem as problem:
            if problem.template not in broken:
                yield problem
            return
        if broken & {path for path, _ in files}:
            return  # said already
        known = {"subject", *(name for data in samples for name in data)}
        unknown = [problem for path, source in files for problem in templates.unknown_names(path, source, known)]
        yield from unknown
        if unknown:
            return
        for data in _of_variant(samples, variant):
            try:
                self.words(letter, language, data, variants=[variant])
            except TemplateProblem as problem:
                yield problem

    def _stray_files(self, wanted: Sequence[tuple[str, str]], broken: set[str]) -> Iterator[TemplateProblem]:
        """What lies in the reseller's directories and would mislead: one part without the other, a letter misspelt."""
        folders = {f"{letter}/{language}" for letter, language in wanted}
        for directory in self._folders.search_path(self._folders.variants)[:-1]:
            names = files_of(directory)
            for name in names:
                if str(directory / name) not in broken and (message := _astray(name, names, folders)):
                    yield TemplateProblem(str(directory / name), None, message)


def _of_variant(samples: Sequence[Mapping[str, object]], variant: str) -> Iterator[Mapping[str, object]]:
    """The samples; a partner's own letters never go to somebody without a partner."""
    partner = next((data["partner"] for data in samples if data.get("partner")), None)
    for data in samples:
        yield {**data, "partner": partner} if variant.startswith("partners/") else data


def _astray(name: str, beside: Sequence[str], folders: AbstractSet[str]) -> str:
    """Why a file of the reseller's own is not what it seems to be; "" where it is."""
    folder, _, part = name.rpartition("/")
    if folder in folders and part == "body.html" and f"{folder}/body.txt" not in beside:
        return "an HTML part without its text part: put a body.txt beside it, or those who read text get other words"
    if part in {*PARTS, EVENT} and folder not in folders and folder.split("/", 1)[0] != SHARED:
        return "no letter is called so, or not in that language: this file is never used"
    return ""


def _one_line(templates: TemplateSet, name: str, leaves: Leaves) -> str:
    subject = templates.said(name, leaves).strip("\n")
    if len(subject.splitlines()) != 1 or not subject.strip():
        lines = len(subject.splitlines())
        raise TemplateProblem(templates.path(name), None, f"a subject is exactly one line, this one has {lines}")
    return subject.strip()


def _longest_first(names: AbstractSet[str]) -> list[str]:
    return sorted((name for name in names if name.strip()), key=lambda name: (-len(name), name))
