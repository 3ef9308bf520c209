"""Contracts by the words of the book, as short as a situation allows: `business new 49 2026-01-01 12`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.terms import term_of
from jobs.notices.decision import Action, Circumstances, Decision
from jobs.notices.letter import LetterRules, letter_data, told_together
from jobs.notices.notice import Job, Notice
from tests.jobs.builders import JAPAN, a_job, a_mailable_contract

CATALOGUE = shipped_catalogue()
RULES = LetterRules({"ja": {"company": "例示販売株式会社"}}, CATALOGUE)


def a_book(*rows: str, language: str = "ja", **facts: dict[str, date]) -> Contract:
    """The contract of these rows, numbered from 1: menu, order, seats, start, months, ordered on, opened on.

    Order day and opening day may be left out: the order is old, and not opened. `facts` are further days of a line, as
    `line2={"declined_on": …}`.
    """
    lines = [_line(str(number), row, facts.get(f"line{number}", {})) for number, row in enumerate(rows, start=1)]
    return a_mailable_contract(*lines, language=language)


def _line(number: str, row: str, facts: dict[str, Any]) -> ContractLine:
    menu, order, seats, start, months, *days = row.split()
    starts_on = date.fromisoformat(start)
    term = term_of(starts_on, int(months))
    ordered_on, opened_on = (date.fromisoformat(day) for day in days) if len(days) == 2 else (None, None)
    return ContractLine(
        "K-0001", number, CATALOGUE[menu], OrderKind(order), int(seats), starts_on, term,
        **{"ordered_on": ordered_on, "opened_on": opened_on} | facts,
    )  # fmt: skip


def letters(
    notice: Notice[Any], contract: Contract, day: str, record: Any = None, **rules: Any
) -> list[tuple[Sequence[Decision], dict[str, Any]]]:
    """The letters that a job sends on that day: the decisions that each tells, and what it says."""
    as_of = date.fromisoformat(day)
    job: Job = a_job(notice, **rules)
    at = Circumstances(as_of, record or {}, calendar=JAPAN)
    to_send = [decision for decision in job.decide(contract, at) if decision.action is Action.SEND]
    groups = told_together(to_send, by_contract=job.rules.group_by == "contract")
    return [(group, letter_data(job, group, contract, RULES, as_of)) for group in groups]
