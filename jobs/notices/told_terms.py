"""What a start notice told of its line, as the ledger keeps it, against what the book says by now (N2, N3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.successors import successors
from jobs.notices.decision import Check, Key, Recorded, Value

TELLS = "start-tells"  # the first check of a start notice: what its letter says of the line


@dataclass(frozen=True, slots=True)
class Told:
    """What the customer was told of a line most recently, by which notice and when."""

    key: Key
    notice: int | None  # its id on the ledger
    day: date  # on which it went out
    menu: str  # code
    seats: int
    first_day: date
    last_day: date

    def differs_in(self, contract: Contract, line: ContractLine) -> tuple[str, ...]:
        """In which of "menu", "seats", "start" and "end" the book says something else of the line by now (N3).

        A line that ends earlier since another order takes it up on the next day is no correction: the start letter of
        what follows says what it replaces (T8, B5).
        """
        if line.term is None:
            return ()
        pairs = {
            "menu": (self.menu, line.menu.code),
            "seats": (self.seats, line.seats),
            "start": (self.first_day, line.term.first_day),
            "end": (self.last_day, line.term.last_day),
        }
        taken_up = line.term.last_day < self.last_day and any(
            other.order is not OrderKind.CONTINUATION for other in successors(contract, line)
        )
        return tuple(part for part, (told, now) in pairs.items() if told != now and not (part == "end" and taken_up))

    @property
    def as_values(self) -> dict[str, Value]:
        """As a check keeps it."""
        return {"menu": self.menu, "seats": self.seats, "first": self.first_day, "last": self.last_day}


def tells(line: ContractLine) -> Check:
    """What a letter about this line's start says of it: kept with the notice, so that the book can be compared."""
    last_day = line.term.last_day if line.term is not None else line.starts_on
    values: dict[str, Value] = {
        "menu": line.menu.code, "seats": line.seats, "first": line.starts_on, "last": last_day,
    }  # fmt: skip
    return Check("N2", TELLS, True, values)


def told_by(key: Key, recorded: Recorded) -> Told | None:
    """What that notice told; None where the ledger does not say: another system told it."""
    kept = next((check["values"] for check in recorded.checks if check["code"] == TELLS), None)
    return None if kept is None else _told(key, recorded, kept)


def _told(key: Key, recorded: Recorded, kept: Mapping[str, str]) -> Told:
    first_day, last_day = date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"])
    return Told(
        key, recorded.notice, recorded.at.date(), kept["menu"], int(kept["seats"]), first_day, last_day
    )  # fmt: skip
