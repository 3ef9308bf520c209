"""What each letter says, as plain data for the templates (L1–L4). Pure: the same for a run and a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contracts.catalogue import Catalogue, Role
from contracts.model import Contract, ContractLine, Term
from contracts.rules.seats import TermChange, seats_to_release, term_change
from contracts.rules.terms import closing_day, continuation_term
from jobs.notices.decision import Decision, Kind

Data = dict[str, Any]

# What a letter's calendar entry is about. A start and its change share a word: the moved date replaces the old one.
ENTRY_OF = {
    Kind.RENEWAL_NOTICE: "closing",
    Kind.LICENSE_RELEASE: "release",
    Kind.SERVICE_START: "start",
    Kind.SERVICE_START_CHANGE: "start",
}


@dataclass(frozen=True, slots=True)
class LetterRules:
    """What the letters say that is neither in the book nor in the decision."""

    sender: Mapping[str, Any]  # company, admin_site, sales_desk, support_desk
    catalogue: Catalogue
    renewal_months: int = 12


def letter_data(decisions: Sequence[Decision], contract: Contract, rules: LetterRules, as_of: date) -> Data:
    """The data of one letter that tells these decisions: one, or several that are alike and grouped by contract."""
    account = contract.account
    known = contract.known_on(as_of)
    lines = [line for decision in decisions if (line := known.line(decision.line)) is not None]
    common: Data = {
        "language": account.language,
        "as_of": as_of,
        "contract": contract.number,
        "account": {"number": account.number, "company": account.company, "owner_name": account.owner_name},
        "partner": {"name": account.partner_name} if account.partner_name else None,
        "sender": rules.sender,
        "items": [_item(line, account.language) for line in lines],
        "calendar_file": decisions[0].kind in ENTRY_OF,
    }
    return common | _OWN_DATA[decisions[0].kind](decisions[0], known, lines, rules, as_of)


def facts(data: Data) -> Data:
    """The data without what changes by the mere passing of days: what a person approves."""
    return {name: value for name, value in data.items() if name not in {"as_of", "days_left"}}


def _renewal(decision: Decision, _known: Contract, lines: list[ContractLine], rules: LetterRules, as_of: date) -> Data:
    term_end = _reference(decision)
    closes_on = closing_day(term_end)
    new_term = continuation_term(term_end, rules.renewal_months)
    return {
        "closing_day": closes_on,
        "days_left": (closes_on - as_of).days,
        "term_end": term_end,
        "new_term": _term(new_term) | {"months": rules.renewal_months},
        "is_base": any(line.menu.role is Role.BASE for line in lines),
        "is_storage": any(line.menu.fixed_after_closing for line in lines),
    }


def _start(_decision: Decision, _known: Contract, lines: list[ContractLine], _rules: LetterRules, _as_of: date) -> Data:
    return {"start_date": lines[0].starts_on}


def _change(decision: Decision, _known: Contract, lines: list[ContractLine], _rules: LetterRules, _as_of: date) -> Data:
    return {"old_start": _reference(decision), "new_start": lines[0].starts_on}


def _extension(
    _decision: Decision, known: Contract, lines: list[ContractLine], rules: LetterRules, as_of: date
) -> Data:
    term = _term_of(lines[0])
    old_end = term.first_day - timedelta(days=1)
    change = term_change(known, old_end, as_of)
    families = [found for family in dict.fromkeys(line.family for line in lines) if (found := change.of(family))]
    ended = [line for family in families for line in family.ending]
    return {
        "old_end": old_end,
        "new_term": _term(term),
        "before": _seats_by_item(ended, known.account.language),
        "seats_before": sum(line.seats for line in ended),
        "seats_after": sum(line.seats for family in families for line in family.continuing),
        "falls_to": _falls_to(change, lines[0].menu.role, rules, known.account.language),
    }


def _release(decision: Decision, known: Contract, lines: list[ContractLine], rules: LetterRules, as_of: date) -> Data:
    term_end = _reference(decision)
    language = known.account.language
    change = term_change(known, term_end, as_of)
    families = [found for line in lines if (found := change.of(line.family))]
    ending = [line for family in families for line in family.ending]
    continuing = [line for family in families for line in family.continuing]
    return {
        "items": [_item(line, language) for line in ending],
        "term_end": term_end,
        "days_left": (term_end - as_of).days,
        "seats_to_release": sum(seats_to_release(family, term_end, as_of) for family in families),
        "menus": list(dict.fromkeys(line.menu.name(language) for line in ending)),
        "seats_before": sum(line.seats for line in ending),
        "seats_after": sum(line.seats for line in continuing),
        "continuing": _seats_by_item(continuing, language),
        "is_mixed": change.is_mixed,
        "falls_to": _falls_to(change, lines[0].menu.role, rules, language),
    }


_OWN_DATA = {
    Kind.RENEWAL_NOTICE: _renewal,
    Kind.SERVICE_START: _start,
    Kind.SERVICE_START_CHANGE: _change,
    Kind.EXTENSION_CONFIRMATION: _extension,
    Kind.LICENSE_RELEASE: _release,
}


def _item(line: ContractLine, language: str) -> Data:
    term = _term_of(line)
    return {
        "line": line.line,
        "menu": line.menu.name(language),
        "seats": line.seats,
        "term_start": term.first_day,
        "term_end": term.last_day,
    }


def _term(term: Term) -> Data:
    return {"start": term.first_day, "end": term.last_day}


def _seats_by_item(lines: Sequence[ContractLine], language: str) -> list[Data]:
    seats: dict[str, int] = {}
    for line in lines:
        name = line.menu.name(language)
        seats[name] = seats.get(name, 0) + line.seats
    return [{"menu": name, "seats": count} for name, count in seats.items()]


def _falls_to(change: TermChange, role: Role, rules: LetterRules, language: str) -> Data | None:
    """What N7 makes the letter about a base licence say; None for others."""
    if role is not Role.BASE or change.falls_to is None:
        return None
    item, seats = change.falls_to
    to_menu = rules.catalogue[item.falls_to].name(language)
    return {"menu": item.name(language), "minimum": item.minimum, "seats": seats, "to_menu": to_menu}


def _term_of(line: ContractLine) -> Term:
    if line.term is None:
        raise ValueError(f"{line}: a letter was decided for a line that has no term")
    return line.term


def _reference(decision: Decision) -> date:
    if decision.reference is None:
        raise ValueError(f"{decision.contract}/{decision.line}: a {decision.kind} was decided without its date")
    return decision.reference
