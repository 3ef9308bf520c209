"""What a delivery has in hand, written down as it goes: a small file of its own that outlives its process.

Results are put on record many at a time, so a killed process leaves mails behind that were begun and are not on record.
Its notebook tells them apart: which were accepted, which were in hand at that moment, and which had not had their turn.
A line is written before a mail is handed over and one after the relay's reply. It is not forced onto the disk, so it
outlives a killed process, not a power cut.

It also tells whether its owner lives: a writer keeps the file locked for as long as it does, and gives the lock back
whatever ends it. That is asked of the file that its owner wrote since this machine was started, not of a copy; of an
owner without one nothing is known, and its claims are waited for until their lease is over. What a notebook says is
taken for the whole truth where it is whole to its last line, and what nobody knows stays in doubt.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from notify.record.values import Envelope, Outcome, Result

BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux's; elsewhere nobody can tell whether the power was cut
_FORM = 1
_NOT_ACCEPTED = frozenset(
    {Outcome.REFUSED, Outcome.UNMAILABLE, Outcome.UNAVAILABLE, Outcome.MISCONFIGURED, Outcome.RELEASED}
)


def boot() -> str:
    """What names the time since this machine was started; "" where the system does not say."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Notebook:
    """The notebook of one delivery, which alone writes in it."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def opened(cls, folder: Path, owner: str, since: str) -> Notebook:
        """A new notebook of a new owner. `since` is when this machine was started (`boot`).

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _path(folder, owner)
        notebook = cls(path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600))
        fcntl.flock(notebook._handle, fcntl.LOCK_EX)  # as long as its writer lives
        notebook._write(_head(owner, since, os.fstat(notebook._handle)))
        return notebook

    def begin(self, envelope: Envelope) -> None:
        """Notes that the envelope is handed over from now on.

        Raises:
            OSError: it could not be noted; then nothing may be handed over.
        """
        self._write(b">%d %d\n" % (envelope.id, envelope.attempt))

    def end(self, result: Result, now: datetime) -> None:
        """Notes how a hand-over ended; what nobody knows stays as it was begun.

        Raises:
            OSError: it could not be noted.
        """
        envelope = result.envelope
        if result.outcome is Outcome.ACCEPTED:
            said = json.dumps([now.isoformat(), result.reply, result.handed_to])
            self._write(b"<%d %d %s\n" % (envelope.id, envelope.attempt, said.encode("ascii")))
        elif result.outcome in _NOT_ACCEPTED:
            self._write(b"-%d %d\n" % (envelope.id, envelope.attempt))

    def close(self, *, is_done: bool) -> None:
        """Ends it; it is thrown away where all that it tells is on record."""
        if is_done:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)

    def _write(self, line: bytes) -> None:
        written = os.write(self._handle, line)
        if written != len(line):
            os.ftruncate(self._handle, os.fstat(self._handle).st_size - written)  # what comes later stays readable
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail that the relay took over, when, and what it said."""

    at: datetime
    reply: str
    handed_to: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the notebook of a delivery that is over tells. Envelopes are known by id and attempt."""

    accepted: Mapping[tuple[int, int], Accepted]
    doubtful: frozenset[tuple[int, int]]  # were in hand
    is_whole: bool  # what it does not mention was never in hand

    def result(self, envelope: Envelope) -> tuple[Result, datetime | None] | None:
        """What became of an envelope that its owner had claimed, and when; None where nobody knows."""
        which = (envelope.id, envelope.attempt)
        if which in self.accepted:
            found = self.accepted[which]
            return Result(envelope, Outcome.ACCEPTED, found.reply, handed_to=found.handed_to), found.at
        if self.is_whole and which not in self.doubtful:
            return Result(envelope, Outcome.RELEASED), None
        return None


def account_of(folder: Path, owner: str, since: str) -> Account | None:
    """What the notebook of that owner tells, who is over; None where it lives, or nobody can tell from here.

    Raises:
        OSError: it is there and cannot be read.
    """
    try:
        with _left_behind(_path(folder, owner)) as file:
            head, _, lines = file.read().partition(b"\n")
            is_its_own = bool(since) and head + b"\n" == _head(owner, since, os.fstat(file.fileno()))
    except (FileNotFoundError, BlockingIOError):
        return None
    return _account(lines) if is_its_own else None


def left_behind(folder: Path) -> Iterator[str]:
    """Who has left a notebook there and writes in it no more."""
    for path in folder.glob("*.notes"):
        try:
            with _left_behind(path) as file:
                yield str(json.loads(file.readline())["owner"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # its writer lives; or it was thrown away by another process, or is none of ours


def discard(folder: Path, owner: str) -> None:
    """Throws away the notebook of that owner, where there is one."""
    _path(folder, owner).unlink(missing_ok=True)


def discard_all(folder: Path) -> None:
    """Throws away all notebooks: they are about another life of the database."""
    for path in folder.glob("*.notes"):
        path.unlink(missing_ok=True)


@contextmanager
def _left_behind(path: Path) -> Iterator[BinaryIO]:
    """The file, opened for reading.

    Raises:
        BlockingIOError: its writer lives.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield file


def _path(folder: Path, owner: str) -> Path:
    return folder / f"{sha256(owner.encode()).hexdigest()[:32]}.notes"


def _head(owner: str, since: str, file: os.stat_result) -> bytes:
    """Tells this file from a copy of it, which has another number."""
    head = {"form": _FORM, "owner": owner, "since": since, "file": [file.st_dev, file.st_ino]}
    return json.dumps(head).encode("ascii") + b"\n"


def _account(text: bytes) -> Account:
    """What the lines say; the last one may be torn, and is not taken for anything then."""
    *lines, rest = text.split(b"\n")
    try:
        return _told(lines, is_whole=not rest)
    except ValueError:  # something else has written in it
        return Account({}, frozenset(), is_whole=False)


def _told(lines: Sequence[bytes], *, is_whole: bool) -> Account:
    begun: set[tuple[int, int]] = set()
    accepted: dict[tuple[int, int], Accepted] = {}
    for line in lines:
        number, attempt, *said = line[1:].split(b" ", 2)
        which = (int(number), int(attempt))
        if line[:1] == b">":
            begun.add(which)
        elif line[:1] == b"-":
            begun.discard(which)
        elif line[:1] == b"<" and said:
            at, reply, handed_to = json.loads(said[0])
            accepted[which] = Accepted(datetime.fromisoformat(at), reply, handed_to)
        else:
            raise ValueError(f"not a line of a notebook: {line[:20]!r}")
    return Account(accepted, frozenset(begun - accepted.keys()), is_whole)
