"""Why a line gets which notice when, or none: the production decisions with all their checks, said in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.model import Contract, ContractLine
from jobs.app import App
from jobs.language.messages import Messages
from jobs.notices.decision import Action, Circumstances, Decision
from jobs.runs.decide import Decided, by_contract, decided_about, ledger_key
from jobs.runs.recording import find_lines
from jobs.views.decisions import decision_fields
from notify.record.values import Notice, NoticeKey


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision about a line, with what the ledger says of it; `problem` where its letter cannot be written."""

    job: str
    decision: Decision
    notice: Notice | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about one line on one day."""

    contract: Contract
    line: ContractLine
    as_of: date
    decisions: tuple[Explained, ...]
    earlier: tuple[Notice, ...]  # on the ledger for other occasions


def explanations(app: App, text: str, as_of: date) -> Iterator[Explanation]:
    """For the line, or each line of the contract, that `CONTRACT[/LINE]` names: every notice and why.

    The letters are written as a run would, so that what a person approved and what cannot be written is seen.

    Raises:
        NoSuchLine: the book has none of that name.
        TemplateProblem: a configured directory of templates is not there.
        ConfigError: the configured logo cannot be used.
    """
    contract, line = find_lines(app, text)
    record = app.ledger.on_record([contract.number])
    at = Circumstances(as_of, by_contract(record).get(contract.number, {}), app.runs.baseline(), app.ledger.bounced())
    now = app.clock.now()
    decided = [(job.name, one) for job in app.jobs for one in decided_about(app, job, contract, at, record, now)]
    for one in (line,) if line is not None else contract.lines:
        about = [entry for entry in decided if entry[1].decision.line == one.line]
        yield _explanation(contract, one, as_of, about, record)


def _explanation(
    contract: Contract,
    line: ContractLine,
    as_of: date,
    decided: list[tuple[str, Decided]],
    record: dict[NoticeKey, Notice],
) -> Explanation:
    keys = [ledger_key(one.decision.key) for _, one in decided]
    found = tuple(
        Explained(job, one.decision, record.get(key), one.problem)
        for (job, one), key in zip(decided, keys, strict=True)
    )
    earlier = tuple(notice for key, notice in record.items() if key.line == line.line and key not in keys)
    return Explanation(contract, line, as_of, found, earlier)


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
