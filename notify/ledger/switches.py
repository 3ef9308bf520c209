"""What a person set for all sending, and who may send at all: the pause, the installations, the mark of the claims.

In the caller's transaction. What follows from it is decided in jobs/installation/fence.py and asked by
notify/delivery/gate.py.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from notify.record.statements import insert_ignoring
from notify.record.tables import attempts, controls, installations, marks

_PAUSE, _DATABASE, _RETURN_KEY = "pause", "database", "return-key"  # the rows of the table


@dataclass(frozen=True, slots=True)
class Pause:
    """Who stopped all sending, when and why."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation that may send from the database."""

    id: str
    host: str
    folder: str
    adopted_at: datetime
    adopted_by: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the database; numbers grow, and the token tells it from any other of that number."""

    number: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says about sending, to one installation."""

    pause: Pause | None
    database: str  # a name of its own that its copies and backups share; "" where it was never given one
    mark: Mark  # the latest
    is_known: bool  # this installation may send from it
    is_fresh: bool  # no installation has ever sent from it
    at: datetime | None = field(default=None, compare=False)  # by the server's clock; None where there is no server


def return_key(connection: Connection) -> str:
    """What makes this database's return addresses; made when it is first asked for."""
    query = select(controls.c.text).where(controls.c.name == _RETURN_KEY)
    key = connection.execute(query).scalar_one_or_none()
    if key is None:
        values = {"name": _RETURN_KEY, "text": secrets.token_hex(16)}
        connection.execute(insert_ignoring(connection, controls).values(values))
        key = connection.execute(query).scalar_one()
    return str(key)


def advance_mark(connection: Connection) -> int:
    """Leaves a new mark and returns its number: every transaction that lets mail leave does.

    A claim does, and so does what begins claimed envelopes: else a backup made between the two would pass for new. So
    does what records results, else one made while much is begun and not on record would.
    The gate is asked after the commit and before the mail leaves, and the mark is remembered outside the database: one
    that lacks a mark that was seen lacks what was sent since, it is a restored backup or has gone another way.
    """
    mark = insert(marks).values(token=secrets.token_hex(16)).returning(marks.c.id)
    return int(connection.execute(mark).scalar_one())


def has_mark(connection: Connection, token: str) -> bool:
    """Whether the database has the mark that was seen before."""
    return connection.execute(select(marks.c.id).where(marks.c.token == token)).one_or_none() is not None


def _standing() -> Select[Any]:
    latest = select(marks.c.id).order_by(marks.c.id.desc()).limit(1)
    one = select(
        select(func.count()).where(installations.c.id == bindparam("this")).scalar_subquery().label("known"),
        select(func.count()).select_from(installations).scalar_subquery().label("total"),
        func.coalesce(latest.scalar_subquery(), 0).label("mark"),
        func.coalesce(latest.with_only_columns(marks.c.token).scalar_subquery(), "").label("token"),
        func.current_timestamp().label("at_server"),
    ).subquery()
    return select(one, controls).outerjoin_from(one, controls, one.c.known >= 0)


_STANDING = _standing()  # made once: to put it together costs more than to carry it out


def standing(connection: Connection, installation: str) -> Standing:
    """How things stand, in one statement: it is asked for each envelope where the database is PostgreSQL."""
    rows = connection.execute(_STANDING, {"this": installation}).all()
    named = {row.name: row for row in rows}
    pause, database = named.get(_PAUSE), named.get(_DATABASE)
    return Standing(
        Pause(pause.at, pause.by, pause.text) if pause else None,
        database.text if database else "",
        Mark(rows[0].mark, rows[0].token),
        is_known=rows[0].known > 0,
        is_fresh=rows[0].total == 0,
        at=rows[0].at_server if connection.dialect.name == "postgresql" else None,
    )


def pause(connection: Connection, reason: str, by: str, now: datetime) -> Pause | None:
    """Stops all sending; a pause that stands already keeps its beginning. The pause there was before."""
    before = paused(connection)
    if before is None:
        connection.execute(insert(controls).values(name=_PAUSE, text=reason, by=by, at=now))
    elif reason:
        connection.execute(update(controls).where(controls.c.name == _PAUSE).values(text=reason, by=by))
    return before


def resume(connection: Connection) -> Pause | None:
    """Starts sending again; the pause that ended, None where there was none."""
    before = paused(connection)
    connection.execute(delete(controls).where(controls.c.name == _PAUSE))
    return before


def paused(connection: Connection) -> Pause | None:
    """The pause that stands."""
    row = connection.execute(select(controls).where(controls.c.name == _PAUSE)).one_or_none()
    return Pause(row.at, row.by, row.text) if row is not None else None


def admit(connection: Connection, installation: Installed) -> Standing:
    """Lets the installation send from the database, which gets a mark for it, and a name where it has none yet."""
    now = standing(connection, installation.id)
    if not now.database:
        connection.execute(insert(controls).values(name=_DATABASE, text=secrets.token_hex(16)))
    if not now.is_known:
        values = {field: getattr(installation, field) for field in installation.__slots__}
        connection.execute(insert(installations).values(**values))
    advance_mark(connection)
    return standing(connection, installation.id)


def admit_first(connection: Connection, installation: Installed) -> Standing:
    """Lets the installation in where none is yet, or where it is one that is known; of two at once one finds the other.

    Whoever comes second is told so by what this returns: it is not known.
    """
    connection.execute(select(controls.c.name).where(controls.c.name == _DATABASE).with_for_update()).all()
    now = standing(connection, installation.id)
    return admit(connection, installation) if now.is_fresh or now.is_known else now


def latest_installation(connection: Connection) -> Installed | None:
    """The installation that was let in last."""
    row = connection.execute(select(installations).order_by(installations.c.adopted_at.desc()).limit(1)).one_or_none()
    return Installed(row.id, row.host, row.folder, row.adopted_at, row.adopted_by) if row is not None else None


def last_claim(connection: Connection) -> datetime | None:
    """When the last envelope was claimed; reads all attempts, so it is asked only when something is wrong."""
    at: datetime | None = connection.execute(select(func.max(attempts.c.started_at))).scalar_one()
    return at
