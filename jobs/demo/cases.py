"""The worked cases of the domain's rules as contracts around a day. What they are stands in cases.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from contracts.calendar import Month
from contracts.rules.terms import closing_day
from jobs.demo.sales import Sale, SalesDesk


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One contract of the sample book that shows one rule at work."""

    contract: str
    expect: str  # one plain sentence
    sales: list[dict[str, Any]]  # as the file tells them
    customer: dict[str, str] = field(default_factory=dict)  # columns unlike an ordinary customer's

    def sold(self, desk: SalesDesk) -> list[Sale]:
        """Its lines, as that sales desk has them."""
        return [_sale(desk, **sale) for sale in self.sales]


CASES = tuple(
    WorkedCase(**case) for case in tomllib.loads((files("jobs.demo") / "cases.toml").read_text("utf-8"))["case"]
)
_DAYS = ("ordered_on", "opened_on", "declined_on", "released_on")
_TOLD = re.compile(r"([a-z]+)([+-]\d+)?(?:/(\d+))?")  # from where, how many months (days from today), day of the month


def _sale(desk: SalesDesk, *, ends: str, starts: int = 0, **told: Any) -> Sale:
    days: dict[str, Any] = {name: _day(desk, day) for name, day in told.items() if name in _DAYS}
    what = {name: value for name, value in told.items() if name not in _DAYS}
    name, months, _ = _parts(ends)
    sale = replace(desk.sale(end=_month(desk, name, months), **what), **days)
    return replace(sale, term_start=sale.term_start.replace(day=starts)) if starts else sale


def _day(desk: SalesDesk, told: str) -> date | None:
    if not told:
        return None
    name, count, number = _parts(told)
    day = desk.as_of + timedelta(days=count) if name == "today" else _month(desk, name, count).day(number)
    return desk.calendar.on_or_before(day)


def _parts(told: str) -> tuple[str, int, int]:
    match = _TOLD.fullmatch(told)
    if match is None:
        raise ValueError(f"cases.toml: {told!r} tells no day and no month")
    return match[1], int(match[2] or 0), int(match[3] or 1)


def _month(desk: SalesDesk, name: str, months: int) -> Month:
    this_month, next_month = desk.month, desk.month.plus(1)
    since = {
        "month": this_month,
        "notice": desk.notice_month,
        "closed": next_month if closing_day(next_month.last_day) < desk.as_of else this_month,
        "december": Month(desk.as_of.year, 12),
    }
    return since[name].plus(months)
