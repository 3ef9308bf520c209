"""From what stands in the book and on the ledger to items of the desk's letter, each with what settles it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from contracts.model import Contract, ContractLine, OrderKind
from contracts.rules.successors import successors
from contracts.rules.terms import closing_day
from contracts.rules.tickets import dies_with_base
from contracts.store.flags import StandingFlag
from jobs.desk.sections import JOB, LONGEST_LINE, MOST, Item, Section
from jobs.log.masks import masked
from jobs.notices.decision import Reason
from jobs.runs.history import Run

LATE_OPENING = timedelta(days=30)  # how long after its start an unopened service is told of
IMPORT = "kigen import FILE"
ALL_ITEMS = "run-job operator-digest --dry-run --format json"
MORE = {  # the command that shows what a letter has no room for
    Section.FAILED: "kigen notices --status failed",
    Section.HELD: "kigen notices --status held",
    Section.IN_DOUBT: "kigen notices --status in-doubt",
    Section.BOUNCED: "kigen bounce --list",
    Section.FOR_PEOPLE: "kigen bounce --list",
    Section.RUNS: "kigen runs --failed",
}
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
    said: str = ""  # what the receiving server answered
    since: datetime | None = None
    attempt: int = 0  # the last hand-over to the owner


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
        {
            "id": notice.id, "kind": notice.kind, "occasion": notice.occasion, "said": notice.said,
            "reason": notice.reason,
        },
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
            "class": bounce.bounce_class, "is_owner": is_owner,
        },
        news_at=bounce.at,
        since=bounce.at,
        row=bounce.id,
        told_as=(f"address {bounce.mark}" if bounce.mark else f"bounce {bounce.id}", bounce.role),
    )  # fmt: skip


def of_contract(contract: Contract, reach: Reach) -> Iterator[Item]:
    """What the dates of a contract's lines have to say: closing days near or just passed, services not opened."""
    known = contract.known_on(reach.as_of)
    for line in known.lines:
        if line.term is None:
            continue
        yield from _closing(known, line, line.term.last_day, reach)
        yield from _unopened(known, line, line.term.last_day, reach)


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


def _unopened(contract: Contract, line: ContractLine, term_end: date, reach: Reach) -> Iterator[Item]:
    """A service that starts soon, or ought to have started, and is not opened: its owner hears nothing (N2)."""
    if line.order not in OPENED_BY_US or line.is_opened(reach.as_of) or term_end < reach.as_of:
        return
    if not reach.as_of - LATE_OPENING <= line.starts_on <= reach.until:
        return
    facts = {"start": line.starts_on, "days": (line.starts_on - reach.as_of).days}
    yield _of_line(Section.UNOPENED, contract, line, (line.starts_on, *_place(line)), facts, IMPORT, _explain(line))


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
