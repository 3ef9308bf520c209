"""Extension confirmations (N4): once a continuation is registered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.seats import term_change
from contracts.rules.terms import closing_day
from jobs.notices import renewal_notice
from jobs.notices.calendar_entries import settled_entries
from jobs.notices.candidates import Openings
from jobs.notices.changes import changes
from jobs.notices.conditions import not_applicable, settled, skip_when
from jobs.notices.decision import Action, Circumstances, Decision, Reason, Value
from jobs.notices.letter import own_term, term_data
from jobs.notices.notice import CalendarEntry, Data, Letter, Notice, Subject
from jobs.notices.rules import OpeningRules
from jobs.notices.samples import BUSINESS, a_change, an_item

NAME = "extension-confirmation"
CONTINUATIONS = Openings((OrderKind.CONTINUATION,))


def decisions(contract: Contract, rules: OpeningRules, at: Circumstances) -> Iterator[Decision]:
    """What follows for each continuation of the contract."""
    known = contract.known_on(at.as_of)
    for line in known.lines:
        if line.order is not OrderKind.CONTINUATION:
            yield not_applicable(NAME, line, Reason.NOT_ITS_KIND, "N4", "is-no-continuation")
        elif line.opened_on is None:
            yield not_applicable(NAME, line, Reason.NOT_OPENED, "N4", "no-registration")
        elif line.opened_on > at.as_of:
            yield not_applicable(NAME, line, Reason.NOT_OPENED, "N4", "registered-later", day=line.opened_on)
        elif line.term is None:
            yield not_applicable(NAME, line, Reason.TERM_OVER, "N4", "no-term")
        elif line.term.last_day < at.as_of:
            yield not_applicable(NAME, line, Reason.TERM_OVER, "N4", "term-over", end=line.term.last_day)
        else:
            yield _decision_of_line(known, line, line.opened_on, rules, at)


def _decision_of_line(
    known: Contract, line: ContractLine, registered_on: date, rules: OpeningRules, at: Circumstances
) -> Decision:
    not_after = CONTINUATIONS.last_day(line, registered_on, rules)
    draft = Decision(
        NAME, line.contract, line.line, str(line.starts_on), Action.NONE, Reason.NOT_DUE,
        due_on=max(registered_on, line.ordered_on or registered_on), not_after=not_after, reference=line.starts_on,
        together=line.family, withdraws=settled_entries(renewal_notice.NAME, known, line, at),
    )  # fmt: skip
    until: dict[str, Value] = {"last": not_after, "days": rules.late_days}
    closed = skip_when(at.as_of > not_after, Reason.WINDOW_CLOSED, "N4", "confirmed-until", **until)
    return settled(draft, (closed,), rules, known.account, at)


def facts(subject: Subject, _rules: OpeningRules) -> Data:
    """What the letter says of its own (L3, N6)."""
    term = own_term(subject.line)
    old_end = term.first_day - timedelta(days=1)
    return {
        "old_end": old_end,
        "closing_day": closing_day(old_end),
        "new_term": term_data(term),
        "changes": changes(subject, old_end),
        "is_mixed": term_change(subject.contract, old_end, subject.as_of).is_mixed,
    }


def sample(language: str) -> Data:
    """Facts of a letter that has much to say."""
    return {
        "as_of": date(2021, 11, 15),
        "items": [an_item(BUSINESS[language], 30, date(2022, 2, 1), date(2023, 1, 31))],
        "old_end": date(2022, 1, 31),
        "closing_day": date(2021, 12, 2),
        "new_term": {"start": date(2022, 2, 1), "end": date(2023, 1, 31)},
        "changes": [a_change(BUSINESS[language], 49, BUSINESS[language], 30)],
        "is_mixed": False,
    }


# The closing day that the renewal notice put into the reader's calendar is over; the letter proves the new term.
CLOSING_SETTLED = CalendarEntry("closing", day="closing_day", is_withdrawn=True)
NOTICE = Notice(
    NAME,
    OpeningRules,
    decisions,
    CONTINUATIONS,
    letters=(
        Letter(
            NAME, facts, sample, CLOSING_SETTLED, ("old_end", "new_term.end", "changes.0.seats_after"), keep_months=120
        ),
    ),
)
