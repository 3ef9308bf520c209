"""What the letters of all notices say, as plain data for the templates. Pure: the same for a run and a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.catalogue import Catalogue
from contracts.model import Contract, ContractLine, Term
from jobs.notices.changes import sort_of
from jobs.notices.decision import Action, Decision, Reason
from jobs.notices.notice import Data, Job, Letter, Subject


@dataclass(frozen=True, slots=True)
class LetterRules:
    """What the letters say that is neither in the book nor in the decision."""

    senders: Mapping[str, Mapping[str, Any]]  # by language: company, admin_site, sales_desk, support_desk …
    catalogue: Catalogue

    def sender_in(self, language: str) -> Mapping[str, Any]:
        """Who writes, as letters in that language name it; as in the first for one that is no longer configured."""
        return self.senders.get(language) or next(iter(self.senders.values()))


_OF_ACCOUNT = ("number", "company", "owner_name", "contact_department", "contact_name")


def told_together(decisions: Sequence[Decision], *, by_contract: bool) -> list[list[Decision]]:
    """The decisions that are to be told, those of one mail together."""
    groups: dict[object, list[Decision]] = {}
    for decision in decisions:
        told = decision.action is Action.SEND or decision.reason is Reason.AWAITING_APPROVAL
        if told:
            alike = (decision.kind, decision.occasion, decision.action, decision.reference)
            of_line = (*alike, decision.together) if decision.together else decision.key
            groups.setdefault(alike if by_contract else of_line, []).append(decision)
    return list(groups.values())


def letter_data(job: Job, decisions: Sequence[Decision], contract: Contract, rules: LetterRules, as_of: date) -> Data:
    """The data of one letter that tells these decisions: one, or several that are alike and grouped by contract."""
    account = contract.account
    known = contract.known_on(as_of)
    lines = [line for decision in decisions if (line := known.line(decision.line)) is not None]
    letter = job.letter(next(iter(decisions)).kind)
    common: Data = {
        "language": account.language,
        "as_of": as_of,
        "contract": contract.number,
        "account": {name: getattr(account, name) for name in _OF_ACCOUNT},
        "partner": {"name": account.partner_name} if account.partner_name else None,
        "sender": rules.sender_in(account.language),
        "items": [item(line, account.language) for line in lines],
        "more_items": 0,
        "other_menus": len({line.menu.code for line in lines}) - 1,
    }
    data = common | letter.facts(Subject(decisions, known, lines, as_of, rules.catalogue, job.calendar), job.rules)
    return data | {"calendar_file": bool(calendar_lines(letter, decisions, data))}


def calendar_lines(letter: Letter[Any], decisions: Sequence[Decision], data: Data) -> tuple[str, ...]:
    """The lines under which the letter's day stands in the reader's calendar; none where that day is over."""
    entry = letter.calendar_entry
    if entry is None or data[entry.day] < data["as_of"]:
        return ()
    if entry.is_withdrawn:
        return tuple(dict.fromkeys(line for decision in decisions for line in decision.withdraws))
    return (decisions[0].line,)


def lasting(data: Data) -> Data:
    """The data without what changes by the mere passing of days: what a person approves."""
    return {name: value for name, value in data.items() if name not in {"as_of", "days_left", "calendar_file"}}


def item(line: ContractLine, language: str) -> Data:
    """A line as a letter lists it."""
    term = own_term(line)
    return {
        "line": line.line,
        "menu": line.menu.name(language),
        "what": sort_of(line.menu),
        "seats": line.seats,
        "term_start": term.first_day,
        "term_end": term.last_day,
    }


def term_data(term: Term) -> Data:
    """A term as a letter tells it."""
    return {"start": term.first_day, "end": term.last_day}


def own_term(line: ContractLine) -> Term:
    """The term of a line that a letter was decided for.

    Raises:
        ValueError: it has none.
    """
    if line.term is None:
        raise ValueError(f"{line}: a letter was decided for a line that has no term")
    return line.term
