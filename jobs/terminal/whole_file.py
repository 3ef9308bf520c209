"""Files for people that are there whole or not at all, and for their owner's eyes only: personal data is in them."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from jobs.errors import KigenError


class FileInTheWay(KigenError):  # noqa: N818 - named for what is the matter
    """There is a file of that name, and nobody said that it may be replaced."""


@contextmanager
def whole_file(file: Path, *, replace: bool = False) -> Iterator[Path]:
    """A draft to write to; it gets its name when all of it is on disk. On a failure nothing stays behind.

    What a killed process left of the same file is removed: its lock on it has ended with it.

    Raises:
        FileInTheWay: the file is there, and is not to be replaced.
        OSError: it cannot be written; the disk is full.
    """
    if file.is_dir() or (file.exists() and not replace):
        raise FileInTheWay(_in_the_way(file))
    if not file.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(file.parent))
    for left in file.parent.glob(f".{escape(file.name)}.*.draft"):
        _remove_where_left(left)
    draft, handle = _new_draft(file)
    try:
        yield draft
        _sync(draft)
        if replace:
            draft.replace(file)
        else:
            _name(draft, file)
        _sync(file.parent)
    finally:
        draft.unlink(missing_ok=True)
        os.close(handle)


def _new_draft(file: Path) -> tuple[Path, int]:
    """A draft that is locked, with what holds the lock. Between its making and that, another one may remove it."""
    while True:
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.draft")
        try:
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(file)) from error  # people know the file, not its draft
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # a file system without locks
            draft.unlink(missing_ok=True)
            os.close(handle)
            raise
        if draft.exists():
            return draft, handle
        os.close(handle)


def _remove_where_left(draft: Path) -> None:
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_NOFOLLOW)
    except OSError:
        return  # somebody else's, or gone meanwhile
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink(missing_ok=True)
    except BlockingIOError:
        pass  # it is being written
    finally:
        os.close(handle)


def _name(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)  # unlike a rename, this replaces nothing
    except FileExistsError as error:
        raise FileInTheWay(_in_the_way(file)) from error


def _in_the_way(file: Path) -> str:
    if file.is_dir():
        return f"{file}: expected a file's name, found a folder"
    return f"{file}: there is a file already; name a new one, or replace it with --force"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
