"""The notices of the listing, read from their files."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from jobs.notices import listing
from jobs.notices.notice import Notice, letters_of


def _notice(name: str) -> Notice[Any]:
    found: Notice[Any] = import_module(f"jobs.notices.{name.replace('-', '_')}").NOTICE
    return found


NOTICES = tuple(_notice(name) for name in listing.NOTICES)
LETTERS = letters_of(NOTICES)
