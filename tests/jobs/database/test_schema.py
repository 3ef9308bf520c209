"""The database's tables: models and migrations agree, and each way between revisions can be gone."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from jobs.database.engines import create_engine_for
from jobs.database.schema import METADATA, SchemaState, _config, differences, revisions, schema_state, upgrade
from tests.postgres import a_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """A SQLite file that is not there yet, or a PostgreSQL database without tables: its URL and an engine for it."""
    file = f"sqlite:///{tmp_path / 'var' / 'kigen.db'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("empty_postgresql")
    engine = create_engine_for(url)
    yield url, engine
    engine.dispose()


@pytest.fixture
def another(database, tmp_path):
    """An engine for another database of that kind, without tables."""
    if database[1].dialect.name == "sqlite":
        engine = create_engine_for(f"sqlite:///{tmp_path / 'another.db'}")
        yield engine
    else:
        with a_database(empty=True) as url:
            engine = create_engine_for(url)
            yield engine
            engine.dispose()
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

    assert differences(engine) == []


def test_the_latest_revision_is_that_of_the_last_migration_s_file(database):
    """Whether a database is up to date is asked at each start, without Alembic: the names of the files say it."""
    url, engine = database
    upgrade(url)

    assert {*revisions(engine)} == {ScriptDirectory.from_config(_config()).get_current_head()}


def test_what_is_not_as_the_models_say_is_named(database):
    url, engine = database
    upgrade(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_notices_status"))
        connection.execute(sa.text("ALTER TABLE baselines ADD COLUMN mood TEXT"))
        connection.execute(sa.text("CREATE TABLE songs (title TEXT)"))

    assert sorted(differences(engine)) == ["add index ix_notices_status", "remove column baselines mood"]


def test_defaults_and_constraints_that_no_comparison_sees_agree_as_well(database, another):
    """Alembic compares no CHECK constraints: both ways of making the tables must give the same."""
    url, engine = database
    upgrade(url)
    for metadata in METADATA:
        metadata.create_all(another)

    assert rules(engine) == rules(another)
    assert any(check for check, _ in rules(engine).values())


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


def test_an_upgrade_makes_a_sqlite_file_for_its_owner_only(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'var' / 'kigen.db'}")

    assert stat.S_IMODE((tmp_path / "var" / "kigen.db").stat().st_mode) == 0o600


def test_an_upgrade_makes_all_tables(database):
    url, engine = database

    upgrade(url)

    assert tables(engine) == {table for metadata in METADATA for table in metadata.tables}
    assert schema_state(engine) is SchemaState.CURRENT


def test_postgresql_keeps_the_bytes_of_mails_as_they_are(empty_postgresql):
    upgrade(empty_postgresql)

    of_raw = "attrelid = 'messages'::regclass AND attname = 'raw'"
    engine = create_engine_for(empty_postgresql)
    with engine.connect() as connection:
        how = connection.execute(sa.text(f"SELECT attstorage FROM pg_attribute WHERE {of_raw}")).scalar_one()  # noqa: S608 - ours
    engine.dispose()
    assert how == "e"  # external: beside the row, not compressed


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

    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError), match="already exists"):
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


def test_each_migration_keeps_the_rows_that_the_one_before_it_had(database):
    """With a row in every table: SQLite alters one by copying it; what refers to it must not go with the old copy."""
    url, engine = database
    upgrade_to = [found.revision for found in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
    kept: dict[str, int] = {}
    for revision in upgrade_to:
        migrate_without_foreign_keys(url, revision)
        assert {table: count for table, count in row_counts(engine).items() if table in kept} == kept
        fill(engine)
        kept = row_counts(engine)
        assert all(kept.values())

    assert orphans(engine) == []
    assert differences(engine) == []


def migrate_without_foreign_keys(url, revision):
    """As `upgrade` does, and no further than that revision."""
    to = command.upgrade
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alembic.command.upgrade", lambda config, _to: to(config, revision))
        upgrade(url)


def fill(engine):
    """A row in every table that has none, with something in every column."""
    found = sa.MetaData()
    found.reflect(engine)
    with engine.begin() as connection:
        for table in found.sorted_tables:
            if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0:
                connection.execute(table.insert().values({c.name: a_value(c) for c in table.columns}))


VALUES = {
    sa.DateTime: datetime(2021, 9, 1, tzinfo=UTC),
    sa.Date: date(2021, 9, 1),
    sa.JSON: {},
    sa.LargeBinary: b"x",
    sa.Integer: 1,
    sa.Boolean: True,
}


def a_value(column):
    if column.foreign_keys:
        return a_value(next(iter(column.foreign_keys)).column)
    fitting = [value for kind, value in VALUES.items() if isinstance(column.type, kind)]
    return "new" if column.name == "order_kind" else fitting[0] if fitting else "x"


def row_counts(engine):
    with engine.connect() as connection:
        return {
            table: connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one()
            for table in tables(engine)
        }


def orphans(engine):
    """PostgreSQL has none by itself."""
    if engine.dialect.name == "postgresql":
        return []
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA foreign_key_check").all()


def test_two_machines_that_upgrade_at_once_do_not_collide(database):
    url, engine = database
    program = "import sys; from jobs.database.schema import upgrade; upgrade(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]

    assert [process.wait() for process in both] == [0, 0, 0]
    assert schema_state(engine) is SchemaState.CURRENT


def add_an_account(engine):
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO accounts (number, company) VALUES ('98765432', '株式会社見本')"))


def accounts(engine):
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT number FROM accounts")).scalars())


def described(engine):
    """Every table, column, index and constraint."""
    if engine.dialect.name == "postgresql":
        look = sa.inspect(engine)
        asked = (look.get_columns, look.get_indexes, look.get_foreign_keys, look.get_pk_constraint)
        named = (look.get_unique_constraints, look.get_check_constraints)
        return {table: [str(ask(table)) for ask in (*asked, *named)] for table in sorted(tables(engine))}
    with engine.connect() as connection:
        query = sa.text("SELECT type, name, sql FROM sqlite_master WHERE name != 'alembic_version'")
        rows = connection.execute(query).all()
    # A table that was altered by copying it has its constraints in any order.
    return sorted(
        (kind, name, sorted(line.strip(" \t,") for line in (text or "").splitlines())) for kind, name, text in rows
    )
