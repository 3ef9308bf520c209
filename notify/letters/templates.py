"""The templates of one language along one path of folders: rendered, hashed, and what is wrong said in one way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
    meta,
    nodes,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup

from notify.letters.checks import line_of, slots_in, unknown_in, unsaid_in
from notify.letters.colours import readable_on
from notify.letters.honorifics import addressed
from notify.letters.language import FILE as LANGUAGE
from notify.letters.language import language_in
from notify.letters.problem import TemplateProblem, WrongValue, like
from notify.letters.sources import SUFFIX, Sources
from notify.letters.syntax import syntax_problem
from notify.letters.theme import FILE as THEME
from notify.letters.theme import Theme, theme_of
from notify.letters.values import printed

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

CONTACT = f"contact{SUFFIX}"


class TemplateSet:
    """The letters of one language found along `folders`, the first that has a file giving it.

    Raises:
        TemplateProblem: the language has no `language.toml`, or one that says too little.
    """

    def __init__(self, folders: Sequence[Path], language: str) -> None:
        self.code = language
        self._folders = tuple(folders)
        self._sources = Sources([each / language for each in folders])
        self.language = language_in(self._sources.folders)
        self._environment = _Letters(self._sources)
        self._environment.filters.update(self.language.filters, addressed=addressed)
        self._compiled: dict[str, Template] = {}
        self._heads: dict[str, Mapping[str, str]] = {}
        self._hashes: dict[str, str] = {}
        self._dress: tuple[object, Theme | None, Markup] = None, None, Markup()

    def head(self, letter: str) -> Mapping[str, str]:
        """The keys of a letter's head, each as the name of the template that says it.

        Raises:
            TemplateProblem: there is no such letter, or it has no proper head.
        """
        if letter not in self._heads:
            self._heads[letter] = self._sources.head(letter + SUFFIX)
        return self._heads[letter]

    def rendered(self, name: str, data: Mapping[str, object]) -> str:
        """The template of that name with the data.

        Raises:
            TemplateProblem: it is not there, is wrong, uses a name that `data` has not, or prints a None.
        """
        try:
            if name not in self._compiled:
                self._compiled[name] = self._environment.get_template(name)
            return self._compiled[name].render(data).lstrip("\n")  # those that count the lines
        except FAILURES as failure:
            raise self._problem(name, failure, data) from failure

    def dress(self, sender: Mapping[str, object]) -> tuple[Theme, Markup]:
        """How the sender's letters look, and what `contact.txt` says: the same in thousands of letters in turn.

        Raises:
            TemplateProblem: one of the two is wrong.
        """
        last, theme, contact = self._dress
        if theme is None or last is not sender:
            theme, contact = self._theme(sender), Markup(self.rendered(CONTACT, {"sender": sender}))  # noqa: S704
            self._dress = sender, theme, contact
        return theme, contact

    def path(self, letter: str, key: str = "") -> str:
        """The file that has that letter's body, or that key of its head.

        Raises:
            TemplateProblem: there is none, or it cannot be read.
        """
        return self._source(f"{letter}{SUFFIX}#{key}" if key else letter + SUFFIX)[0]

    def line(self, letter: str, key: str) -> int:
        """The line in its file on which a key of the head begins, counted from 1."""
        source = self._source(f"{letter}{SUFFIX}#{key}")[1]
        return len(source) - len(source.lstrip("\n")) + 1

    def hash(self, letter: str) -> str:
        """sha256, hex, over the names and sources of all files that the letter uses."""
        if letter not in self._hashes:
            digest = hashlib.sha256()
            for path, source in self.files(letter):
                digest.update(f"{Path(path).name}\0{len(source.encode())}\0{source}".encode())
            self._hashes[letter] = digest.hexdigest()
        return self._hashes[letter]

    def files(self, letter: str) -> list[tuple[str, str]]:
        """Path and text of the letter's files, of all that they extend, include and import, of language and theme.

        Raises:
            TemplateProblem: one is not there or cannot be parsed, or its name is computed.
        """
        paths = dict.fromkeys(self._source(name)[0] for name in self.templates_of(letter))
        others = [each / LANGUAGE for each in self._sources.folders] + [each / THEME for each in self._folders]
        paths |= dict.fromkeys(str(each) for each in others if each.is_file())
        return [(path, _text_of(path)) for path in paths]

    def templates_of(self, letter: str) -> list[str]:
        """The names of the templates that a letter is made of: its head, its body, its frame, and what these name.

        Raises:
            TemplateProblem: as for `files`.
        """
        head = self.head(letter)
        names = [letter + SUFFIX, *head.values(), self.frame(head), CONTACT]
        for name in names:  # grows while it is walked
            path, source = self._source(name)
            tree = self._parsed(name, path, source)
            for other in meta.find_referenced_templates(tree):
                if other is None:
                    raise TemplateProblem(path, None, "computed-name")
                if (found := self._sources.next_of(other, name)) not in names:
                    self._expect(found, path, line_of(tree, other))
                    names.append(found)
        return names

    def broken_files(self) -> Iterator[TemplateProblem]:
        """What keeps a file from being compiled, whether a letter uses it or not."""
        for name in self._sources.list_templates():
            try:
                for each in (*self._sources.head(name).values(), name):
                    self._environment.get_template(each)
            except FAILURES as failure:
                yield self._problem(name, failure)
            except TemplateProblem as problem:
                yield problem

    def unknown(self, name: str, known: set[str]) -> Iterator[TemplateProblem]:
        """Names that the template uses and nobody gives it; filters and tests that there are not."""
        path, source = self._source(name)
        for code, line, values in unknown_in(self._environment.parse(source), known, self._environment):
            yield TemplateProblem(path, line, code, **values)

    def left_out(self, name: str) -> Iterator[TemplateProblem]:
        """What a template that extends another says outside its slots, or in one that there is not."""
        path, source = self._source(name)
        tree = self._environment.parse(source)
        if (parent := tree.find(nodes.Extends)) is None or not isinstance(parent.template, nodes.Const):
            return
        slots = self._slots(self._sources.next_of(parent.template.value, name))
        for code, line, values in unsaid_in(tree, slots):
            yield TemplateProblem(path, line, code, **values)

    def _slots(self, name: str) -> set[str]:
        """The slots of a template and of all that it extends.

        Raises:
            TemplateProblem: it extends itself by way of others.
        """
        slots, seen = set[str](), [name]
        while True:
            path, source = self._source(seen[-1])
            tree = self._environment.parse(source)
            slots |= slots_in(tree)
            parent = tree.find(nodes.Extends)
            if parent is None or not isinstance(parent.template, nodes.Const):
                return slots
            above = self._sources.next_of(parent.template.value, seen[-1])
            if above in seen:
                raise TemplateProblem(path, parent.lineno, "circle", name=_bare(above))
            seen.append(above)

    def _expect(self, name: str, path: str, line: int | None) -> None:
        if not self._sources.has(name.rpartition(">")[2]):
            folders, meant = ", ".join(map(str, self._sources.folders)), like(name, self._sources.list_templates())
            raise TemplateProblem(path, line, "no-template", name=_bare(name), folders=folders, like=meant)

    def frame(self, head: Mapping[str, str]) -> str:
        """The file that is put around a letter with that head: the one that it names, or `letter`."""
        named = self._source(head["frame"])[1].strip() if "frame" in head else ""
        return (named or "letter") + SUFFIX

    def _theme(self, sender: Mapping[str, object]) -> Theme:
        about = {"language": self.code, "fonts": self.language.fonts, "outlook_font": self.language.outlook_font}
        try:
            names = [each for each in self._folders if (each / THEME).is_file()]
            return theme_of(_Page(Sources(names)), [f"{place}>{THEME}" for place in range(len(names))], sender, **about)
        except FAILURES as failure:
            raise self._problem(THEME, failure) from failure

    def _parsed(self, name: str, path: str, source: str) -> nodes.Template:
        try:
            return self._environment.parse(source, name, path)
        except TemplateSyntaxError as failure:
            raise self._problem(name, failure) from failure

    def _source(self, name: str) -> tuple[str, str]:
        """Path and source of the template of that name."""
        try:
            source, path, _ = self._sources.get_source(self._environment, name)
        except FAILURES as failure:
            raise self._problem(name, failure) from failure
        return path, source

    def _problem(self, name: str, failure: BaseException, known: Iterable[str] = ()) -> TemplateProblem:
        """The failure with the file and line it happened in, as far as they can be known."""
        if isinstance(failure, TemplateSyntaxError):
            where = failure.filename or failure.name or name
            return self._of_syntax(where, failure)
        path, line = self._place(failure.__traceback__) or (self._found(name), None)
        if isinstance(failure, _UnknownName):
            code = "unknown-name" if failure.beside is None else "unknown-attribute"
            meant = like(failure.name, known if failure.beside is None else failure.beside)
            return TemplateProblem(path, line, code, name=failure.name, like=meant)
        if isinstance(failure, TemplateNotFound):
            folders = ", ".join(map(str, self._sources.folders))
            return TemplateProblem(path, line, "no-template", name=_bare(str(failure.name)), folders=folders)
        if isinstance(failure, WrongValue):
            return TemplateProblem(path, line, failure.code, **failure.values)
        return TemplateProblem(path, line, "said", why=str(failure) or type(failure).__name__)

    def _of_syntax(self, path: str, failure: TemplateSyntaxError) -> TemplateProblem:
        for sort, there_are in (("filter", self._environment.filters), ("test", self._environment.tests)):
            if found := re.match(rf"No {sort} named '(.+)'", failure.message or ""):
                meant = like(found[1], there_are)
                return TemplateProblem(path, failure.lineno, f"unknown-{sort}", name=found[1], like=meant)
        code, line, values = syntax_problem(failure)
        return TemplateProblem(path, line, code, **values)

    def _found(self, name: str) -> str:
        """The path of that file in the first folder that has it; the name where none has."""
        bare = _bare(name)
        paths = (each / bare for each in (*self._sources.folders, *self._folders))
        return next((str(path) for path in paths if path.is_file()), bare)

    def _place(self, traceback: TracebackType | None) -> tuple[str, int] | None:
        """The innermost template line of the traceback; Jinja writes the template's path and lines into it."""
        roots = tuple(f"{each}/" for each in self._folders)
        place = None
        while traceback is not None:
            path = traceback.tb_frame.f_code.co_filename
            if path.startswith(roots):
                place = path, traceback.tb_lineno
            traceback = traceback.tb_next
        return place


class _UnknownName(UndefinedError):  # noqa: N818 — named for what is the matter
    """A name that is not there; `beside` are those that its object has, None for a name by itself."""

    def __init__(self, of: object, name: object, message: str | None = None) -> None:
        super().__init__(message)
        self.name = str(name)
        self.beside = None if of is missing else [str(each) for each in of] if isinstance(of, Mapping) else []


class _Unknown(StrictUndefined):
    """What stands for such a name until it is used."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: object = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        told = partial(_UnknownName, obj, name) if exc is UndefinedError else exc  # the sandbox has its own
        super().__init__(hint, obj, name, told)  # type: ignore[arg-type]


class _Letters(ImmutableSandboxedEnvironment):
    """Where letters are rendered: values come out marked, unknown names are errors."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(
            loader=sources,
            undefined=_Unknown,
            autoescape=True,  # a text is asked for its `__html__` wherever it is printed or put together: its marks
            finalize=printed,
            auto_reload=False,
            keep_trailing_newline=True,
        )
        self._sources = sources

    def join_path(self, template: str, parent: str) -> str:
        """A file that names itself means the next one on the path."""
        return self._sources.next_of(template, parent)


class _Page(ImmutableSandboxedEnvironment):
    """Where the theme is rendered: HTML."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(
            loader=sources, undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self.filters["readable_on"] = readable_on


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError as failure:
        raise TemplateProblem(path, None, "not-utf-8") from failure
    except OSError as failure:
        raise TemplateProblem(path, None, "said", why=str(failure)) from failure


def _bare(name: str) -> str:
    return name.rpartition(">")[2].partition("#")[0]
