"""Extension confirmations (N4): once a continuation is registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from contracts.model import Contract, ContractLine, OrderKind
from jobs.notices.conditions import Addressing, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Circumstances, Decision, Kind, Reason

KIND = Kind.EXTENSION_CONFIRMATION


@dataclass(frozen=True, slots=True)
class ExtensionRules:
    """How long after registration or the new term's start, whichever is later, an extension is still confirmed."""

    late_days: int = 30
    addressing: Addressing = field(default_factory=Addressing)


def decisions(contract: Contract, rules: ExtensionRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each continuation of the contract."""
    for line in contract.known_on(at.as_of).lines:
        if line.order is not OrderKind.CONTINUATION:
            text = "not a continuation: its start is announced instead"
            yield not_applicable(KIND, line, Reason.NOT_ITS_KIND, "N4", text)
        elif line.opened_on is None or line.opened_on > at.as_of:
            text = f"the extension is not registered yet; registered on: {line.opened_on or 'not in the book'}"
            yield not_applicable(KIND, line, Reason.NOT_OPENED, "N4", text)
        elif line.term is None or line.term.last_day < at.as_of:
            text = f"its term ended on {line.term.last_day}" if line.term else "it has no term"
            yield not_applicable(KIND, line, Reason.TERM_OVER, "N4", text)
        else:
            yield _decision_of_line(contract, line, line.opened_on, rules, at)


def days_of_interest(contract: Contract, rules: ExtensionRules) -> Iterator[date]:
    """The days on which a decision about this contract may become another."""
    for line in contract.lines:
        if line.opened_on is not None:
            yield line.opened_on
            yield _last_day(line, line.opened_on, rules) + timedelta(days=1)
        if line.term is not None:
            yield line.term.last_day + timedelta(days=1)


def _last_day(line: ContractLine, registered_on: date, rules: ExtensionRules) -> date:
    return max(registered_on, line.starts_on) + timedelta(days=rules.late_days)


def _decision_of_line(
    contract: Contract, line: ContractLine, registered_on: date, rules: ExtensionRules, at: Circumstances
) -> Decision:
    not_after = _last_day(line, registered_on, rules)
    draft = Decision(
        KIND, line.contract, line.line, str(line.starts_on), Action.NONE, Reason.NOT_DUE,
        due_on=max(registered_on, line.ordered_on or registered_on), not_after=not_after, reference=line.starts_on,
    )  # fmt: skip
    text = f"confirmed until {not_after}, {rules.late_days} days after the later of registration and start"
    closed = skip_when(at.as_of > not_after, Reason.WINDOW_CLOSED, "N4", text)
    return settled(draft, (closed,), rules.addressing, contract.account, at)
