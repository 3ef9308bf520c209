"""Builders for the domain core: menu items as the catalogue has them, lines and contracts lawful by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from contracts.calendar import Month
from contracts.catalogue import MenuItem, Role
from contracts.model import Account, Contract, ContractLine, OrderKind, Term

PRO = MenuItem("pro", Role.BASE, "Zoom Workplace プロ", "Zoom Workplace Pro", "base", rank=1, january_start_day=7)
BUSINESS = MenuItem("business", Role.BASE, "Zoom Workplace ビジネス", "Zoom Workplace Business", "base", rank=2)
ENTERPRISE = MenuItem(
    "enterprise-essentials",
    Role.BASE,
    "Zoom Workplace エンタープライズ Essentials",
    "Zoom Workplace Enterprise Essentials",
    "base",
    rank=3,
    minimum=50,
    falls_to="business",
)
ROOMS = MenuItem("rooms", Role.OPTION, "Zoom Rooms", "Zoom Rooms", "rooms")
WEBINAR = MenuItem("webinar", Role.OPTION, "Zoom ウェビナー", "Zoom Webinars", "webinar")
STORAGE = MenuItem(
    "storage-1tb",
    Role.OPTION,
    "クラウド録画容量拡張 1TB",
    "Cloud recording 1TB",
    "storage",
    rank=2,
    fixed_after_closing=True,
)
PAY_PER_ATTENDEE = MenuItem(
    "events-per-attendee", Role.OPTION, "Zoom Events (Pay Per Attendee)", "", "events-per-attendee", own_term=True
)
REGISTRATION = MenuItem("registration", Role.REGISTRATION, "システム初期登録", "System registration", "registration")

TERM_END = date(2022, 1, 31)
NEXT_DAY = date(2022, 2, 1)
CLOSING_DAY = date(2021, 12, 2)


def a_line(line: str = "1", menu: MenuItem = BUSINESS, seats: int = 10, **changes: Any) -> ContractLine:
    """A line of twelve months that ends on 2022-01-31; a change of `term` moves its start along."""
    term = changes.pop("term", Term(date(2021, 2, 1), TERM_END))
    starts_on = term.first_day if term else date(2021, 2, 1)
    built = ContractLine("K-0001", line, menu, OrderKind.NEW, seats, starts_on, term)
    return replace(built, **changes)


def a_continuation(line: str = "9", menu: MenuItem = BUSINESS, seats: int = 10, **changes: Any) -> ContractLine:
    """A continuation of twelve months that takes up on 2022-02-01."""
    term = Term(NEXT_DAY, date(2023, 1, 31))
    return a_line(line, menu, seats, **{"order": OrderKind.CONTINUATION, "term": term} | changes)


def a_contract(*lines: ContractLine) -> Contract:
    return Contract("K-0001", Account("98765432", "株式会社見本"), lines)


def month(text: str) -> Month:
    """`2022-01` → that month."""
    year, number = text.split("-")
    return Month(int(year), int(number))
