"""What all tests share: how properties are searched, and the databases that a test runs on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import event
from sqlalchemy.engine import Engine

# Pydantic cannot make a schema of freezegun's date, so its models have to be here before a test stops the clock.
import jobs.config.settings
import jobs.views.plan  # noqa: F401
from tests.databases import lie_in_memory
from tests.notify.proof.chains import ALTERS, chains_looked_through, is_to_hold, look_through
from tests.postgres import SESSION, URL_FILE, NoPostgres, a_database, session_folder
from tests.shared import share_letters, share_statements, share_templates

# No deadline: how long an example takes is the machine's affair, and a benchmark's.
settings.register_profile("search", deadline=None)
# Searched anew on each machine that people work on, the same each time where a build is judged.
settings.register_profile("judge", deadline=None, derandomize=True)
settings.load_profile("judge" if os.environ.get("CI") else "search")


# What a test of values does without: whole programs, relays and their deliveries, daemons, several machines, databases
# as a whole.
BEYOND_VALUES = (
    "browser", "end_to_end", "simulation", "notify/transports", "notify/delivery", "jobs/daemon", "jobs/database",
    "jobs/runs/test_several_machines.py",
)  # fmt: skip
SERVED = {"each_database", "postgresql", "empty_postgresql"}


def pytest_collection_modifyitems(items):
    """Marks the tests of values, which `make check` runs: quick, on files and SQLite at most."""
    beyond = [Path(__file__).parent / folder for folder in BEYOND_VALUES]
    for item in items:
        if SERVED.isdisjoint(item.fixturenames) and not any(item.path.is_relative_to(folder) for folder in beyond):
            item.add_marker("values")


def pytest_configure(config):
    """Says where the session's PostgreSQL will be; whoever needs it first, in whichever worker, starts it."""
    config.addinivalue_line("markers", f"{ALTERS}: changes the ledger behind the program's back; its chain breaks")
    config.addinivalue_line("markers", "values: takes values, files and SQLite at most; `make check` runs these")
    share_statements()
    share_letters()
    share_templates()
    if not hasattr(config, "workerinput"):
        lie_in_memory()
        os.environ[SESSION] = str(session_folder())
        os.environ[f"{SESSION}_OWNER"] = str(os.getpid())


def pytest_unconfigure(config):
    """A server that was started removes its folder itself, when this process has ended."""
    folder = Path(os.environ[SESSION])
    if not hasattr(config, "workerinput") and not (folder / "pg").exists():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _each_chain_holds(request):
    """So each test of a ledger is one of its chain: no writer may forget it."""
    if "tmp_path" in request.fixturenames:
        request.getfixturevalue("tmp_path")  # first, so that what lies in it is there until its chain was looked at
    with chains_looked_through(hold=ALTERS not in request.keywords):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request, tmp_path):
    """Runs a test on each kind of database: what builders open in its folder is of that kind. Its name."""
    if request.param == "postgresql":
        request.getfixturevalue("postgresql")
    return request.param


@pytest.fixture
def postgresql(request, tmp_path):
    """A PostgreSQL database with all tables, which builders open in the test's folder. Its URL."""
    engines = []
    event.listen(Engine, "engine_connect", note := lambda connection: engines.append(connection.engine))
    try:
        with a_database() as url:
            (tmp_path / URL_FILE).write_text(url, encoding="utf-8")
            is_to_hold(url)
            yield url
            try:
                if ALTERS not in request.keywords:
                    look_through()
            finally:
                for engine in engines:
                    engine.dispose()  # a connection that is not closed is a warning, and a warning is an error
    except NoPostgres as reason:
        pytest.fail(str(reason), pytrace=False)
    finally:
        event.remove(Engine, "engine_connect", note)


@pytest.fixture
def empty_postgresql():
    """The URL of a PostgreSQL database without tables."""
    try:
        with a_database(empty=True) as url:
            yield url
    except NoPostgres as reason:
        pytest.fail(str(reason), pytrace=False)
