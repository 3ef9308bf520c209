"""What was sold, to whom, until when: frozen values, as the book of contracts stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from contracts.catalogue import MenuItem


class OrderKind(StrEnum):
    """What an order form was for (購入申込書)."""

    NEW = "new"
    ADDITION = "addition"
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of use, first day … last day, both inclusive."""

    first_day: date
    last_day: date

    @property
    def next_day(self) -> date:
        """The day on which a continuation of this term starts (T5)."""
        return self.last_day + timedelta(days=1)

    def covers(self, day: date) -> bool:
        """Whether the licence can be used on that day."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Account:
    """One tenant on the provider's side, and who is to be written to about it."""

    number: str
    company: str
    owner_name: str = ""
    owner_email: str = ""  # as the book gives it: may be empty or malformed, then notices are held (N8)
    administrator_emails: tuple[str, ...] = ()
    partner_name: str = ""
    partner_email: str = ""
    language: str = "ja"
    contact_department: str = ""  # the customer's own contact for us: a department, a person or both (Art. 7.4)
    contact_name: str = ""


@dataclass(frozen=True, slots=True)
class ContractLine:
    """One menu item × seats × term: the unit that notices speak of. Contract + line is its identity."""

    contract: str
    line: str
    menu: MenuItem
    order: OrderKind
    seats: int
    starts_on: date
    term: Term | None  # None for what has no term: the one-off registration
    ordered_on: date | None = None
    opened_on: date | None = None  # new, addition: service opened; continuation: extension registered
    declined_on: date | None = None
    released_on: date | None = None

    @property
    def family(self) -> str:
        """What its seats are compared within (N5): all base licences together, each option by itself."""
        return self.menu.family

    def is_ordered(self, as_of: date) -> bool:
        """Whether the order counts on that day. A row without an order date was ordered before it was known."""
        return self.ordered_on is None or self.ordered_on <= as_of

    def is_opened(self, as_of: date) -> bool:
        """Whether the service is open, or the extension registered, on that day."""
        return self.opened_on is not None and self.opened_on <= as_of

    def is_declined(self, as_of: date) -> bool:
        """Whether the customer has said by that day that this line will not continue."""
        return self.declined_on is not None and self.declined_on <= as_of

    def is_released(self, as_of: date) -> bool:
        """Whether the release of its licences is on record by that day (N5)."""
        return self.released_on is not None and self.released_on <= as_of

    def __str__(self) -> str:
        return f"{self.contract}/{self.line}"


@dataclass(frozen=True, slots=True)
class Contract:
    """All lines of one contract number, with the account they belong to."""

    number: str
    account: Account
    lines: tuple[ContractLine, ...]  # in order of line number

    def line(self, number: str) -> ContractLine | None:
        """The line of that number, if the contract has it."""
        return next((line for line in self.lines if line.line == number), None)

    def known_on(self, as_of: date) -> Contract:
        """The contract as far as it was ordered by that day: facts dated later do not count yet."""
        return Contract(self.number, self.account, tuple(line for line in self.lines if line.is_ordered(as_of)))


def line_order(number: str) -> tuple[int, int, str]:
    """Sort key of line numbers as people read them: 2 before 10, numbers before names."""
    return (0, int(number), number) if number.isascii() and number.isdigit() else (1, 0, number)
