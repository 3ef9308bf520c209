"""The notices of the listing, read from their files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from jobs.notices import listing
from jobs.notices.notice import Notice, letters_of


def notice_of(name: str) -> Notice[Any]:
    """The notice of that name, from the file that it spells: `NAME.py`."""
    found: Notice[Any] = import_module(f"jobs.notices.{name.replace('-', '_')}").NOTICE
    return found


NOTICES = tuple(notice_of(name) for name in listing.NOTICES)
LETTERS = letters_of(NOTICES)
