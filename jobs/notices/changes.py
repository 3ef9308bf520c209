"""What changes where terms end, family by family and item by item: what letters say of seats, storage and tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from contracts.calendar import ONE_DAY
from contracts.catalogue import MenuItem
from contracts.model import ContractLine
from contracts.rules.seats import FamilyChange, TermChange, seats_to_release, term_change
from contracts.rules.storage import storage_that_goes
from jobs.notices.notice import Data, Subject


def changes(subject: Subject, term_end: date) -> list[Data]:
    """What happens to the family of each of the letter's lines where that term ends; families are never added up.

    Each is {family, what, before, after, menu_before, seats_before, menu_after, seats_after, released, added,
    falls_to, goes_down}. `what` is "seats", "storage" or "tickets": only seats are ever released or added. `before` and
    `after` are lists of {menu, seats}; `menu_before` and `menu_after` name the highest item of each,
    None where there is none. `falls_to` is {menu, minimum, seats, to_menu}, or None (N7).
    `goes_down` says that storage gets smaller (D(13)).
    """
    change = term_change(subject.contract, term_end, subject.as_of)
    return [_of_family(family, change, subject) for family in family_changes(subject, change)]


def replaced(subject: Subject) -> list[Data]:
    """What ended on the day before the letter's lines start, and what they are in its place: in the same shape (T8)."""
    found: list[Data] = []
    for starts_on in sorted({line.starts_on for line in subject.lines}):
        change = term_change(subject.contract, starts_on - ONE_DAY, subject.as_of)
        lines = [line for line in subject.lines if line.starts_on == starts_on and line not in change.anew]
        families = [change.of(family) for family in dict.fromkeys(line.family for line in lines)]
        found += [_of_family(family, change, subject) for family in families if family is not None]
    return found


def family_changes(subject: Subject, change: TermChange) -> list[FamilyChange]:
    """The changes of the families of the letter's lines, each once."""
    by_family: dict[str, list[ContractLine]] = {}
    for line in subject.lines:
        by_family.setdefault(line.family, []).append(line)
    return [_family_change(family, lines, change) for family, lines in by_family.items()]


def _family_change(family: str, lines: Sequence[ContractLine], change: TermChange) -> FamilyChange:
    """Of tickets, those lines that lapse that day, be it before their own end (T6)."""
    ending = tuple(line for line in lines if line.starts_on <= change.term_end)
    found = next((each for each in change.families if each.family == family), None)
    if found is None or any(line.menu.own_term for line in ending):
        return FamilyChange(family, ending, tuple(line for line in lines if line not in ending))
    return found


def seats_by_item(lines: Iterable[ContractLine], language: str) -> list[Data]:
    """The lines' seats, added up for each menu item."""
    seats: dict[str, int] = {}
    for line in lines:
        name = line.menu.name(language)
        seats[name] = seats.get(name, 0) + line.seats
    return [{"menu": name, "seats": count} for name, count in seats.items()]


def _of_family(family: FamilyChange, change: TermChange, subject: Subject) -> Data:
    language = subject.language
    return {
        "family": family.family,
        "what": next(sort_of(line.menu) for line in (*family.ending, *family.continuing)),
        "before": seats_by_item(family.ending, language),
        "after": seats_by_item(family.continuing, language),
        "menu_before": _highest(family.ending, language),
        "seats_before": family.ending_seats,
        "menu_after": _highest(family.continuing, language),
        "seats_after": family.continuing_seats,
        "released": seats_to_release(family, change.term_end, subject.as_of),
        "added": family.added if family.is_assigned else 0,
        "falls_to": _falls_to(family, change, subject),
        "goes_down": _goes_down(family, change.term_end, subject.as_of),
    }


def _goes_down(family: FamilyChange, term_end: date, as_of: date) -> bool:
    is_storage = any(line.menu.fixed_after_closing for line in family.ending)
    return is_storage and storage_that_goes(family, term_end, as_of) is not None


def sort_of(menu: MenuItem) -> str:
    """What is counted of the item: "seats", "storage" or "tickets"."""
    if menu.own_term:
        return "tickets"
    return "storage" if menu.fixed_after_closing else "seats"


def _highest(lines: Sequence[ContractLine], language: str) -> str | None:
    menu = max((line.menu for line in lines), key=lambda menu: menu.rank, default=None)
    return None if menu is None else menu.name(language)


def _falls_to(family: FamilyChange, change: TermChange, subject: Subject) -> Data | None:
    """What falling below the minimum does to the family (N7)."""
    if change.falls_to is None or change.falls_to[0].family != family.family:
        return None
    menu, seats = change.falls_to
    to_menu = subject.catalogue[menu.falls_to].name(subject.language)
    return {"menu": menu.name(subject.language), "minimum": menu.minimum, "seats": seats, "to_menu": to_menu}
