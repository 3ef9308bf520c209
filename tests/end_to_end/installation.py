"""Builders for the command line: an installation in a folder of its own, what it is asked, what lies in its inbox."""

from __future__ import annotations

import ctypes
import io
import json
import mailbox
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from email import message_from_binary_file, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from jobs.cli.main import status_of
from jobs.clock import Clock
from jobs.database.engines import create_engine_for
from jobs.database.schema import METADATA
from tests.contracts.builders import a_csv, a_row
from tests.notify.proof.chains import is_to_hold, need_not_hold

CONFIG = """
[database]
url = "{url}"
[mail]
maildir = "maildir"
"""
# The desk's letter would lie among those that a test counts; one that is about it has a table of its own.
QUIET_DESK = """
[jobs.operator-digest]
on = false
urgent = ["bounced", "feed-failed"]
"""
# What each letter's subject has and no other's.
SUBJECTS = {
    "renewal-notice": "ライセンス継続のお申し込み|renew your Zoom licences",
    "service-start": "サービス開始のお知らせ(?!の訂正)|Starts .*: your Zoom service",
    "service-start-change": "サービス開始日変更のお知らせ|New start date",
    "service-start-correction": "サービス開始のお知らせの訂正|^Correction: your Zoom service",
    "extension-confirmation": "サービス延長のお知らせ|Extended to|extension confirmed",
    "license-release": "の割り当て解除のお願い|release [0-9,]+ licences? of",
}
PROGRAMS = Path(sys.executable).parent
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # by which a terminal speaks its user's language


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def decisions(self, *fields: str) -> list[tuple[Any, ...]]:
        """Of each decision of a run in JSON, these fields."""
        return [tuple(decision[field] for field in fields) for decision in self.json["decisions"]]


class Installation:
    """One kigen in a folder: config.toml, kigen.db and maildir/ lie in it."""

    def __init__(self, folder: Path, config: str = "", url: str = "sqlite:///kigen.db") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.url = url
        self.config = folder / "config.toml"
        self.database = folder / "kigen.db"
        self.configure(config)
        if not self.url.startswith("postgresql"):  # whose fixture sees to that
            is_to_hold(self.full_url)

    def configure(self, more: str = "") -> None:
        """Writes config.toml anew, with these tables beside the usual ones."""
        desk = "" if "[jobs.operator-digest" in more else QUIET_DESK
        self.config.write_text(CONFIG.format(url=self.url) + more + desk, encoding="utf-8")

    def ask(
        self, *arguments: object, answer: str = "", at: str = "", environment: Mapping[str, str] | None = None
    ) -> Said:
        """Runs `kigen` in this process, as the installed command does.

        `answer` is what the user types; `at` is an instant in UTC at which the clock stands still meanwhile.
        """
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr("sys.stdin", io.StringIO(answer))
            for name in LOCALE:
                patch.delenv(name, raising=False)
            for name, value in (environment or {}).items():
                patch.setenv(name, value)
            if at:
                patch.setattr(Clock, "hear", lambda *_: None)  # a server's clock goes on
            with freeze_time(at, real_asyncio=True) if at else nullcontext():
                status = status_of([*map(str, arguments), "--config", str(self.config)])
        return Said(int(status), _text(out), _text(err))

    def run(self, job: str, day: object = None, *options: object) -> Said:
        """`kigen run-job JOB --date DAY … --format json`."""
        dated = ("--date", day) if day is not None else ()
        return self.ask("run-job", job, *dated, *options, "--format", "json")

    def bring(self, *rows: Mapping[str, Any]) -> Said:
        """Imports a book of these rows."""
        return self.ask("import", a_csv(self.folder, *rows), "--format", "json")

    def process(self, *arguments: object, program: str = "kigen", **environment: str) -> subprocess.Popen[str]:
        """Starts the installed command as a process of its own."""
        return subprocess.Popen(
            [str(PROGRAMS / program), *map(str, arguments), "--config", str(self.config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1", **environment},
        )

    def in_process(self, *arguments: object, program: str = "kigen", **environment: str) -> Said:
        """Runs the installed command as a process of its own, to its end."""
        process = self.process(*arguments, program=program, **environment)
        out, err = process.communicate(timeout=60)
        return Said(process.returncode, out, err)

    @property
    def inbox(self) -> list[EmailMessage]:
        """The mails that lie in the Maildir, by file name."""
        folder = self.folder / "maildir"
        if not folder.is_dir():
            return []
        box = mailbox.Maildir(folder, factory=lambda file: message_from_binary_file(file, policy=policy.default))
        return [box[key] for key in sorted(box.keys())]

    @property
    def letters(self) -> list[tuple[str, str]]:
        """Of each mail in the inbox, whose it is (the owner's name before the @) and of which kind it is, in order."""
        return sorted((mail["Delivered-To"].partition("@")[0], kind_of(mail)) for mail in self.inbox)

    def text_of(self, owner: str, kind: str) -> str:
        """The plain text of that owner's one letter of that kind."""
        (mail,) = (m for m in self.inbox if m["Delivered-To"].startswith(f"{owner}@") and kind_of(m) == kind)
        return text_of(mail)

    def ledger(self, *fields: str, **filters: str) -> list[tuple[Any, ...]]:
        """Of each notice on the ledger, these fields, in order."""
        options = [part for name, value in filters.items() for part in (f"--{name}", value)]
        return sorted(tuple(row[field] for field in fields) for row in self.ask(*LIST, *options).json)

    def engine(self) -> sa.Engine:
        """An engine for the database, past the program."""
        return create_engine_for(self.full_url)

    @property
    def full_url(self) -> str:
        """The database's, whoever asks from where."""
        return self.url if self.url.startswith("postgresql") else f"sqlite:///{self.database}"

    def stored(self) -> Any:
        """What the database holds: the file's bytes, or on PostgreSQL every row, and which transaction wrote it."""
        if self.database.exists():
            return self.database.read_bytes()
        engine, tables = self.engine(), [table for metadata in METADATA for table in metadata.tables]
        with engine.connect() as connection:
            rows = [sorted(map(str, connection.execute(sa.text(f"SELECT xmin, * FROM {table}")))) for table in tables]  # noqa: S608 - our tables
        engine.dispose()
        return rows

    def sql(self, statement: str, **values: object) -> None:
        """Changes the database behind the program's back."""
        need_not_hold(self.full_url, statement)
        engine = sa.create_engine(self.engine().url)  # one that does not look after references
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)
        engine.dispose()


LIST = ("notices", "list", "--limit", "100000", "--format", "json")


def kind_of(mail: EmailMessage) -> str:
    """The kind of letter that a mail is, by its subject."""
    (kind,) = (kind for kind, said in SUBJECTS.items() if re.search(said, mail["Subject"]))
    return kind


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def sold(contract: str, **changes: Any) -> dict[str, Any]:
    """A row of the book for a contract whose owner is known by its number in small letters."""
    usual = {
        "account_number": f"A-{contract}",
        "contract": contract,
        "company": f"株式会社{contract}",
        "owner_email": f"{contract.lower()}@example.co.jp",
    }
    return a_row(**usual | changes)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.buffer.read().decode("utf-8")


@contextmanager
def as_a_user_who_may_not_write(*paths: Path) -> Iterator[None]:
    """These files and folders without write permission, for someone whom permissions bind (they do not bind root)."""
    modes = {path: path.stat().st_mode for path in paths}
    with _bound_by_permissions() if os.geteuid() == 0 else nullcontext():
        try:
            for path in paths:
                path.chmod(0o555 if path.is_dir() else 0o444)
            yield
        finally:
            for path, mode in modes.items():
                path.chmod(mode)


@contextmanager
def _bound_by_permissions() -> Iterator[None]:
    """This thread of root's without what lifts permissions from root (capabilities(7)): it still owns what is root's.

    Another user would not do: the checkout may lie where others may not look.
    """
    of_this_thread, held = struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(of_this_thread, held) == 0, os.strerror(ctypes.get_errno())
    effective, *others = struct.unpack("6I", held)
    less = struct.pack("6I", effective & ~(CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH), *others)
    assert libc.capset(of_this_thread, less) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        assert libc.capset(of_this_thread, held) == 0, os.strerror(ctypes.get_errno())


LINUX_CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2
