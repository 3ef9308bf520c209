"""What happens to the seats of a contract where a term ends: rules N5, N6, N7 and B4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.catalogue import MenuItem, Role
from contracts.model import Contract, ContractLine
from contracts.rules.terms import closing_day


@dataclass(frozen=True, slots=True)
class FamilyChange:
    """The seats of one family on the last day of a term and on the day after."""

    family: str
    ending: tuple[ContractLine, ...]  # in order of line number
    continuing: tuple[ContractLine, ...]  # what takes up on the next day

    @property
    def ending_seats(self) -> int:
        """Seats whose term ends."""
        return sum(line.seats for line in self.ending)

    @property
    def continuing_seats(self) -> int:
        """Seats that take up on the day after."""
        return sum(line.seats for line in self.continuing)

    @property
    def cut(self) -> int:
        """Seats that end without continuing; 0 where none do."""
        return max(0, self.ending_seats - self.continuing_seats)

    @property
    def added(self) -> int:
        """Seats that are new on the day after; 0 where none are."""
        return max(0, self.continuing_seats - self.ending_seats)


@dataclass(frozen=True, slots=True)
class TermChange:
    """All that happens to one contract where terms end on one day, as far as it is known on `as_of`."""

    term_end: date
    families: tuple[FamilyChange, ...]
    goes_on: bool  # something of the contract is in force on the day after

    def of(self, family: str) -> FamilyChange | None:
        """The change of that family, if any of its lines end."""
        return next((change for change in self.families if change.family == family and change.ending), None)

    @property
    def is_mixed(self) -> bool:
        """Whether the renewal both cuts and adds, so that added seats wait for the cut (N6)."""
        return any(change.cut for change in self.families) and any(change.added for change in self.families)

    @property
    def falls_to(self) -> tuple[MenuItem, int] | None:
        """The item whose minimum the renewed seats no longer reach, and those seats (N7); None where none falls."""
        for change in self.families:
            for line in (*change.continuing, *change.ending):
                if line.menu.falls_to and 0 < change.continuing_seats < line.menu.minimum:
                    return line.menu, change.continuing_seats
        return None


def term_change(contract: Contract, term_end: date, as_of: date) -> TermChange:
    """What of the contract ends on `term_end` and what takes up on the next day, orders after `as_of` left out."""
    lines = contract.known_on(as_of).lines
    ending = [line for line in lines if line.term is not None and line.term.last_day == term_end]
    taking_up = [line for line in lines if line.term is not None and (line.term.first_day - term_end).days == 1]
    families = dict.fromkeys(line.family for line in (*ending, *taking_up))
    changes = tuple(
        FamilyChange(
            family,
            tuple(line for line in ending if line.family == family),
            tuple(line for line in taking_up if line.family == family),
        )
        for family in families
    )
    return TermChange(term_end, changes, bool(taking_up) or any(_spans(line, term_end) for line in lines))


def seats_to_release(change: FamilyChange, term_end: date, as_of: date) -> int:
    """Seats that must be taken off users by the term end, decided by `as_of` (N5).

    A family that nothing continues is dropped once the customer declined it or the closing day passed (B2); storage
    that was not declined in time continues for a year (B4).
    """
    if change.continuing:
        return change.cut
    closing = closing_day(term_end)
    if as_of <= closing:
        return sum(line.seats for line in change.ending if line.is_declined(as_of))
    return sum(line.seats for line in change.ending if line.is_declined(closing) or not line.menu.fixed_after_closing)


def _spans(line: ContractLine, term_end: date) -> bool:
    """Whether the line is in force across that day. What has a term of its own dies with the base (T6)."""
    if line.term is None or line.menu.own_term or line.menu.role is Role.REGISTRATION:
        return False
    return line.term.first_day <= term_end < line.term.last_day
