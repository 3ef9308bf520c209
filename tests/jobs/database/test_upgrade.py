"""An older release's tables become those of this program, in one transaction, and no row is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
import sqlalchemy as sa

from jobs.database import schema
from jobs.database.engines import create_engine_for
from jobs.database.schema import SchemaState, create_tables, revisions, schema_state
from jobs.database.upgrade import upgrade

MIGRATION = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9999", "{latest}"
def upgrade():
    op.add_column("contracts", sa.Column("mood", sa.Text()))
    with op.batch_alter_table("accounts", recreate="auto") as batch:  # SQLite copies the table
        batch.alter_column("company", existing_type=sa.Text(), nullable=True)
{more}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request, tmp_path):
    """A database with a contract, made before the program had its last revision: its URL and an engine."""
    file = f"sqlite:///{tmp_path / 'kigen.db'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("empty_postgresql")
    create_tables(url)
    engine = create_engine_for(url)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO accounts (number, company) VALUES ('98765432', '株式会社見本')"))
        connection.execute(sa.text("INSERT INTO contracts (number, account) VALUES ('K-0001', '98765432')"))
    yield url, engine
    engine.dispose()


@pytest.fixture
def a_newer_program(tmp_path, monkeypatch):
    """Gives the program a revision more, whose migration ends with these statements."""

    def become_newer(*more):
        migrations = tmp_path / "100% newer"
        shutil.copytree(schema.MIGRATIONS, migrations)
        latest = max(migrations.glob("versions/0*.py")).stem.partition("_")[0]
        text = MIGRATION.format(latest=latest, more="\n".join(f"    {line}" for line in more))
        (migrations / "versions" / "9999_next.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(schema, "MIGRATIONS", migrations)
        return migrations

    return become_newer


def contracts(engine):
    query = sa.text("SELECT contracts.number, company FROM contracts JOIN accounts ON account = accounts.number")
    with engine.connect() as connection:
        return connection.execute(query).all()


def test_an_upgrade_keeps_every_row_and_what_refers_to_it(older, a_newer_program):
    url, engine = older
    a_newer_program()
    assert schema_state(engine) is SchemaState.OLDER

    upgrade(url)

    assert schema_state(engine) is SchemaState.CURRENT
    assert contracts(engine) == [("K-0001", "株式会社見本")]


def test_a_failed_upgrade_leaves_the_database_as_it_was(older, a_newer_program):
    url, engine = older
    a_newer_program('op.execute("SELECT * FROM nowhere")')

    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError), match="nowhere"):
        upgrade(url)

    assert schema_state(engine) is SchemaState.OLDER
    assert "mood" not in {column["name"] for column in sa.inspect(engine).get_columns("contracts")}


def test_an_upgrade_after_which_rows_would_refer_to_nothing_is_not_kept(older, a_newer_program):
    url, engine = older
    a_newer_program('op.execute("DELETE FROM accounts")')

    with pytest.raises((RuntimeError, sa.exc.IntegrityError), match=r"refer to nothing|foreign key"):
        upgrade(url)

    assert contracts(engine) == [("K-0001", "株式会社見本")]


def test_an_upgrade_of_what_is_current_changes_nothing(older):
    url, engine = older

    upgrade(url)

    assert contracts(engine) == [("K-0001", "株式会社見本")]


def test_an_upgrade_makes_the_tables_where_there_are_none(tmp_path):
    url = f"sqlite:///{tmp_path / 'kigen.db'}"

    upgrade(url)

    engine = create_engine_for(url)
    assert len(set(revisions(engine))) == 1
    engine.dispose()


def test_two_machines_that_upgrade_at_once_do_not_collide(older, a_newer_program):
    url, engine = older
    migrations = a_newer_program()
    program = (
        "import pathlib, sys; from jobs.database import schema, upgrade; "
        "schema.MIGRATIONS = pathlib.Path(sys.argv[2]); upgrade.upgrade(sys.argv[1])"
    )
    each = [subprocess.Popen([sys.executable, "-c", program, url, migrations]) for _ in range(3)]

    assert [process.wait() for process in each] == [0, 0, 0]
    assert schema_state(engine) is SchemaState.CURRENT
