"""Builders for the forecast page's tests: notices to come, and what the page is given of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from jobs.pages.outlook import Horizon
from jobs.pages.preview import Entry
from tests.jobs.pages.preview_builders import CHECKS

HORIZON = Horizon(date(2021, 9, 1), date(2022, 8, 31), {date(2021, 9, 20): "敬老の日", date(2021, 9, 4): ""})


def a_notice(**facts: object) -> Entry:
    usual: dict[str, object] = {
        "day": date(2021, 9, 1),
        "kind": "renewal-notice",
        "contract": "K-0001",
        "line": "1",
        "occasion": "2022-01/4m",
        "company": "株式会社みほん商事",
        "partner": "",
        "action": "send",
        "reason": "due",
        "due_on": date(2021, 9, 1),
        "not_after": date(2021, 12, 2),
        "to": ("owner@example.co.jp",),
        "cc": (),
        "checks": CHECKS,
    }
    return Entry(**(usual | facts))  # type: ignore[arg-type]  # a wrong name fails the test that gives it


def days_data(folder: Path) -> dict:
    """What `data/days-data.js` hands to the page."""
    script = (folder / "data" / "days-data.js").read_text("utf-8")
    assert script.startswith("kigenForecast.days(")
    return json.loads(script.removeprefix("kigenForecast.days(").removesuffix(");\n"))


def foretold(folder: Path) -> list[dict]:
    """The page's notices by the names of their fields, the account as its company, partner, To and Cc."""
    found = days_data(folder)
    rows = [dict(zip(found["fields"], row, strict=True)) for row in found["rows"]]
    return [row | {"account": found["accounts"][row["account"]]} for row in rows]


def reasons(folder: Path) -> Iterator[list]:
    """The checks of each notice, in the order of the notices."""
    for path in sorted((folder / "data").glob("why-*.js")):
        script = path.read_text("utf-8")
        yield from json.loads(script[script.index("[") : script.rindex("]") + 1])
