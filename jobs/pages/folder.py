"""A page that opens from disk, as a folder: its static files, its data as scripts, and the safe replacement of both.

The data lie in `data/`: one script that is loaded with the page, and numbered chunks that are loaded when something in
them is asked for. No name of a file comes from the data.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jobs.errors import KigenError
from jobs.pages.mail import script_json

DATA = "data"
INDEX = "index.html"
CHARACTERS_PER_CHUNK = 1_000_000
BESIDE = ("plan.json",)  # files that a page may bring for programs; one that an earlier page left would belong to it


class PageError(KigenError):
    """The folder cannot become a page; the message says which and why."""


@dataclass(frozen=True, slots=True)
class PageKind:
    """What a kind of page consists of, and how we know a folder as one of ours."""

    name: str  # what people call it: "preview"
    files: tuple[tuple[str, str], ...]
    """(folder in jobs/pages/files, name), as an interrupted writing may leave them: `index.html` last."""
    script: str  # one of the files; it and index.html hold the mark
    mark: str
    listing: str  # the script that is loaded with the page
    lists: str  # the page's function that takes what it lists
    chunk: str  # what the chunks are called: `mails` for mails-0001.js
    function: str  # the page's function that takes a chunk
    per_chunk: int  # how many entries a chunk holds at most

    @property
    def unfinished(self) -> str:
        """The folder in which the next page grows until it is whole."""
        return f".{self.script.removesuffix('.js')}-unfinished"


def write_page(
    kind: PageKind,
    folder: Path,
    head: Mapping[str, object],
    entries: Iterable[tuple[object, object]],
    beside: Mapping[str, str] | None = None,
) -> Path:
    """Write the page and its data; the path of its `index.html`.

    `head` is what the page is told before its data. Of each entry it is given a row of its list, and what it shows
    when somebody opens it. `beside` are texts by name, of BESIDE. An earlier page of this kind in the folder is
    replaced once the new one is whole, its own files and no others.

    Raises:
        PageError: the folder holds other files and no such page, is no folder, or cannot be written.
    """
    is_new = not folder.exists()
    with _named_for(kind, folder):
        _refuse_foreign(kind, folder)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = _empty_folder(folder / kind.unfinished)
    try:
        _write_data(kind, unfinished / DATA, head, entries)
        with _named_for(kind, folder):
            _copy_static(kind, unfinished)
            _put_in_place(kind, unfinished, folder, beside or {})
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
    return folder / INDEX


def _write_data(
    kind: PageKind, folder: Path, head: Mapping[str, object], entries: Iterable[tuple[object, object]]
) -> None:
    chunks, separator = _Chunks(kind, folder), ""
    with (folder / kind.listing).open("w", encoding="utf-8", newline="\n") as listing:
        listing.write(f'{kind.lists}({script_json(head)[:-1]}, "rows": [\n')
        for row, shown in entries:
            listing.write(separator + script_json(row))
            chunks.add(script_json(shown))
            separator = ",\n"
        chunks.write()
        listing.write(f'], "chunks": {script_json(chunks.written)}}});\n')


@dataclass(slots=True)
class _Chunks:
    """Collects what is shown of the entries and writes it as scripts of bounded size into the folder of the data."""

    kind: PageKind
    folder: Path
    waiting: list[str] = field(default_factory=list)
    characters: int = 0
    written: list[tuple[int, str]] = field(default_factory=list)
    """Per chunk: how many entries it holds, and its digest."""

    def add(self, shown: str) -> None:
        """Takes what is shown of the next entry, as JSON that is safe in a script."""
        if self.waiting and (
            len(self.waiting) >= self.kind.per_chunk or self.characters + len(shown) > CHARACTERS_PER_CHUNK
        ):
            self.write()
        self.waiting.append(shown)
        self.characters += len(shown)

    def write(self) -> None:
        """Writes what was collected; to be called once more after the last entry."""
        if not self.waiting:
            return
        number = len(self.written) + 1
        body = "[" + ",\n".join(self.waiting) + "]"
        digest = sha256(body.encode()).hexdigest()[:16]
        with _named_for(self.kind, self.folder):
            path = self.folder / f"{self.kind.chunk}-{number:04d}.js"
            path.write_text(f'{self.kind.function}({number}, "{digest}", {body});\n', "utf-8", newline="\n")
        self.written.append((len(self.waiting), digest))
        self.waiting, self.characters = [], 0


@contextmanager
def _named_for(kind: PageKind, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PageError(f"{folder}: the {kind.name} cannot be written here: {error.strerror or error}") from error


def _refuse_foreign(kind: PageKind, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise PageError(f"{folder}: expected a folder for the {kind.name}, found a file")
    data = folder / DATA
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise PageError(f"{data}: expected the {kind.name}'s own folder, found something else")
    if not _is_free(kind, folder) and not _is_ours(kind, folder):
        raise PageError(f"{folder}: holds other files; choose an empty folder, a new one, or an earlier {kind.name}")


def _is_free(kind: PageKind, folder: Path) -> bool:
    return not folder.exists() or all(path.name == kind.unfinished for path in folder.iterdir())


def _is_ours(kind: PageKind, folder: Path) -> bool:
    index, script = folder / INDEX, folder / kind.script
    known_by = index if index.exists() else script  # a first writing that was cut short has no index.html yet
    return known_by.is_file() and kind.mark in known_by.read_text("utf-8", errors="replace")


def _empty_folder(path: Path) -> Path:
    if path.exists():  # left by a writing that was cut short
        shutil.rmtree(path)
    (path / DATA).mkdir(parents=True)
    return path


def _copy_static(kind: PageKind, to: Path) -> None:
    for room, name in kind.files:
        (to / name).write_bytes((resources.files("jobs.pages") / "files" / room / name).read_bytes())


def _put_in_place(kind: PageKind, unfinished: Path, folder: Path, beside: Mapping[str, str]) -> None:
    for name in BESIDE:
        (folder / name).unlink(missing_ok=True)
    (folder / DATA).mkdir(exist_ok=True)
    written = {path.name for path in (unfinished / DATA).iterdir()}
    # A page that is open while this happens notices by the chunks' digests that its list is an old one.
    for _, name in kind.files[:-1]:
        (unfinished / name).replace(folder / name)
    for name in sorted(written):
        (unfinished / DATA / name).replace(folder / DATA / name)
    (unfinished / INDEX).replace(folder / INDEX)
    for old in (folder / DATA).glob(f"{kind.chunk}-[0-9][0-9][0-9][0-9]*.js"):
        if old.name not in written and old.stem.removeprefix(f"{kind.chunk}-").isdigit():
            old.unlink()
    for name, text in beside.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
