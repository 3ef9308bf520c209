"""`db backup`: a copy of the whole database in one file, looked through before it gets its name.

After a restore nothing leaves before `kigen adopt`: jobs/installation/fence.py.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from jobs.config.load import ConfigError
from jobs.database.check import sqlite_problems
from jobs.database.engines import BUSY_SECONDS, sqlite_file
from jobs.database.schema import METADATA
from jobs.terminal.whole_file import whole_file


class BackupError(ConfigError):
    """There is no backup: why, and what can be done."""


def back_up(url: str, file: Path) -> None:
    """Writes a backup of that database for its owner's eyes only; it is whole and on disk when the file has this name.

    SQLite is copied while others read; whoever writes waits for the copy. Of PostgreSQL it is a dump in pg_dump's
    custom format, for pg_restore.

    Raises:
        BackupError: the file is there already, cannot be written, or what was written is not sound.
    """
    if file.exists():
        raise BackupError(f"{file}: there is a file already; name a new one, a backup never replaces another")
    source = sqlite_file(url)
    try:
        with whole_file(file) as draft:
            if source is None:
                _dump(make_url(url), draft)
            else:
                _copy(source, draft)
    except OSError as error:
        raise BackupError(f"{file}: the backup cannot be written: {error.strerror or error}") from error


def _copy(source: Path, draft: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as original,
        # Nobody else opens the draft; a file server that takes its lock for SQLite's would let nobody write to it.
        closing(sqlite3.connect(f"{draft.absolute().as_uri()}?nolock=1", uri=True)) as copy,
    ):
        original.backup(copy)  # in one step: page by page, each commit of another process would begin it anew
        problems = sqlite_problems(lambda pragma: copy.execute(f"PRAGMA {pragma}").fetchall())
    if problems:
        raise BackupError(f"the copy is not sound, and neither may the database be: {'; '.join(problems[:5])}")


def _dump(url: URL, draft: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        passwords = _password_file(url, Path(folder))
        _run("pg_dump", "--format=custom", f"--file={draft}", f"--dbname={_address(url, passwords)}")
    listed = _run("pg_restore", "--list", str(draft))
    dumped = {line.split()[-2] for line in listed.splitlines() if " TABLE DATA " in line}
    missing = {table for metadata in METADATA for table in metadata.tables} - dumped
    if missing:
        raise BackupError(f"the dump lacks the tables {', '.join(sorted(missing))}")


def _run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is not installed here; a backup of PostgreSQL needs PostgreSQL's own programs, of the server's "
            "version or a newer one (on Debian: postgresql-client)"
        )
    done = subprocess.run([found, *arguments], capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - found on the PATH, its arguments are ours
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _password_file(url: URL, folder: Path) -> Path | None:
    """The password, for libpq: on a command line everybody on the machine could read it."""
    if url.password is None:
        return None
    escaped = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
    file = folder / "pgpass"
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as open_file:
        open_file.write(f"*:*:*:*:{escaped}\n")
    return file


def _address(url: URL, passwords: Path | None) -> str:
    """The URL as PostgreSQL's programs take it."""
    plain = url.set(drivername="postgresql", password=None)
    if passwords is not None:
        plain = plain.update_query_dict({"passfile": str(passwords)})
    return plain.render_as_string(hide_password=False)
