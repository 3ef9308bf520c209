"""How kigen opens PostgreSQL: what its URL may be; the server's own settings change nothing of what is meant."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from postgres_builders import execute
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from jobs.database import DatabaseUrlError, create_engine_for
from notify.columns import UtcDateTime

TOKYO = timezone(timedelta(hours=9))


def asked(url, statement, **options):
    engine = create_engine_for(url, **options)
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(statement)).scalar_one()
    finally:
        engine.dispose()


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_both_ways_of_writing_the_url_open_the_same_database(postgresql, driver):
    url = make_url(postgresql).set(drivername=driver).render_as_string(hide_password=False)

    assert asked(url, "SELECT current_database()") == make_url(postgresql).database


def test_another_driver_is_refused_with_what_is_expected():
    with pytest.raises(DatabaseUrlError, match=r"expected postgresql:// .* found postgresql\+psycopg2"):
        create_engine_for("postgresql+psycopg2://db.example.com/kigen")


def test_a_missing_driver_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(DatabaseUrlError, match=r"pip install 'kigen\[postgresql\]'"):
        create_engine_for("postgresql://db.example.com/kigen")


@pytest.fixture
def unusual(postgresql):
    """A database whose server sets everything otherwise."""
    for setting, value in (
        ("timezone", "America/New_York"),
        ("default_transaction_isolation", "serializable"),
        ("lock_timeout", "0"),
        ("datestyle", "SQL, DMY"),
        ("client_encoding", "LATIN1"),
    ):
        name = Identifier(str(make_url(postgresql).database))
        execute(postgresql, SQL("ALTER DATABASE {} SET {} = {}").format(name, Identifier(setting), value))
    return postgresql


def test_the_server_s_own_settings_do_not_reach_a_connection(unusual):
    assert asked(unusual, "SHOW timezone") == "UTC"
    assert asked(unusual, "SHOW transaction_isolation") == "read committed"
    assert asked(unusual, "SHOW lock_timeout") == "30s"


@pytest.mark.parametrize("session", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_an_instant_is_the_same_in_a_session_of_any_zone(unusual, session):
    table = sa.Table("instants", sa.MetaData(), sa.Column("at", UtcDateTime))
    engine = create_engine_for(unusual)
    with engine.begin() as connection:
        connection.execute(sa.text(f"SET LOCAL timezone = '{session}'"))
        table.create(connection)
        connection.execute(table.insert().values(at=datetime(2021, 9, 1, 0, 30, tzinfo=TOKYO)))
        (found,) = connection.execute(sa.select(table)).scalars()
        seen = connection.execute(sa.select(table).where(table.c.at <= datetime(2021, 8, 31, 15, 30, tzinfo=UTC))).all()
    engine.dispose()

    assert (found, found.tzinfo, len(seen)) == (datetime(2021, 8, 31, 15, 30, tzinfo=UTC), UTC, 1)


def test_what_the_url_says_of_a_connection_stands(postgresql):
    url = make_url(postgresql).update_query_dict({"application_name": "desk", "options": "-c lock_timeout=7s"})

    assert asked(url, "SHOW application_name") == "desk"
    assert asked(url, "SHOW lock_timeout") == "7s"


def test_what_is_opened_to_read_cannot_write(postgresql):
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        asked(postgresql, "INSERT INTO baselines (day, set_at) VALUES (now(), now()) RETURNING id", read_only=True)
