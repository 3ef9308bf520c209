"""What of the ledger a delivery deals with: what is due, who has it in hand, and what came of it.

One call is one transaction (transaction). What changes more than a row stands in claims, results and overdue.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select, update

from notify.ledger import claims, overdue, results, switches
from notify.ledger.claims import Claim
from notify.ledger.notebook import Account
from notify.ledger.overdue import DoubtPolicy, has_come
from notify.ledger.transaction import Transactions
from notify.record.tables import envelopes
from notify.record.values import Envelope, Outcome, Result, Status


class Outbox:
    """The envelopes of one ledger."""

    def __init__(self, transactions: Transactions, doubts: DoubtPolicy) -> None:
        self._transactions, self._doubts = transactions, doubts

    def due(self, now: datetime, as_of: date, only: str | None = None) -> int:
        """How many envelopes could be claimed, of one contract or of all."""
        query = select(func.count()).select_from(envelopes).where(claims.is_due(now, as_of, only))
        with self._transactions.reading() as connection:
            return connection.execute(query).scalar_one()

    def hurry(self, now: datetime, only: str | None = None) -> int:
        """Makes what waits for its next try due at once, of one contract or of all. How many envelopes."""
        waits = (envelopes.c.status == Status.QUEUED, envelopes.c.next_attempt_at > now, claims.is_of(only))
        query = update(envelopes).where(*waits).values(next_attempt_at=now)
        return self._transactions.committing(lambda connection: connection.execute(query).rowcount)

    def newest_envelope(self) -> int:
        """The number of the latest envelope; 0 for none."""
        with self._transactions.reading() as connection:
            return connection.execute(select(func.max(envelopes.c.id))).scalar() or 0

    def holders(self) -> set[str]:
        """Who has claims that are not on record yet."""
        with self._transactions.reading() as connection:
            return claims.holders(connection)

    def next_due(self, as_of: date, now: datetime) -> datetime | None:
        """When a delivery has something to do next: a try, a second one after a doubt, the end of a claim; or None.

        It is the present where there is something to do now.
        """
        waits = and_(envelopes.c.status == Status.QUEUED, claims.is_in_time(as_of))
        tries = _earliest(envelopes.c.next_attempt_at, now, or_(waits, envelopes.c.status == Status.IN_DOUBT))
        ends = _earliest(envelopes.c.lease_until, now, envelopes.c.status == Status.SENDING)
        with self._transactions.reading() as connection:
            found = [connection.execute(query).scalar() for query in (tries, ends)]
        return min(filter(None, found), default=None)

    def claim(self, by: Claim, limit: int, begun: int | None = None) -> list[Envelope]:
        """Takes up to `limit` due envelopes, oldest first, until the lease runs out. Committed when it returns.

        The first `begun` of them, None for all, may be handed over at once; the others when `advance` has begun them.
        """

        def work(connection: Connection) -> list[Envelope]:
            found = claims.claim(connection, by, limit, begun)
            if found:
                switches.advance_mark(connection)
            return found

        return self._transactions.committing(work)  # who has what in hand is nothing that lasts

    def advance(self, ended: Sequence[Result], begin: Sequence[Envelope], now: datetime) -> list[Envelope]:
        """Puts results on record and begins what was claimed, in one commit. Those that were begun, no others, may go.

        One whose claim is not its owner's any more changes nothing, and is not begun.
        """

        def work(connection: Connection) -> list[Envelope]:
            rows = claims.held(connection, [*(each.envelope for each in ended), *begin])
            results.record(connection, ended, rows, self._doubts, now)
            begun = claims.begin(connection, begin, rows, now)
            if begun or ended:
                switches.advance_mark(connection)  # a backup made before this knows nothing of what went or goes out
            return begun

        return self._transactions.writing("record", now, work)

    def record(self, ended: Sequence[Result], now: datetime) -> int:
        """Puts results on record; one whose claim is not its owner's any more changes nothing. How many were."""
        return self._transactions.writing("record", now, lambda connection: self._record(connection, ended, now))

    def give_back(self, owner: str, keep: Collection[int], now: datetime) -> int:
        """Queues again, untried, what the owner has claimed besides the envelopes to `keep`. How many there were.

        For who cannot know whether a claim was committed, because the connection broke then: what it took has not been
        handed over, and nobody else would touch it before the lease runs out.
        """

        def work(connection: Connection) -> int:
            unknown = claims.claimed_besides(connection, owner, keep)
            return self._record(connection, [Result(each, Outcome.RELEASED) for each in unknown], now)

        return self._transactions.writing("record", now, work)

    def settle_dead(self, owner: str, account: Account, now: datetime) -> int:
        """Puts on record what the notebook of a delivery that died tells of its claims. How many envelopes.

        What was accepted is sent, at the time it was; what had not had its turn is queued again, untried. What nobody
        knows stays claimed, for `expire_claims` to put in doubt.
        """

        def work(connection: Connection) -> int:
            claimed = claims.claimed_besides(connection, owner, ())
            told = [found for each in claimed if (found := account.result(each))]
            rows = claims.held(connection, [result.envelope for result, _ in told])
            by_time: dict[datetime, list[Result]] = {}
            for result, at in told:
                by_time.setdefault(at or now, []).append(result)
            return sum(results.record(connection, ended, rows, self._doubts, at) for at, ended in by_time.items())

        return self._transactions.writing("record", now, work)

    def renew(self, owner: str, now: datetime, lease: timedelta) -> int:
        """Prolongs the owner's claims that have not run out. How many there were."""
        held = (envelopes.c.status == Status.SENDING, envelopes.c.owner == owner, envelopes.c.lease_until > now)
        query = update(envelopes).where(*held).values(lease_until=now + lease)
        return self._transactions.committing(lambda connection: connection.execute(query).rowcount)

    def expire_claims(self, now: datetime, gone: Collection[str] = ()) -> int:
        """Ends claims that ran out or whose owner is `gone`, and queues again what is in doubt and may be. How many."""
        return self._transactions.writing(
            "expire", now, lambda connection: overdue.expire_claims(connection, self._doubts, now, gone)
        )

    def withdraw_expired(self, as_of: date, now: datetime) -> int:
        """Withdraws what is queued past its last day. How many envelopes."""
        return self._transactions.writing(
            "withdraw", now, lambda connection: overdue.withdraw_expired(connection, as_of, now)
        )

    def _record(self, connection: Connection, ended: Sequence[Result], now: datetime) -> int:
        rows = claims.held(connection, [each.envelope for each in ended])
        return results.record(connection, ended, rows, self._doubts, now)


def _earliest(column: Any, now: datetime, which: ColumnElement[bool]) -> Select[Any]:
    """Of those instants; the present for one that has come."""
    return select(
        func.min(case((has_come(column, now), literal(now, column.type)), else_=column), type_=column.type)
    ).where(which)
