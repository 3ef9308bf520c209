"""The database's tables: a fresh one has all of them, and whose they are is known."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest
import sqlalchemy as sa

from jobs.database.check import differences
from jobs.database.engines import create_engine_for
from jobs.database.schema import METADATA, SchemaState, create_tables, revisions, schema_state
from tests.jobs.database.tables import REVISIONS, statements


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """A SQLite file that is not there yet, or a PostgreSQL database without tables: its URL and an engine for it."""
    file = f"sqlite:///{tmp_path / 'var' / 'kigen.db'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("empty_postgresql")
    engine = create_engine_for(url)
    yield url, engine
    engine.dispose()


def tables(engine):
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def add_an_account(engine):
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO accounts (number, company) VALUES ('98765432', '株式会社見本')"))


def accounts(engine):
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT number FROM accounts")).scalars())


def test_a_fresh_database_has_all_tables_as_they_are_to_be(database):
    url, engine = database

    create_tables(url)

    assert tables(engine) == {table for metadata in METADATA for table in metadata.tables}
    assert differences(engine) == []
    assert schema_state(engine) is SchemaState.CURRENT


def test_the_tables_are_those_of_the_latest_revision():
    """Whoever changes one writes a migration for the databases that are there: see tests/jobs/database/tables.py."""
    latest = max(REVISIONS.iterdir())

    assert statements() == latest.read_text(encoding="utf-8")


def test_the_tables_of_each_revision_are_kept(database):
    url, engine = database
    create_tables(url)

    assert {revisions(engine)[1]} == {max(REVISIONS.iterdir()).stem}


def test_what_is_not_as_the_models_say_is_named(database):
    url, engine = database
    create_tables(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_notices_status"))
        connection.execute(sa.text("ALTER TABLE baselines ADD COLUMN mood TEXT"))
        connection.execute(sa.text("CREATE TABLE songs (title TEXT)"))

    assert sorted(differences(engine)) == ["add index ix_notices_status", "remove column baselines mood"]


def test_a_sqlite_file_is_made_for_its_owner_only(tmp_path):
    create_tables(f"sqlite:///{tmp_path / 'var' / 'kigen.db'}")

    assert stat.S_IMODE((tmp_path / "var" / "kigen.db").stat().st_mode) == 0o600


def test_postgresql_keeps_the_bytes_of_mails_as_they_are(empty_postgresql):
    create_tables(empty_postgresql)

    of_raw = "attrelid = 'messages'::regclass AND attname = 'raw'"
    engine = create_engine_for(empty_postgresql)
    with engine.connect() as connection:
        how = connection.execute(sa.text(f"SELECT attstorage FROM pg_attribute WHERE {of_raw}")).scalar_one()  # noqa: S608 - ours
    engine.dispose()
    assert how == "e"  # external: beside the row, not compressed


def test_tables_that_are_there_keep_every_row(database):
    url, engine = database
    create_tables(url)
    add_an_account(engine)

    create_tables(url)

    assert accounts(engine) == ["98765432"]


def test_tables_that_cannot_all_be_made_leave_the_database_as_it_was(database):
    url, engine = database
    create_tables(url)
    add_an_account(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
        connection.execute(sa.text("DROP TABLE looks"))

    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError), match="already exists"):
        create_tables(url)

    assert accounts(engine) == ["98765432"]
    assert "looks" not in tables(engine)
    assert revisions(engine)[0] is None


def test_machines_that_make_the_tables_at_once_do_not_collide(database):
    url, engine = database
    program = "import sys; from jobs.database.schema import create_tables; create_tables(sys.argv[1])"
    each = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]

    assert [process.wait() for process in each] == [0, 0, 0]
    assert schema_state(engine) is SchemaState.CURRENT


def test_a_revision_that_this_program_does_not_know_is_a_newer_one_s(database):
    url, engine = database
    create_tables(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert schema_state(engine) is SchemaState.NEWER


def test_tables_without_a_revision_are_another_program_s(tmp_path):
    engine = create_engine_for(f"sqlite:///{tmp_path / 'songs.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE songs (title TEXT)"))

    assert schema_state(engine) is SchemaState.FOREIGN
    engine.dispose()


def test_a_database_without_tables_is_empty(tmp_path):
    engine = create_engine_for(f"sqlite:///{tmp_path / 'empty.db'}")

    assert schema_state(engine) is SchemaState.EMPTY
    engine.dispose()
