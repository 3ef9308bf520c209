"""What the program has to say about notices and rows of the book, made by its own code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

from contracts.files.catalogue_file import shipped_catalogue
from contracts.model import Contract, ContractLine, OrderKind, Term
from jobs.desk.sections import contents
from jobs.evidence.story import events, waits_for
from jobs.language.messages import Said
from jobs.notices import renewal_notice
from jobs.notices.decision import Check, Circumstances
from jobs.notices.notice import Job
from jobs.runs.agenda import turns
from notify.bounces.values import BounceClass
from notify.record.values import (
    Attempt,
    BounceStory,
    EnvelopeStory,
    MessageStory,
    Notice,
    NoticeKey,
    Outcome,
    PersonsAction,
    Status,
    Story,
)
from tests.contracts.values import PAY_PER_ATTENDEE, PRO, REGISTRATION, ROOMS, a_continuation, a_line
from tests.jobs.builders import a_job, a_mailable_contract, every_job, on
from tests.jobs.desk.builders import a_letter, an_item

CATALOGUE = shipped_catalogue()
NOW = datetime(2021, 9, 1, 0, 30, tzinfo=UTC)
BAD_ADDRESSES = (
    "", "a" * 255, "a\nb@example.jp", "a b@example.jp", "a,b@example.jp", "example.jp", "a@b@example.jp",
    "日本@example.jp", "@example.jp", "a:b@example.jp", f"{'a' * 65}@example.jp", "a@", "a@example", "a@-.jp",
    f"a@{'a.' * 200}jp", f"{'a' * 60}@{'例' * 18}.{'例' * 18}.{'例' * 18}.{'例' * 18}.jp",
)  # fmt: skip


def checks() -> Iterator[Check]:
    """What decisions check, of contracts in every state on each day on which something may change."""
    for job, contract in product(_jobs(), _contracts()):
        for at in _circumstances(job, contract):
            for decision in job.decide(contract, at):
                yield from decision.checks


def checks_of_the_desks_letter() -> list[Check]:
    """What stands on record of what the desk's letter holds."""
    return [contents(a_letter()), contents(a_letter(an_item(1), an_item(2)))]


def said_by_stories() -> Iterator[Said]:
    """What happens to notices, and what they wait for."""
    for story in _stories():
        yield from (event.what for event in events(story))
        if waits := waits_for(story):
            yield waits


def _jobs() -> Iterator[Job]:
    yield from every_job()
    yield from every_job(approval="manual")
    yield a_job(renewal_notice.NOTICE, day=15)


def _contracts() -> Iterator[Contract]:
    opened = {"ordered_on": date(2021, 1, 10), "opened_on": date(2021, 1, 20)}
    base = a_line(**opened)
    rest = a_continuation(seats=4, ordered_on=date(2021, 8, 20), opened_on=date(2021, 12, 20))
    yield a_mailable_contract(base)
    yield a_mailable_contract(a_line(), a_line("2", REGISTRATION, 1, term=None))
    yield a_mailable_contract(a_line(declined_on=date(2021, 8, 10), **opened))
    yield a_mailable_contract(base, a_line("2", ROOMS, 1, **opened), rest, replace(rest, line="10", opened_on=None))
    yield a_mailable_contract(replace(base, released_on=date(2022, 1, 15)), a_line("2", seats=3, **opened), rest)
    yield a_mailable_contract(a_continuation(term=None, opened_on=date(2021, 12, 20)))
    yield from _without_users(rest)
    for address in ("", "owner@example@co.jp"):
        yield a_mailable_contract(base, owner_email=address)


def _without_users(rest: ContractLine) -> Iterator[Contract]:
    """Of what is assigned to nobody, and of a base licence bought anew."""
    base, tickets = a_line(), a_line("2", PAY_PER_ATTENDEE, 600, term=Term(date(2021, 6, 1), date(2022, 5, 31)))
    yield a_mailable_contract(base, tickets)
    tickets_again = a_continuation("4", PAY_PER_ATTENDEE, 600)
    yield a_mailable_contract(base, a_line("2", PAY_PER_ATTENDEE, 600), rest, tickets_again)
    yield a_mailable_contract(a_line("1", PRO, 5), tickets, rest)
    yield a_mailable_contract(base, a_continuation(menu=PRO, seats=5, order=OrderKind.NEW))
    small, large = CATALOGUE["storage-200gb"], CATALOGUE["storage-1tb"]
    for declined_on, lower in ((None, ()), (date(2021, 8, 10), ()), (None, [a_continuation("4", small, 1)])):
        yield a_mailable_contract(base, a_line("2", large, 1, declined_on=declined_on), rest, *lower)


def _circumstances(job: Job, contract: Contract) -> Iterator[Circumstances]:
    days = {day + timedelta(days=shift) for day in turns(job, contract) for shift in (-1, 0, 1)}
    for day in sorted(days):
        yield on(day)
        yield on(day, ("renewal-notice", "2022-01/4m"), ("service-start", "2021-03-01"))
        yield on(day, baseline=date(2021, 9, 15), bounced=frozenset({"owner@example.co.jp"}))
        yield _approved(on(day, ("renewal-notice", "2022-01/4m")))


def _approved(at: Circumstances) -> Circumstances:
    record = {key: replace(one, status="queued", is_approved=True) for key, one in at.record.items()}
    return replace(at, record=record)


def _sold(line: str, menu: str, seats: int, order: str, first: str, last: str, ordered: str) -> ContractLine:  # noqa: PLR0913, PLR0917
    starts_on = date.fromisoformat(first)
    term = Term(starts_on, date.fromisoformat(last))
    return ContractLine(
        "K-0001", line, CATALOGUE[menu], OrderKind(order), seats, starts_on, term, date.fromisoformat(ordered)
    )


_BASE = _sold("1", "business", 40, "new", "2021-02-01", "2022-01-31", "2021-01-10")
BROKEN = [
    (_sold("1", "business", 9, "new", "2021-02-03", "2022-01-30", "2021-01-10"),),
    (_BASE, _sold("2", "business", 40, "addition", "2021-08-01", "2022-07-31", "2021-07-10")),
    (_BASE, _sold("2", "business", 5, "addition", "2022-01-01", "2022-01-31", "2021-12-03")),
    (_BASE, _sold("2", "pro", 9, "continuation", "2022-02-01", "2023-01-31", "2021-12-03")),
    (_BASE, _sold("2", "business", 40, "continuation", "2022-03-01", "2023-02-28", "2021-10-10")),
    (_BASE, _sold("2", "rooms", 1, "new", "2021-08-01", "2022-07-31", "2021-07-10")),
    (_sold("1", "rooms", 1, "new", "2021-02-01", "2022-01-31", "2021-01-10"),),
    (_sold("1", "education", 20, "new", "2025-01-01", "2025-12-31", "2024-12-07"),),
    (_BASE, _sold("2", "events-per-attendee", 5, "addition", "2021-03-01", "2022-02-28", "2021-02-10")),
    (_BASE, _sold("2", "events-per-attendee", 600, "new", "2021-02-01", "2022-02-28", "2021-01-10")),
    (_BASE, _sold("2", "pro", 9, "new", "2022-02-01", "2023-01-31", "2021-12-03")),
    (_BASE, _sold("2", "business", 40, "continuation", "2022-02-01", "2023-01-31", "2021-06-30")),
    (_BASE, _sold("2", "enterprise-essentials", 59, "addition", "2021-08-01", "2022-01-31", "2021-07-10")),
    (
        _BASE,
        _sold("2", "storage-1tb", 2, "new", "2021-02-01", "2022-01-31", "2021-01-10"),
        _sold("3", "storage-200gb", 1, "continuation", "2022-02-01", "2023-01-31", "2021-12-03"),
    ),
    (
        _sold("1", "pro", 5, "new", "2026-01-07", "2026-12-31", "2025-12-10"),
        _sold("2", "storage-1tb", 1, "new", "2026-01-01", "2026-12-31", "2025-12-10"),
        _sold("3", "business", 5, "addition", "2026-03-01", "2026-12-31", "2026-02-10"),
    ),
]


def _stories() -> Iterator[Story]:
    attempts = [_attempt(number, outcome, reply) for number, (outcome, reply) in enumerate(_OUTCOMES, start=1)]
    redirected = [replace(attempt, handed_to="staging@example.co.jp") for attempt in attempts]
    everything = (_letter(1, *attempts), _letter(2, *redirected, subject=""))
    actions = [
        PersonsAction(action, by, NOW, detail)
        for action, by, detail in product(("resend", "cancel", "settle", "approve"), ("", "sato"), ("", "sent"))
    ]
    yield Story(_notice(Status.SENT), everything, tuple(actions))
    waiting = _letter(1, attempts[-1])
    yield Story(_notice(Status.QUEUED), (waiting,), ())
    for status in Status:
        yield Story(_notice(status), (), ())
    for reason in ("awaiting-approval", "owner-missing", "owner-invalid", "owner-bounced", "due"):
        yield Story(_notice(Status.HELD, reason), (), ())
    yield Story(_notice(Status.HELD, "owner-bounced", kind="operator-digest"), (), ())


_OUTCOMES = [(None, ""), *product(Outcome, ("", "250 2.0.0 Ok: queued\nas 4F2"))]


def _attempt(number: int, outcome: Outcome | None, reply: str) -> Attempt:
    ended = None if outcome is None else NOW + timedelta(seconds=1.5)
    return Attempt(number, "host:1:a", NOW, ended, outcome, reply, "")


def _letter(
    number: int, *attempts: Attempt, subject: str = "【更新期限 2021/12/2】it's a 'test', to x"
) -> MessageStory:
    reports = tuple(BounceStory(each, "5.1.1", "user unknown", "mx", NOW, NOW) for each in BounceClass)
    bare = BounceStory(BounceClass.HARD, "", "", "mx", NOW, None)
    copies = (
        EnvelopeStory(
            1, "to", "owner@example.co.jp", Status.SENT, NOW + timedelta(hours=1), NOW, "", attempts, (*reports, bare)
        ),
        EnvelopeStory(2, "cc", "", Status.SENT, None, NOW, "", ()),
    )
    return MessageStory(number, "a@b", subject, "from@example.jp", "ja", "", "", NOW, NOW, "changed", copies)


def _notice(status: Status, reason: str = "due", kind: str = "renewal-notice") -> Notice:
    key = NoticeKey(kind, "K-0001", "1", "2022-01/4m")
    day = date(2021, 9, 1)
    return Notice(12, key, status, reason, day, day, day, (), 1, "", "", None, None, None, None, NOW)
