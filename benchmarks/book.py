"""A book of any size, the same for the same seed: terms of a year that end evenly over the months."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from contracts.calendar import Month

HEADER = (
    "account_number", "company", "owner_name", "owner_email", "language", "contract", "line", "menu", "order", "seats",
    "term_start", "term_end", "ordered_on", "opened_on",
)  # fmt: skip
OPTIONS = ("rooms", "webinar", "large-meeting", "workspace-reservation")
TODAY = date(2026, 8, 20)  # the day from which the installation is responsible
IDLE_DAY = date(2026, 8, 21)  # nothing is due
BUSY_DAY = date(2026, 9, 1)  # the first business day of a month: the fourth or fifth one before an end month
ONE_DAY = timedelta(days=1)
END_MONTHS = tuple(Month(2026, 9).plus(count) for count in range(11))  # all began before TODAY
DUE_END = Month(2027, 2)  # whose lines hear of it for the first time on the busy day
BUSY_TOO = (Month(2026, 9), Month(2027, 7))  # about which other jobs decide on it: releases, and starts of a month ago
QUIET_ENDS = tuple(month for month in END_MONTHS if month not in (DUE_END, DUE_END.plus(-1), *BUSY_TOO))


def write_book(path: Path, lines: int, *, due: int | None = None, seed: int = 1) -> Path:
    """Writes a book of that many lines as CSV; a contract has two or three.

    With `due`, about so many lines have a notice due on the busy day, whatever the size; else one in six.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(lines, due, Random(seed)))  # noqa: S311 - it is to be repeatable, not secret
    return path


def _rows(lines: int, due: int | None, rng: Random) -> Iterator[tuple[object, ...]]:
    written = contract = 0
    while written < lines:
        contract += 1
        quiet = QUIET_ENDS if due is not None else END_MONTHS
        end_month = DUE_END if due is not None and written < due else rng.choice(quiet)
        for row in _contract(contract, end_month, rng):
            yield row
            written += 1
            if written == lines:
                return


def _contract(number: int, end_month: Month, rng: Random) -> Iterator[tuple[object, ...]]:
    company = f"株式会社見本{number}"
    account = (f"A-{number:07}", company, "山田 太郎", f"owner{number}@example.co.jp", "ja", f"K-{number:07}")
    starts_on = end_month.plus(-11).first_day
    term = (starts_on, end_month.last_day, starts_on - timedelta(days=40), starts_on - timedelta(days=10))
    menus = ("business", *rng.sample(OPTIONS, rng.choice((1, 1, 2))))
    for line, menu in enumerate(menus, 1):
        yield (*account, line, menu, "new", rng.randrange(1, 60), *term)
