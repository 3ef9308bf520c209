"""Why a line gets which notice when, or none, said in words and as an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.language.messages import Messages
from jobs.notices.decision import Action
from jobs.runs.explain import Explained, Explanation
from jobs.views.decisions import decision_fields


def as_json(explanation: Explanation, english: Messages) -> dict[str, Any]:
    """The explanation as an object; what was checked as code and values, and said in English."""
    line = explanation.line
    return {
        "contract": line.contract,
        "line": line.line,
        "as_of": explanation.as_of,
        "company": explanation.contract.account.company,
        "menu": line.menu.code,
        "order": line.order,
        "seats": line.seats,
        "term_start": line.starts_on,
        "term_end": line.term.last_day if line.term else None,
        "notices": [_decision_json(explained, english) for explained in explanation.decisions],
        "earlier": [
            {"kind": notice.key.kind, "occasion": notice.key.occasion, "status": notice.status, "reason": notice.reason}
            for notice in explanation.earlier
        ],
    }


def as_text(explanation: Explanation, messages: Messages) -> Iterator[str]:
    """The explanation as lines to read."""
    line, account = explanation.line, explanation.contract.account
    term = f"{line.term.first_day} … {line.term.last_day}" if line.term else f"from {line.starts_on}, no term"
    yield f"{line}  {account.company}  {line.menu.name(account.language)} × {line.seats}  {term}  ({line.order})"
    yield f"as of {explanation.as_of}"
    if not line.is_ordered(explanation.as_of):
        yield f"  not ordered yet on that day (ordered on {line.ordered_on}): nothing is decided about it"
    for explained in explanation.decisions:
        yield from _decision_text(explained, messages)
    for notice in explanation.earlier:
        told = f"{notice.key.kind} {notice.key.occasion}: {notice.status} ({notice.reason})"
        yield f"  also on the ledger: {told}"


def _decision_text(explained: Explained, messages: Messages) -> Iterator[str]:
    decision, notice = explained.decision, explained.notice
    yield ""
    if decision.action is Action.NONE:
        yield f"  {decision.kind} {decision.occasion}".rstrip() + f": nothing today, {decision.reason}"
    else:
        yield f"  {decision.kind} {decision.occasion}: {decision.action}, {decision.reason}"
    if decision.due_on is not None:
        yield f"    due on {decision.due_on}, not after {decision.not_after}"
    for check in decision.checks:
        yield f"    {'✓' if check.passed else '✗'} {messages.said(check)}" + (f" ({check.rule})" if check.rule else "")
    if decision.to:
        copies = f", copies to {', '.join(decision.cc)}" if decision.cc else ""
        yield f"    to {', '.join(decision.to)}{copies}"
    if explained.problem:
        yield f"    ✗ {explained.problem}"
    if notice is not None:
        when = notice.sent_at or notice.updated_at
        yield f"    on the ledger: notice {notice.id}, {notice.status} ({notice.reason}), {when:%Y-%m-%d %H:%M} UTC"


def _decision_json(explained: Explained, english: Messages) -> dict[str, Any]:
    decision, notice = explained.decision, explained.notice
    return decision_fields(decision) | {
        "job": explained.job,
        "checks": [check.as_data | {"text": english.said(check)} for check in decision.checks],
        "problem": explained.problem or None,
        "ledger": None if notice is None else {"id": notice.id, "status": notice.status, "reason": notice.reason},
    }
