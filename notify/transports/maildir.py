"""Mail in a Maildir: a file appears in new/ whole and on disk, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from notify.addresses import quoted
from notify.record.values import Envelope
from notify.transports.transport import NoLongerOurs, RelayMisconfigured, always, check_paths

_FOLDERS = ("tmp", "new", "cur")


def make_maildir(path: Path) -> None:
    """Makes the folder, for its owner only, where there is none."""
    for folder in (path, *(path / part for part in _FOLDERS)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def put_mail(path: Path, name: str, content: bytes, may_go: Callable[[], bool] = always) -> None:
    """Puts a mail into new/ under that name; one that is there already stays.

    Raises:
        NoLongerOurs: `may_go` said no when all else was done.
        OSError: it cannot be written.
    """
    draft = path / "tmp" / f"{name}.{os.getpid()}"
    try:
        _write_through(draft, content)
        if not may_go():
            raise NoLongerOurs("not put into the maildir: it is another's by now")
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


class MaildirTransport:
    """Puts mail into a Maildir, as a delivering agent does; makes the folder, for its owner only, where there is none.

    A file appears in new/ whole and on disk, or not at all. Its name follows from the envelope, so that an envelope
    handed over once more after a crash is one file; one that a person sends again is another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_made = False

    async def hand_over(self, envelope: Envelope, *, may_go: Callable[[], bool] = always) -> str:
        """The name of the file that holds the mail. `may_go` is asked when all that is left is to put it into new/.

        Raises:
            NoLongerOurs: it said no.
            RecipientRefused: the address cannot stand in a header.
            RelayMisconfigured: the return address cannot, or the Maildir cannot be written to.
        """
        check_paths(envelope)
        try:
            return self._deliver(envelope, may_go)
        except OSError as problem:
            raise RelayMisconfigured(self._sentence(problem)) from problem

    async def close(self) -> None:
        """Nothing is held open."""

    def _deliver(self, envelope: Envelope, may_go: Callable[[], bool]) -> str:
        if not self._is_made:
            make_maildir(self._path)
            self._is_made = True
        name = _file_name(envelope)
        if envelope.attempt > 1 and is_read(self._path, name):
            return f"in the maildir already, and read, as {name}"
        put_mail(self._path, name, _delivered(envelope), may_go)
        return f"in the maildir as {name}"

    def _sentence(self, problem: OSError) -> str:
        if isinstance(problem, FileExistsError | NotADirectoryError):
            return f"the maildir {self._path} cannot be used: a file is where a folder must be"
        return f"the maildir {self._path} cannot be written to: {problem.strerror or problem}"


def _file_name(envelope: Envelope) -> str:
    identity = f"{envelope.id}\0{envelope.address}\0{envelope.resends}\0".encode() + envelope.raw
    return f"kigen.{sha256(identity).hexdigest()[:40]}"


def _delivered(envelope: Envelope) -> bytes:
    head = f"Return-Path: <{quoted(envelope.sender)}>\r\nDelivered-To: {quoted(envelope.address)}\r\n"
    return head.encode("ascii") + envelope.raw
