"""Release reminders (N5–N7): what goes where a term ends, until its release is recorded.

Seats that do not continue must be taken off their users. Tickets that lapse (T6) and storage that goes down (D(13)) are
assigned to nobody: the owner is told what is lost and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import Annotated

from pydantic import Field

from contracts.calendar import BusinessCalendar
from contracts.model import Contract, ContractLine
from contracts.rules.seats import FamilyChange, TermChange, seats_to_release, term_change
from contracts.rules.storage import storage_that_goes
from contracts.rules.tickets import is_lapsing, tickets_end
from jobs.notices.candidates import EndingTerms
from jobs.notices.changes import changes, family_changes
from jobs.notices.conditions import Condition, not_applicable, settled, skip_when
from jobs.notices.decision import Action, Check, Circumstances, Decision, Reason, Value
from jobs.notices.letter import item
from jobs.notices.notice import CalendarEntry, Data, Letter, Notice, Subject
from jobs.notices.rules import DISTINCT, NoticeRules, TimeOfDay
from jobs.notices.samples import BUSINESS, ENTERPRISE, a_change, an_item

NAME = "license-release"


class ReleaseRules(NoticeRules):
    """How many days before the term end to remind; a day that is no business day moves to the one before."""

    at: TimeOfDay = time(9, 10)
    days_before: Annotated[tuple[Annotated[int, Field(ge=0, le=366)], ...], DISTINCT] = (30, 7, 1)


def decisions(contract: Contract, rules: ReleaseRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each family of the contract whose term ends, for each of the configured days."""
    known = contract.known_on(at.as_of)
    for line in known.lines:
        if line.term is None:
            yield not_applicable(NAME, line, Reason.NOT_ITS_KIND, "N5", "no-term-to-end")
        elif line.term.last_day < at.as_of:
            yield not_applicable(NAME, line, Reason.TERM_OVER, "N5", "term-over", end=line.term.last_day)
        elif line.menu.own_term:
            yield from _decisions_of_tickets(known, line, rules, at)
        else:
            yield from _decisions_of_line(known, line, line.term.last_day, rules, at)


def due_day(term_end: date, days_before: int, calendar: BusinessCalendar) -> date:
    """The day on which the reminder is due: so many days before the term end, or the business day before that (N5)."""
    return calendar.on_or_before(term_end - timedelta(days=days_before))


def due_days(term_end: date, rules: ReleaseRules, calendar: BusinessCalendar) -> list[date]:
    """The days on which reminders of that term end are due, one for each of the configured days."""
    return [due_day(term_end, days, calendar) for days in rules.days_before]


def _decisions_of_line(
    contract: Contract, line: ContractLine, term_end: date, rules: ReleaseRules, at: Circumstances
) -> Iterator[Decision]:
    change = term_change(contract, term_end, at.as_of)
    family = change.of(line.family)
    if family is None or family.ending[0] != line:
        first = family.ending[0].line if family else "?"
        seats = {"line": first, "family": line.family}
        yield not_applicable(NAME, line, Reason.NOT_ITS_KIND, "N5", "other-line-speaks", **seats)
        return
    decided = tuple(_conditions(change, family, at))
    yield from _reminders(contract, line, term_end, decided, rules, at)


def _decisions_of_tickets(
    contract: Contract, line: ContractLine, rules: ReleaseRules, at: Circumstances
) -> Iterator[Decision]:
    """The tickets of a line end with the base licence or by themselves (T6); each line speaks for its own."""
    ends_on = tickets_end(contract, line)
    if ends_on is None or ends_on < at.as_of:
        yield not_applicable(NAME, line, Reason.TERM_OVER, "T6", "lapsed-with-base", day=ends_on or at.as_of)
        return
    is_lost = is_lapsing(contract, line, at.as_of)
    found = "tickets-lapse" if is_lost else "tickets-stay"
    check = Check("T6", found, is_lost, {"count": line.seats, "day": ends_on})
    decided = (_released([line], at), Condition(not is_lost, Action.SKIP, Reason.NOTHING_TO_RELEASE, check))
    yield from _reminders(contract, line, ends_on, decided, rules, at)


def _reminders(  # noqa: PLR0913, PLR0917 — what a reminder is decided from
    contract: Contract,
    line: ContractLine,
    term_end: date,
    decided: Sequence[Condition],
    rules: ReleaseRules,
    at: Circumstances,
) -> Iterator[Decision]:
    for days in sorted(rules.days_before, reverse=True):
        due_on = due_day(term_end, days, at.calendar)
        draft = Decision(
            NAME, line.contract, line.line, f"{term_end}/{days}d", Action.NONE, Reason.NOT_DUE,
            due_on=due_on, not_after=term_end, reference=term_end, checks=(_reckoned(term_end, days, due_on),),
            together=line.family,
        )  # fmt: skip
        conditions = (*decided, _superseded(term_end, due_on, rules, at))
        yield settled(draft, conditions, rules, contract.account, at)


def _reckoned(term_end: date, days: int, due_on: date) -> Check:
    day = term_end - timedelta(days=days)
    values: dict[str, Value] = {"days": days, "end": term_end}
    if day == due_on:
        return Check("N5", "days-before-end", True, values)
    return Check("N5", "days-before-end-moved", True, values | {"day": day, "due": due_on})


def _conditions(change: TermChange, family: FamilyChange, at: Circumstances) -> Iterator[Condition]:
    yield _released(family.ending, at)
    if change.anew:
        lines = tuple([line.line for line in change.anew])
        yield skip_when(True, Reason.NOTHING_TO_RELEASE, "T8", "bought-anew", lines=lines)
    yield _whole_contract_ends(change)
    yield _storage_goes(change, family, at) if _is_storage(family) else _nothing_to_release(change, family, at)


def _released(lines: Iterable[ContractLine], at: Circumstances) -> Condition:
    released = [line.released_on for line in lines if line.released_on and line.is_released(at.as_of)]
    if released:
        return skip_when(True, Reason.RELEASED, "N5", "released", day=min(released))
    return skip_when(False, Reason.RELEASED, "N5", "not-released")


def _superseded(term_end: date, due_on: date, rules: ReleaseRules, at: Circumstances) -> Condition:
    due_too = [day for day in due_days(term_end, rules, at.calendar) if due_on < day <= at.as_of]
    if due_too:
        return skip_when(True, Reason.SUPERSEDED, "N5", "later-reminder-due", day=max(due_too))
    return skip_when(False, Reason.SUPERSEDED, "N5", "no-later-reminder-due")


def _whole_contract_ends(change: TermChange) -> Condition:
    found = "contract-goes-on" if change.goes_on else "contract-ends"
    check = Check("N5", found, change.goes_on, {"end": change.term_end})
    return Condition(not change.goes_on, Action.SKIP, Reason.NOTHING_TO_RELEASE, check)


def _nothing_to_release(change: TermChange, family: FamilyChange, at: Circumstances) -> Condition:
    seats = seats_to_release(family, change.term_end, at.as_of)
    values: dict[str, Value] = {
        "ending": family.ending_seats, "family": family.family, "end": change.term_end,
        "continuing": family.continuing_seats, "count": seats,
    }  # fmt: skip
    return skip_when(seats == 0, Reason.NOTHING_TO_RELEASE, "N5", "seats-to-release", **values)


def _is_storage(family: FamilyChange) -> bool:
    return any(line.menu.fixed_after_closing for line in family.ending)


def _storage_goes(change: TermChange, family: FamilyChange, at: Circumstances) -> Condition:
    """Capacity that goes: recordings beyond what is left are to be deleted or moved in time (D(13), B4)."""
    gone = storage_that_goes(family, change.term_end, at.as_of)
    if gone is None:
        return skip_when(True, Reason.NOTHING_TO_RELEASE, "B4", "storage-stays", end=change.term_end)
    before, after = gone
    if after is None:
        return skip_when(False, Reason.NOTHING_TO_RELEASE, "B4", "storage-goes", end=change.term_end, menu=before.code)
    values: dict[str, Value] = {"end": change.term_end, "menu": before.code, "after": after.code}
    return skip_when(False, Reason.NOTHING_TO_RELEASE, "B4", "storage-goes-down", **values)


def facts(subject: Subject, _rules: ReleaseRules) -> Data:
    """What the letter says of its own (L4)."""
    term_end, language = subject.reference, subject.language
    change = term_change(subject.contract, term_end, subject.as_of)
    found = changes(subject, term_end)
    ending = [line for family in family_changes(subject, change) for line in family.ending]
    return {
        "items": [item(line, language) for line in ending],
        "term_end": term_end,
        "days_left": (term_end - subject.as_of).days,
        "changes": found,
        "asks_for": "seats" if any(each["released"] for each in found) else found[0]["what"],
        "is_mixed": change.is_mixed,
    }


def sample(language: str) -> Data:
    """Facts of a letter that has much to say."""
    menu = ENTERPRISE[language]
    falls_to = {"menu": menu, "minimum": 50, "seats": 41, "to_menu": BUSINESS[language]}
    return {
        "as_of": date(2021, 12, 28),
        "items": [an_item(menu, 60, date(2021, 2, 1), date(2022, 1, 31))],
        "term_end": date(2022, 1, 31),
        "days_left": 34,
        "changes": [a_change(menu, 60, menu, 41, falls_to=falls_to)],
        "asks_for": "seats",
        "is_mixed": True,
    }


NOTICE = Notice(
    NAME,
    ReleaseRules,
    decisions,
    EndingTerms(due_days),
    letters=(
        Letter(
            NAME,
            facts,
            sample,
            CalendarEntry("release", day="term_end", is_deadline=True),
            must_say=("term_end", "changes.0.released"),
        ),
    ),
)
