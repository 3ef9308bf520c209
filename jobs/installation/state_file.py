"""Which installation this is, and what it remembers of its databases: a small file beside them, never in them.

A copy of the database does not bring it along, a restored backup does not turn it back, and in another folder or on
another host the same file means another installation.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jobs.config.load import ConfigError
from jobs.terminal.whole_file import whole_file
from notify.ledger.switches import Mark

MACHINE_ID = Path("/etc/machine-id")  # systemd's; not for the eyes of others, so only its hash is used
ABOUT = "kigen's memory of what it sent from here: leave it out of backups and copies"


class StateFileError(ConfigError):
    """The state file cannot be read, written or understood; without it nobody can tell whether mail may leave."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where an installation runs. `id` is "" where the system has none."""

    host: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest mark that was seen of a database, and when."""

    mark: Mark
    at: datetime


class _Database(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    mark: int
    token: str
    seen_at: AwareDatetime


class _State(BaseModel):
    """What the file says."""

    model_config = ConfigDict(strict=True)

    about: str = ABOUT
    installation: str
    databases: dict[str, _Database]


def this_machine() -> Machine:
    """The machine that this process runs on."""
    try:
        machine_id = MACHINE_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine_id = ""
    return Machine(socket.gethostname(), machine_id)


def notebooks_of(state_file: Path) -> Path:
    """The folder where the deliveries of an installation note what they have in hand."""
    return state_file.with_suffix(".in-hand")


class StateFile:
    """The state file, made when it is first needed. What was read once is kept; what is written is read anew before."""

    def __init__(self, path: Path, machine: Machine) -> None:
        self.path = path
        self.machine = machine
        self._state: _State | None = None
        self._identity: tuple[str, str] | None = None  # of which random number, and who that makes this installation

    @property
    def folder(self) -> str:
        """The folder it lies in, as a person knows the installation."""
        return str(self.path.resolve().parent)

    @property
    def identity(self) -> str:
        """Who this installation is: the file's own random number, this machine, and where on it the file lies.

        Raises:
            StateFileError: the file cannot be read or made.
        """
        installation = self._loaded().installation
        if self._identity is None or self._identity[0] != installation:
            parts = (installation, self.machine.id, self.machine.host, str(self.path.resolve()))
            self._identity = installation, sha256("\0".join(parts).encode()).hexdigest()
        return self._identity[1]

    def seen(self, database: str) -> Seen | None:
        """What is remembered of the database, None for nothing.

        Raises:
            StateFileError: the file cannot be read or made.
        """
        entry = self._loaded().databases.get(database)
        return Seen(Mark(entry.mark, entry.token), entry.seen_at) if entry else None

    def remember(self, database: str, mark: Mark, now: datetime, *, anew: bool = False) -> None:
        """Remembers that the database had this mark. It is on disk when this returns.

        A higher one that is remembered is kept, unless a person adopted the database `anew`.

        Raises:
            StateFileError: the file cannot be written, or is gone.
        """
        with self._locked():
            state = self._read()
            if state is None:
                raise StateFileError(f"{self.path}: the state file of this installation was removed while it was used")
            before = state.databases.get(database)
            if anew or before is None or before.mark < mark.number:
                state.databases[database] = _Database(mark=mark.number, token=mark.token, seen_at=now)
                self._write(state)
            self._state = state

    def _loaded(self) -> _State:
        if self._state is None:
            self._state = self._read() or self._made()
        return self._state

    def _made(self) -> _State:
        with self._locked():
            state = self._read()  # another process may have been first
            if state is None:
                state = _State(installation=secrets.token_hex(16), databases={})
                self._write(state)
            return state

    def _read(self) -> _State | None:
        try:
            return _State.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateFileError(f"{self.path}: the state file cannot be read: {error.strerror}") from error
        except ValidationError:
            raise StateFileError(
                f"{self.path}: expected the state file of this installation, found something else; "
                "remove it and run `kigen adopt`, which shows first what would be sent"
            ) from None

    def _write(self, state: _State) -> None:
        try:
            with whole_file(self.path, replace=True) as draft:
                draft.write_text(state.model_dump_json(indent=1), "utf-8")
        except OSError as error:
            raise self._not_written(error) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time: two that replace the file at once would forget what one of them saw."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise self._not_written(error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)  # gives the lock back

    def _not_written(self, error: OSError) -> StateFileError:
        return StateFileError(f"{self.path}: the state file cannot be written: {error.strerror}")
