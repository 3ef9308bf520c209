"""From what stands in the book and on the ledger to items of the desk's letter, each with what settles it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.releases import Unreleased, releases_due
from contracts.rules.seats import term_change
from contracts.rules.storage import RunsOn, storage_that_runs_on
from contracts.rules.successors import successors
from contracts.rules.terms import CLOSING_DAYS, closing_day
from contracts.rules.tickets import dies_with_base
from contracts.store.flags import StandingFlag
from jobs.desk.sections import JOB, LONGEST_LINE, MOST, Item, Section
from jobs.log.masks import masked
from jobs.notices.decision import Reason
from jobs.runs.corrections import Difference
from jobs.runs.history import Run

LATE_OPENING = timedelta(days=30)  # how long after its start an unopened service is told of
IMPORT = "kigen import FILE"
ALL_ITEMS = "run-job operator-digest --dry-run --format json"
MORE = {  # the command that shows what a letter has no room for
    Section.FAILED: "kigen notices --status failed",
    Section.HELD: "kigen notices --status held",
    Section.IN_DOUBT: "kigen notices --status in-doubt",
    Section.WAITING: "kigen notices --status queued",
    Section.LAPSED: "kigen notices --status withdrawn",
    Section.BOUNCED: "kigen bounce --list",
    Section.FOR_PEOPLE: "kigen bounce --list",
    Section.RUNS: "kigen runs --failed",
}
_ONE_DAY = timedelta(days=1)
OPENED_BY_US = (OrderKind.NEW, OrderKind.ADDITION)
_BY_STATUS = {"failed": Section.FAILED, "in-doubt": Section.IN_DOUBT, "held": Section.HELD}


@dataclass(frozen=True, slots=True)
class Reach:
    """The days that a letter looks at: what closes or starts up to `ahead` days later, what closed since `since`."""

    as_of: date
    since: date
    ahead: int

    @property
    def until(self) -> date:
        """The last day that is near."""
        return self.as_of + timedelta(days=self.ahead)

    @property
    def releases_until(self) -> date:
        """The last term end whose releases are told: near, and its closing day past, so that no seats can be added."""
        return min(self.until, self.as_of + timedelta(days=CLOSING_DAYS - 1))


@dataclass(frozen=True, slots=True)
class StuckNotice:
    """A notice that waits for a person, with whose it is."""

    id: int
    status: str
    kind: str
    contract: str
    line: str
    occasion: str
    reason: str
    due_on: date | None
    company: str = ""
    partner: str = ""
    owner: str = ""  # the owner's address, as the book has it
    contact: str = ""  # the customer's department and person for us (Art. 7.4)
    said: str = ""  # what the receiving server answered
    since: datetime | None = None
    attempt: int = 0  # the last hand-over to the owner
    not_after: date | None = None  # the last day on which it may go out


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail that came back."""

    id: int
    at: datetime
    bounce_class: str
    role: str
    address: str
    is_marked: bool  # it is not written to
    said: str
    kind: str
    contract: str
    line: str
    occasion: str
    company: str = ""
    partner: str = ""
    mark: int = 0  # the mark that stands against its address
    contact: str = ""  # the customer's department and person for us (Art. 7.4)


def stuck(notice: StuckNotice) -> Item:
    """A notice that failed, is held or is in doubt."""
    section = _BY_STATUS[notice.status]
    waits_for_approval = notice.reason == Reason.AWAITING_APPROVAL
    return Item(
        section,
        (int(waits_for_approval), notice.due_on or date.min, notice.id),
        _that_settle(notice, section),
        notice.contract,
        notice.line,
        notice.company,
        notice.partner,
        _of_notice(notice),
        reason=notice.reason if section is Section.HELD else "",
        since=notice.since,
        row=notice.id,
        told_as=(f"notice {notice.id}", f"{notice.status} {_which_time(notice)}"),
    )  # fmt: skip


def _which_time(notice: StuckNotice) -> str | int:
    """Sent again and failed again is news; held again for the same reason is not."""
    return notice.reason if notice.status == "held" else notice.attempt


def _that_settle(notice: StuckNotice, section: Section) -> tuple[str, ...]:
    if section is Section.FAILED:
        return (f"kigen notices resend {notice.id}", f"kigen notices cancel {notice.id}")
    if section is Section.IN_DOUBT:
        return tuple(f"kigen notices settle {notice.id} --{answer}" for answer in ("sent", "not-sent"))
    if notice.reason == Reason.AWAITING_APPROVAL:
        return (f"kigen approve {notice.id}",)
    if notice.reason == Reason.OWNER_BOUNCED and notice.owner:
        return (IMPORT, f"kigen bounce --clear {_word(notice.owner)}")
    return (IMPORT,)


def lapsed(notice: StuckNotice) -> Item:
    """A notice whose last day passed, and that nobody received.

    Once it is withdrawn it is told once: there is nothing that could be put on record of it.
    """
    return Item(
        Section.LAPSED,
        (notice.not_after or date.min, notice.id),
        (f"kigen notices show {notice.id}",),
        notice.contract,
        notice.line,
        notice.company,
        notice.partner,
        _of_notice(notice) | {"last_day": notice.not_after},
        news_at=notice.since if notice.status == "withdrawn" else None,
        since=notice.since,
        row=notice.id,
        told_as=(f"notice {notice.id}", f"lapsed {notice.not_after}"),
    )


def waiting(notice: StuckNotice) -> Item:
    """A notice that has waited for the relay too long; `since` is when it could first have gone."""
    return Item(
        Section.WAITING,
        (notice.not_after or date.max, notice.id),
        ("kigen doctor", "run-job deliver --now"),
        notice.contract,
        notice.line,
        notice.company,
        notice.partner,
        _of_notice(notice) | {"last_day": notice.not_after, "waits_since": notice.since and notice.since.date()},
        since=notice.since,
        row=notice.id,
    )


def _of_notice(notice: StuckNotice) -> dict[str, object]:
    return {
        "id": notice.id, "kind": notice.kind, "occasion": notice.occasion, "said": notice.said, "reason": notice.reason,
        "contact": notice.contact,
    }  # fmt: skip


def returned(bounce: Returned) -> Item:
    """A mail that came back. Only of the owner's does anything follow: a copy's notice is not held (N8)."""
    is_owner = bounce.role == "to"
    waits_for_owner = bounce.is_marked and is_owner and bounce.kind != JOB  # the desk has its address from elsewhere
    return Item(
        Section.BOUNCED,
        (int(not is_owner), bounce.id),
        (IMPORT, f"kigen bounce --clear {_word(bounce.address)}") if waits_for_owner else (),
        bounce.contract,
        bounce.line,
        bounce.company,
        bounce.partner,
        {
            "kind": bounce.kind, "occasion": bounce.occasion, "said": bounce.said, "address": bounce.address,
            "class": bounce.bounce_class, "is_owner": is_owner, "contact": bounce.contact,
        },
        news_at=bounce.at,
        since=bounce.at,
        row=bounce.id,
        told_as=(f"address {bounce.mark}" if bounce.mark else f"bounce {bounce.id}", bounce.role),
    )  # fmt: skip


def of_contract(contract: Contract, reach: Reach) -> Iterator[Item]:
    """What the dates of a contract's lines have to say, and what is left open where a term ended or ends soon."""
    known = contract.known_on(reach.as_of)
    for line in known.lines:
        if line.term is None:
            continue
        yield from _closing(known, line, line.term.last_day, reach)
        yield from _unopened(known, line, line.term.last_day, reach)
    for term_end in sorted({line.term.last_day for line in known.lines if line.term is not None}):
        yield from _undecided(known, term_end, reach)
    yield from (_unreleased(known, each, reach) for each in releases_due(known, reach.as_of, reach.releases_until))
    yield from (_running_on(known, each) for each in storage_that_runs_on(known, reach.as_of))


def _closing(contract: Contract, line: ContractLine, term_end: date, reach: Reach) -> Iterator[Item]:
    """The line's closing day, where nobody has said what is to become of it (B1, B2)."""
    closes_on = closing_day(term_end)
    if not reach.since <= closes_on <= reach.until or term_end < reach.as_of:
        return
    if successors(contract, line) or line.is_declined(reach.as_of) or dies_with_base(contract, line, reach.as_of):
        return
    facts = {"closing_day": closes_on, "days": (closes_on - reach.as_of).days, "term_end": term_end}
    if closes_on >= reach.as_of:
        decline = f"kigen decline {_word(str(line))}"
        yield _of_line(Section.CLOSING, contract, line, (closes_on, *_place(line)), facts, IMPORT, decline)
    elif not line.menu.fixed_after_closing:  # storage continues for a year (B4)
        yield _of_line(
            Section.CLOSED, contract, line, (closes_on, *_place(line)), facts, _explain(line), news_on=closes_on
        )


def _undecided(contract: Contract, term_end: date, reach: Reach) -> Iterator[Item]:
    """Seats that a partial continuation left out and that can still be continued, until the closing day (B1, N5)."""
    closes_on = closing_day(term_end)
    if not reach.as_of <= closes_on <= reach.until:
        return
    for family in term_change(contract, term_end, reach.as_of).families:
        declined = sum(line.seats for line in family.ending if line.is_declined(reach.as_of))
        seats = family.cut - declined if family.continuing and family.is_assigned else 0  # tickets lapse unasked (T6)
        if seats > 0:
            facts = {
                "seats": seats, "ending": family.ending_seats, "continuing": family.continuing_seats,
                "closing_day": closes_on, "days": (closes_on - reach.as_of).days, "term_end": term_end,
            }  # fmt: skip
            lines = _that_hold(seats, [line for line in family.ending if not line.is_declined(reach.as_of)])
            declines = [f"kigen decline {_word(str(line))}" for line in lines]
            place = (closes_on, *_place(lines[0]))
            yield _of_line(Section.UNDECIDED, contract, lines[0], place, facts, IMPORT, *declines)


def _that_hold(seats: int, lines: Sequence[ContractLine]) -> list[ContractLine]:
    """The largest of these lines, as few as have so many seats together."""
    found: list[ContractLine] = []
    for line in sorted(lines, key=lambda line: -line.seats):
        if sum(each.seats for each in found) < seats:
            found.append(line)
    return found


def _unreleased(contract: Contract, found: Unreleased, reach: Reach) -> Item:
    """A release that is due, or was, and that is not on record (N5)."""
    facts = {
        "seats": found.seats, "term_end": found.term_end, "days": (found.term_end - reach.as_of).days,
        "billed_from": found.term_end + _ONE_DAY,
    }  # fmt: skip
    release = f"kigen release {_word(str(found.line))}"
    place = (found.term_end, *_place(found.line))
    return _of_line(Section.UNRELEASED, contract, found.line, place, facts, release, _explain(found.line))


def _running_on(contract: Contract, found: RunsOn) -> Item:
    """Storage that goes on for a year, until its continuation is registered (B4)."""
    facts: dict[str, object] = {"start": found.term.first_day, "until": found.term.last_day}
    place = (found.term.first_day, *_place(found.line))
    return _of_line(Section.RUNS_ON, contract, found.line, place, facts, IMPORT, _explain(found.line))


def _unopened(contract: Contract, line: ContractLine, term_end: date, reach: Reach) -> Iterator[Item]:
    """A service that starts soon, or ought to have started, and is not opened: its owner hears nothing (N2)."""
    if line.order not in OPENED_BY_US or line.is_opened(reach.as_of) or term_end < reach.as_of:
        return
    if not reach.as_of - LATE_OPENING <= line.starts_on <= reach.until:
        return
    facts = {"start": line.starts_on, "days": (line.starts_on - reach.as_of).days}
    yield _of_line(Section.UNOPENED, contract, line, (line.starts_on, *_place(line)), facts, IMPORT, _explain(line))


def differing(found: Difference) -> Item:
    """A line of which its owner was told something else than the book says: no letter says so by itself (N3)."""
    line, told, account = found.line, found.told, found.contract.account
    last_day = line.term.last_day if line.term is not None else line.starts_on
    facts = {
        "kind": told.key.kind, "id": told.notice, "day": told.day, "differs": found.differs,
        "told": {"menu": told.menu, "seats": told.seats, "first": told.first_day, "last": told.last_day},
        "now": {"menu": line.menu.code, "seats": line.seats, "first": line.starts_on, "last": last_day},
    }  # fmt: skip
    correct = f"kigen notices correct {told.notice}"
    return Item(
        Section.DIFFERS, (told.day, *_place(line)), (IMPORT, f"{correct} --dry-run", correct), line.contract, line.line,
        account.company, account.partner_name, facts,
    )  # fmt: skip


def flagged(found: StandingFlag) -> Item:
    """A row of the book that breaks a rule."""
    flag = found.flag
    return Item(
        Section.BOOK,
        (found.contract, flag.line, flag.rule),
        (IMPORT,),
        found.contract,
        flag.line,
        found.company,
        found.partner,
        {"rule": flag.rule, "broken": flag},
    )


def broken(run: Run) -> Item:
    """A run that failed or died, and no later run of its job has made up for it."""
    facts = {"job": run.job, "as_of": run.as_of, "outcome": run.outcome, "said": masked(run.error)}
    commands = (f"run-job {_word(run.job)}", f"kigen runs --failed --since {run.as_of}")
    told_as = (f"run {run.job}", str(run.as_of))  # a day's run that is tried again and again is told once
    return Item(Section.RUNS, (-run.id,), commands, facts=facts, since=run.finished_at, row=run.id, told_as=told_as)


def fed_file(told: Mapping[str, Any]) -> Item:
    """A file of the feed of which something could not be taken, or which lacks what the book has.

    `told` is the report that lies beside the file (jobs/intake/book_files.py).
    """
    report = told["report"] or {"rows": 0, "rejected": 0, "rejections": ()}
    missing = [f"{line['contract']}/{line['line']} {line['company']}" for line in told["missing"]]
    facts = {
        "file": told["file"], "report": f"{told['put']}.report.txt",
        "problem": {"code": told["code"], "values": told["values"]} if told["problem"] else {},
        "rows": report["rows"], "rejected": report["rejected"], "rejections": report["rejections"][:MOST],
        "missing": len(missing), "lines": missing[:MOST],
    }  # fmt: skip
    at = datetime.fromisoformat(told["put_at"])
    where, _, name = told["put"].partition("/")
    return Item(
        Section.FEED,
        (at, told["put"]),
        ("kigen feed --dry-run",),
        facts=facts,
        news_at=at,
        since=at,
        told_as=(f"file {name}"[:LONGEST_LINE], where),
    )


def kept_for_people(count: int, folder: str, at: datetime) -> Item:
    """Mails that `kigen bounce` kept, the newest at that time: replies, absence notes, reports that match nothing."""
    facts = {"count": count, "folder": folder}
    return Item(Section.FOR_PEOPLE, (at,), (MORE[Section.FOR_PEOPLE],), facts=facts, news_at=at)


def paused(since: date, by: str, why: str) -> Item:
    """All sending was stopped by a person, and still is."""
    return Item(Section.PAUSED, (since,), ("kigen resume",), facts={"since": since, "by": by, "said": why})


def _of_line(  # noqa: PLR0913 - an item is all of this
    section: Section,
    contract: Contract,
    line: ContractLine,
    order: tuple[date | datetime | int | str, ...],
    facts: dict[str, object],
    *commands: str,
    news_on: date | None = None,
) -> Item:
    about = {"menu": {"ja": line.menu.name("ja"), "en": line.menu.name("en")}, "seats": line.seats}
    about |= {"is_storage": line.menu.fixed_after_closing}
    account = contract.account
    return Item(
        section, order, commands, contract.number, line.line, account.company, account.partner_name, about | facts,
        news_on=news_on,
    )  # fmt: skip


def _place(line: ContractLine) -> tuple[str, str]:
    return (line.contract, line.line)


def _explain(line: ContractLine) -> str:
    return f"kigen explain {_word(str(line))}"


def _word(text: str) -> str:
    """One word of a command, whatever the book holds: it is copied into a shell."""
    quoted = shlex.quote(" ".join(text.split()))
    return f"-- {quoted}" if text.startswith("-") else quoted
