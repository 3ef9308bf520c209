"""Builders for what goes and what stays: a notice that was sent long ago, and what is kept of it."""

from __future__ import annotations

from jobs.app import App
from jobs.config.load import load_settings
from tests.end_to_end.installation import Installation, sold

BASE = {"term_start": "2021-02-01", "months": "12"}  # ends on 2022-01-31
DAY = "2021-09-01"
NOON = f"{DAY}T03:00:00Z"
ENDED = "2022-02-01T00:00:00Z"
BEFORE_THAT = "2026-08-30T00:00:00Z"
FIVE_YEARS = "2026-09-02T00:00:00Z"
NAMES = b"k-1@example.co.jp", "山田".encode()


def with_a_notice_sent(kigen: Installation) -> Installation:
    """A renewal notice for K-1, sent; K-2's is held: its owner has no address."""
    kigen.bring(sold("K-1", **BASE, owner_name="山田 太郎"), sold("K-2", **BASE, owner_email="", owner_name="佐藤"))
    assert kigen.ask("run-job", "renewal-notice", "--date", DAY, at=NOON).status == 1
    return kigen


def number_of(kigen: Installation, **filters: str) -> int:
    ((found,),) = kigen.ledger("id", **filters)
    return int(found)


def chain_of(kigen: Installation) -> tuple[object, ...]:
    """What a look through the chain of hashes finds wrong."""
    app = App(load_settings(kigen.config))
    try:
        return app.ledger.verify().findings
    finally:
        app.close()


def kept(kigen: Installation) -> list[tuple[bool, bool, str | None]]:
    """Of each mail on the ledger, its subject, whether its bytes are there, and whom it was for."""
    engine = kigen.engine()
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT subject, raw IS NOT NULL, address FROM messages m JOIN envelopes e ON e.message_id = m.id"
        ).all()
    engine.dispose()
    return [(bool(subject), bool(raw), address) for subject, raw, address in found]
