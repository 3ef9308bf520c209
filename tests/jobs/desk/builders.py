"""Builders for the desk's letter: readers, items and stuck notices, as short as a test wants them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from jobs.desk.items import Reach, StuckNotice
from jobs.desk.sections import DESK, Item, Last, Letter, Reader, Section, Told

TODAY = date(2021, 11, 25)
YESTERDAY = date(2021, 11, 24)
NOW = datetime(2021, 11, 25, 0, 45, tzinfo=UTC)
LAST = Last(YESTERDAY, datetime(2021, 11, 24, 0, 45, tzinfo=UTC))
REACH = Reach(TODAY, YESTERDAY, 14)


def the_desk(**changes: Any) -> Reader:
    return Reader(**{"line": DESK, "addresses": ("desk@example.co.jp",), "last": LAST} | changes)


def a_colleague(*partners: str, **changes: Any) -> Reader:
    usual = {"line": "partner 1", "addresses": ("sato@example.co.jp",), "last": LAST, "partners": frozenset(partners)}
    return Reader(**usual | changes)


def an_item(number: int = 1, section: Section = Section.FAILED, **changes: Any) -> Item:
    return Item(**{"section": section, "order": (number,), "contract": f"K-{number}", "line": "1"} | changes)


def a_notice(**changes: Any) -> StuckNotice:
    usual = {
        "id": 12, "status": "failed", "kind": "renewal-notice", "contract": "K-0001", "line": "1",
        "occasion": "2022-01/4m", "reason": "due", "due_on": date(2021, 9, 1), "company": "株式会社見本",
    }  # fmt: skip
    return StuckNotice(**usual | changes)


def a_letter(*items: Item, **changes: Any) -> Letter:
    """The desk's letter that tells these items, all of one section."""
    told = (Told(items[0].section, len(items), {}, items),) if items else ()
    return Letter(**{"reader": the_desk(), "told": told} | changes)
