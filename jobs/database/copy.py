"""`db copy-to`: all rows into another database, compared before they are committed; the old one sends no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Row, Table, func, insert, select
from sqlalchemy.engine import make_url

from jobs.config.load import ConfigError
from jobs.database.engines import create_engine_for
from jobs.database.schema import METADATA, SchemaState, create_tables, schema_state
from jobs.log.logger import Logger
from notify.ledger import switches
from notify.ledger.claims import holders
from notify.record.tables import controls as controls_table

AT_A_TIME = 1000  # rows
UNDER_WAY = "this database is being copied to"  # why it is paused; a copy that was killed leaves it at that
_DIGEST_BITS = 256

_log = Logger("jobs.moving")


class CopyRefused(ConfigError):  # noqa: N818 - named for what happened
    """Nothing was copied, and why."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that is the same in both databases now."""

    table: str
    rows: int
    digest: str


def copy_database(
    source: Engine, url: str, by: str, now: datetime, advance: Callable[[int], None] = lambda _rows: None
) -> list[Copied]:
    """Copies all rows, in one transaction; the database copied from is paused before, and stays so.

    A copy that was killed kept nothing and leaves the pause: the next one goes on from there, and ends it if it fails.

    The copy keeps the name and the marks of the database. So an installation that sent from the old one may send from
    the new one, and would find the old one out of date if it went back. `advance` hears how many rows are copied.

    Raises:
        CopyRefused: the target holds rows already or is not kigen's, a delivery is under way, or the copy differs.
    """
    target = create_engine_for(url)
    try:
        _refuse_itself(source, target)
        _make_ready(source, target, url)
        where = make_url(url).render_as_string()
        was_paused = _pause(source, where, by, now)
        try:
            done = _copy(source, target, advance, keeps_pause=was_paused)
        except BaseException:
            _end_own_pause(source)
            raise
        if not was_paused:
            with source.begin() as connection:
                switches.pause(connection, f"this database was copied to {where}", by, now)
        return done
    finally:
        target.dispose()


def row_count(engine: Engine) -> int:
    """How many rows there are to copy."""
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        return sum(_count(connection, table) for table in _tables())


def _tables() -> list[Table]:
    """All tables, those that others refer to first."""
    return [table for metadata in METADATA for table in metadata.sorted_tables]


def _refuse_itself(source: Engine, target: Engine) -> None:
    if source.url.set(drivername="") == target.url.set(drivername=""):
        raise CopyRefused("the database cannot be copied to itself; name another one")


def _make_ready(source: Engine, target: Engine, url: str) -> None:
    state = schema_state(target)
    if state is SchemaState.EMPTY:
        create_tables(url)
    elif state is not SchemaState.CURRENT:
        raise CopyRefused(f"the database to copy to is {state}: expected an empty one; nothing was done")
    with target.connect() as connection:
        full = [table.name for table in _tables() if table is not controls_table and _count(connection, table)]
    if full:
        raise CopyRefused(f"the database to copy to holds rows already, in {', '.join(full)}; {_what_now(source)}")


def _what_now(source: Engine) -> str:
    with source.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        is_left = _is_own(switches.paused(connection))
    if not is_left:
        return "nothing was done"
    return (
        "nothing was done. Sending is paused by a copy that ended without a word: if all is in the new database, set "
        "database.url to it; if not, empty it and copy again, or `kigen resume` to stay with this one"
    )


def _is_own(pause: switches.Pause | None) -> bool:
    return pause is not None and pause.reason.startswith(UNDER_WAY)


def _end_own_pause(source: Engine) -> None:
    with source.begin() as connection:
        if _is_own(switches.paused(connection)):
            switches.resume(connection)


def _pause(source: Engine, where: str, by: str, now: datetime) -> bool:
    """Pauses sending. Whether a person had paused it before."""
    with source.begin() as connection:
        before = switches.paused(connection)
        was_paused = before is not None and not _is_own(before)
        if not was_paused:
            switches.pause(connection, f"{UNDER_WAY} {where}; if that has ended, copy again", by, now)
    if before is not None and not was_paused:
        _log.warning("an earlier copy ended without a word, this one begins anew", since=str(before.since))
    with source.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        is_under_way = bool(holders(connection))
    if is_under_way:
        _end_own_pause(source)
        raise CopyRefused("a delivery is under way; wait until it has ended, then copy again")
    return was_paused


def _copy(source: Engine, target: Engine, advance: Callable[[int], None], *, keeps_pause: bool) -> list[Copied]:
    done: list[Copied] = []
    copied = 0
    # On SQLite the source's transaction keeps every writer out until the end; on PostgreSQL it reads one snapshot.
    level = {} if source.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with source.connect().execution_options(**level) as reading, target.begin() as writing:
        writing.execute(controls_table.delete())
        for table in _tables():
            for rows in _read(reading, table):
                writing.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - the documented way to a row's names
                copied += len(rows)
                advance(copied)
            _set_sequence(writing, table)
            done.append(_compared(reading, writing, table))
        if not keeps_pause:
            switches.resume(writing)
    return done


def _read(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    return connection.execute(select(table).execution_options(yield_per=AT_A_TIME)).partitions()


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _set_sequence(connection: Connection, table: Table) -> None:
    """Rows that come later are numbered after those that came along."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None or not isinstance(column.type, Integer):
        return
    last = connection.execute(select(func.max(column))).scalar()
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    if last is not None:
        connection.execute(select(func.setval(sequence, last)))


def _compared(reading: Connection, writing: Connection, table: Table) -> Copied:
    """The table as both have it.

    Raises:
        CopyRefused: they do not.
    """
    there, here = _digest(reading, table), _digest(writing, table)
    if there != here:
        raise CopyRefused(f"the rows of {table.name} are not the same after copying; nothing was kept")
    return Copied(table.name, *here)


def _digest(connection: Connection, table: Table) -> tuple[int, str]:
    """How many rows, and the sum of their hashes: databases sort text differently, and a sum knows no order."""
    count = total = 0
    for rows in _read(connection, table):
        count += len(rows)
        total += sum(int.from_bytes(sha256(_canonical(row)).digest()) for row in rows)
    return count, f"{total % 2**_DIGEST_BITS:064x}"


def _canonical(row: Row[Any]) -> bytes:
    return json.dumps([value.hex() if isinstance(value, bytes) else value for value in row], default=str).encode()
