"""What happens to the seats of a contract where a term ends: rules N5, N6, N7 and T8."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.catalogue import MenuItem
from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.successors import is_bought_anew
from contracts.rules.terms import closing_day


@dataclass(frozen=True, slots=True)
class FamilyChange:
    """The seats of one family on the last day of a term and on the day after."""

    family: str
    ending: tuple[ContractLine, ...]  # in order of line number
    continuing: tuple[ContractLine, ...]  # what takes up on the next day

    @property
    def is_assigned(self) -> bool:
        """Whether its seats are given to users: tickets and storage are not, and cannot be released."""
        return all(line.menu.is_assigned for line in (*self.ending, *self.continuing))

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
    anew: tuple[ContractLine, ...] = ()  # lower base licences bought anew: neither a continuation nor a cut (B3, T8)

    def of(self, family: str) -> FamilyChange | None:
        """The change of that family, if any of its lines end."""
        return next((change for change in self.families if change.family == family and change.ending), None)

    @property
    def is_mixed(self) -> bool:
        """Whether the renewal both cuts and adds, so that added seats wait for the cut (N6)."""
        assigned = [change for change in self.families if change.is_assigned]
        return any(change.cut for change in assigned) and any(change.added for change in assigned)

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
    following = [line for line in lines if line.term is not None and (line.term.first_day - term_end).days == 1]
    new_orders = [line for line in following if line.order is OrderKind.NEW]  # few: each is held against all that ends
    anew = tuple(line for line in new_orders if any(is_bought_anew(line, before) for before in ending))
    taking_up = [line for line in following if line not in anew]
    families = dict.fromkeys(line.family for line in (*ending, *taking_up))
    changes = tuple(
        FamilyChange(
            family,
            tuple(line for line in ending if line.family == family),
            tuple(line for line in taking_up if line.family == family),
        )
        for family in families
    )
    goes_on = bool(taking_up) or any(_spans(line, term_end) for line in lines)
    return TermChange(term_end, changes, goes_on, anew)


def seats_to_release(change: FamilyChange, term_end: date, as_of: date) -> int:
    """Seats that must be taken off users by the term end, decided by `as_of` (N5).

    A family that nothing continues is dropped once the customer declined it or the closing day passed (B2). Tickets
    and storage are not assigned to users: none of theirs is released.
    """
    if not change.is_assigned:
        return 0
    if change.continuing:
        return change.cut
    is_closed = as_of > closing_day(term_end)
    return sum(line.seats for line in change.ending if is_closed or line.is_declined(as_of))


def _spans(line: ContractLine, term_end: date) -> bool:
    """Whether the line is in force across that day. What has a term of its own dies with the base (T6)."""
    if line.term is None or line.menu.own_term:
        return False
    return line.term.first_day <= term_end < line.term.last_day
