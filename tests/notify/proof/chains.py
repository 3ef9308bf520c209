"""The chain of each ledger that a test makes is looked through when the test is over: no writer may forget it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from jobs.database.engines import create_engine_for, sqlite_file
from notify.ledger.ledger import Ledger
from notify.proof.findings import Finding
from notify.proof.rows import SEALED

_TO_HOLD: dict[str, bool] = {}  # by the URL of the database
ALTERS = "alters_the_ledger"  # the mark of tests that change the ledger behind the program's back


def is_to_hold(url: str) -> None:
    """The chain of that database is looked through at the end of the test."""
    _TO_HOLD.setdefault(url, True)


def need_not_hold(url: str, statement: str = "") -> None:
    """It is not, where the statement changes what is in the chain: the test does so behind the program's back."""
    if not statement or any(table in statement for table in (*SEALED, "chain")):
        _TO_HOLD[url] = False


@contextmanager
def chains_looked_through(*, hold: bool) -> Iterator[None]:
    """Afterwards all ledgers made meanwhile agree with their chains."""
    _TO_HOLD.clear()
    yield
    if hold:
        look_through()


def look_through() -> None:
    """All ledgers made so far agree with their chains."""
    found = {url: problems(url) for url, holds in _TO_HOLD.items() if holds}
    _TO_HOLD.clear()
    assert {url: wrong for url, wrong in found.items() if wrong} == {}


def problems(url: str) -> tuple[Finding, ...]:
    """What does not agree with the chain; nothing where there is no ledger."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return ()
    engine = create_engine_for(url)
    try:
        has_chain = sa.inspect(engine).has_table("chain_head")
        return Ledger(engine).verify().findings if has_chain else ()
    finally:
        engine.dispose()


@contextmanager
def behind(ledger: Ledger) -> Iterator[sa.Connection]:
    """A connection for whoever changes rows behind the ledger's back; the database does not look after references."""
    engine = sa.create_engine(ledger.engine.url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
    engine.dispose()
