"""Mails and the decisions behind them, as a page that opens from disk: no server, no network.

The folder holds the page (PAGE_FILES), `data/entries.js` (the list) and `data/mails-0001.js` … (what is shown of an
entry, loaded when it is opened). No name comes from the data. `index.html#12` opens entry 12;
`#12/phone/text` at phone width as text (also `desktop`, `html`, `headers`, `source`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TextIO

from notify.gallery_mail import mail_shown, script_json

# In the order in which an interrupted writing may leave them: whoever has index.html has everything else.
PAGE_FILES = ("gallery.js", "mail.js", "elements.js", "style.css", "index.html")
MARK = "kigen gallery"  # stands in gallery.js and index.html: how we know a folder as ours
DATA = "data"
ENTRIES = "entries.js"
UNFINISHED = ".gallery-unfinished"
ENTRIES_PER_CHUNK = 50
CHARACTERS_PER_CHUNK = 1_000_000

FIELDS = ("day", "kind", "contract", "line", "occasion", "company", "partner", "action", "reason", "subject", "people")


class GalleryError(Exception):
    """The folder cannot become a gallery; the message says which and why."""


@dataclass(frozen=True, slots=True)
class CheckShown:
    """One condition of a decision: the rule's name, a sentence, and its outcome (None: it did not apply)."""

    rule: str
    text: str
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision with its mail, as plain data; `action` is `send`, `skip` or `hold`."""

    day: date
    kind: str
    contract: str
    line: str
    occasion: str
    company: str
    partner: str
    action: str
    reason: str
    due_on: date | None
    not_after: date | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    checks: tuple[CheckShown, ...]
    raw: bytes | None
    """The mail exactly as it would go out; None where no words were written."""


def write_gallery(folder: Path, entries: Iterable[Entry], *, title: str, made_for: str) -> Path:
    """Write the page and its data; the path of its `index.html`.

    Entries are taken one by one. An earlier gallery in the folder is replaced once the new one is whole, its own files
    and no others.

    Raises:
        GalleryError: the folder holds other files and no gallery, is no folder, or cannot be written.
    """
    is_new = not folder.exists()
    with _named_for(folder):
        _refuse_foreign(folder)
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = _empty_folder(folder / UNFINISHED)
    try:
        _write_data(unfinished / DATA, entries, title=title, made_for=made_for)
        with _named_for(folder):
            _copy_page(unfinished)
            _put_in_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
    return folder / "index.html"


@contextmanager
def _named_for(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GalleryError(f"{folder}: the preview cannot be written here: {error.strerror or error}") from error


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise GalleryError(f"{folder}: expected a folder for the preview, found a file")
    data = folder / DATA
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise GalleryError(f"{data}: expected the preview's own folder, found something else")
    if not _is_free(folder) and not _is_gallery(folder):
        raise GalleryError(f"{folder}: holds other files; choose an empty folder, a new one, or an earlier preview")


def _is_free(folder: Path) -> bool:
    return not folder.exists() or all(path.name == UNFINISHED for path in folder.iterdir())


def _is_gallery(folder: Path) -> bool:
    index, script = folder / "index.html", folder / "gallery.js"
    known_by = index if index.exists() else script  # a first writing that was cut short has no index.html yet
    return known_by.is_file() and MARK in known_by.read_text("utf-8", errors="replace")


def _empty_folder(path: Path) -> Path:
    if path.exists():  # left by a writing that was cut short
        shutil.rmtree(path)
    (path / DATA).mkdir(parents=True)
    return path


def _copy_page(to: Path) -> None:
    page = resources.files("notify") / "gallery_page"
    for name in PAGE_FILES:
        (to / name).write_bytes((page / name).read_bytes())


def _put_in_place(unfinished: Path, folder: Path) -> None:
    (folder / DATA).mkdir(exist_ok=True)
    written = {path.name for path in (unfinished / DATA).iterdir()}
    # A page that is open while this happens notices by the chunks' digests that its list is an old one.
    for name in PAGE_FILES[:-1]:
        (unfinished / name).replace(folder / name)
    for name in sorted(written):
        (unfinished / DATA / name).replace(folder / DATA / name)
    (unfinished / PAGE_FILES[-1]).replace(folder / PAGE_FILES[-1])
    for old in (folder / DATA).glob("mails-[0-9][0-9][0-9][0-9]*.js"):
        if old.name not in written and old.stem.removeprefix("mails-").isdigit():
            old.unlink()


@dataclass(slots=True)
class _Chunks:
    """Collects what is shown of the entries and writes it as scripts of bounded size."""

    folder: Path
    waiting: list[str] = field(default_factory=list)
    characters: int = 0
    written: list[tuple[int, str]] = field(default_factory=list)
    """Per chunk: how many entries it holds, and its digest."""

    def add(self, shown: str) -> None:
        if self.waiting and (
            len(self.waiting) >= ENTRIES_PER_CHUNK or self.characters + len(shown) > CHARACTERS_PER_CHUNK
        ):
            self.write()
        self.waiting.append(shown)
        self.characters += len(shown)

    def write(self) -> None:
        if not self.waiting:
            return
        number = len(self.written) + 1
        body = "[" + ",\n".join(self.waiting) + "]"
        digest = sha256(body.encode()).hexdigest()[:16]
        with _named_for(self.folder):
            path = self.folder / f"mails-{number:04d}.js"
            path.write_text(f'kigenGallery.mails({number}, "{digest}", {body});\n', "utf-8", newline="\n")
        self.written.append((len(self.waiting), digest))
        self.waiting, self.characters = [], 0


def _write_data(folder: Path, entries: Iterable[Entry], *, title: str, made_for: str) -> None:
    chunks = _Chunks(folder)
    with (folder / ENTRIES).open("w", encoding="utf-8", newline="\n") as listing:
        head = script_json({"title": title, "madeFor": made_for, "fields": FIELDS})
        listing.write(f'kigenGallery.list({head[:-1]}, "rows": [\n')
        _write_entries(listing, chunks, entries)
        listing.write(f'], "chunks": {script_json(chunks.written)}}});\n')


def _write_entries(listing: TextIO, chunks: _Chunks, entries: Iterable[Entry]) -> None:
    separator = ""
    for entry in entries:
        mail = None if entry.raw is None else mail_shown(entry.raw)
        subject = "" if mail is None else mail["subject"]
        listing.write(separator + script_json(_row(entry, str(subject))))
        chunks.add(script_json(_details(entry) | {"mail": mail}))
        separator = ",\n"
    chunks.write()


def _row(entry: Entry, subject: str) -> tuple[str, ...]:
    people = ", ".join((*entry.to, *entry.cc))
    return (
        entry.day.isoformat(),
        entry.kind,
        entry.contract,
        entry.line,
        entry.occasion,
        entry.company,
        entry.partner,
        entry.action,
        entry.reason,
        subject,
        people,
    )


def _details(entry: Entry) -> dict[str, object]:
    return {
        "dueOn": entry.due_on and entry.due_on.isoformat(),
        "notAfter": entry.not_after and entry.not_after.isoformat(),
        "to": entry.to,
        "cc": entry.cc,
        "checks": [(check.rule, check.text, check.passed) for check in entry.checks],
    }
