"""What goes out when over the next months, as a page that opens from disk: no server, no network.

The folder holds the page, `data/days-data.js` (each notice in a short row) and `data/why-0001.js` … (the checks behind
a notice, loaded when it is opened). `index.html#2026-12-01` opens a day, `#2026-12` a month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from jobs.pages.folder import Chunks, PageKind, write_page
from jobs.pages.mail import script_json
from jobs.pages.preview import ENGLISH, Entry, Wording, checks_data, page_head

FORECAST = PageKind(
    name="forecast page",
    files=(
        ("preview", "elements.js"),
        ("preview", "words.js"),
        *(("outlook", name) for name in ("days.js", "lines.js", "forecast.js", "style.css", "index.html")),
    ),
    script="forecast.js",
    mark="kigen forecast",
    chunk="why",
    function="kigenForecast.why",
    per_chunk=500,
)
DAYS = "days-data.js"
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

    def write_data(data: Path) -> None:
        _write_data(data, ordered, page_head(title, made_for, wording) | _shown(horizon))

    return write_page(FORECAST, folder, write_data)


def _shown(horizon: Horizon) -> dict[str, object]:
    closed = {day.isoformat(): why for day, why in sorted(horizon.closed.items())}
    return {
        "first": horizon.first.isoformat(),
        "last": horizon.last.isoformat(),
        "closed": closed,
        "kinds": horizon.kinds,
    }


def _write_data(folder: Path, notices: Sequence[Entry], head: Mapping[str, object]) -> None:
    chunks = Chunks(FORECAST, folder)
    accounts = _Numbered()
    with (folder / DAYS).open("w", encoding="utf-8", newline="\n") as listing:
        opened = script_json({**head, "fields": FIELDS})
        listing.write(f'kigenForecast.days({opened[:-1]}, "rows": [\n')
        separator = ""
        for one in notices:
            listing.write(separator + script_json(_row(one, accounts)))
            chunks.add(script_json(checks_data(one.checks)))
            separator = ",\n"
        chunks.write()
        known = script_json({"accounts": accounts.values, "chunks": chunks.written})
        listing.write(f"], {known[1:]});\n")


@dataclass(slots=True)
class _Numbered:
    """Whom notices go to, each combination once: most accounts have many notices in a year."""

    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def of(self, one: Entry) -> int:
        account = (one.company, one.partner, ", ".join(one.to), ", ".join(one.cc))
        return self.numbers.setdefault(account, len(self.numbers))

    @property
    def values(self) -> list[tuple[str, ...]]:
        return list(self.numbers)


def _row(one: Entry, accounts: _Numbered) -> tuple[object, ...]:
    return (
        one.day.isoformat(),
        one.kind,
        one.contract,
        one.line,
        one.occasion,
        accounts.of(one),
        one.action,
        one.reason,
        one.due_on and one.due_on.isoformat(),
        one.not_after and one.not_after.isoformat(),
    )
