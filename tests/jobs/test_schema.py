"""The database's tables: models and migrations agree, and each way between revisions can be gone."""

from __future__ import annotations

import stat

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from jobs.database import create_engine_for
from jobs.schema import METADATA, SchemaState, _config, revisions, schema_state, upgrade


@pytest.fixture
def database(tmp_path):
    """A SQLite file that is not there yet: its URL and an engine for it."""
    url = f"sqlite:///{tmp_path / 'var' / 'kigen.db'}"
    engine = create_engine_for(url)
    yield url, engine
    engine.dispose()


def migrate(engine, to, step):
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        step(config, to)


def tables(engine):
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_what_the_migrations_make_is_what_the_models_say(database):
    url, engine = database
    upgrade(url)

    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)

    assert found == []


def test_defaults_and_constraints_that_no_comparison_sees_agree_as_well(database, tmp_path):
    """Alembic compares no CHECK constraints: both ways of making the tables must give the same."""
    url, engine = database
    upgrade(url)
    made = create_engine_for(f"sqlite:///{tmp_path / 'made.db'}")
    for metadata in METADATA:
        metadata.create_all(made)

    assert rules(engine) == rules(made)
    assert any(check for check, _ in rules(engine).values())
    made.dispose()


def rules(engine):
    """Of each table, its CHECK constraints and its columns' defaults."""
    look = sa.inspect(engine)
    return {
        table: (
            {(check["name"], check["sqltext"]) for check in look.get_check_constraints(table)},
            {(column["name"], column["default"]) for column in look.get_columns(table)},
        )
        for table in tables(engine)
    }


def test_an_upgrade_makes_the_file_for_its_owner_only_and_the_tables_in_it(database, tmp_path):
    url, engine = database

    upgrade(url)

    file = tmp_path / "var" / "kigen.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert tables(engine) == {table for metadata in METADATA for table in metadata.tables}
    assert schema_state(engine) is SchemaState.CURRENT


def test_an_upgrade_of_what_is_current_keeps_every_row(database):
    url, engine = database
    upgrade(url)
    add_an_account(engine)

    upgrade(url)

    assert accounts(engine) == ["98765432"]


def test_down_and_up_again_leaves_the_same_tables(database):
    url, engine = database
    upgrade(url)
    before = described(engine)

    migrate(engine, "base", command.downgrade)
    assert tables(engine) == set()
    migrate(engine, "head", command.upgrade)

    assert described(engine) == before


def test_two_rows_of_a_job_that_both_run_are_those_of_dead_processes_when_the_database_begins_to_refuse_them(database):
    url, engine = database
    upgrade(url)
    migrate(engine, "0002", command.downgrade)
    row = "INSERT INTO runs (job, as_of, started_at, lease_until, owner, outcome, counts, error) VALUES "
    with engine.begin() as connection:
        for _ in range(2):
            instant = "'2021-09-01 00:00:00.000000'"
            values = f"('renewal-notice', '2021-09-01', {instant}, {instant}, 'host:1', 'running', '{{}}', '')"
            connection.execute(sa.text(row + values))

    upgrade(url)

    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT outcome, origin FROM runs ORDER BY id")).all()
    assert found == [("died", "asked"), ("running", "asked")]


def test_a_failed_upgrade_leaves_the_database_as_it_was(database):
    url, engine = database
    upgrade(url)
    add_an_account(engine)
    migrate(
        engine, "base", command.stamp
    )  # says that nothing is there, so that the first migration runs into the tables

    with pytest.raises(sa.exc.OperationalError, match="already exists"):
        upgrade(url)

    assert accounts(engine) == ["98765432"]
    assert revisions(engine)[0] is None


def test_a_revision_that_this_program_does_not_know_is_a_newer_one_s(database):
    url, engine = database
    upgrade(url)
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


def add_an_account(engine):
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO accounts (number, company) VALUES ('98765432', '株式会社見本')"))


def accounts(engine):
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT number FROM accounts")).scalars())


def described(engine):
    with engine.connect() as connection:
        return sorted(
            connection.execute(
                sa.text("SELECT type, name, sql FROM sqlite_master WHERE name != 'alembic_version'")
            ).all(),
            key=str,
        )
