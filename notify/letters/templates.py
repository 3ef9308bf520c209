"""The templates of one search path, compiled once: rendered, hashed, and what is wrong with them said in one way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
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

from notify.letters import formats, layout
from notify.letters.blanks import Leaves
from notify.letters.casting import CastingEnvironment
from notify.letters.checks import unknown_filters_and_tests, unknown_names
from notify.letters.folders import EVENT, PARTS
from notify.letters.moulds import Moulds
from notify.letters.problem import TemplateProblem
from notify.letters.template_modules import MADE, Made, SharingEnvironment

# What a template can do wrong: Jinja's own errors, and those of filters that were given the wrong thing.
FAILURES = (
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
_Environment = TypeVar("_Environment", bound=SharingEnvironment)


class TemplateSet:
    """The templates found under `directories`, the first that has a file giving it."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = tuple(directories)
        self.loader = FileSystemLoader([str(each) for each in directories])
        self._environment = _environment(self.loader, SharingEnvironment)
        self._moulds = Moulds(lambda: casting_environment(self), self.rendered, FAILURES)
        self._present: dict[str, bool] = {}
        self._hashes: dict[tuple[str, str], str] = {}

    def rendered(self, name: str, data: Mapping[str, object]) -> str:
        """The template of that name with the data.

        Raises:
            TemplateProblem: it is not there, is wrong, uses a name that `data` has not, or prints a None.
        """
        try:
            return self._environment.get_template(name).render({**data, MADE: Made(data)})
        except FAILURES as failure:
            raise self._problem(name, failure) from failure

    def said(self, name: str, leaves: Leaves) -> str:
        """The same as `rendered` with the data of which these are the leaves; alike letters are not rendered again.

        Raises:
            TemplateProblem: it is not there, is wrong, uses a name that the data have not, or prints a None.
        """
        return self._moulds.said(name, leaves)

    def has(self, name: str) -> bool:
        """Whether there is a template of that name."""
        if name not in self._present:
            self._present[name] = any((each / name).is_file() for each in self._directories)
        return self._present[name]

    def path(self, name: str) -> str:
        """The file that is used for that name.

        Raises:
            TemplateProblem: there is none, or it cannot be read.
        """
        return self._file(name)[0]

    def hash(self, letter: str, language: str) -> str:
        """sha256, hex, over the names and sources of all files that the letter uses."""
        key = (letter, language)
        if key not in self._hashes:
            digest = hashlib.sha256()
            for name, (_, source) in sorted(self.files(letter, language).items()):
                digest.update(f"{name}\0{len(source.encode())}\0{source}".encode())
            self._hashes[key] = digest.hexdigest()
        return self._hashes[key]

    def files(self, letter: str, language: str) -> dict[str, tuple[str, str]]:
        """Name → path and source of the letter's files and of all that they extend, include and import.

        Raises:
            TemplateProblem: one is not there or cannot be parsed, or its name is computed.
        """
        names = [f"{letter}/{language}/{part}" for part in PARTS]
        if self.has(event := f"{letter}/{language}/{EVENT}"):
            names.append(event)
        found: dict[str, tuple[str, str]] = {}
        for name in names:  # grows while it is walked
            path, source = found[name] = self._file(name)
            for other in meta.find_referenced_templates(self._parsed(name, path, source)):
                if other is None:
                    raise TemplateProblem(path, None, "the name of an included template must be written out")
                if other not in names:
                    names.append(other)
        return found

    def broken_files(self) -> Iterator[TemplateProblem]:
        """What keeps a file from being compiled, whether a letter uses it or not."""
        for name in self._environment.list_templates(extensions=("txt", "html")):
            try:
                self._environment.get_template(name)
            except FAILURES as failure:
                yield self._problem(name, failure)

    def unknown_names(self, path: str, source: str, known: set[str]) -> Iterator[TemplateProblem]:
        """Names that the file uses and nobody gives it; filters and tests that there are not."""
        tree = self._environment.parse(source)
        for name, line in unknown_names(tree, known):
            yield TemplateProblem(path, line, f"the name '{name}' is not among this letter's data")
        for what, line in unknown_filters_and_tests(tree, self._environment):
            yield TemplateProblem(path, line, f"there is no {what}")

    def _parsed(self, name: str, path: str, source: str) -> nodes.Template:
        try:
            return self._environment.parse(source, name, path)
        except TemplateSyntaxError as failure:
            raise self._problem(name, failure) from failure

    def _file(self, name: str) -> tuple[str, str]:
        """Path and source of the file that is used for that name."""
        try:
            source, path, _ = self.loader.get_source(self._environment, name)
        except FAILURES as failure:
            raise self._problem(name, failure) from failure
        return path or name, source

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


def casting_environment(templates: TemplateSet) -> CastingEnvironment:
    """An environment that finds the moulds of these templates."""
    return _environment(templates.loader, CastingEnvironment)


def _environment(loader: FileSystemLoader, kind: type[_Environment]) -> _Environment:
    environment = kind(
        loader=loader,
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
        columns=partial(environment.formatted, layout.columns),
        readable_on=environment.asking(formats.readable_on),
    )
    return environment


def _in_its_language(format_: Callable[[_Value, str], str]) -> Callable[[Context, _Value], str]:
    """The function as a filter that reads the letter's language from its data."""

    @pass_context
    def in_its_language(context: Context, value: _Value) -> str:
        environment = context.environment
        if not isinstance(environment, SharingEnvironment):
            raise TypeError(f"a format of letters was called by {type(environment).__name__}")
        text: str = environment.formatted(format_, value, str(context["language"]))
        return text

    return in_its_language


def _printable(value: object) -> object:
    if value is None:
        raise ValueError("None would be printed here; ask with {% if … %} first")
    return value
