"""Instants in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from jobs.database.engines import create_engine_for
from notify.record.columns import UtcDateTime

table = Table("instants", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


@pytest.fixture
def connection(tmp_path):
    engine = create_engine_for(f"sqlite:///{tmp_path / 'x.db'}")
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection


def stored(connection, at):
    connection.execute(insert(table).values(at=at))
    return connection.execute(select(table.c.at)).scalar_one()


def test_an_instant_comes_back_aware_in_utc_whatever_its_zone_was(connection):
    nine_in_tokyo = datetime(2021, 9, 1, 9, 0, tzinfo=timezone(timedelta(hours=9)))

    found = stored(connection, nine_in_tokyo)

    assert (found, found.tzinfo) == (datetime(2021, 9, 1, 0, 0, tzinfo=UTC), UTC)


def test_nothing_stays_nothing(connection):
    assert stored(connection, None) is None


def test_a_datetime_without_a_zone_is_refused(connection):
    with pytest.raises(StatementError, match="needs its zone"):
        stored(connection, datetime(2021, 9, 1, tzinfo=UTC).replace(tzinfo=None))


def test_instants_are_compared_as_instants(connection):
    stored(connection, datetime(2021, 9, 1, 9, 0, tzinfo=timezone(timedelta(hours=9))))

    assert connection.execute(select(table.c.id).where(table.c.at < datetime(2021, 9, 1, 0, 0, 1, tzinfo=UTC))).all()
    assert not connection.execute(select(table.c.id).where(table.c.at < datetime(2021, 9, 1, tzinfo=UTC))).all()
