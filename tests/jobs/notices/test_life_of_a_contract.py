"""The life of a contract, day by day: what happens in the book, what is said, and why. Real deciders, values only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import Contract, OrderKind, Term
from contracts.rules.terms import term_of
from jobs.notices.decision import Action, Circumstances, Decision, Key, Recorded
from jobs.notices.service_start import correction
from tests.contracts.values import a_line
from tests.jobs.builders import JAPAN, a_mailable_contract, every_job

JOBS = every_job()
CATALOGUE = shipped_catalogue()
SILENCE = ""
NEW, ADDITION, CONTINUATION = OrderKind.NEW, OrderKind.ADDITION, OrderKind.CONTINUATION


@dataclass
class Life:
    """A contract, what the customer was told of it and what is held so far, and the days as they pass."""

    today: date
    contract: Contract = field(default_factory=a_mailable_contract)
    record: dict[Key, Recorded] = field(default_factory=dict)
    held: dict[Key, str] = field(default_factory=dict)

    def until(self, day: date) -> Iterator[tuple[date, str]]:
        """Every day from today up to that one: what is said on it. What is sent is on record from then on."""
        while self.today <= day:
            at = Circumstances(self.today, dict(self.record), calendar=JAPAN)
            decided = [decision for job in JOBS for decision in job.decide(self.contract, at)]
            yield self.today, "; ".join([said for decision in decided if (said := self._said(decision))])
            self.today += timedelta(days=1)

    def orders(self, line: str, kind: OrderKind, seats: int, term: Term, menu: str = "business") -> None:
        """An order form arrives today."""
        ordered = a_line(line, CATALOGUE[menu], seats, order=kind, term=term, ordered_on=self.today)
        self.contract = replace(self.contract, lines=(*self.contract.lines, ordered))

    def changes(self, line: str, **values: Any) -> None:
        """The book says something else about a line from today on."""
        lines = (replace(one, **values) if one.line == line else one for one in self.contract.lines)
        self.contract = replace(self.contract, lines=tuple(lines))

    def opens(self, line: str) -> None:
        """The service is opened, or the extension registered, today."""
        self.changes(line, opened_on=self.today)

    def releases(self, line: str) -> None:
        """The release of the licences is recorded today."""
        self.changes(line, released_on=self.today)

    def owner_is(self, address: str) -> None:
        """Another owner is registered today, or none is left."""
        self.contract = replace(self.contract, account=replace(self.contract.account, owner_email=address))

    def starts_on(self, line: str, day: date) -> None:
        """The start of the line moves; its length stays."""
        self.changes(line, starts_on=day, term=term_of(day, 12))

    def moves_to(self, line: str, day: date) -> None:
        """The start of the line moves, and the service is not opened any more."""
        self.changes(line, starts_on=day, term=term_of(day, 12), opened_on=None)

    def ends_on(self, line: str, day: date) -> None:
        """The line ends earlier: something takes its place in mid-term (T8)."""
        (term,) = (one.term for one in self.contract.lines if one.line == line)
        self.changes(line, term=replace(term, last_day=day))

    def has_seats(self, line: str, seats: int) -> None:
        """The seats of the line are corrected in the book today."""
        self.changes(line, seats=seats)

    def corrects(self, line: str) -> None:
        """The desk has the start notice of the line corrected: from then on the correction waits to be sent (N3)."""
        at = Circumstances(self.today, dict(self.record), calendar=JAPAN)
        (rules,) = (job.rules for job in JOBS if job.name == "service-start")
        (one,) = (one for one in self.contract.lines if one.line == line)
        decision = correction(self.contract, one, rules, at)
        self.record[decision.key] = Recorded("queued", datetime.combine(self.today, time.min, tzinfo=UTC))

    def declines(self, line: str) -> None:
        """The customer says today that the line will not continue."""
        self.changes(line, declined_on=self.today)

    def _said(self, decision: Decision) -> str:
        """What the decision makes known: a letter goes out, or a person hears that one is held, and why."""
        about = f"{decision.kind} {decision.occasion} to line {decision.line}"
        if decision.action is Action.SEND:
            at, checks = (
                datetime.combine(self.today, time.min, tzinfo=UTC),
                [check.as_data for check in decision.checks],
            )
            self.record[decision.key] = Recorded("sent", at, notice=len(self.record) + 1, checks=checks)
            return about
        if decision.action is Action.HOLD and self.held.get(decision.key) != decision.reason:
            self.held[decision.key] = decision.reason
            return f"{about} held: {decision.reason}"
        return SILENCE


def day(text: str) -> date:
    return date.fromisoformat(text)


TO_JANUARY_2022 = Term(day("2021-02-01"), day("2022-01-31"))
FROM_FEBRUARY_2022 = Term(day("2022-02-01"), day("2023-01-31"))

# The day | what happens in the book before that day's run | what is said on it | why
LIFE = [
    ("2021-01-12", ("orders", "1", NEW, 20, TO_JANUARY_2022), SILENCE),  # N2: nothing before the service is opened
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),  # N2: the contract comes into being
    ("2021-01-26", None, SILENCE),  # said once
    ("2021-02-01", None, SILENCE),  # the start itself is no occasion
    ("2021-05-14", ("orders", "2", ADDITION, 4, Term(day("2021-06-01"), day("2022-01-31"))), SILENCE),  # T3; not opened
    ("2021-05-24", ("opens", "2"), "service-start 2021-06-01 to line 2"),  # N2: additions too
    ("2021-07-01", None, SILENCE),  # B1: the window opens, and nothing is due in it yet
    ("2021-08-01", None, SILENCE),  # N1: the month has come, but it is a Sunday
    # N1: five months before the end month, per menu item
    ("2021-08-02", None, "renewal-notice 2022-01/5m to line 1; renewal-notice 2022-01/5m to line 2"),
    ("2021-08-03", None, SILENCE),
    # N1: four months before; nobody has decided
    ("2021-09-01", None, "renewal-notice 2022-01/4m to line 1; renewal-notice 2022-01/4m to line 2"),
    ("2021-10-01", None, SILENCE),  # N1: there is no third
    # T5, B3: 24 seats end, 15 are ordered on, whenever they were bought; N5 counts at the end of the term
    ("2021-10-20", ("orders", "3", CONTINUATION, 15, FROM_FEBRUARY_2022), SILENCE),
    ("2021-11-10", ("opens", "3"), "extension-confirmation 2022-02-01 to line 3"),  # N4: once it is registered
    ("2021-11-11", None, SILENCE),
    ("2021-12-02", None, SILENCE),  # B1: the closing day of a line that is continued is nobody's concern
    ("2021-12-27", None, SILENCE),
    # N5: 30 days before is New Year's Day; the office closes on 29 December. One for the family, by its first line
    ("2021-12-28", None, "license-release 2022-01-31/30d to line 1"),
    ("2022-01-01", None, SILENCE),
    ("2022-01-24", None, "license-release 2022-01-31/7d to line 1"),  # N5: still not recorded
    ("2022-01-28", None, "license-release 2022-01-31/1d to line 1"),  # N5: 30 January is a Sunday
    ("2022-01-31", ("releases", "2"), SILENCE),  # N5: any line of the family speaks for it
    ("2022-02-01", None, SILENCE),  # T5: the next term begins; N2 says nothing of a continuation
    ("2022-08-01", None, "renewal-notice 2023-01/5m to line 3"),  # N1: only of the line that runs
    ("2022-09-01", None, "renewal-notice 2023-01/4m to line 3"),
    ("2022-12-02", None, SILENCE),  # B1: the closing day; nothing was ordered
    ("2023-01-04", None, SILENCE),  # B2, N5: a contract that ends as a whole needs no release
    ("2023-01-31", None, SILENCE),
    ("2023-02-28", None, SILENCE),  # and then it is over
]


def test_the_life_of_a_contract_from_the_order_through_a_partial_renewal_to_its_end():
    assert lived(LIFE) == told(LIFE)


def test_a_release_recorded_before_the_second_reminder_ends_them():  # N5
    early = [row for row in LIFE if row[0] not in {"2022-01-24", "2022-01-28", "2022-01-31"}]
    recorded = ("2022-01-10", ("releases", "1"), SILENCE)

    assert lived(sorted([*early, recorded], key=lambda row: row[0])) == told(early)


OWNER_LEAVES = [
    ("2021-01-12", ("orders", "1", NEW, 20, TO_JANUARY_2022), SILENCE),
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),  # N2
    (
        "2021-08-02",
        ("owner_is", ""),
        "renewal-notice 2022-01/5m to line 1 held: owner-missing",
    ),  # N8: a person is asked
    ("2021-08-03", None, SILENCE),  # held as long as that lasts
    ("2021-08-04", ("owner_is", "new@example"), "renewal-notice 2022-01/5m to line 1 held: owner-invalid"),  # N8
    ("2021-08-05", ("owner_is", "new@example.co.jp"), "renewal-notice 2022-01/5m to line 1"),  # P1: to the new owner
    ("2021-08-06", None, SILENCE),  # said once
    ("2021-09-01", ("owner_is", ""), "renewal-notice 2022-01/4m to line 1 held: owner-missing"),
    ("2021-12-03", ("owner_is", "third@example.co.jp"), SILENCE),  # B1: too late; the window closed yesterday
    ("2022-02-28", None, SILENCE),
]


def test_an_owner_who_leaves_holds_the_notices_and_a_new_address_lets_them_go():
    assert lived(OWNER_LEAVES) == told(OWNER_LEAVES)


START_MOVES = [
    ("2021-07-12", ("orders", "1", NEW, 20, term_of(day("2021-09-01"), 12)), SILENCE),
    ("2021-07-20", ("starts_on", "1", day("2021-10-01")), SILENCE),  # it moves before it was told: nothing to take back
    ("2021-08-16", ("opens", "1"), "service-start 2021-10-01 to line 1"),  # N2: with the date that holds
    ("2021-08-17", None, SILENCE),
    # N3: it moves after it was told; announced at once, ahead of both dates
    ("2021-08-30", ("starts_on", "1", day("2021-11-01")), "service-start-change 2021-11-01 to line 1"),
    ("2021-08-31", None, SILENCE),
    ("2021-10-01", None, SILENCE),  # the date first told: nothing starts
    ("2021-10-11", ("starts_on", "1", day("2021-10-01")), "service-start-change 2021-10-01 to line 1"),  # N3: and back
    ("2021-10-12", ("starts_on", "1", day("2021-11-01")), "service-start-change 2021-11-01/2 to line 1"),  # N3: again
    ("2021-11-01", None, SILENCE),  # it starts
    ("2022-05-02", None, "renewal-notice 2022-10/5m to line 1"),  # T2, N1: the term end moved along
    ("2022-06-01", None, "renewal-notice 2022-10/4m to line 1"),
]


def test_a_start_that_moves_is_announced_each_time_it_was_told_otherwise():
    assert lived(START_MOVES) == told(START_MOVES)


OPENING_IS_EMPTIED = [
    ("2021-07-12", ("orders", "1", NEW, 20, term_of(day("2021-09-01"), 12)), SILENCE),
    ("2021-08-10", ("opens", "1"), "service-start 2021-09-01 to line 1"),  # N2
    # N3: ahead of both dates, whatever becomes of the day of opening
    ("2021-08-25", ("moves_to", "1", day("2021-10-01")), "service-start-change 2021-10-01 to line 1"),
    ("2021-09-01", None, SILENCE),
    ("2021-09-25", ("opens", "1"), SILENCE),  # it was told
    ("2021-10-31", None, SILENCE),
]


def test_a_start_that_moves_is_announced_though_the_service_is_not_opened_any_more():
    assert lived(OPENING_IS_EMPTIED) == told(OPENING_IS_EMPTIED)


UPGRADE = [
    ("2021-01-12", ("orders", "1", NEW, 49, TO_JANUARY_2022), SILENCE),
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),
    # T8: 49 and 10 more: all of it moves to Enterprise in August
    (
        "2021-07-12",
        ("orders", "2", ADDITION, 59, Term(day("2021-08-01"), day("2022-01-31")), "enterprise-essentials"),
        SILENCE,
    ),
    ("2021-07-13", ("ends_on", "1", day("2021-07-31")), SILENCE),  # T8: continued, so neither reminded nor released
    ("2021-07-26", ("opens", "2"), "service-start 2021-08-01 to line 2"),  # N2: which says what it takes the place of
    ("2021-07-31", None, SILENCE),
    ("2021-08-02", None, "renewal-notice 2022-01/5m to line 2"),  # N1
    ("2021-09-01", None, "renewal-notice 2022-01/4m to line 2"),
    ("2022-02-28", None, SILENCE),  # B2, N5: it ends as a whole
]


def test_an_upgrade_in_mid_term_silences_what_it_takes_the_place_of():
    assert lived(UPGRADE) == told(UPGRADE)


STORAGE = [
    ("2021-01-12", ("orders", "1", NEW, 20, TO_JANUARY_2022), SILENCE),
    ("2021-01-12", ("orders", "2", NEW, 1, TO_JANUARY_2022, "storage-200gb"), SILENCE),
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),
    ("2021-01-26", ("opens", "2"), "service-start 2021-02-01 to line 2"),
    ("2021-07-20", ("orders", "3", CONTINUATION, 1, FROM_FEBRUARY_2022, "storage-1tb"), SILENCE),
    ("2021-07-26", ("opens", "3"), "extension-confirmation 2022-02-01 to line 3"),  # B5: 1 TB continues 200 GB
    ("2021-08-02", None, "renewal-notice 2022-01/5m to line 1"),  # N1: not of the storage
    ("2021-08-20", ("orders", "4", CONTINUATION, 20, FROM_FEBRUARY_2022), SILENCE),
    ("2021-09-13", ("opens", "4"), "extension-confirmation 2022-02-01 to line 4"),
    ("2022-01-31", None, SILENCE),  # N5: nothing goes
    ("2022-08-01", None, "renewal-notice 2023-01/5m to line 3; renewal-notice 2023-01/5m to line 4"),
    ("2022-08-10", ("orders", "5", CONTINUATION, 20, term_of(day("2023-02-01"), 12)), SILENCE),
    ("2022-09-01", ("declines", "3"), SILENCE),  # B4: in time
    ("2022-12-28", None, "license-release 2023-01-31/30d to line 3"),  # recordings are to be deleted or moved
    ("2023-01-10", ("releases", "3"), SILENCE),
    ("2023-02-28", None, SILENCE),
]


def test_a_step_of_storage_is_an_extension_and_its_end_is_told_until_it_is_recorded():
    assert lived(STORAGE) == told(STORAGE)


TICKETS = [
    ("2021-01-12", ("orders", "1", NEW, 20, TO_JANUARY_2022), SILENCE),
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),
    ("2021-06-10", ("orders", "2", ADDITION, 600, term_of(day("2021-07-01"), 12), "events-per-attendee"), SILENCE),
    ("2021-06-25", ("opens", "2"), "service-start 2021-07-01 to line 2"),
    ("2021-08-02", None, "renewal-notice 2022-01/5m to line 1"),
    ("2021-09-01", None, "renewal-notice 2022-01/4m to line 1"),
    ("2021-12-28", None, "license-release 2022-01-31/30d to line 2"),  # T6: 600 tickets lapse with the base licence
    ("2022-01-24", None, "license-release 2022-01-31/7d to line 2"),
    ("2022-01-28", None, "license-release 2022-01-31/1d to line 2"),
    ("2022-02-01", None, SILENCE),  # T6: nothing of them is to be renewed
    ("2022-07-31", None, SILENCE),
]


def test_tickets_lapse_with_the_base_licence_and_are_not_asked_to_be_renewed():
    assert lived(TICKETS) == told(TICKETS)


CORRECTED = [
    ("2021-01-12", ("orders", "1", NEW, 20, TO_JANUARY_2022), SILENCE),
    ("2021-01-25", ("opens", "1"), "service-start 2021-02-01 to line 1"),
    ("2021-03-10", ("has_seats", "1", 15), SILENCE),  # N3: the book has other seats by now; nothing goes by itself
    ("2021-03-12", ("corrects", "1"), "service-start-correction 2021-02-01 to line 1"),  # the desk asks for it
    ("2021-03-13", None, SILENCE),  # once
    ("2021-04-20", ("has_seats", "1", 18), SILENCE),
    ("2021-04-21", ("corrects", "1"), "service-start-correction 2021-02-01/2 to line 1"),
    ("2021-05-31", None, SILENCE),
]


def test_a_start_that_was_told_wrongly_is_corrected_when_the_desk_asks_and_not_before():
    assert lived(CORRECTED) == told(CORRECTED)


# Living through a table


def lived(rows: list[tuple[str, Any, str]]) -> dict[str, str]:
    """Every day from the first row to the last is lived; the days on which something was said, and what."""
    life = Life(day(rows[0][0]))
    said: dict[date, str] = {}
    for text, happening, _ in rows:
        said |= dict(life.until(day(text) - timedelta(days=1)))
        if happening is not None:
            verb, *values = happening
            getattr(life, verb)(*values)
        said |= dict(life.until(day(text)))
    return {str(when): what for when, what in said.items() if what}


def told(rows: list[tuple[str, Any, str]]) -> dict[str, str]:
    """What the table says is said: on its days, and on no day between them."""
    return {when: what for when, _, what in rows if what}
