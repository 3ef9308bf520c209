"""Service-start notices (N2), with which the contract comes into being, changed starts and corrections (N3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from contracts.catalogue import MenuItem
from contracts.model import Contract, ContractLine, OrderKind, Term
from contracts.rules.successors import later_base
from jobs.notices.candidates import Openings
from jobs.notices.changes import replaced
from jobs.notices.conditions import not_applicable, settled, skip_when
from jobs.notices.decision import Action, Check, Circumstances, Decision, Key, Reason, Record, Recorded, Value
from jobs.notices.letter import item
from jobs.notices.notice import CalendarEntry, Data, Letter, Notice, Subject
from jobs.notices.rules import OpeningRules
from jobs.notices.samples import BUSINESS, an_item
from jobs.notices.told_terms import Told, tells, told_by

START = "service-start"
# The same told anew: one table and one list of lines, but letters of their own. Only a person asks for a correction.
CHANGE = "service-start-change"
CORRECTION = "service-start-correction"
CORRECTS = "corrects"  # the check that names the notice whose place a correction takes, and what that told
STARTS = Openings((OrderKind.NEW, OrderKind.ADDITION))


def decisions(contract: Contract, rules: OpeningRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each new order and addition of the contract."""
    for line in contract.known_on(at.as_of).lines:
        told = last_told(line, at.record)
        is_moved = told is not None and told_start(told) != line.starts_on
        if line.order is OrderKind.CONTINUATION:
            yield not_applicable(START, line, Reason.NOT_ITS_KIND, "N2", "is-continuation")
        elif line.term is None:
            yield not_applicable(START, line, Reason.NOT_ITS_KIND, "N2", "is-registration")
        elif line.opened_on is None and not is_moved:
            yield not_applicable(START, line, Reason.NOT_OPENED, "N2", "no-opening")
        elif line.opened_on is not None and line.opened_on > at.as_of and not is_moved:
            yield not_applicable(START, line, Reason.NOT_OPENED, "N2", "opens-later", day=line.opened_on)
        elif line.term.last_day < at.as_of:
            yield not_applicable(START, line, Reason.TERM_OVER, "N2", "term-over", end=line.term.last_day)
        else:
            yield _decision_of_line(contract, line, told, rules, at)
        if correction_waits(line, at.record) and (corrected := correction(contract, line, rules, at)) is not None:
            yield corrected


def last_told(line: ContractLine, record: Record) -> Key | None:
    """The notice that told the customer this line's start most recently; None where none did."""
    told = (
        key
        for key, recorded in record.items()
        if key.kind in (START, CHANGE, CORRECTION)
        and (key.contract, key.line) == (line.contract, line.line)
        and recorded.went_out
    )
    return max(told, key=lambda key: (record[key].at, key.occasion), default=None)


def told_start(key: Key) -> date:
    """The start date that a notice told."""
    return date.fromisoformat(key.occasion.partition("/")[0])


def _decision_of_line(
    contract: Contract, line: ContractLine, told: Key | None, rules: OpeningRules, at: Circumstances
) -> Decision:
    """A start that was told and moved is announced whatever the day of opening is by now (N3)."""
    opened_on = line.opened_on or line.starts_on
    not_after = STARTS.last_day(line, opened_on, rules)
    draft = Decision(
        START, line.contract, line.line, str(line.starts_on), Action.NONE, Reason.NOT_DUE,
        due_on=max(opened_on, line.ordered_on or opened_on), not_after=not_after, reference=line.starts_on,
        checks=(tells(line),),
    )  # fmt: skip
    if told is not None and told_start(told) == line.starts_on:
        draft = replace(draft, kind=told.kind, occasion=told.occasion)
    elif told is not None:
        draft = _change(draft, told_start(told), line, at)
    until: dict[str, Value] = {"last": not_after, "days": rules.late_days}
    closed = skip_when(at.as_of > not_after, Reason.WINDOW_CLOSED, "N2", "start-announced-until", **until)
    return settled(draft, (closed,), rules, contract.account, at)


def _change(draft: Decision, told: date, line: ContractLine, at: Circumstances) -> Decision:
    """The announcement of a moved start: due at once, and ahead of the earlier of the two dates (N3)."""
    check = Check("N3", "told-otherwise", True, {"told": told, "now": line.starts_on})
    due_on = min(at.as_of, min(told, line.starts_on) - timedelta(days=1))
    occasion = _occasion(CHANGE, line, at.record, lambda told: told.went_out)
    return replace(draft, kind=CHANGE, occasion=occasion, due_on=due_on, reference=told, checks=(*draft.checks, check))


def _occasion(kind: str, line: ContractLine, record: Record, is_over: Callable[[Recorded], bool]) -> str:
    """The start date; counted where letters of that kind about it are over already, as the start came back to it."""
    day = str(line.starts_on)
    times = sum(
        1
        for key, recorded in record.items()
        if key.kind == kind and (key.contract, key.line) == (line.contract, line.line)
        and key.occasion.partition("/")[0] == day and is_over(recorded)
    )  # fmt: skip
    return f"{day}/{times + 1}" if times else day


def told_otherwise(contract: Contract, line: ContractLine, rules: OpeningRules, at: Circumstances) -> Told | None:
    """What the customer was told of a line's start, where the book says otherwise and no letter will say so by itself.

    A start that moved is announced by itself, with all that changed (N3); after that time only a person can do so.
    """
    known = contract.known_on(at.as_of)
    key = last_told(line, at.record)
    told = told_by(key, at.record[key]) if key is not None else None
    differs = told.differs_in(known, line) if told is not None else ()
    if not differs or line.order is OrderKind.CONTINUATION or line.term is None or line.term.last_day < at.as_of:
        return None
    if "start" in differs and at.as_of <= STARTS.last_day(line, line.opened_on or line.starts_on, rules):
        return None
    return told


def correction(contract: Contract, line: ContractLine, rules: OpeningRules, at: Circumstances) -> Decision | None:
    """The notice that corrects what was told of a line (N3), for a person who asks for it; None where nothing is to be.

    It is due at once and goes out until the term ends.
    """
    told = told_otherwise(contract, line, rules, at)
    if told is None or line.term is None:
        return None
    corrects: dict[str, Value] = {"notice": told.notice or "", "day": told.day}
    occasion = _occasion(CORRECTION, line, at.record, lambda asked: asked.is_final)
    draft = Decision(
        CORRECTION, line.contract, line.line, occasion, Action.NONE, Reason.NOT_DUE,
        due_on=at.as_of, not_after=line.term.last_day, reference=told.day,
        checks=(tells(line), Check("N3", CORRECTS, True, corrects | told.as_values)),
    )  # fmt: skip
    return settled(draft, (), rules, contract.account, at)


def correction_waits(line: ContractLine, record: Record) -> bool:
    """Whether a person asked for a correction that is still to go out: only then is it decided on again."""
    return any(
        (key.kind, key.contract, key.line) == (CORRECTION, line.contract, line.line)
        and recorded.status in {"queued", "held"}
        for key, recorded in record.items()
    )


def start_facts(subject: Subject, _rules: OpeningRules) -> Data:
    """What the letter about a start says of its own (L2)."""
    return {"start_date": _first_day_of_use(subject)} | _standing(subject)


def change_facts(subject: Subject, _rules: OpeningRules) -> Data:
    """What the letter about a moved start says of its own (N3)."""
    return {"old_start": subject.reference, "new_start": _first_day_of_use(subject)} | _standing(subject)


def correction_facts(subject: Subject, _rules: OpeningRules) -> Data:
    """What the letter that corrects a start notice says of its own (N3): of each line what was told and what is right.

    `corrected` holds {line, before, after, differs}: `before` and `after` are lists of one item, `differs` names what
    of "menu", "seats", "start" and "end" is not as it was told.
    """
    corrected = [_corrected(decision, subject) for decision in subject.decisions]
    start = {"start_date": _first_day_of_use(subject), "told_on": subject.reference}
    return start | {"corrected": corrected} | _standing(subject)


def _corrected(decision: Decision, subject: Subject) -> Data:
    line = next(line for line in subject.lines if line.line == decision.line)
    kept = next(check.values for check in decision.checks if check.code == CORRECTS)
    told = replace(
        line,
        menu=_menu(str(kept["menu"]), line, subject),
        seats=int(str(kept["seats"])),
        starts_on=_day(kept["first"]),
        term=Term(_day(kept["first"]), _day(kept["last"])),
    )
    before, after = item(told, subject.language), item(line, subject.language)
    return {
        "line": line.line,
        "before": [before],
        "after": [after],
        "differs": [part for part, name in _PARTS.items() if before[name] != after[name]],
    }


def _menu(code: str, line: ContractLine, subject: Subject) -> MenuItem:
    """The item of that code; one that the catalogue has no more is called by its code."""
    gone = replace(line.menu, code=code, name_ja=code, name_en=code, further_names=())
    return subject.catalogue.find(code) or gone


def _day(value: Value) -> date:
    return date.fromisoformat(str(value))


_PARTS = {"menu": "menu", "seats": "seats", "start": "term_start", "end": "term_end"}


def _standing(subject: Subject) -> Data:
    """What the lines take the place of (T8, B5), and when the base licence starts that an option waits for (T7)."""
    return {"replaces": replaced(subject), "base_start": _base_start(subject)}


def _first_day_of_use(subject: Subject) -> date:
    """The day on which the lines start together; of options whose base licence starts later, that one's day (T7)."""
    return _base_start(subject) or subject.line.starts_on


def _base_start(subject: Subject) -> date | None:
    waits = [day for line in subject.lines if (day := later_base(subject.contract, line)) is not None]
    return max(waits, default=None)


def start_sample(language: str) -> Data:
    """Facts of a letter about a start."""
    return {
        "as_of": date(2021, 8, 20),
        "items": [an_item(BUSINESS[language], 49, date(2021, 9, 1), date(2022, 8, 31))],
        "start_date": date(2021, 9, 1),
        "replaces": [],
        "base_start": None,
    }


def change_sample(language: str) -> Data:
    """Facts of a letter about a moved start."""
    return {
        "as_of": date(2021, 8, 25),
        "items": [an_item(BUSINESS[language], 49, date(2021, 10, 1), date(2022, 9, 30))],
        "old_start": date(2021, 9, 1),
        "new_start": date(2021, 10, 1),
        "replaces": [],
        "base_start": None,
    }


def correction_sample(language: str) -> Data:
    """Facts of a letter that corrects a start notice."""
    told = an_item(BUSINESS[language], 49, date(2021, 9, 1), date(2022, 8, 31))
    right = an_item(BUSINESS[language], 40, date(2021, 9, 1), date(2022, 8, 31))
    return {
        "as_of": date(2021, 8, 25),
        "items": [right],
        "start_date": date(2021, 9, 1),
        "told_on": date(2021, 8, 20),
        "corrected": [{"line": "1", "before": [told], "after": [right], "differs": ["seats"]}],
        "replaces": [],
        "base_start": None,
    }


# The moved date takes the place of the old one in the reader's calendar. These letters are evidence, kept for ten years
# as commercial papers are (Commercial Code, Art. 19; Companies Act, Art. 432).
START_ENTRY, CHANGE_ENTRY = CalendarEntry("start", day="start_date"), CalendarEntry("start", day="new_start")
NOTICE = Notice(
    START,
    OpeningRules,
    decisions,
    STARTS,
    letters=(
        Letter(START, start_facts, start_sample, START_ENTRY, ("start_date",), keep_months=120, makes_contract=True),
        Letter(
            CHANGE,
            change_facts,
            change_sample,
            CHANGE_ENTRY,
            ("old_start", "new_start"),
            keep_months=120,
            makes_contract=True,
        ),
        Letter(
            CORRECTION,
            correction_facts,
            correction_sample,
            START_ENTRY,
            ("told_on", "start_date"),
            keep_months=120,
            makes_contract=True,
        ),
    ),
)
