"""A book of contracts around a day: invented companies, and every worked case of the rules where it is due just now."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from contracts.calendar import BusinessCalendar, Month
from jobs.demo.cases import CASES, Sales
from jobs.demo.companies import customer
from jobs.demo.sales import Customer, Sale, SalesDesk, rows_of

Row = dict[str, str]

# Contract number → what a newcomer may expect of it, in one plain sentence.
WORKED_CASES: dict[str, str] = {case.contract: case.expect for case in CASES}

HEADERS = {
    "account_number": "アカウント番号",
    "company": "会社名",
    "owner_name": "オーナー氏名",
    "owner_email": "オーナーメールアドレス",
    "administrator_emails": "管理者メールアドレス",
    "partner_name": "販売パートナー名",
    "partner_email": "販売パートナーメールアドレス",
    "language": "言語",
    "contract": "契約番号",
    "line": "明細番号",
    "menu": "メニュー",
    "order": "注文区分",
    "seats": "ライセンス数",
    "term_start": "利用開始日",
    "term_end": "利用終了日",
    "ordered_on": "注文日",
    "opened_on": "開設日",
    "declined_on": "更新辞退日",
    "released_on": "解除確認日",
}
ORDER_WORDS = {"new": "新規", "addition": "追加", "continuation": "継続"}

ORDINARY_CONTRACTS = 120  # 15 end months × 8 shapes, each pair once
END_MONTHS = 15  # this month and the 14 after it
ENDING_SOON_MONTHS, REMINDED_MONTHS = 2, 5
REGISTERED_DAYS_AHEAD = 25  # of the end of the term that is continued


def sample_book(as_of: date, calendar: BusinessCalendar) -> list[Row]:
    """Rows with the columns of a book file, the worked cases first. The same day gives the same book."""
    desk = SalesDesk(as_of, calendar)
    return [*_worked_cases(desk), *_ordinary_contracts(desk)]


def write_sample_book(path: Path, as_of: date, calendar: BusinessCalendar) -> int:
    """The sample book as a CSV that Excel opens: UTF-8 with BOM, Japanese headers. The count of its rows.

    Raises:
        OSError: the file cannot be written.
    """
    rows = sample_book(as_of, calendar)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS.values())
        for row in rows:
            in_japanese = row | {"order": ORDER_WORDS[row["order"]]}
            writer.writerow(in_japanese[column] for column in HEADERS)
    return len(rows)


def _worked_cases(desk: SalesDesk) -> Iterator[Row]:
    for number, case in enumerate(CASES, start=ORDINARY_CONTRACTS + 1):
        whose: Customer = replace(customer(number), **case.customer)
        yield from rows_of(case.contract, whose, case.sales(desk))


def _ordinary_contracts(desk: SalesDesk) -> Iterator[Row]:
    for number in range(1, ORDINARY_CONTRACTS + 1):
        shape = SHAPES[number % len(SHAPES)]
        sold = shape(desk, desk.month.plus(number % END_MONTHS), number)
        renewed = _continuations(desk, sold, number) if _is_continued(number) else []
        yield from rows_of(f"K-{number:04d}", customer(number, is_school=shape is _school), [*sold, *renewed])


def _is_continued(number: int) -> bool:
    """Of what ends soon most is continued already, of what is being reminded of its end a little."""
    months_left = number % END_MONTHS
    if months_left < ENDING_SOON_MONTHS:
        return number % 4 != 0
    return months_left < REMINDED_MONTHS and number % 3 == 0


def _continuations(desk: SalesDesk, sold: Sales, number: int) -> Sales:
    """The continuation of each item in full, its additions counted in; none if that day is still to come."""
    last_end = max(sale.end for sale in sold if sale.term_end is not None)
    seats: dict[str, int] = {}
    for sale in sold:
        if sale.term_end == last_end:
            seats[sale.menu] = seats.get(sale.menu, 0) + sale.seats
    firsts = {sale.menu: sale for sale in reversed(sold) if sale.term_end == last_end}
    renewed = [desk.continuation(firsts[menu], count, days_ahead=5 + number % 40) for menu, count in seats.items()]
    registered_on = desk.calendar.on_or_before(last_end - timedelta(days=REGISTERED_DAYS_AHEAD - number % 7))
    opened_on = registered_on if registered_on <= desk.as_of else None
    return [replace(sale, opened_on=opened_on) for sale in renewed if _is_past(sale, desk)]


def _is_past(sale: Sale, desk: SalesDesk) -> bool:
    return sale.ordered_on is not None and sale.ordered_on <= desk.as_of


def _first_term(desk: SalesDesk, menu: str, seats: int, end: Month) -> Sale:
    """A new order of one year, or of two where one would start in the future."""
    return desk.new(menu, seats, end, 12 if end.plus(-11) <= desk.month else 24)


# Shapes: what one ordinary contract holds that ends with a given month


def _pro(desk: SalesDesk, end: Month, number: int) -> Sales:
    return [_first_term(desk, "pro", 1 + number % 9, end)]


def _registered_business(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "business", 10 + number % 39, end)
    return [base, desk.registration(base)]


def _business_with_addition(desk: SalesDesk, end: Month, number: int) -> Sales:
    base = _first_term(desk, "business", 10 + number % 30, end)
    joined = max(end.plus(-8), Month.of(base.term_start).plus(1))
    if joined > desk.month:
        return [base]
    months_left = (end.year - joined.year) * 12 + end.number - joined.number + 1
    return [base, desk.addition("business", 1 + number % 9, base, months_left)]


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
    first_year = desk.new("business", 10 + number % 35, end.plus(-12))
    return [first_year, *_continuations(desk, [first_year], number)]


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
