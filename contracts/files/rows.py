"""One row of the book of contracts: cells → values, or what is wrong with them, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from contracts.addresses import ADDRESS_SEPARATOR, AddressError, mailable
from contracts.calendar import Month
from contracts.catalogue import Catalogue, MenuItem, Role
from contracts.files.cells import (
    CellError,
    is_empty,
    read_address,
    read_addresses,
    read_code,
    read_date,
    read_name,
    read_text,
    read_whole_number,
)
from contracts.files.columns import Header
from contracts.files.sheet import SheetRow
from contracts.model import OrderKind
from contracts.rules.terms import term_of

LONGEST_TERM = 120  # months
LONGEST_SHOWN = 200  # characters of a value in a report
LANGUAGES = ("ja", "en")  # of accounts, unless the installation has others; the first where a row names none
LANGUAGE_NAMES = {"日本語": "ja", "japanese": "ja", "英語": "en", "english": "en"}
ORDERS = {
    "new": OrderKind.NEW, "新規": OrderKind.NEW,
    "addition": OrderKind.ADDITION, "追加": OrderKind.ADDITION, "途中追加": OrderKind.ADDITION,
    "continuation": OrderKind.CONTINUATION, "継続": OrderKind.CONTINUATION, "継続利用": OrderKind.CONTINUATION,
}  # fmt: skip
NAMES = ("company", "owner_name", "contact_department", "contact_name", "partner_name")
DATES = ("ordered_on", "opened_on", "declined_on", "released_on")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be, and the cell that makes it so. It stays out; the others go in."""

    row: int
    column: str
    value: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flagged:
    """Something that goes in and that a person should look at. `rule` is the domain's, "" where none is meant."""

    row: int | None
    column: str
    value: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One row of the book. Only the columns that the file has are in `account_values` and `line_values`."""

    row: int
    account: str
    contract: str
    line: str
    account_values: dict[str, str]  # column of the accounts table → value
    line_values: dict[str, Any]  # column of the lines table → value
    flags: tuple[Flagged, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row that stays out, with each cell that is to blame."""

    row: int
    problems: tuple[Rejected, ...]


class RowReader:
    """Reads rows below one header, of accounts that are written to in these languages."""

    def __init__(self, header: Header, catalogue: Catalogue, languages: Sequence[str] = LANGUAGES) -> None:
        self._header = header
        self._catalogue = catalogue
        self._languages = languages

    def row(self, row: SheetRow) -> ParsedRow | RejectedRow:
        """The row as values, or what is wrong with it."""
        if row.problem:
            return RejectedRow(row.number, (Rejected(row.number, "", "", "row.quotes", {"why": row.problem}),))
        surplus = [cell for cell in row.cells[self._header.width :] if not is_empty(cell)]
        if surplus:
            return RejectedRow(row.number, (Rejected(row.number, "", shown(surplus[0]), "row.right-of-last-column"),))
        return _Cells(row, self._header, self._catalogue, self._languages).parsed()


class _Cells:
    """The cells of one row, and what was found in them so far."""

    def __init__(self, row: SheetRow, header: Header, catalogue: Catalogue, languages: Sequence[str]) -> None:
        self._number = row.number
        self._cells = row.cells
        self._positions = header.positions
        self._catalogue = catalogue
        self._languages = languages
        self._problems: list[Rejected] = []
        self._flags: list[Flagged] = []

    def parsed(self) -> ParsedRow | RejectedRow:
        account, contract, line = (self._required(name, read_code) for name in ("account_number", "contract", "line"))
        account_values = self._account_values()
        line_values = self._line_values()
        if self._problems:
            return RejectedRow(self._number, tuple(self._problems))
        return ParsedRow(self._number, account, contract, line, account_values, line_values, tuple(self._flags))

    def _account_values(self) -> dict[str, str]:
        values = {name: self._name(name) for name in NAMES if name in self._positions}
        if "company" in values and not values["company"]:
            self._reject("company", "row.required")
        for name, rule in (("owner_email", "N8"), ("partner_email", "P2")):
            if name in self._positions:
                values[name] = self._optional(name, read_address) or ""
                self._check_address(name, values[name], rule)
        if "administrator_emails" in self._positions:
            addresses = self._optional("administrator_emails", read_addresses) or ()
            for address in addresses:
                self._check_address("administrator_emails", address, "P2")
            values["administrator_emails"] = ADDRESS_SEPARATOR.join(addresses)
        if "language" in self._positions:
            values["language"] = self._attempt("language", self._language) or ""
        return values

    def _line_values(self) -> dict[str, Any]:
        menu = self._required("menu", self._menu)
        starts_on = self._required("term_start", read_date)
        values = {
            "menu": menu.code if menu else "",
            "order_kind": self._required("order", _order),
            "seats": self._required("seats", read_whole_number),
            "starts_on": starts_on,
            "term_end": self._term_end(menu, starts_on),
        }
        return values | {name: self._optional(name, read_date) for name in DATES if name in self._positions}

    def _term_end(self, menu: MenuItem | None, starts_on: date | None) -> date | None:
        """The last day of the term: given, or counted from the months, or both alike (T2)."""
        given = [name for name in ("months", "term_end") if not is_empty(self._cell(name))]
        if menu is not None and menu.role is Role.REGISTRATION:
            for name in given:
                self._flag(name, self._cell(name), "flag.registration-has-no-term")
            return None
        months = self._optional("months", _months)
        ends_on: date | None = self._optional("term_end", read_date)
        if not given:
            self._reject("term_end", "row.required-or-months")
        if starts_on is None or any(problem.column in {"months", "term_end"} for problem in self._problems):
            return None
        counted = term_of(starts_on, months).last_day if months else None
        if ends_on is not None and ends_on < starts_on:
            self._reject("term_end", "row.before-start", start=starts_on)
        elif ends_on is not None and counted is not None and ends_on != counted:
            self._reject("term_end", "row.months-disagree", months=months, month=str(Month.of(starts_on)), end=counted)
        return ends_on or counted

    def _menu(self, cell: object) -> MenuItem:
        item = self._catalogue.find(read_text(cell))
        if item is None:
            raise CellError("row.unknown-menu-item")
        return item

    def _language(self, cell: object) -> str:
        written = read_code(cell).casefold() or self._languages[0]
        language = LANGUAGE_NAMES.get(written, written)
        if language not in self._languages:
            raise CellError("row.unknown-language", languages=", ".join(self._languages), usual=self._languages[0])
        return language

    def _name(self, name: str) -> str:
        found = self._attempt(name, read_name)
        if found is None:
            return ""
        text, harms = found
        for harm in harms:
            self._flag(name, self._cell(name), harm, kept=text)
        return str(text)

    def _check_address(self, name: str, address: str, rule: str) -> None:
        if not address and rule != "N8":
            return
        try:
            mailable(address)
        except AddressError as error:
            code = "flag.no-mail-to-owner" if rule == "N8" else "flag.no-mail-to-address"
            self._flag(name, address, code, rule, problem=error.code)

    def _required(self, name: str, read: Callable[[object], Any]) -> Any:
        if is_empty(self._cell(name)):
            return self._reject(name, "row.required")
        return self._attempt(name, read)

    def _optional(self, name: str, read: Callable[[object], Any]) -> Any:
        return None if is_empty(self._cell(name)) else self._attempt(name, read)

    def _attempt(self, name: str, read: Callable[[object], Any]) -> Any:
        """What the reader makes of the cell; None once it is rejected."""
        try:
            return read(self._cell(name))
        except CellError as error:
            return self._reject(name, error.code, **error.values)

    def _cell(self, name: str) -> object:
        index = self._positions.get(name)
        return self._cells[index] if index is not None and index < len(self._cells) else None

    def _reject(self, name: str, code: str, **values: Any) -> None:
        self._problems.append(Rejected(self._number, name, shown(self._cell(name)), code, values))

    def _flag(self, name: str, value: object, code: str, rule: str = "", **values: Any) -> None:
        self._flags.append(Flagged(self._number, name, shown(value), code, values, rule))


def shown(value: object) -> str:
    """A value as a report shows it: one line, nothing in it that a terminal would obey, not too long."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() or sign == "\u3000" else repr(sign)[1:-1] for sign in text)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _months(cell: object) -> int:
    return read_whole_number(cell, highest=LONGEST_TERM)


def _order(cell: object) -> str:
    found = ORDERS.get(read_code(cell).casefold())
    if found is None:
        raise CellError("row.unknown-order")
    return found.value
