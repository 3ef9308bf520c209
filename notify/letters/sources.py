"""The files of one language's letters: a head of keys and a body, found along a path of folders.

    ---
    subject: Renew by {{ closing_day|short_day }}
    calendar: Last day to renew
      What an indented line says belongs to the key above.
    ---
    The body.

A name is looked for in each folder in turn. A file that extends or includes its own name gets the next one on the path,
and a key, or the body, that it leaves out is the next one's as well. Each key and each body is a template; in errors
their lines are those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound

from notify.letters.problem import TemplateProblem, like
from notify.letters.syntax import half_width

KEYS = ("subject", "preheader", "title", "calendar", "frame")
SUFFIX = ".txt"
_FENCE = "---"
_KEY = re.compile(r"([A-Za-z-]+):[ \t]*(.*)")
_FENCE_MEANT = re.compile(r"\s*[-－ー—―–‐─━]{2,}\s*")
_KEY_MEANT = re.compile(rf"({'|'.join(KEYS)})\s*[:：](?!:)", re.IGNORECASE)
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_HALF_BRACE = re.compile(r"\{+[ \t]*[A-Za-z_][^{}\n]*\}+|[A-Za-z_\])\"'][ \t]*\}\}|\{\{")
_STANDALONE = re.compile(r"[ \t]*(?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})[ \t]*)+")
_FULL_WIDTH = re.compile(r"｛[｛％％#＃]|[％%＃#｝]｝|｛｛|\{％|％\}|\{｛|｝\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it lies there: each key and the body with the number of its first line, counted from 0."""

    path: str
    head: Mapping[str, tuple[int, str]]
    body: tuple[int, str]


class Sources(BaseLoader):
    """Finds a name along the folders: `NAME`, `2>NAME` from the third folder on, `NAME#subject` a key of the head."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self._read: dict[Path, Source] = {}
        self._found: dict[str, tuple[int, ...]] = {}

    def get_source(self, _environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Jinja's question for the text of a template.

        Raises:
            TemplateNotFound: there is none.
            TemplateProblem: the file cannot be read or has no proper head.
        """
        place, name, key = _taken_apart(template)
        for source in self._from(place, name):
            found = source.head.get(key) if key else source.body
            if found and (key or found[1].strip() or not source.head):
                line, text = found
                return "\n" * line + _without_lines_of_tags(text), source.path, lambda: True
        raise TemplateNotFound(template)

    def list_templates(self) -> list[str]:
        """The names of all files, keys of heads left out."""
        return sorted({path.relative_to(each).as_posix() for each in self.folders for path in each.rglob(f"*{SUFFIX}")})

    def head(self, name: str) -> dict[str, str]:
        """The keys that a letter has, each as the name of its template."""
        return {key: f"{name}#{key}" for source in self._from(0, name) for key in source.head}

    def has(self, name: str) -> bool:
        """Whether one of the folders has a file of that name."""
        return any(True for _ in self._from(0, name))

    def next_of(self, name: str, parent: str) -> str:
        """What a template called `parent` means by that name: for its own name the next one on the path."""
        place, own, _ = _taken_apart(parent)
        if name != own:
            return name
        here = next((number for number in self._places(own) if number >= place), place)
        return f"{here + 1}>{name}"

    def _from(self, place: int, name: str) -> Iterator[Source]:
        for number in self._places(name):
            if number >= place:
                yield self._source(self.folders[number] / name)

    def _places(self, name: str) -> Sequence[int]:
        """The numbers of the folders that have such a file; looked for once."""
        if name not in self._found:
            is_inside = not name.startswith("/") and ".." not in name.split("/")
            there = (number for number, folder in enumerate(self.folders) if is_inside and (folder / name).is_file())
            self._found[name] = tuple(there)
        return self._found[name]

    def _source(self, path: Path) -> Source:
        if path not in self._read:
            self._read[path] = read(path)
        return self._read[path]


def read(path: Path) -> Source:
    """The file's head and body.

    Raises:
        TemplateProblem: it is not in UTF-8, begins with a byte order mark, has a head that cannot be one, or braces
            that only look like Jinja's.
    """
    lines = _lines(path)
    if path.suffix == SUFFIX:
        _refuse_half_braces(path, "\n".join(lines))
        _refuse_head_without_fence(path, lines)
    if lines[0].rstrip() != _FENCE:
        return Source(str(path), {}, (0, "\n".join(lines)))
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise TemplateProblem(str(path), 1, "head-open")
    return Source(str(path), _head(path, lines[1:end]), (end + 1, "\n".join(lines[end + 1 :])))


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as failure:
        wrong = failure.object.count(b"\n", 0, failure.start) + 1
        raise TemplateProblem(str(path), wrong, "not-utf-8") from failure
    if lines[0].startswith("\ufeff"):
        raise TemplateProblem(str(path), 1, "byte-order-mark")
    for number, line in enumerate(lines, 1):
        if found := _FULL_WIDTH.search(line):
            raise TemplateProblem(str(path), number, "full-width", found=found[0], meant=half_width(found[0]))
    return lines


def _refuse_half_braces(path: Path, text: str) -> None:
    """A name between single braces, which would be printed as it stands; what Jinja itself sees is not looked at."""
    rest = _TAGS.sub(lambda tag: "\n" * tag[0].count("\n"), text)
    if (found := _HALF_BRACE.search(rest)) and found[0] != "{{":
        number = rest.count("\n", 0, found.start()) + 1
        raise TemplateProblem(str(path), number, "half-brace", found=found[0])


def _refuse_head_without_fence(path: Path, lines: Sequence[str]) -> None:
    """A file that begins as a head does, with no proper line before it: all of it would be the letter's body."""
    number = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    first = lines[number - 1]
    if (number > 1 or first.rstrip() != _FENCE) and (_FENCE_MEANT.fullmatch(first) or _KEY_MEANT.match(first)):
        raise TemplateProblem(str(path), number, "head-fence", found=first.strip()[:40])


def _head(path: Path, lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    key = ""
    for number, line in enumerate(lines, 1):
        if match := _KEY.fullmatch(line.rstrip()):
            key = match[1]
            if key not in KEYS:
                raise TemplateProblem(
                    str(path), number + 1, "head-key", name=key, allowed=", ".join(KEYS), like=like(key, KEYS)
                )
            found[key] = number, match[2] or ""
        elif line.startswith("  ") and key:
            first, text = found[key]
            found[key] = first, f"{text}\n{line[2:]}"
        elif found_key := _KEY_MEANT.match(line):
            raise TemplateProblem(
                str(path), number + 1, "full-width", found=found_key[0], meant=half_width(found_key[0])
            )
        elif line.strip():
            raise TemplateProblem(str(path), number + 1, "head-line", found=line.strip()[:40])
    return found


def _taken_apart(template: str) -> tuple[int, str, str]:
    place, mark, rest = template.rpartition(">")
    name, _, key = rest.partition("#")
    return int(place) if mark else 0, name, key


def _without_lines_of_tags(text: str) -> str:
    """The template with no line where only tags stand: their line ends go into a comment, so lines stay counted."""
    lines = text.split("\n")
    last = len(lines) - 1
    return "".join(
        f"{line.strip()}{{#\n#}}" if number < last and _STANDALONE.fullmatch(line) else line + "\n" * (number < last)
        for number, line in enumerate(lines)
    )
