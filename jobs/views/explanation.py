"""Why a line gets which notice when, or none, said in words and as an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.store.customers import contact_of
from jobs.language.messages import Messages
from jobs.notices.decision import Action, Decision
from jobs.runs.explain import Explained, Explanation
from jobs.views.decisions import decision_fields
from notify.record.values import Notice


def as_json(explanation: Explanation, english: Messages) -> dict[str, Any]:
    """The explanation as an object; what was checked as code and values, and said in English."""
    line = explanation.line
    return {
        "contract": line.contract,
        "line": line.line,
        "as_of": explanation.as_of,
        "company": explanation.contract.account.company,
        "contact_department": explanation.contract.account.contact_department,
        "contact_name": explanation.contract.account.contact_name,
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
    line, say = explanation.line, messages.say
    sold = {
        "line": line, "company": explanation.contract.account.company, "menu": line.menu.code, "seats": line.seats,
        "order": line.order,
    }  # fmt: skip
    if line.term:
        yield say("explain.line", **sold, first=line.term.first_day, last=line.term.last_day)
    else:
        yield say("explain.line-without-term", **sold, first=line.starts_on)
    if contact := contact_of(explanation.contract.account):
        yield f"  {say('explain.contact', contact=contact)}"
    yield say("explain.as-of", day=explanation.as_of)
    if not line.is_ordered(explanation.as_of):
        yield f"  {say('explain.not-ordered', day=line.ordered_on)}"
    for explained in explanation.decisions:
        yield ""
        yield from _decision_text(explained, messages)
    for notice in explanation.earlier:
        yield f"  {say('explain.earlier', **_recorded(notice), kind=notice.key.kind, occasion=notice.key.occasion)}"


def _decision_text(explained: Explained, messages: Messages) -> Iterator[str]:
    decision, notice, say = explained.decision, explained.notice, messages.say
    yield f"  {say(_headline(decision), **decision_fields(decision))}"
    if decision.due_on is not None:
        yield f"    {say('explain.due', due=decision.due_on, last=decision.not_after)}"
    yield from (f"    {check_line(messages, check.as_data)}" for check in decision.checks)
    if decision.to:
        code = "explain.to-and-copies" if decision.cc else "explain.to"
        yield f"    {say(code, to=', '.join(decision.to), cc=', '.join(decision.cc))}"
    if explained.problem:
        yield f"    ✗ {explained.problem}"
    if notice is not None:
        when = notice.sent_at or notice.updated_at
        yield f"    {say('explain.recorded', **_recorded(notice), id=notice.id, time=when)}"


def _headline(decision: Decision) -> str:
    if decision.action is not Action.NONE:
        return "explain.decision"
    return "explain.nothing" if decision.occasion else "explain.nothing-ever"


def _recorded(notice: Notice) -> dict[str, str]:
    return {"status": notice.status, "reason": notice.reason}


def check_line(messages: Messages, check: Mapping[str, Any]) -> str:
    """A check as the ledger keeps it: whether it passed, what was found, and the rule."""
    rule = f" ({check['rule']})" if check["rule"] else ""
    return f"{'✓' if check['passed'] else '✗'} {messages.on_record(check)}{rule}"


def _decision_json(explained: Explained, english: Messages) -> dict[str, Any]:
    decision, notice = explained.decision, explained.notice
    return decision_fields(decision) | {
        "job": explained.job,
        "checks": [check.as_data | {"text": english.said(check)} for check in decision.checks],
        "problem": explained.problem or None,
        "ledger": None if notice is None else {"id": notice.id, "status": notice.status, "reason": notice.reason},
    }
