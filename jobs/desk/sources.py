"""What the desk's letter is about, read from the ledger, the book and the runs: as streams, by indexes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    union,
)

from contracts.catalogue import Catalogue
from contracts.rules.loose_ends import RELEASE, RUNS_ON
from contracts.rules.terms import CLOSING_DAYS
from contracts.store.book import Book
from contracts.store.customers import contact_of
from contracts.store.loose_ends import contracts_with
from contracts.store.tables import accounts, contracts, lines
from jobs.database.tables import runs
from jobs.desk.items import (
    LATE_OPENING,
    OPENED_BY_US,
    Reach,
    Returned,
    StuckNotice,
    broken,
    lapsed,
    of_contract,
    paused,
    returned,
    stuck,
    waiting,
)
from jobs.desk.sections import AT_ONCE, CONTRACT, JOB, Item, Last
from jobs.log.masks import masked
from jobs.notices.decision import Reason
from jobs.runs.history import run_of
from notify.ledger import switches
from notify.ledger.addresses import bounced, standing_marks
from notify.ledger.late import is_late
from notify.record.statements import snapshot
from notify.record.tables import bounces, envelopes, message_notices, messages, notices
from notify.record.values import Status

BATCH = 500  # contracts that are read together
_LONGEST_YEAR = timedelta(days=366)  # so long a release and storage that runs on stay with the desk
_WAITS = (Status.FAILED, Status.HELD, Status.IN_DOUBT)
_HAS_ENDED_LATE = and_(
    notices.c.status == Status.WITHDRAWN, notices.c.reason.in_((Reason.WINDOW_CLOSED, Reason.TERM_OVER))
)
_NEVER_WENT = and_(notices.c.sent_at.is_(None), notices.c.resent_at.is_(None))
HAS_LAPSED = and_(_HAS_ENDED_LATE, _NEVER_WENT)  # of notices: their last day passed before anybody received them
_MAY_HAVE_LAPSED = (Status.QUEUED, Status.WITHDRAWN)
_WENT_OUT = (Status.SENT, Status.SENDING, Status.IN_DOUBT)  # a letter that may have arrived was told
_OWNED = contracts.join(accounts)
_CONTACT = (accounts.c.contact_department, accounts.c.contact_name)


def last_letters(connection: Connection, before: date) -> dict[str, Last]:
    """By line, the last letter of an earlier day that went out, or may have."""
    query = (
        select(notices.c.line, notices.c.as_of, messages.c.created_at)
        .join_from(notices, messages, notices.c.message_id == messages.c.id)
        .where(notices.c.contract == CONTRACT, notices.c.kind == JOB, notices.c.as_of < before)
        .where(notices.c.status.in_(_WENT_OUT))
        .order_by(notices.c.as_of)
    )
    return {row.line: Last(row.as_of, row.created_at) for row in connection.execute(query)}


def daily_letters_at(connection: Connection, readers: Collection[str]) -> dict[str, datetime]:
    """When the last daily letter was written that went out, or waits to: by its reader, of these."""
    query = (
        select(notices.c.line, func.max(messages.c.created_at, type_=messages.c.created_at.type).label("at"))
        .join_from(notices, messages, notices.c.message_id == messages.c.id)
        .where(notices.c.contract == CONTRACT, notices.c.kind == JOB, notices.c.line.in_(readers))
        .where(notices.c.status.in_((*_WENT_OUT, Status.QUEUED)))
        .group_by(notices.c.line)
    )
    return {row.line: row.at for row in connection.execute(query)}


def last_at_once(connection: Connection) -> datetime | None:
    """When the last letter at once was written; None where there was none."""
    query = (
        select(messages.c.created_at)
        .join_from(notices, messages, notices.c.message_id == messages.c.id)
        .where(notices.c.contract == CONTRACT, notices.c.kind == JOB, notices.c.reason == AT_ONCE)
        .order_by(notices.c.id.desc())
        .limit(1)
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def waiting_notices(connection: Connection, before: datetime, as_of: date, zone: ZoneInfo) -> Iterator[Item]:
    """Customers' notices that could have gone before that instant, and that nobody has received."""
    query = _of_notices(envelopes.c.queued_at).where(is_late(before, as_of), notices.c.kind != JOB)
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        yield waiting(replace(_stuck(row), since=row.queued_at.astimezone(zone)))


def lapsed_notices(connection: Connection, as_of: date) -> Iterator[Item]:
    """Customers' notices whose last day passed before they went out, and those that still wait though it did."""
    query = (
        _of_notices()
        .where(or_(_HAS_ENDED_LATE, notices.c.status == Status.QUEUED), notices.c.status.in_(_MAY_HAVE_LAPSED))
        .where(notices.c.kind != JOB, _NEVER_WENT)
        .where(notices.c.not_after < as_of)
    )
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        yield lapsed(_stuck(row))


def _of_notices(*columns: Any) -> Select[Any]:
    """Notices with their owner's envelope and whose they are."""
    return (
        select(
            notices.c.id, notices.c.status, notices.c.kind, notices.c.contract, notices.c.line, notices.c.occasion,
            notices.c.reason, notices.c.due_on, notices.c.not_after, notices.c.updated_at, accounts.c.company,
            accounts.c.partner_name, envelopes.c.reply, *columns,
        )
        .select_from(notices)
        .outerjoin(_OWNED, contracts.c.number == notices.c.contract)
        .outerjoin(envelopes, and_(envelopes.c.message_id == notices.c.message_id, envelopes.c.role == "to"))
        .order_by(notices.c.id)
    )  # fmt: skip


def _stuck(row: Row[Any]) -> StuckNotice:
    return StuckNotice(
        row.id, row.status, row.kind, row.contract, row.line, row.occasion, row.reason, row.due_on, row.company or "",
        row.partner_name or "", said=masked(row.reply or ""), since=row.updated_at, not_after=row.not_after,
    )  # fmt: skip


def stuck_notices(connection: Connection) -> Iterator[Item]:
    """What failed, is held, or is in doubt and left to a person, of customers' notices and the desk's own."""
    query = (
        select(
            notices.c.id, notices.c.status, notices.c.kind, notices.c.contract, notices.c.line, notices.c.occasion,
            notices.c.reason, notices.c.due_on, notices.c.updated_at, notices.c.message_id, accounts.c.company,
            accounts.c.partner_name, accounts.c.owner_email, *_CONTACT, envelopes.c.reply, envelopes.c.next_attempt_at,
            envelopes.c.attempt,
        )
        .select_from(notices)
        .outerjoin(_OWNED, contracts.c.number == notices.c.contract)
        .outerjoin(envelopes, and_(envelopes.c.message_id == notices.c.message_id, envelopes.c.role == "to"))
        .where(notices.c.status.in_(_WAITS))
        .where(or_(notices.c.kind != JOB, notices.c.status != Status.HELD))  # told as what came back
        .order_by(notices.c.id)
    )  # fmt: skip
    seen: set[int] = set()
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        if row.status is Status.IN_DOUBT and row.next_attempt_at is not None:
            continue  # it is sent again by itself
        if row.reason == AT_ONCE:  # as many notices as the letter told things: it is one letter
            if row.message_id in seen:
                continue
            seen.add(row.message_id)
        yield stuck(
            StuckNotice(
                row.id, row.status, row.kind, row.contract, row.line, row.occasion, row.reason, row.due_on,
                row.company or "", row.partner_name or "", row.owner_email or "", contact_of(row),
                masked(row.reply or "") if row.status is Status.FAILED else "", row.updated_at, row.attempt or 0,
            )
        )  # fmt: skip


def returned_since(connection: Connection, since: datetime) -> Iterator[Item]:
    """The mails that came back after that instant, once for each notice that they told."""
    return _returned(connection, bounces.c.received_at > since)


def returned_untold(connection: Connection) -> Iterator[Item]:
    """The mails that came back and that the desk was not told of at once, once for each notice that they told."""
    return _returned(connection, bounces.c.told_at.is_(None))


def _returned(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Item]:
    query = (
        select(
            bounces.c.id, bounces.c.received_at, bounces.c.bounce_class, bounces.c.status, bounces.c.diagnostic,
            envelopes.c.role, envelopes.c.address, notices.c.kind, notices.c.contract, notices.c.line,
            notices.c.occasion, accounts.c.company, accounts.c.partner_name, *_CONTACT,
        )
        .select_from(bounces)
        .join(envelopes, envelopes.c.id == bounces.c.envelope_id)
        .join(message_notices, message_notices.c.message_id == envelopes.c.message_id)
        .join(notices, notices.c.id == message_notices.c.notice_id)
        .outerjoin(_OWNED, contracts.c.number == notices.c.contract)
        .where(condition)
        .order_by(bounces.c.id)
    )  # fmt: skip
    marked, marks = bounced(connection), standing_marks(connection)
    own = 0  # the last that was a letter to the desk: one letter, as many notices as it told things
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        if row.kind == JOB and row.id == own:
            continue
        own = row.id if row.kind == JOB else own
        diagnostic = masked(row.diagnostic)
        said = diagnostic if row.status in diagnostic else f"{row.status} {diagnostic}".strip()
        yield returned(
            Returned(
                row.id, row.received_at, row.bounce_class, row.role, row.address or "", row.address in marked, said,
                row.kind, row.contract, row.line, row.occasion, row.company or "", row.partner_name or "",
                marks.get(row.address, 0), contact_of(row),
            )
        )  # fmt: skip


def told_at_once(connection: Connection, lines: Collection[str]) -> set[tuple[str, str]]:
    """Which things under these lines were told at once: line and occasion."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted := sorted(lines)), BATCH):
        query = select(notices.c.line, notices.c.occasion).where(
            notices.c.contract == CONTRACT, notices.c.kind == JOB, notices.c.line.in_(wanted[start : start + BATCH])
        )
        found.update((row.line, row.occasion) for row in connection.execute(query))
    return found


def near_days(engine: Engine, catalogue: Catalogue, reach: Reach) -> Iterator[Item]:
    """What the dates in the book have to say: of contracts found by index ranges, what the rules make of each."""
    with snapshot(engine) as connection:
        numbers = connection.scalars(_near(reach)).all()
    for start in range(0, len(numbers), BATCH):
        with snapshot(engine) as connection:
            found = Book(connection, catalogue).contracts(numbers[start : start + BATCH])
        for contract in found:
            yield from of_contract(contract, reach)


def _near(reach: Reach) -> CompoundSelect[str]:
    """The numbers of contracts with a closing day or a start in reach, or with a loose end that may be open, once."""
    days = timedelta(days=CLOSING_DAYS)
    closing = select(lines.c.contract).where(lines.c.term_end.between(reach.since + days, reach.until + days))
    starting = select(lines.c.contract).where(
        lines.c.starts_on.between(reach.as_of - LATE_OPENING, reach.until),
        lines.c.order_kind.in_(OPENED_BY_US),
        or_(lines.c.opened_on.is_(None), lines.c.opened_on > reach.as_of),
    )
    last_year = reach.as_of - _LONGEST_YEAR
    releases = contracts_with(RELEASE, last_year, reach.releases_until, reach.as_of)
    running_on = contracts_with(RUNS_ON, last_year, reach.as_of + days, reach.as_of)
    return union(closing, starting, releases, running_on)


def broken_runs(connection: Connection) -> Iterator[Item]:
    """The runs that failed or died since their job was last done: what a later run made up for needs nobody."""
    later = runs.alias()
    is_made_up_for = exists().where(later.c.job == runs.c.job, later.c.outcome == "done", later.c.id > runs.c.id)
    query = select(runs).where(runs.c.outcome.in_(("failed", "died")), ~is_made_up_for).order_by(runs.c.id)
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        yield broken(run_of(row))


def pause(connection: Connection, zone: ZoneInfo) -> Iterator[Item]:
    """The pause that stands."""
    found = switches.paused(connection)
    if found is not None:
        yield paused(found.since.astimezone(zone).date(), found.by, found.reason)
