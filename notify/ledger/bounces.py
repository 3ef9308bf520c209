"""What a delivery report leads to: its record, a marked address, a held notice.

A report is matched by the return address that only its envelope had, else by Message-ID and recipient. Locks are taken
on envelopes before notices (see moves).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, update

from notify.bounces.values import BounceClass, Finding, Report
from notify.errors import NotifyError
from notify.ledger import bounce_list, moves, switches
from notify.ledger.addresses import clear, hold, is_cleared_since, mark, put_bounce
from notify.ledger.bounce_list import Bounce
from notify.ledger.overdue import follow
from notify.ledger.transaction import Transactions
from notify.mail.return_path import holds, tokens_in
from notify.proof.chain import touch
from notify.record.statements import has_status
from notify.record.tables import attempts, bounces, envelopes, messages
from notify.record.values import Status, Wanted

_RETURN_ADDRESS, _MESSAGE_ID = "return-address", "message-id"
_LOOKED_AT = 200  # mails to one address, the latest


class StillInHand(NotifyError):  # noqa: N818 - named for what is the matter
    """The mail is being handed over at this moment; when that is on record, so can the report be."""

    passes = True


class ToldMeanwhile(Exception):  # noqa: N818 — named for what happened
    """Something of the letter is on record by now: another process told it. Nothing was done."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a report led to."""

    new: tuple[int, ...] = ()  # bounces put on record
    known: int = 0  # were on record already
    unmatched: tuple[Finding, ...] = ()
    held: tuple[int, ...] = ()  # notices that wait for another owner now
    marked: tuple[str, ...] = ()  # addresses that are not written to any more


@dataclass(frozen=True, slots=True)
class _Matcher:
    """How reports are matched and judged: this database's key, and on how many days of a zone it comes back softly."""

    key: str
    soft_limit: int
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class _Match:
    envelope: Row[Any]
    finding: Finding
    by: str

    def values(self, report: Report) -> dict[str, object]:
        return {
            "envelope_id": self.envelope.id,
            "report": report.digest,
            "bounce_class": self.finding.bounce_class,
            "status": self.finding.status,
            "diagnostic": self.finding.diagnostic,
            "reporting_mta": report.reporting_mta,
            "matched_by": self.by,
            "reported_at": report.reported_at,
        }


class Bounces:
    """The mails of a ledger that came back, and the addresses that they mark.

    Mail that comes back softly on `soft_limit` days in a row, as the `zone` has them, marks its address as a hard
    bounce does; 0: never.
    """

    def __init__(self, transactions: Transactions, soft_limit: int, zone: tzinfo) -> None:
        self._transactions, self._soft_limit, self._zone = transactions, soft_limit, zone

    def return_key(self) -> str:
        """What makes this database's return addresses (return_path); made when it is first asked for."""
        return self._transactions.committing(switches.return_key)

    def record(self, report: Report, now: datetime) -> Recorded:
        """Puts the failures of a report on record, each once, with all that follows for its address and notice.

        Raises:
            StillInHand: its mail is being handed over at this moment; nothing was done.
        """

        def recorded(connection: Connection) -> Recorded:
            matcher = _Matcher(switches.return_key(connection), self._soft_limit, self._zone)
            return _record(connection, report, matcher, now)

        return self._transactions.writing("bounce", now, recorded)

    def listed(self, limit: int | None = None) -> list[Bounce]:
        """The mails that came back, the latest first."""
        with self._transactions.reading() as connection:
            return bounce_list.listed(connection, limit)

    def clear(self, address: str, by: str, now: datetime) -> None:
        """Puts on record that a person says the address works again; what was held for it is freed by the next run.

        Raises:
            NotPossible: nothing stands against it.
        """
        self._transactions.writing("clear", now, lambda connection: clear(connection, address, by, now))


def _record(connection: Connection, report: Report, matcher: _Matcher, now: datetime) -> Recorded:
    matches, unmatched = _matched(connection, report, matcher.key)
    if any(match.envelope.status is Status.SENDING for match in matches):
        raise StillInHand("the mail that came back is still being handed over; try again in a while")
    result = Recorded(unmatched=tuple(unmatched))
    for match in sorted(matches, key=lambda each: int(each.envelope.id)):
        row = put_bounce(connection, now, **match.values(report))
        if row is None:
            result = replace(result, known=result.known + 1)
            continue
        held, marked = _take_effect(connection, match, row, matcher, now)
        result = replace(result, new=(*result.new, row), held=(*result.held, *held), marked=(*result.marked, *marked))
    return result


def announce(connection: Connection, wanted: Sequence[Wanted], told: Collection[int], now: datetime) -> None:
    """Puts the notices on record, which are to be new, and that the desk is told of these bounces.

    Raises:
        ToldMeanwhile: one of the notices is not new. The transaction has to be rolled back.
    """
    done = moves.reconcile(connection, wanted, now)
    if done.queued + done.skipped < len(wanted):
        raise ToldMeanwhile
    if ids := sorted(told):
        untold = update(bounces).where(bounces.c.id.in_(ids), bounces.c.told_at.is_(None))
        connection.execute(untold.values(told_at=now))
        touch(connection, bounces.c.id, ids)


def _matched(connection: Connection, report: Report, key: str) -> tuple[list[_Match], list[Finding]]:
    for token in (token for address in report.sent_to for token in tokens_in(address)):
        named = connection.execute(_handed_over().where(envelopes.c.id == token.envelope)).one_or_none()
        if named is not None and holds(token, key, named.header_id):
            return [_Match(named, _about(named, report.findings), _RETURN_ADDRESS)], []
    for message_id in report.message_ids:
        copies = connection.execute(_handed_over().where(messages.c.message_id == message_id)).all()
        if copies:
            return _by_recipient(copies, report.findings)
    return [], list(report.findings)


def _handed_over() -> Select[Any]:
    """Envelopes that a relay was given, or may have been, locked."""
    return (
        select(envelopes, messages.c.message_id.label("header_id"), attempts.c.started_at, attempts.c.handed_to)
        .join_from(envelopes, messages)
        .join(attempts, and_(attempts.c.envelope_id == envelopes.c.id, attempts.c.number == envelopes.c.attempt))
        .order_by(envelopes.c.id)
        .with_for_update(of=envelopes)
    )


def _by_recipient(copies: Sequence[Row[Any]], findings: Sequence[Finding]) -> tuple[list[_Match], list[Finding]]:
    found: dict[int, _Match] = {}
    unmatched = []
    for finding in findings:
        named = {finding.recipient.casefold(), finding.original_recipient.casefold()}
        fitting = [copy for copy in copies if _address(copy) in named - {""}]
        if not fitting and len(findings) == len(copies) == 1:
            fitting = list(copies)
        if fitting:
            latest = fitting[-1]
            found.setdefault(latest.id, _Match(latest, _as_seen(latest, finding), _MESSAGE_ID))
        else:
            unmatched.append(finding)
    return list(found.values()), unmatched


def _about(envelope: Row[Any], findings: Sequence[Finding]) -> Finding:
    """What the report says of the envelope's own recipient, else the first thing it says."""
    address = _address(envelope)
    own = (finding for finding in findings if finding.recipient.casefold() == address)
    return _as_seen(envelope, next(own, findings[0]))


def _as_seen(envelope: Row[Any], finding: Finding) -> Finding:
    """Where another address failed, ours has taken the mail and passed it on: it is not gone."""
    is_other = finding.recipient.casefold() not in ("", _address(envelope)) and envelope.address is not None
    if is_other and finding.bounce_class is BounceClass.HARD:
        return replace(finding, bounce_class=BounceClass.SOFT)
    return finding


def _address(envelope: Row[Any]) -> str:
    """As it is compared; "" where it was purged."""
    return (envelope.address or "").casefold()


def _take_effect(
    connection: Connection, match: _Match, row: int, matcher: _Matcher, now: datetime
) -> tuple[list[int], list[str]]:
    """The notices that are held from now on, and the addresses that are marked."""
    envelope, bounce_class = match.envelope, match.finding.bounce_class
    _settle(connection, envelope)
    if envelope.handed_to:
        return [], []  # what was redirected says nothing of the owner's address
    is_owners = bounce_class is BounceClass.HARD and envelope.role == "to"
    held = hold(connection, envelope.message_id, Status.SENT, now) if is_owners else []
    if envelope.address is None:
        return held, []  # purged: whose it was is forgotten
    is_gone = bounce_class is BounceClass.HARD or (
        bounce_class is BounceClass.SOFT
        and 0 < matcher.soft_limit <= _days_in_a_row(connection, envelope.address, matcher.zone)
    )
    if not is_gone or is_cleared_since(connection, envelope.address, envelope.started_at):
        return held, []
    return held, [envelope.address] if mark(connection, envelope.address, row, now) else []


def _settle(connection: Connection, envelope: Row[Any]) -> None:
    """What came back had been taken over: a doubt about that has ended."""
    if envelope.status is not Status.IN_DOUBT:
        return
    values = {"status": Status.SENT, "next_attempt_at": None, "sent_at": envelope.sent_at or envelope.started_at}
    connection.execute(update(envelopes).where(envelopes.c.id == envelope.id).values(values))
    touch(connection, envelopes.c.id, [envelope.id])
    follow(connection, [envelope], [Status.SENT], Status.IN_DOUBT, envelope.started_at)


def _days_in_a_row(connection: Connection, address: str, zone: tzinfo) -> int:
    """On how many days mail to the address came back, counted back to a mail that did not.

    A mail later than the last that came back is not counted: its servers may still be trying.
    """
    query = (
        select(envelopes.c.id, bounces.c.received_at)
        .outerjoin_from(envelopes, bounces)
        .where(envelopes.c.address == address, has_status(envelopes.c.status, Status.SENT))
        .order_by(envelopes.c.id.desc(), bounces.c.id)
        .limit(_LOOKED_AT)
    )
    days: set[date] = set()
    for row in connection.execute(query):
        if row.received_at is None and days:
            break
        if row.received_at is not None:
            days.add(row.received_at.astimezone(zone).date())
    return len(days)
