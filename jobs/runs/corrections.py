"""Start notices whose words the book no longer bears out, and the notice with which a person corrects one (N3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Select, String, and_, or_, select
from sqlalchemy import cast as as_type

from contracts.model import Contract, ContractLine
from contracts.store.tables import lines
from jobs.notices.decision import Circumstances
from jobs.notices.notice import Job
from jobs.notices.rules import OpeningRules
from jobs.notices.service_start import (
    CHANGE,
    CORRECTION,
    START,
    correction,
    correction_waits,
    last_told,
    told_otherwise,
)
from jobs.notices.told_terms import TELLS, Told
from jobs.runs.decide import Decided, Decider
from jobs.runs.records import Records
from jobs.runs.run import wanted_of
from jobs.runs.search import BATCH
from notify.ledger.ledger import Ledger
from notify.record.statements import snapshot
from notify.record.tables import notices
from notify.record.values import Notice, NotPossible

_STARTS = (START, CHANGE, CORRECTION)


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of which the customer was told something else than the book says now."""

    contract: Contract
    line: ContractLine  # as the book has it now
    told: Told  # by which notice, on which day, and what: menu, seats, first_day, last_day
    differs: tuple[str, ...]  # in which of "menu", "seats", "start", "end"


def differences(records: Records, job: Job, as_of: date) -> Iterator[Difference]:
    """The lines that still run and of which evidence and book differ, by contract: what the desk is to look at (N3).

    `job` is that of the start notices. Nothing is written to the owner by itself. Left out are lines whose moved start
    is announced by itself, and those whose correction is queued or held. A difference stands until the correction went
    out (`kigen notices correct {told.notice}`), the book says again what was told, or the term is over.
    """
    with snapshot(records.engine) as connection:
        numbers = sorted(set(connection.scalars(_told_something_else(as_of))))
    standing = records.standing()
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        record = records.ledger.on_record(some)
        for contract, at in records.about(some, as_of, standing, record):
            yield from _of_contract(contract, job, at)


def _of_contract(contract: Contract, job: Job, at: Circumstances) -> Iterator[Difference]:
    known = contract.known_on(at.as_of)
    for line in known.lines:
        told = told_otherwise(known, line, _rules(job), at)
        if told is not None and not correction_waits(line, at.record):
            yield Difference(contract, line, told, told.differs_in(known, line))


def _rules(job: Job) -> OpeningRules:
    return cast("OpeningRules", job.rules)


def _told_something_else(as_of: date) -> Select[str]:
    """The numbers of contracts with a line that a start notice told otherwise, be it an earlier one than the last.

    Only what the book restated can be: of all else it still says what it said when the notice was written.
    Some may come twice: for an order SQLite would leave the index of those lines and read all of them.
    """
    check = notices.c.checks[0]
    kept = check["values"]
    other = or_(
        kept["menu"].as_string() != lines.c.menu,
        kept["seats"].as_integer() != lines.c.seats,
        kept["first"].as_string() != as_type(lines.c.starts_on, String),
        kept["last"].as_string() != as_type(lines.c.term_end, String),
    )
    return (
        select(lines.c.contract)
        .join(notices, and_(notices.c.contract == lines.c.contract, notices.c.line == lines.c.line))
        .where(lines.c.restated, lines.c.term_end >= as_of, notices.c.kind.in_(_STARTS))
        .where(check["code"].as_string() == TELLS, other)
    )


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as it would go out: what it corrects, the decision and its letter."""

    difference: Difference
    decided: Decided


def drafted(decider: Decider, job: Job, notice: Notice, as_of: date, now: datetime) -> Correction:
    """The correction of a start notice, with its letter; nothing is written to the ledger.

    Raises:
        NotPossible: there is nothing to correct, or another notice told the line's start later.
    """
    records, key = decider.records, notice.key
    record = records.ledger.on_record([key.contract])
    found = records.about([key.contract], as_of, records.standing(), record)
    lines_of_it = ((contract, line, at) for contract, at in found if (line := contract.line(key.line)) is not None)
    contract, line, at = next(lines_of_it, (None, None, None))
    if contract is None or line is None or at is None:
        raise NotPossible(f"notice {notice.id} cannot be corrected: the book has no line {key.contract}/{key.line}")
    told, decision = told_otherwise(contract, line, _rules(job), at), correction(contract, line, _rules(job), at)
    if told is None or decision is None:
        raise NotPossible(f"notice {notice.id} cannot be corrected: {_why_not(line, at)}")
    if told.notice != notice.id:
        raise NotPossible(f"notice {notice.id} cannot be corrected: notice {told.notice} told the line's start later")
    (decided,) = decider.with_letters(job, contract, [decision], (as_of, now))
    if decided.problem:
        raise NotPossible(f"notice {notice.id} cannot be corrected: {decided.problem}")
    return Correction(Difference(contract, line, told, told.differs_in(contract, line)), decided)


def _why_not(line: ContractLine, at: Circumstances) -> str:
    """Why nothing is to be corrected about a line."""
    if line.term is None or line.term.last_day < at.as_of:
        return "the line's term is over"
    if last_told(line, at.record) is None:
        return "nothing about the line's start was told"
    return "the book says what was told, or a start that moved is announced by itself"


def ordered(ledger: Ledger, wish: Correction, as_of: date, now: datetime, by: str) -> int:
    """Puts the correction on record, queued or held for a person; its id."""
    corrected = wish.difference.told.notice
    if corrected is None:
        raise NotPossible("what another system told cannot be corrected")
    return ledger.correct(wanted_of(wish.decided, as_of, {}), corrected, now, by)
