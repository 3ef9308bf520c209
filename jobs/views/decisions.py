"""Decisions in the forms that users see: a row, a JSON object, an entry of the gallery."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.notices.decision import Decision
from jobs.pages.preview import CheckShown, Entry
from jobs.runs.decide import Decided


def decision_json(decided: Decided) -> dict[str, Any]:
    """The decision as an object that scripts rely on."""
    return decision_fields(decided.decision) | {"subject": decided.draft.subject if decided.draft else None}


def decision_fields(decision: Decision) -> dict[str, Any]:
    """What a decision says without its letter and its checks."""
    return {
        "kind": decision.kind,
        "contract": decision.contract,
        "line": decision.line,
        "occasion": decision.occasion,
        "action": decision.action,
        "reason": decision.reason,
        "due_on": decision.due_on,
        "not_after": decision.not_after,
        "to": list(decision.to),
        "cc": list(decision.cc),
    }


def decision_row(decided: Decided) -> dict[str, Any]:
    """The decision as a row of a table."""
    decision = decided.decision
    return decision_json(decided) | {
        "line": f"{decision.contract}/{decision.line}",
        "company": decided.contract.account.company,
    }


def gallery_entry(decided: Decided, day: date) -> Entry:
    """One decision as the gallery shows it."""
    decision, account = decided.decision, decided.contract.account
    return Entry(
        day=day,
        kind=decision.kind,
        contract=decision.contract,
        line=decision.line,
        occasion=decision.occasion,
        company=account.company,
        partner=account.partner_name,
        action=decision.action,
        reason=decision.reason,
        due_on=decision.due_on,
        not_after=decision.not_after,
        to=decision.to,
        cc=decision.cc,
        checks=tuple(CheckShown(check.rule, check.text, check.passed) for check in decision.checks),
        raw=decided.draft.raw if decided.draft else None,
    )
