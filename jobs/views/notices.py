"""Notices in the form that people see in lists and files: a row with whose they are and what was said."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Engine

from contracts.store.customers import Customer, customers
from notify.ledger.lists import Listed, NoticeLists

COLUMNS = {
    "id": "id", "status": "status", "reason": "reason", "kind": "kind", "line": "line", "occasion": "occasion",
    "due_on": "due", "not_after": "until", "sent_at": "sent", "updated_at": "changed",
}  # fmt: skip
# What files hold beside what a table has room for.
MORE_COLUMNS = ("contract", "as_of", "account", "company", "contact", "partner", "to", "cc", "subject", "bounced")


def rows_of(engine: Engine, listed: Sequence[Listed]) -> list[dict[str, Any]]:
    """A row for each notice."""
    with engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
        whose = customers(connection, (each.key.contract for each in listed))
    return [_row(each, whose.get(each.key.contract)) for each in listed]


def all_rows(engine: Engine, lists: NoticeLists, ids: array[int]) -> Iterator[dict[str, Any]]:
    """A row for each of these notices, in their order, as they come."""
    for some in lists.of_ids(ids):
        yield from rows_of(engine, some)


def _row(notice: Listed, customer: Customer | None) -> dict[str, Any]:
    key = notice.key
    return {
        "id": notice.id, "status": notice.status, "reason": notice.reason, "kind": key.kind,
        "contract": key.contract, "line": f"{key.contract}/{key.line}", "occasion": key.occasion,
        "due_on": notice.due_on, "not_after": notice.not_after, "as_of": notice.as_of,
        "sent_at": notice.sent_at, "updated_at": notice.updated_at,
        "account": customer.account if customer else "", "company": customer.company if customer else "",
        "contact": customer.contact if customer else "",
        "partner": customer.partner if customer else "", "to": list(notice.to), "cc": list(notice.cc),
        "subject": notice.subject, "bounced": notice.is_bounced,
    }  # fmt: skip
