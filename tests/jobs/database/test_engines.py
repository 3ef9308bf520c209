"""How kigen opens PostgreSQL: what its URL may be; the server's own settings change nothing of what is meant."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from jobs.database.check import is_pooled
from jobs.database.engines import CONNECTION, DatabaseUrlError, create_engine_for
from notify.record.columns import UtcDateTime
from tests.postgres import execute

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


def test_a_standby_is_never_spoken_to(postgresql):
    assert asked(postgresql, "SELECT pg_is_in_recovery()") is False
    with pytest.raises(sa.exc.OperationalError, match="standby"):
        asked(make_url(postgresql).update_query_dict({"target_session_attrs": "standby"}), "SELECT 1")
    assert CONNECTION["target_session_attrs"] == "primary"


def test_a_pooler_is_known_by_the_process_that_it_names(postgresql, monkeypatch):
    engine = create_engine_for(postgresql)
    with engine.connect() as connection:
        assert not is_pooled(connection)
        monkeypatch.setattr("psycopg.ConnectionInfo.backend_pid", 4_711_000_000)
        assert is_pooled(connection)
    engine.dispose()


def test_what_is_opened_to_read_cannot_write(postgresql):
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        asked(postgresql, "INSERT INTO baselines (day, set_at) VALUES (now(), now()) RETURNING id", read_only=True)


# Whoever writes to SQLite has the file to himself


@pytest.fixture
def pauses(monkeypatch):
    """The waits of a writer, in seconds."""
    found, sleep = [], time.sleep

    def noted(seconds):
        found.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("jobs.database.engines.time.sleep", noted)
    return found


def test_who_waits_for_another_writer_looks_again_soon_and_begins_when_he_has_ended(tmp_path, pauses):
    """SQLite's own waits grow to a tenth of a second: longer than anybody writes."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with create_engine_for(url).begin() as first, ThreadPoolExecutor(1) as thread:
        first.execute(sa.text("CREATE TABLE t (n INTEGER)"))
        second = thread.submit(one_row_added, url)
        while len(pauses) < 3:
            assert not second.done()
        first.commit()
        second.result(5)

    assert max(pauses) <= 0.01


def one_row_added(url):
    with create_engine_for(url).begin() as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))


def test_who_waits_in_vain_is_told_that_the_database_is_locked(tmp_path, pauses, monkeypatch):
    monkeypatch.setattr("jobs.database.engines.BUSY_SECONDS", 0.05)
    url = f"sqlite:///{tmp_path / 'a.db'}"

    with create_engine_for(url).begin(), pytest.raises(sa.exc.OperationalError, match="database is locked"):
        one_row_added(url)

    assert 0 < sum(pauses) < 1


def test_another_fault_than_a_lock_is_told_at_once(tmp_path, pauses):
    (tmp_path / "a.db").write_bytes(b"no database" * 100)

    with pytest.raises(sa.exc.DatabaseError, match="not a database"):
        one_row_added(f"sqlite:///{tmp_path / 'a.db'}")

    assert pauses == []
