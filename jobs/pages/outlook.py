"""What goes out when over the next months, as a page that opens from disk: no server, no network.

The folder holds the page, `data/days-data.js` (each notice in a short row) and `data/why-0001.js` … (the checks behind
a notice, loaded when it is opened). `index.html#2026-12-01` opens a day, `#2026-12` a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from jobs.pages.folder import PageKind, write_page
from jobs.pages.preview import ENGLISH, Entry, Wording, page_head

FORECAST = PageKind(
    name="forecast page",
    files=(
        ("preview", "elements.js"),
        ("preview", "words.js"),
        *(("outlook", name) for name in ("days.js", "lines.js", "forecast.js", "style.css", "index.html")),
    ),
    script="forecast.js",
    mark="kigen forecast",
    listing="days-data.js",
    lists="kigenForecast.days",
    chunk="why",
    function="kigenForecast.why",
    per_chunk=500,
)
FIELDS = ("day", "kind", "contract", "line", "occasion", "account", "action", "reason", "dueOn", "notAfter")


@dataclass(frozen=True, slots=True)
class Horizon:
    """The days that the page shows, both inclusive, and what is known beforehand of what it shows.

    `closed` are the days that are none for business, each with its reason, which may be empty; `kinds` the order in
    which kinds of notice are shown.
    """

    first: date
    last: date
    closed: Mapping[date, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


def write_forecast(  # noqa: PLR0913 - what a page is made of
    folder: Path,
    notices: Iterable[Entry],
    horizon: Horizon,
    *,
    title: str,
    made_for: str,
    wording: Wording = ENGLISH,
) -> Path:
    """Write the page and its data; the path of its `index.html`.

    An earlier forecast page in the folder is replaced once the new one is whole, its own files and no others.

    Raises:
        PageError: the folder holds other files and no forecast page, is no folder, or cannot be written.
    """
    ordered = sorted(notices, key=lambda one: (one.day, one.kind, one.contract, one.line, one.occasion))
    accounts = list(dict.fromkeys(map(_account, ordered)))
    numbers = {account: number for number, account in enumerate(accounts)}
    entries = ((_row(one, numbers), one.checks) for one in ordered)
    known = {"fields": FIELDS, "accounts": accounts} | _shown(horizon)
    return write_page(FORECAST, folder, page_head(title, made_for, wording) | known, entries)


def _shown(horizon: Horizon) -> dict[str, object]:
    closed = {day.isoformat(): why for day, why in sorted(horizon.closed.items())}
    return {"first": horizon.first, "last": horizon.last, "closed": closed, "kinds": horizon.kinds}


def _account(one: Entry) -> tuple[str, ...]:
    """Whom a notice goes to; each is told to the page once, since most have many notices in a year."""
    return one.company, one.partner, ", ".join(one.to), ", ".join(one.cc)


def _row(one: Entry, numbers: Mapping[tuple[str, ...], int]) -> tuple[object, ...]:
    return (
        one.day,
        one.kind,
        one.contract,
        one.line,
        one.occasion,
        numbers[_account(one)],
        one.action,
        one.reason,
        one.due_on,
        one.not_after,
    )
