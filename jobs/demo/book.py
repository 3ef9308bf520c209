"""A book of contracts around a day: invented companies, and every worked case of the rules where it is due just now."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

from contracts.calendar import BusinessCalendar, Month
from contracts.files.columns import BOOK_COLUMNS
from jobs.demo.cases import CASES
from jobs.demo.companies import customer
from jobs.demo.sales import Sale, SalesDesk

Row = dict[str, str]
Sales = list[Sale]

# Contract number → what a newcomer may expect of it, in one plain sentence.
WORKED_CASES: dict[str, str] = {case.contract: case.expect for case in CASES}

HEADERS = {column.name: column.other_names[0] for column in BOOK_COLUMNS if column.name != "months"}
ORDER_WORDS = {"new": "新規", "addition": "追加", "continuation": "継続"}

ORDINARY_CONTRACTS = 120  # 15 end months × 8 shapes, each pair once
END_MONTHS = 15  # this month and the 14 after it
ENDING_SOON_MONTHS, REMINDED_MONTHS = 2, 5
REGISTERED_DAYS_AHEAD = 25  # of the end of the term that is continued


def sample_book(as_of: date, calendar: BusinessCalendar) -> list[Row]:
    """Rows with the columns of a book file, the worked cases first. The same day gives the same book."""
    desk = SalesDesk(as_of, calendar)
    return [*_worked_cases(desk), *_ordinary_contracts(desk)]


def write_book(path: Path, rows: Iterable[Row]) -> None:
    """The rows as a CSV that Excel opens: UTF-8 with BOM, Japanese headers.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(HEADERS))
        writer.writerow(HEADERS)
        writer.writerows(row | {"order": ORDER_WORDS[row["order"]]} for row in rows)


def _worked_cases(desk: SalesDesk) -> Iterator[Row]:
    for number, case in enumerate(CASES, start=ORDINARY_CONTRACTS + 1):
        yield from _rows(case.contract, customer(number) | case.customer, case.sold(desk))


def _ordinary_contracts(desk: SalesDesk) -> Iterator[Row]:
    for number in range(1, ORDINARY_CONTRACTS + 1):
        shape = SHAPES[number % len(SHAPES)]
        end = desk.month.plus(number % END_MONTHS)
        sold = shape(desk, end, number)
        renewed = _continuations(desk, sold, end, number) if _is_continued(number) else []
        yield from _rows(f"K-{number:04d}", customer(number, is_school=shape is _school), [*sold, *renewed])


def _rows(contract: str, whose: Row, sales: Sales) -> Iterator[Row]:
    """One row for each sale, the lines numbered from 1."""
    for number, sale in enumerate(sales, start=1):
        what = {name: "" if value is None else str(value) for name, value in asdict(sale).items()}
        yield whose | {"contract": contract, "line": str(number)} | what


def _is_continued(number: int) -> bool:
    """Of what ends soon most is continued already, of what is being reminded of its end a little."""
    months_left = number % END_MONTHS
    if months_left < ENDING_SOON_MONTHS:
        return number % 4 != 0
    return months_left < REMINDED_MONTHS and number % 3 == 0


def _continuations(desk: SalesDesk, sold: Sales, end: Month, number: int) -> Sales:
    """The continuation of each item in full, its additions counted in; none if that day is still to come."""
    seats: Counter[str] = Counter()
    for sale in sold:
        if sale.term_end == end.last_day:
            seats[sale.menu] += sale.seats
    opened_on = desk.known(end.last_day - timedelta(days=REGISTERED_DAYS_AHEAD - number % 7))
    renewed = [desk.continuation(menu, count, end.plus(12), 5 + number % 40) for menu, count in seats.items()]
    return [replace(sale, opened_on=opened_on) for sale in renewed if sale.ordered_on and sale.ordered_on <= desk.as_of]


def _first_term(desk: SalesDesk, menu: str, seats: int, end: Month) -> Sale:
    """A new order of one year, or of two where one would start in the future."""
    return desk.sale(menu, seats, end, 12 if end.plus(-11) <= desk.month else 24)


# Shapes: what one ordinary contract holds that ends with a given month


def _pro(desk: SalesDesk, end: Month, number: int) -> Sales:
    return [_first_term(desk, "pro", 1 + number % 9, end)]


def _registered_business(desk: SalesDesk, end: Month, number: int) -> Sales:
    return [_first_term(desk, "business", 10 + number % 39, end), _first_term(desk, "registration", 1, end)]


def _business_with_addition(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "business", 10 + number % 30, end)
    is_to_come = end.plus(-8) > desk.month
    return [base] if is_to_come else [base, desk.sale("business", 1 + number % 9, end, months=9, order="addition")]


def _business_with_option(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "business", 12 + number % 37, end)
    option = ("webinar", "rooms", "translated-captions", "scheduler", "large-meeting")[number % 5]
    return [base, replace(base, menu=option, seats=1 + number % 4)]


def _enterprise(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "enterprise-essentials", 50 + number * 7 % 400, end)
    storage = ("storage-200gb", "storage-1tb", "storage-5tb")[number % 3]
    return [base, replace(base, menu="rooms", seats=4 + number % 12), replace(base, menu=storage, seats=1)]


def _school(desk: SalesDesk, end: Month, number: int) -> Sales:
    menu = ("education-campus", "education-enterprise")[number // len(SHAPES) % 2]
    return [_first_term(desk, menu, 20 + number * 3 % 200, end)]


def _second_year(desk: SalesDesk, end: Month, number: int) -> Sales:
    ended = end.plus(-12)
    first_year = desk.sale("business", 10 + number % 35, ended)
    return [first_year, *_continuations(desk, [first_year], ended, number)]


def _with_many_options(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "business", 20 + number % 29, end)
    options = ("whiteboard-plus", "clips-plus", "workspace-reservation", "revenue-accelerator")
    chosen = options[: 2 + number % 3]
    return [base, *(replace(base, menu=menu, seats=2 + number * step % 11) for step, menu in enumerate(chosen, 1))]


Shape = Callable[[SalesDesk, Month, int], Sales]
SHAPES: tuple[Shape, ...] = (
    _pro,
    _registered_business,
    _business_with_addition,
    _business_with_option,
    _enterprise,
    _school,
    _second_year,
    _with_many_options,
)
