"""Builders for decisions: what the ledger says, and the reseller's calendar, as short as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import holidays

from contracts.calendar import BusinessCalendar, YearlyClosure
from contracts.model import Contract, ContractLine
from jobs.notices.decision import Action, Circumstances, Decision, Key, Recorded
from jobs.notices.listing import NOTICES
from jobs.notices.notice import Job, Notice
from tests.contracts.values import a_contract

JAPAN = BusinessCalendar(holidays.country_holidays("JP"), (YearlyClosure((12, 29), (1, 3)),))


def a_mailable_contract(*lines: ContractLine, **account: Any) -> Contract:
    """A contract whose owner can be written to; account fields by name."""
    contract = a_contract(*lines)
    return replace(contract, account=replace(contract.account, **{"owner_email": "owner@example.co.jp"} | account))


def on(as_of: date, *told: tuple[str, str], **changes: Any) -> Circumstances:
    """The circumstances of a day. `told` are notices of line 1 that went out, as (kind, occasion), oldest first."""
    record = {
        Key(kind, "K-0001", "1", occasion): Recorded("sent", datetime(2021, 1, 1 + number, tzinfo=UTC))
        for number, (kind, occasion) in enumerate(told)
    }
    return Circumstances(as_of, **{"record": record, "calendar": JAPAN} | changes)


def a_job(notice: Notice[Any], calendar: BusinessCalendar = JAPAN, **rules: Any) -> Job:
    """A notice by these rules; what is not named keeps its default."""
    return Job(notice, notice.rules(**rules), calendar)


def every_job(calendar: BusinessCalendar = JAPAN, **rules: Any) -> tuple[Job, ...]:
    """All shipped notices; rules that all of them have by name."""
    return tuple(a_job(notice, calendar, **rules) for notice in NOTICES)


def told(decisions: Iterable[Decision]) -> list[tuple[str, str, str]]:
    """Occasion, action and reason of each decision that is in its time."""
    return [(d.occasion, d.action.value, d.reason.value) for d in decisions if d.action is not Action.NONE]


def silence(decisions: Iterable[Decision]) -> list[str]:
    """Why each of the other decisions says nothing."""
    return [decision.reason.value for decision in decisions if decision.action is Action.NONE]
