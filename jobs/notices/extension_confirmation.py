"""Extension confirmations (N4): once a continuation is registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from contracts.model import Contract, ContractLine, OrderKind
from jobs.notices.conditions import Addressing, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Circumstances, Decision, Kind, Reason, Value

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
            yield not_applicable(KIND, line, Reason.NOT_ITS_KIND, "N4", "is-no-continuation")
        elif line.opened_on is None:
            yield not_applicable(KIND, line, Reason.NOT_OPENED, "N4", "no-registration")
        elif line.opened_on > at.as_of:
            yield not_applicable(KIND, line, Reason.NOT_OPENED, "N4", "registered-later", day=line.opened_on)
        elif line.term is None:
            yield not_applicable(KIND, line, Reason.TERM_OVER, "N4", "no-term")
        elif line.term.last_day < at.as_of:
            yield not_applicable(KIND, line, Reason.TERM_OVER, "N4", "term-over", end=line.term.last_day)
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
    until: dict[str, Value] = {"last": not_after, "days": rules.late_days}
    closed = skip_when(at.as_of > not_after, Reason.WINDOW_CLOSED, "N4", "confirmed-until", **until)
    return settled(draft, (closed,), rules.addressing, contract.account, at)
