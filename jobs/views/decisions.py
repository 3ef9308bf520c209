"""Decisions in the forms that users see: a row, a JSON object, an entry of the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from contracts.model import Account
from jobs.language.messages import Messages
from jobs.notices.decision import Decision
from jobs.pages.preview import Entry
from jobs.runs.decide import Decided
from jobs.views.wording import checks_shown

_SHOWN = ("kind", "contract", "line", "occasion", "action", "reason", "due_on", "not_after", "to", "cc")


def decision_json(decided: Decided) -> dict[str, Any]:
    """The decision as an object that scripts rely on."""
    return decision_fields(decided.decision) | {"subject": decided.draft.subject if decided.draft else None}


def decision_fields(decision: Decision) -> dict[str, Any]:
    """What a decision says without its letter and its checks."""
    return {name: getattr(decision, name) for name in _SHOWN}


def decision_row(decided: Decided) -> dict[str, Any]:
    """The decision as a row of a table."""
    decision = decided.decision
    return decision_json(decided) | {
        "line": f"{decision.contract}/{decision.line}",
        "company": decided.contract.account.company,
    }


def gallery_entry(decided: Decided, day: date, messages: Messages) -> Entry:
    """One decision as the gallery shows it, with its mail."""
    entry = entry_of(day, decided.decision, decided.contract.account, messages)
    return replace(entry, raw=decided.draft.raw) if decided.draft else entry


def entry_of(day: date, decision: Decision, account: Account, messages: Messages) -> Entry:
    """One decision as a page shows it."""
    return Entry(
        day=day,
        company=account.company,
        partner=account.partner_name,
        checks=checks_shown(decision.checks, messages),
        **decision_fields(decision),
    )
