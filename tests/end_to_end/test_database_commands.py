"""`db check`, `db backup`, `db copy-to`: on a real database, and what becomes of the mails after it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest
import sqlalchemy as sa

from jobs.database import copy
from tests.end_to_end.installation import Installation, sold
from tests.postgres import a_database, libpq, programs

DAY, NEXT = "2021-09-01", "2021-10-01"
BASE = {"term_start": "2021-02-01", "months": "12"}


@pytest.fixture
def used(kigen, monkeypatch):
    """An installation that has sent one mail and has one queued."""
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    kigen.bring(sold("K-1", **BASE), sold("K-2", **BASE))
    kigen.run("all", DAY, "--only", "K-1")
    kigen.run("all", DAY, "--no-deliver")
    return kigen


# check


@pytest.mark.usefixtures("each_database")
def test_a_sound_database_is_said_to_be_sound(used, each_database):
    said = used.ask("db", "check")

    # The tests' own server does not wait for the disk, and kigen notices.
    assert said.status == (0 if each_database == "sqlite" else 1)
    assert ("every reference in them leads somewhere" in said.out) is (each_database == "sqlite")
    assert ("fsync = off: a commit may be lost" in said.out) is (each_database == "postgresql")
    assert "not as this program's tables" not in said.out


@pytest.mark.usefixtures("each_database")
def test_tables_that_someone_changed_are_named(used):
    used.sql("DROP INDEX ix_notices_status")

    said = used.ask("db", "check")

    assert said.status == 1
    assert "not as this program's tables are: add index ix_notices_status" in said.out


def test_a_journal_that_may_lose_commits_is_named(used):
    with closing(sqlite3.connect(used.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")

    said = used.ask("db", "check")

    assert said.status == 1
    assert "journal mode wal" in said.out


# backup


def test_a_backup_of_sqlite_is_whole_for_its_owner_only_and_can_be_put_in_place(used):
    backup = used.folder / "backup.db"

    assert used.ask("db", "backup", backup).status == 0
    before = used.ledger("contract", "status")

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    shutil.copy(backup, used.database)
    assert used.ledger("contract", "status") == before
    assert [path.name for path in used.folder.iterdir() if "backup" in path.name] == ["backup.db"]


@pytest.mark.usefixtures("postgresql")
def test_a_backup_of_postgresql_can_be_restored_into_an_empty_database(used):
    backup = used.folder / "kigen.dump"

    said = used.ask("db", "backup", backup)

    assert (said.status, said.err) == (0, "")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with a_database(empty=True) as url:
        subprocess.run(["pg_restore", f"--dbname={libpq(url)}", str(backup)], check=True)
        assert Installation(used.folder, url=url).ledger("contract", "status") == used.ledger("contract", "status")


@pytest.mark.usefixtures("each_database")
def test_a_backup_replaces_no_file(used):
    (used.folder / "there").write_text("dear diary")

    said = used.ask("db", "backup", used.folder / "there")

    assert (said.status, "there is a file already" in said.err) == (2, True)
    assert (used.folder / "there").read_text() == "dear diary"


@pytest.mark.alters_the_ledger
def test_a_backup_of_a_damaged_database_is_none(used):
    used.sql("PRAGMA foreign_keys = OFF")
    with closing(sqlite3.connect(used.database)) as connection:
        connection.execute("DELETE FROM messages")
        connection.commit()

    said = used.ask("db", "backup", used.folder / "backup.db")

    assert (said.status, "is not sound" in said.err) == (2, True)
    assert not list(used.folder.glob("*backup*"))


@pytest.mark.usefixtures("postgresql")
def test_without_pg_dump_a_backup_says_what_it_needs(used, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    said = used.ask("db", "backup", used.folder / "kigen.dump")

    assert (said.status, "pg_dump is not installed here" in said.err) == (2, True)


# copy-to


def copied(kigen, url):
    return kigen.ask("db", "copy-to", url, "--yes")


def test_a_move_to_postgresql_brings_everything_along_and_the_installation_goes_on(used, empty_postgresql):
    before = used.ledger("id", "contract", "kind", "occasion", "status")

    said = copied(used, empty_postgresql)
    assert said.status == 0, said.err
    moved = Installation(used.folder, url=empty_postgresql)

    assert moved.ledger("id", "contract", "kind", "occasion", "status") == before
    assert moved.run("all", DAY).status == 0
    assert moved.letters == [("k-1", "renewal-notice"), ("k-2", "renewal-notice")]
    assert moved.run("all", NEXT).json["delivery"]["sent"] == 0


def test_rows_that_come_after_a_move_are_numbered_after_those_that_came_along(used, empty_postgresql):
    last = max(number for (number,) in used.ledger("id"))
    copied(used, empty_postgresql)
    moved = Installation(used.folder, url=empty_postgresql)

    moved.bring(sold("K-3", **BASE))
    moved.run("all", DAY)

    assert min(number for number, contract in moved.ledger("id", "contract") if contract == "K-3") == last + 1


def test_after_a_move_the_old_database_sends_nothing(used, empty_postgresql):
    copied(used, empty_postgresql)

    said = used.run("deliver", DAY)

    assert said.status == 3
    assert "this database was copied to postgresql" in said.json["stopped"]
    assert len(used.inbox) == 1


def test_nor_does_it_when_someone_ends_the_pause_once_the_new_one_has_sent(used, empty_postgresql):
    copied(used, empty_postgresql)
    config = used.config.read_text()
    Installation(used.folder, url=empty_postgresql).run("all", DAY)
    used.config.write_text(config)

    used.ask("resume")

    assert used.run("deliver", DAY).status == 3
    assert len(used.inbox) == 2


def test_the_way_back_is_the_same(used, empty_postgresql):
    before = used.ledger("id", "contract", "status")
    copied(used, empty_postgresql)
    moved = Installation(used.folder, url=empty_postgresql)

    assert copied(moved, f"sqlite:///{used.folder / 'back.db'}").status == 0

    back = Installation(used.folder, url=f"sqlite:///{used.folder / 'back.db'}")
    assert back.ledger("id", "contract", "status") == before
    assert back.ask("db", "check").status == 0


def test_a_database_that_holds_rows_is_not_copied_to_and_the_old_one_goes_on(used, postgresql):
    engine = sa.create_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO accounts (number, company) VALUES ('1', '先客')"))
    engine.dispose()

    said = copied(used, postgresql)

    assert (said.status, "holds rows already, in accounts" in said.err) == (2, True)
    assert used.run("deliver", DAY).json["delivery"]["sent"] == 1


def test_a_database_is_not_copied_to_itself(used):
    said = copied(used, f"sqlite:///{used.database}")

    assert (said.status, "cannot be copied to itself" in said.err) == (2, True)


def test_nothing_is_copied_while_a_delivery_has_mail_in_hand(used, empty_postgresql):
    used.sql("UPDATE envelopes SET status = 'sending', owner = 'elsewhere:1#a' WHERE status = 'queued'")

    said = copied(used, empty_postgresql)

    assert (said.status, "a delivery is under way" in said.err) == (2, True)
    assert "paused" not in used.run("deliver", DAY).out


KILLED_HALF_WAY = """
import os, signal, sys
from jobs.database import copy as moving
from jobs.cli.main import status_of
moving._compared = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
status_of(["--config", sys.argv[1], "db", "copy-to", sys.argv[2], "--yes"])
"""


@pytest.fixture
def half_copied(used, empty_postgresql):
    """An installation of which a copy was killed before its end."""
    command = [sys.executable, "-c", KILLED_HALF_WAY, str(used.config), empty_postgresql]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    return used


def test_a_copy_that_was_killed_leaves_a_pause_that_says_so(half_copied):
    said = half_copied.run("deliver", DAY)

    assert said.status == 3
    assert "this database is being copied to postgresql" in said.json["stopped"]
    assert "if that has ended, copy again" in said.json["stopped"]


def test_the_next_copy_goes_on_from_there_and_the_new_database_sends(half_copied, empty_postgresql):
    said = copied(half_copied, empty_postgresql)

    assert (said.status, "an earlier copy ended without a word" in said.err) == (0, True), said.err
    assert "was copied to postgresql" in half_copied.run("deliver", DAY).json["stopped"]
    assert Installation(half_copied.folder, url=empty_postgresql).run("deliver", DAY).json["delivery"]["sent"] == 1


def test_whoever_stays_with_the_old_database_resumes_it(half_copied):
    half_copied.ask("resume")

    assert half_copied.run("deliver", DAY).json["delivery"]["sent"] == 1


def test_a_copy_that_fails_after_one_that_was_killed_undoes_the_pause(half_copied, empty_postgresql, monkeypatch):
    monkeypatch.setattr(copy, "_digest", lambda connection, _table: (0, connection.dialect.name))

    said = copied(half_copied, empty_postgresql)

    assert (said.status, "are not the same after copying" in said.err) == (2, True)
    assert half_copied.run("deliver", DAY).json["delivery"]["sent"] == 1


def test_a_pause_of_a_person_comes_along(used, empty_postgresql):
    used.ask("pause", "--reason", "wrong price list")

    copied(used, empty_postgresql)

    said = Installation(used.folder, url=empty_postgresql).run("deliver", DAY)
    assert "wrong price list" in said.json["stopped"]
