"""From a folder of templates and plain data to the words of a letter. A missing name is an error, never a gap."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notify import formats
from notify.template_names import unknown_names

# What a template can do wrong: Jinja's own errors, and those of filters that were given the wrong thing.
_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,
)

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: a subject of one line, a text part, an HTML part, and which templates said it."""

    subject: str
    text: str
    html: str
    template_hash: str  # sha256, hex, over the sources of all files used


class TemplateProblem(Exception):  # noqa: N818 - it is also listed as a finding, not only raised
    """A template cannot be used. `template` is the file's path, or the name that was looked for in vain."""

    def __init__(self, template: str, line: int | None, message: str) -> None:
        super().__init__(template, line, message)
        self.template = template
        self.line = line
        self.message = message

    def __str__(self) -> str:
        place = self.template if self.line is None else f"{self.template}, line {self.line}"
        return f"{place}: {self.message}"


def shipped_templates() -> Path:
    """The project's own templates: inside the package when installed, else beside it in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


class Renderer:
    """Renders letters from `directories`, searched in order, and last from the project's own templates.

    Files are read and compiled once; a change on disk is seen by the next renderer.

    Raises:
        TemplateProblem: one of the directories is not there; falling back to other words in silence would be worse.
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self._directories = (*directories, shipped_templates())
        for directory in self._directories:
            if not directory.is_dir():
                raise TemplateProblem(str(directory), None, "there is no such directory of templates")
        self._environment = _environment(self._directories)
        self._hashes: dict[tuple[str, str], str] = {}

    def words(self, letter: str, language: str, data: Mapping[str, object]) -> Words:
        """The letter in that language. The templates see `data`, and the bodies also the finished `subject`.

        Raises:
            TemplateProblem: a file is missing or wrong, uses a name that `data` has not, or prints a None.
        """
        subject_name, text_name, html_name = _parts(letter, language)
        plain = {str(name): formats.harmless(value) for name, value in data.items()}
        plain["subject"] = self._subject(subject_name, plain)
        return Words(
            subject=str(plain["subject"]),
            text=formats.laid_out(self._rendered(text_name, plain), whole=list(_names_of_people(plain))),
            html=self._rendered(html_name, plain).strip() + "\n",
            template_hash=self._hash(letter, language),
        )

    def check(
        self,
        letters: Iterable[str],
        languages: Iterable[str],
        sample: Callable[[str, str], Mapping[str, object]],
    ) -> list[TemplateProblem]:
        """All that is wrong with the templates: every file compiled, every letter rendered with its sample.

        Names that neither the sample nor the file itself has are found in branches that the sample does not reach, too.
        """
        found = list(self._broken_files())
        broken = {problem.template for problem in found}
        for letter, language in product(letters, languages):
            data = sample(letter, language)
            found += self._problems(letter, language, data, broken)
        return list({(each.template, each.line, each.message): each for each in found}.values())

    def _problems(
        self, letter: str, language: str, data: Mapping[str, object], broken: set[str]
    ) -> Iterator[TemplateProblem]:
        try:
            files = {name: self._file(name) for name in self._files_used(letter, language)}
        except TemplateProblem as problem:
            yield problem
            return
        if broken & {path for path, _ in files.values()}:
            return  # said already
        unknown = [problem for path, source in files.values() for problem in self._unknown_names(path, source, data)]
        yield from unknown
        if unknown:
            return
        try:
            self.words(letter, language, data)
        except TemplateProblem as problem:
            yield problem

    def _broken_files(self) -> Iterator[TemplateProblem]:
        for name in self._environment.list_templates(extensions=("txt", "html")):
            try:
                self._environment.get_template(name)
            except _FAILURES as failure:
                yield self._problem(name, failure)

    def _unknown_names(self, path: str, source: str, data: Mapping[str, object]) -> Iterator[TemplateProblem]:
        for name, line in unknown_names(self._environment.parse(source), {*data, "subject"}):
            yield TemplateProblem(path, line, f"the name '{name}' is not among this letter's data")

    def _subject(self, name: str, data: Mapping[str, object]) -> str:
        subject = self._rendered(name, data).strip("\n")
        if len(subject.splitlines()) != 1 or not subject.strip():
            lines = len(subject.splitlines())
            raise TemplateProblem(self._path(name), None, f"a subject is exactly one line, this one has {lines}")
        return subject.strip()

    def _rendered(self, name: str, data: Mapping[str, object]) -> str:
        try:
            return self._environment.get_template(name).render(data)
        except _FAILURES as failure:
            raise self._problem(name, failure) from failure

    def _hash(self, letter: str, language: str) -> str:
        key = (letter, language)
        if key not in self._hashes:
            digest = hashlib.sha256()
            for name in sorted(self._files_used(letter, language)):
                source = self._file(name)[1].encode()
                digest.update(f"{name}\0{len(source)}\0".encode() + source)
            self._hashes[key] = digest.hexdigest()
        return self._hashes[key]

    def _files_used(self, letter: str, language: str) -> list[str]:
        """Names of the letter's files and of all that they extend, include and import."""
        names = list(_parts(letter, language))
        for name in names:  # grows while it is walked
            path, source = self._file(name)
            for other in meta.find_referenced_templates(self._parsed(name, source)):
                if other is None:
                    raise TemplateProblem(path, None, "the name of an included template must be written out")
                if other not in names:
                    names.append(other)
        return names

    def _parsed(self, name: str, source: str) -> nodes.Template:
        try:
            return self._environment.parse(source, name, self._path(name))
        except TemplateSyntaxError as failure:
            raise self._problem(name, failure) from failure

    def _file(self, name: str) -> tuple[str, str]:
        """Path and source of the file that is used for that name."""
        loader = self._environment.loader
        if loader is None:
            raise AssertionError("the environment is made with a loader")
        try:
            source, path, _ = loader.get_source(self._environment, name)
        except _FAILURES as failure:
            raise self._problem(name, failure) from failure
        return path or name, source

    def _path(self, name: str) -> str:
        return self._file(name)[0]

    def _problem(self, name: str, failure: BaseException) -> TemplateProblem:
        """The failure with the file and line it happened in, as far as they can be known."""
        if isinstance(failure, TemplateSyntaxError):
            return TemplateProblem(
                failure.filename or failure.name or name, failure.lineno, failure.message or "syntax error"
            )
        path, line = self._place(failure.__traceback__) or (self._found(name), None)
        if isinstance(failure, TemplateNotFound):
            folders = ", ".join(map(str, self._directories))
            return TemplateProblem(path, line, f"there is no template '{failure.name}' in {folders}")
        if isinstance(failure, UnicodeDecodeError):
            return TemplateProblem(path, line, "the file is not in UTF-8")
        return TemplateProblem(path, line, str(failure) or type(failure).__name__)

    def _found(self, name: str) -> str:
        """The path of that file in the first directory that has it; the name where none has."""
        paths = (each / name for each in self._directories)
        return next((str(path) for path in paths if path.is_file()), name)

    def _place(self, traceback: TracebackType | None) -> tuple[str, int] | None:
        """The innermost template line of the traceback; Jinja writes the template's path and lines into it."""
        roots = tuple(os.path.normpath(each) + os.sep for each in self._directories)
        place = None
        while traceback is not None:
            path = traceback.tb_frame.f_code.co_filename
            if path.startswith(roots):
                place = path, traceback.tb_lineno
            traceback = traceback.tb_next
        return place


def _parts(letter: str, language: str) -> tuple[str, str, str]:
    folder = f"{letter}/{language}"
    return f"{folder}/subject.txt", f"{folder}/body.txt", f"{folder}/body.html"


def _environment(directories: Sequence[Path]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(each) for each in directories]),
        undefined=StrictUndefined,
        # Matches the end of the file's name: what writes HTML must be called *.html.
        autoescape=select_autoescape(enabled_extensions=("html", "htm", "xml"), default_for_string=True, default=False),
        finalize=_printable,
        auto_reload=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=_in_its_language(formats.day),
        short_day=_in_its_language(formats.short_day),
        seats=_in_its_language(formats.seats),
        days_left=_in_its_language(formats.days_left),
        columns=formats.columns,
    )
    return environment


def _in_its_language(format_: Callable[[_Value, str], str]) -> Callable[[Context, _Value], str]:
    """The function as a filter that reads the letter's language from its data."""

    @pass_context
    def in_its_language(context: Context, value: _Value) -> str:
        return format_(value, str(context["language"]))

    return in_its_language


def _names_of_people(data: object) -> Iterator[str]:
    """Names of persons and companies in the data, the longest first: what a line should not part."""
    found = {name for name in _values(data, {"company", "owner_name", "name"}) if name.strip()}
    yield from sorted(found, key=lambda name: (-len(name), name))


def _values(data: object, keys: AbstractSet[str]) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in keys and isinstance(value, str):
                yield value
            else:
                yield from _values(value, keys)


def _printable(value: object) -> object:
    if value is None:
        raise ValueError("None would be printed here; ask with {% if … %} first")
    return value
