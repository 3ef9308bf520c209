"""Mails and the decisions behind them, as a page that opens from disk: no server, no network.

The folder holds the page, `data/entries.js` (the list) and `data/mails-0001.js` … (what is shown of an
entry, loaded when it is opened). No name comes from the data. `index.html#12` opens entry 12;
`#12/phone/text` at phone width as text (also `desktop`, `html`, `headers`, `source`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from jobs.pages.folder import PageKind, write_page
from jobs.pages.mail import mail_shown

GALLERY = PageKind(
    name="preview",
    files=tuple(
        ("preview", name) for name in ("gallery.js", "mail.js", "elements.js", "words.js", "style.css", "index.html")
    ),
    script="gallery.js",
    mark="kigen gallery",
    listing="entries.js",
    lists="kigenGallery.list",
    chunk="mails",
    function="kigenGallery.mails",
    per_chunk=50,
)
_OF_ENTRY = ("day", "kind", "contract", "line", "occasion", "company", "partner", "action", "reason")
_of_entry = attrgetter(*_OF_ENTRY)
FIELDS = (*_OF_ENTRY, "subject", "people")


class CheckShown(NamedTuple):
    """One condition of a decision: the rule's name, a sentence, and its outcome (None: it did not apply)."""

    rule: str
    text: str
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Wording:
    """How a page speaks: in which language, and what it calls codes."""

    language: str = "en"
    codes: Mapping[str, str] = field(default_factory=dict)


ENGLISH = Wording()


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
    raw: bytes | None = None
    """The mail exactly as it would go out; None where no words were written."""


def write_gallery(  # noqa: PLR0913 - what a page is made of
    folder: Path,
    entries: Iterable[Entry],
    *,
    title: str,
    made_for: str,
    wording: Wording = ENGLISH,
    beside: Mapping[str, str] | None = None,
) -> Path:
    """Write the page and its data; the path of its `index.html`.

    Entries are taken one by one. An earlier gallery in the folder is replaced once the new one is whole, its own files
    and no others. `beside` are texts for programs to lie in the folder as well, by name.

    Raises:
        PageError: the folder holds other files and no gallery, is no folder, or cannot be written.
    """
    head = page_head(title, made_for, wording) | {"fields": FIELDS}
    return write_page(GALLERY, folder, head, _rows_and_details(entries), beside)


def page_head(title: str, made_for: str, wording: Wording) -> dict[str, object]:
    """What a page is told before its data."""
    return {"title": title, "madeFor": made_for, "language": wording.language, "codes": dict(wording.codes)}


def _rows_and_details(entries: Iterable[Entry]) -> Iterator[tuple[object, object]]:
    for entry in entries:
        mail = None if entry.raw is None else mail_shown(entry.raw)
        subject, people = "" if mail is None else mail["subject"], ", ".join((*entry.to, *entry.cc))
        details = {
            "dueOn": entry.due_on, "notAfter": entry.not_after, "to": entry.to, "cc": entry.cc,
            "checks": entry.checks, "mail": mail,
        }  # fmt: skip
        yield (*_of_entry(entry), subject, people), details
