"""The drop folder of the feed: which files have come to rest, who has taken which, and where each ends up.

A file goes from the drop folder to work/ and from there to done/ or failed/, by renames alone: at every moment it lies
in one place, whole. In work/ it already has its last name, so whoever takes up what a dead process left writes the
same reports again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jobs.config.load import ConfigError
from notify.transports.maildir import sync_folder

SUFFIXES = (".csv", ".xlsx")
LEFT_ALONE = (".", "~$")  # hidden files, and Excel's mark that someone has the workbook open
WORK, DONE, FAILED = "work", "done", "failed"
STAMP = "%Y%m%dT%H%M%SZ"
STAMP_LENGTH = len("20260101T000000Z-")
_LONGEST = 200  # octets of a name; file systems take 255, and the instant and a report's ending come on top


@dataclass(frozen=True, slots=True)
class DropFolder:
    """One drop folder. Files in it are the sender's until they were not written to for `settle`."""

    path: Path
    settle: timedelta

    def prepare(self) -> None:
        """Makes the folders inside it.

        Raises:
            ConfigError: it is not there, or one of the folders inside it leads elsewhere.
        """
        self.expect()
        for name in (WORK, DONE, FAILED):
            folder = self.path / name
            if folder.is_symlink():
                raise ConfigError(f"feed.folder: {folder} is a link; expected a folder of its own")
            folder.mkdir(exist_ok=True)

    def expect(self) -> None:
        """Asks for the folder to be there: a share that is not mounted must not look like one with nothing in it.

        Raises:
            ConfigError: it is not.
        """
        if not self.path.is_dir():
            raise ConfigError(f"feed.folder: {self.path} is no folder")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other processes of this machine out, waiting for one that is at it; a dead one holds nothing."""
        handle = os.open(self.path / WORK, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def waiting(self, now: datetime) -> list[Path]:
        """The files that have come to rest, oldest first."""
        return [self.path / name for written_at, name in self._found() if self._rests(written_at, now)]

    def still_written(self, now: datetime) -> list[str]:
        """The names of those that have not: perhaps they are still being written."""
        return [name for written_at, name in self._found() if not self._rests(written_at, now)]

    def _found(self) -> list[tuple[float, str]]:
        """When each file was last written to, and its name; oldest first."""
        found = []
        for entry in _files(self.path):
            with suppress(FileNotFoundError):  # another machine took it, or its sender took it back
                found.append((entry.stat(follow_symlinks=False).st_mtime, entry.name))
        return sorted(found)

    def _rests(self, written_at: float, now: datetime) -> bool:
        return now.timestamp() - written_at >= self.settle.total_seconds()

    def left_in_work(self) -> list[Path]:
        """What a process took and did not finish, oldest first; for who holds the folder."""
        folder = self.path / WORK
        return sorted(Path(entry) for entry in _files(folder)) if folder.is_dir() else []

    def take(self, file: Path, now: datetime) -> Path | None:
        """Moves a file to work/ under its last name; None where another process was faster."""
        name = shortened(file.name)
        while self._is_used(target := f"{now:{STAMP}}-{name}"):
            now += timedelta(seconds=1)
        taken = self.path / WORK / target
        try:
            file.rename(taken)
        except FileNotFoundError:
            return None
        sync_folder(taken.parent)
        return taken

    def put(self, taken: Path, where: str, beside: dict[str, str]) -> None:
        """Writes these texts, by their endings, and then moves the file to them: it is the last to arrive."""
        target = self.path / where / taken.name
        for ending, text in beside.items():
            _write_through(target.with_name(target.name + ending), text)
        taken.rename(target)
        sync_folder(target.parent)
        sync_folder(taken.parent)

    def _is_used(self, name: str) -> bool:
        # In the order in which a file moves, so that one on its way is seen.
        return any(os.path.lexists(self.path / where / name) for where in (WORK, DONE, FAILED))


def given_name(taken: Path) -> str:
    """The name under which a taken file came, fit to be printed."""
    name = taken.name[STAMP_LENGTH:]
    return "".join(char if char.isprintable() else "�" for char in name)


def shortened(name: str) -> str:
    """A name to which something can still be added; its ending stays."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    room = _LONGEST - len(os.fsencode(suffix))
    if len(os.fsencode(stem)) <= room:
        return name
    return os.fsencode(stem)[:room].decode("utf-8", "ignore") + suffix


def _files(folder: Path) -> list[os.DirEntry[str]]:
    """The plain files with a book's ending. A link is none: it would bring in what lies elsewhere."""
    with os.scandir(folder) as entries:
        return [
            entry
            for entry in entries
            if entry.name.lower().endswith(SUFFIXES)
            and not entry.name.startswith(LEFT_ALONE)
            and entry.is_file(follow_symlinks=False)
        ]


def _write_through(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
