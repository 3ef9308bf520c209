"""What the doctor asks the machine: database, files, disk, clock, zone, holidays."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

import jobs
from jobs.app import App
from jobs.config.secrets import secret_warnings
from jobs.database.check import POOLED, is_pooled
from jobs.database.engines import sqlite_file
from jobs.database.schema import SchemaState, revisions, schema_state
from jobs.database.tables import runs
from jobs.doctor.examination import Finding, bad, doubtful, good
from notify.record.tables import messages

OTHERS = 0o077
LITTLE_DISK, TOO_LITTLE_DISK = 1 << 30, 100 << 20  # bytes
DRIFT = timedelta(minutes=1)


def database(app: App) -> Iterator[Finding]:
    """Whether it is there and answers."""
    file = sqlite_file(app.database_url)
    if file is not None and not file.exists():
        yield bad(f"there is no database at {file} yet", "`kigen import FILE` makes it")
        return
    with app.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            yield good(f"{file} opens; SQLite {sqlite3.sqlite_version}")
        else:
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
            yield good(f"{app.engine.url.host or 'the local server'} answers; PostgreSQL {version}")
            if is_pooled(connection):
                yield bad(POOLED, "let database.url name the server's own host and port")


def schema(app: App) -> Iterator[Finding]:
    """Whether its tables are those of this program."""
    state = schema_state(app.engine)
    if state is SchemaState.CURRENT:
        yield good(f"the tables are at revision {revisions(app.engine)[1]}, this program's")
    else:
        remedy = {
            SchemaState.EMPTY: "`kigen db upgrade` makes them",
            SchemaState.OLDER: "back the database up, then `kigen db upgrade`",
            SchemaState.NEWER: "use the newer program",
            SchemaState.FOREIGN: "let database.url name another database",
        }[state]
        yield bad(f"the tables are not this program's: {state}", remedy)


def database_file(app: App) -> Iterator[Finding]:
    """A SQLite file's owner, journal and soundness."""
    file = sqlite_file(app.database_url)
    if file is None:
        yield good("no file of ours: a server keeps it")
        return
    if file.stat().st_mode & OTHERS:
        yield doubtful(f"{file} holds personal data and can be read by other users", f"chmod 600 {file}")
    else:
        yield good(f"{file} can be read by its owner only")
    with app.engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if journal == "wal":
        yield bad("its journal mode is WAL, which can lose commits", f"sqlite3 {file} 'PRAGMA journal_mode=DELETE'")
    if found == "ok":
        yield good("its pages are sound; `kigen db check` looks closer")
    else:
        yield bad(f"it is damaged: {found}", "`kigen pause`, then bring the last backup and `kigen adopt`")


def disk(app: App) -> Iterator[Finding]:
    """Whether there is room for the database, the mails and the metrics."""
    file = sqlite_file(app.database_url)
    places = [
        file.parent if file is not None else None,
        app.outgoing.maildir if not app.outgoing.reaches_people else None,
    ]
    folders = [_existing(place) for place in places if place is not None]
    for folder in {folder.stat().st_dev: folder for folder in folders}.values():
        free = shutil.disk_usage(folder).free
        said = f"{free / (1 << 30):.1f} GiB are free at {folder}"
        if free < TOO_LITTLE_DISK:
            yield bad(said, "make room: a full disk stops the ledger, and with it all mail")
        elif free < LITTLE_DISK:
            yield doubtful(said, "make room soon")
        else:
            yield good(said)


def _existing(path: Path) -> Path:
    return next(each for each in (path.resolve(), *path.resolve().parents) if each.exists())


def clock(app: App) -> Iterator[Finding]:
    """Whether the clock goes right, as far as the program, the ledger and the database's server know."""
    now = app.clock.now()
    built = datetime.fromtimestamp(Path(str(jobs.__file__)).stat().st_mtime, UTC)
    if now + DRIFT < built:
        yield bad(f"it is {now:%Y-%m-%d %H:%M} UTC, before this program was installed", "set the clock (chrony, NTP)")
    with app.engine.connect() as connection:
        seen = [connection.execute(select(func.max(runs.c.started_at))).scalar()]
        seen += [connection.execute(select(messages.c.created_at).order_by(messages.c.id.desc()).limit(1)).scalar()]
        servers = connection.execute(select(func.now())).scalar() if connection.dialect.name != "sqlite" else None
    latest = max((each for each in seen if each is not None), default=None)
    if latest is not None and now + DRIFT < latest:
        said = f"it is {now:%Y-%m-%d %H:%M} UTC, before the last run or letter of {latest:%Y-%m-%d %H:%M} UTC"
        yield bad(said, "set the clock (chrony, NTP); what was dated ahead is told when its time has come")
        return
    if isinstance(servers, datetime) and abs(now - servers) > DRIFT:
        yield bad(f"the database's server and this machine differ by {abs(now - servers)}", "set both clocks (NTP)")
        return
    local = now.astimezone(app.clock.zone)
    yield good(f"it is {local:%Y-%m-%d %H:%M} in {app.clock.zone.key}, after all that is on record")


def holidays(app: App) -> Iterator[Finding]:
    """Whether the public holidays of the next year are known."""
    country = app.settings.calendar.holidays
    if not country:
        yield good("none are kept")
        return
    year = app.clock.today().year + 1
    first = date(year, 1, 1)
    known = sum(first + timedelta(days=day) in app.calendar.holidays for day in range(365))
    if known:
        yield good(f"{known} public holidays of {country} are known for {year}")
    else:
        yield bad(f"no public holidays of {country} are known for {year}", "pip install --upgrade holidays")


def secrets(app: App) -> Iterator[Finding]:
    """Who can read the files that hold secrets, and who could change templates and configuration, which are code."""
    folders = [app.settings.path(each) for each in app.settings.templates.directories]
    paths = (*folders, app.settings.path(app.settings.installation.file))
    found = [doubtful(warning) for warning in secret_warnings(app.settings)] + [
        doubtful(f"{path} can be changed by every user of this machine", f"chmod o-w {path}")
        for path in paths
        if path.exists() and path.stat().st_mode & stat.S_IWOTH
    ]
    yield from found or [good("no file of secrets, templates or state is open to others")]
