"""Which installation this is, and what it remembers of its databases: a small file beside them, never in them.

A copy of the database does not bring it along, a restored backup does not turn it back, and in another folder or on
another host the same file means another installation.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from jobs.config.load import ConfigError
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
        self._state: dict[str, Any] | None = None
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
        installation = self._loaded()["installation"]
        if self._identity is None or self._identity[0] != installation:
            parts = (installation, self.machine.id, self.machine.host, str(self.path.resolve()))
            self._identity = installation, sha256("\0".join(parts).encode()).hexdigest()
        return self._identity[1]

    def seen(self, database: str) -> Seen | None:
        """What is remembered of the database, None for nothing.

        Raises:
            StateFileError: the file cannot be read or made.
        """
        return _seen(self._loaded()["databases"].get(database))

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
            before = _seen(state["databases"].get(database))
            if anew or before is None or before.mark.number < mark.number:
                entry = {"mark": mark.number, "token": mark.token, "seen_at": now.isoformat()}
                state["databases"][database] = entry
                self._write(state)
            self._state = state

    def _loaded(self) -> dict[str, Any]:
        if self._state is None:
            self._state = self._read() or self._made()
        return self._state

    def _made(self) -> dict[str, Any]:
        with self._locked():
            state = self._read()  # another process may have been first
            if state is None:
                state = {"about": ABOUT, "installation": secrets.token_hex(16), "databases": {}}
                self._write(state)
            return state

    def _read(self) -> dict[str, Any] | None:
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateFileError(f"{self.path}: the state file cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise self._not_understood() from error
        if not _is_state(state):
            raise self._not_understood()
        return dict(state)

    def _not_understood(self) -> StateFileError:
        return StateFileError(
            f"{self.path}: expected the state file of this installation, found something else; "
            "remove it and run `kigen adopt`, which shows first what would be sent"
        )

    def _write(self, state: Mapping[str, Any]) -> None:
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(state, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _sync_folder(self.path.parent)
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


def _seen(entry: Mapping[str, Any] | None) -> Seen | None:
    if entry is None:
        return None
    return Seen(Mark(entry["mark"], entry["token"]), datetime.fromisoformat(entry["seen_at"]))


def _is_state(state: object) -> bool:
    if not isinstance(state, dict) or not isinstance(state.get("installation"), str):
        return False
    databases = state.get("databases")
    return isinstance(databases, dict) and all(_is_entry(entry) for entry in databases.values())


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or type(entry.get("mark")) is not int or not isinstance(entry.get("token"), str):
        return False
    try:
        return datetime.fromisoformat(entry.get("seen_at", "")).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
