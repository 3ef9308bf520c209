"""Writing into a Maildir: a file appears in new/ whole and on disk, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FOLDERS = ("tmp", "new", "cur")


def make_maildir(path: Path) -> None:
    """Makes the folder, for its owner only, where there is none."""
    for folder in (path, *(path / part for part in FOLDERS)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def put_mail(path: Path, name: str, content: bytes) -> None:
    """Puts a mail into new/ under that name; one that is there already stays.

    Raises:
        OSError: it cannot be written.
    """
    draft = path / "tmp" / f"{name}.{os.getpid()}"
    try:
        _write_through(draft, content)
        # A link fails where a rename would overwrite.
        with suppress(FileExistsError):
            os.link(draft, path / "new" / name)
        sync_folder(path / "new")
    finally:
        draft.unlink(missing_ok=True)


def is_read(path: Path, name: str) -> bool:
    """Whether a mail reader has moved the file to cur/, where it appends its flags."""
    with os.scandir(path / "cur") as files:
        return any(file.name.partition(":")[0] == name for file in files)


def mark_seen(file: Path) -> None:
    """Moves a file of new/ to cur/, as read."""
    target = file.parent.parent / "cur" / f"{file.name.partition(':')[0]}:2,S"
    file.rename(target)
    sync_folder(target.parent)
    sync_folder(file.parent)


def sync_folder(path: Path) -> None:
    """Brings a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_through(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
