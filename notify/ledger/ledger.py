"""The ledger: the record of all notices, what was said in them, to whom, and what came of it.

One call is one transaction, and what it changed is sealed in the chain at its end (chain). What the calls do stands
in ledger_reading, ledger_writing, ledger_adding, claims, results, overdue, ledger_people and ledger_approval; which
notice moves where is decided, with values only, in reconcile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select
from sqlalchemy.exc import DBAPIError

from notify.bounces.values import Report
from notify.ledger import (
    addresses,
    announcements,
    bounce_list,
    bounces,
    claims,
    moves,
    overdue,
    people,
    purge,
    queries,
    releases,
    results,
    switches,
)
from notify.ledger.approval import Approval, Letter, NotAsReviewed, Review, Scope
from notify.ledger.bounce_list import Bounce
from notify.ledger.bounces import Recorded
from notify.ledger.notebook import Account
from notify.ledger.purge import Due, Limit, Part, Piece, Where
from notify.proof import chain, verify
from notify.proof.findings import Verified
from notify.record.faults import is_collision
from notify.record.values import (
    Envelope,
    InDoubt,
    Notice,
    NoticeKey,
    Outcome,
    Reconciled,
    Result,
    Status,
    Story,
    Wanted,
)

T = TypeVar("T")

_PAUSES = (0.05, 0.2, 1.0)  # seconds before a transaction is tried again; then it fails


class Ledger:
    """The ledger in a database. Nothing else prevents doubles than its unique key of kind, contract, line, occasion.

    `in_doubt_policy` says by kind of notice what becomes of an envelope whose outcome is unknown: "resend" (where
    nothing is said) or "wait" for a person; after `doubts` unknown outcomes a person decides in any case. Mail that
    comes back softly on `soft_limit` days in a row, as the `zone` has them, marks its address as a hard bounce does; 0:
    never.
    """

    def __init__(
        self,
        engine: Engine,
        in_doubt_policy: Mapping[str, InDoubt | str] | None = None,
        *,
        doubts: int = 3,
        soft_limit: int = 3,
        zone: tzinfo = UTC,
    ) -> None:
        self._engine = engine
        self._soft_limit, self._zone = soft_limit, zone
        self._doubts = overdue.DoubtPolicy(in_doubt_policy or {}, doubts)

    @property
    def engine(self) -> Engine:
        """The database that it stands in."""
        return self._engine

    # For runs

    def on_record(self, contracts: Sequence[str], *, checks: bool = True) -> dict[NoticeKey, Notice]:
        """All notices of these contracts, with the checks of their decisions or, read faster, without."""
        with self._reading() as connection:
            return queries.on_record(connection, contracts, checks=checks)

    def bounced(self) -> frozenset[str]:
        """Addresses that are not written to (N8): mail to them came back for good, or a relay refused them."""
        with self._reading() as connection:
            return addresses.bounced(connection)

    def reconcile(self, wanted: Sequence[Wanted], now: datetime) -> Reconciled:
        """Makes the ledger agree with what is wanted: all of it, or on an error nothing.

        All notices that one message tells belong in one call.

        Raises:
            ValueError: a notice is wanted twice, or is to be queued without a draft.
        """
        if not wanted:
            return Reconciled()
        return self._writing("reconcile", now, lambda connection: moves.reconcile(connection, wanted, now))

    def announce(self, wanted: Sequence[Wanted], told: Collection[int], now: datetime) -> None:
        """Puts notices on record that are to be new, and that the desk is told of these bounces: all, or nothing.

        Raises:
            ToldMeanwhile: one of the notices is not new: another process told it.
        """
        self._writing("told", now, lambda connection: announcements.announce(connection, wanted, told, now))

    # For people

    def notices(
        self,
        *,
        status: Status | None = None,
        kind: str | None = None,
        contract: str | None = None,
        since: date | None = None,
        limit: int | None = None,
    ) -> list[Notice]:
        """The notices that match, the latest first. `since` is the business day they were decided for."""
        with self._reading() as connection:
            return queries.listed(connection, queries.Filter(status, kind, contract, since, limit))

    def story(self, notice_id: int) -> Story | None:
        """Everything on record about one notice; None where there is none of that id."""
        with self._reading() as connection:
            return queries.story(connection, notice_id)

    def raw(self, message: int) -> bytes:
        """The bytes of a message, by its row.

        Raises:
            LookupError: there is no such message, or its text has been purged.
        """
        with self._reading() as connection:
            return queries.raw(connection, message)

    def counts(self) -> dict[Status, int]:
        """How many notices stand where."""
        with self._reading() as connection:
            return queries.counts(connection)

    def resend(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Queues the notice's message again: the same bytes. Neither its last day nor a run takes that back.

        Raises:
            NotPossible: there is nothing to send again, or it is on its way.
        """
        person = people.By(by, now)
        self._writing("resend", now, lambda connection: people.resend(connection, notice_id, person))

    def cancel(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Ends a notice that is queued, held, failed or in doubt.

        Raises:
            NotPossible: it went out, is on its way, or has ended already.
        """
        person = people.By(by, now)
        self._writing("cancel", now, lambda connection: people.cancel(connection, notice_id, person))

    def waiting(self, scope: Scope | None = None) -> list[Letter]:
        """What waits for approval, all or what is in the scope, the earliest due first."""
        with self._reading() as connection:
            return releases.waiting(connection, scope or Scope())

    def not_as_reviewed(self, review: Review) -> tuple[NotAsReviewed, ...]:
        """What of the review does not hold any more; where nothing does not, `approve` would release it all."""
        with self._reading() as connection:
            return releases.not_as_reviewed(connection, review)

    def approve(self, review: Review, by: str, now: datetime) -> Approval:
        """Releases what still waits as it was reviewed, each with all that its letter tells; says what does not."""
        person = people.By(by, now)
        return self._writing("approve", now, lambda connection: releases.approve(connection, review, person))

    def settle(self, notice_id: int, *, sent: bool, now: datetime, by: str = "") -> None:
        """Ends a doubt: it arrived, or it did not and is queued again.

        Raises:
            NotPossible: nothing of the notice is in doubt.
        """
        person = people.By(by, now)
        self._writing("settle", now, lambda connection: people.settle(connection, notice_id, person, sent=sent))

    # For reports of what came back

    def return_key(self) -> str:
        """What makes this database's return addresses (return_path); made when it is first asked for."""
        return self._committing(switches.return_key)

    def record_bounces(self, report: Report, now: datetime) -> Recorded:
        """Puts the failures of a report on record, each once, with all that follows for its address and notice.

        Raises:
            StillInHand: its mail is being handed over at this moment; nothing was done.
        """

        def recorded(connection: Connection) -> Recorded:
            matcher = bounces.Matcher(switches.return_key(connection), self._soft_limit, self._zone)
            return bounces.record(connection, report, matcher, now)

        return self._writing("bounce", now, recorded)

    def bounces(self, limit: int | None = None) -> list[Bounce]:
        """The mails that came back, the latest first."""
        with self._reading() as connection:
            return bounce_list.listed(connection, limit)

    def clear_address(self, address: str, by: str, now: datetime) -> None:
        """Puts on record that a person says the address works again; what was held for it is freed by the next run.

        Raises:
            NotPossible: nothing stands against it.
        """
        self._writing("clear", now, lambda connection: addresses.clear(connection, address, by, now))

    # For delivery

    def due(self, now: datetime, as_of: date, only: str | None = None) -> int:
        """How many envelopes could be claimed, of one contract or of all."""
        with self._reading() as connection:
            return claims.due(connection, now, as_of, only)

    def newest_envelope(self) -> int:
        """The number of the latest envelope; 0 for none."""
        with self._reading() as connection:
            return claims.newest(connection)

    def holders(self) -> set[str]:
        """Who has claims that are not on record yet."""
        with self._reading() as connection:
            return claims.holders(connection)

    def next_due(self, as_of: date) -> datetime | None:
        """When a delivery has something to do next: a try that is due, or the end of a claim. None for nothing.

        It may be past: then there is something to do now.
        """
        with self._reading() as connection:
            return claims.next_due(connection, as_of)

    def claim(  # noqa: PLR0913 - a claim is all of this
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        as_of: date,
        *,
        only: str | None = None,
        begun: int | None = None,
        decided_to: int | None = None,
    ) -> list[Envelope]:
        """Takes up to `limit` due envelopes, oldest first, until the lease runs out. Committed when it returns.

        With `only`, of that contract alone. The first `begun` of them, None for all, may be handed over at once; the
        others when `advance` has begun them. With `decided_to`, none that was queued after that envelope for an earlier
        day.
        """
        by = claims.Claim(owner, now, now + lease, as_of, only, decided_to)

        def work(connection: Connection) -> list[Envelope]:
            found = claims.claim(connection, by, limit, begun)
            if found:
                switches.advance_mark(connection)
            return found

        return self._committing(work)  # who has what in hand is nothing that lasts

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

        return self._writing("record", now, work)

    def give_back(self, owner: str, keep: Collection[int], now: datetime) -> int:
        """Queues again, untried, what the owner has claimed besides the envelopes to `keep`. How many there were.

        For who cannot know whether a claim was committed, because the connection broke then: what it took has not been
        handed over, and nobody else would touch it before the lease runs out.
        """

        def work(connection: Connection) -> int:
            unknown = claims.claimed_besides(connection, owner, keep)
            rows = claims.held(connection, unknown)
            released = [Result(each, Outcome.RELEASED) for each in unknown]
            return results.record(connection, released, rows, self._doubts, now)

        return self._writing("record", now, work)

    def settle_dead(self, owner: str, account: Account, now: datetime) -> int:
        """Puts on record what the notebook of a delivery that died tells of its claims. How many envelopes.

        What was accepted is sent, at the time it was; what had not had its turn is queued again, untried. What nobody
        knows stays claimed, for `expire_claims` to put in doubt.
        """

        def work(connection: Connection) -> int:
            claimed = claims.claimed_besides(connection, owner, ())
            told = [found for each in claimed if (found := account.result(each))]
            rows = claims.held(connection, [result.envelope for result, _ in told])
            by_time: dict[datetime | None, list[Result]] = {}
            for result, at in told:
                by_time.setdefault(at, []).append(result)
            return sum(
                results.record(connection, ended, rows, self._doubts, at or now) for at, ended in by_time.items()
            )

        return self._writing("record", now, work)

    def renew(self, owner: str, now: datetime, lease: timedelta) -> int:
        """Prolongs the owner's claims that have not run out. How many there were."""
        return self._committing(lambda connection: claims.renew(connection, owner, now, now + lease))

    def record(self, ended: Sequence[Result], now: datetime) -> int:
        """Puts results on record; one whose claim is not its owner's any more changes nothing. How many were."""

        def work(connection: Connection) -> int:
            rows = claims.held(connection, [each.envelope for each in ended])
            return results.record(connection, ended, rows, self._doubts, now)

        return self._writing("record", now, work)

    def expire_claims(self, now: datetime, gone: Collection[str] = ()) -> int:
        """Ends claims that ran out or whose owner is `gone`, and queues again what is in doubt and may be. How many."""
        return self._writing(
            "expire", now, lambda connection: overdue.expire_claims(connection, self._doubts, now, gone)
        )

    def withdraw_expired(self, as_of: date, now: datetime) -> int:
        """Withdraws what is queued past its last day. How many envelopes."""
        return self._writing("withdraw", now, lambda connection: overdue.withdraw_expired(connection, as_of, now))

    # For retention

    def purgeable(self, limits: Sequence[Limit], where: Where) -> list[Due]:
        """What of ended notices may go by now."""
        with self._reading() as connection:
            return list(purge.due(connection, limits, where))

    def purge(self, limit: Limit, part: Part, where: Where, after: int, now: datetime) -> Piece:
        """Takes that part off the next mails, a few at a time; stopped at any moment, nothing is half done."""
        return self._writing("purge", now, lambda connection: purge.purge(connection, limit, part, where, after))

    def marked(self) -> frozenset[str]:
        """All addresses that are, or were, not written to."""
        with self._reading() as connection:
            return purge.marked(connection)

    def owners_written_to(self, contracts: Select[Any]) -> frozenset[str]:
        """The addresses that letters of these contracts were for; `contracts` is a query for their numbers."""
        with self._reading() as connection:
            return purge.owners_written_to(connection, contracts)

    def forget_marks(self, of: Collection[str], now: datetime) -> int:
        """Takes these addresses out of those that are not written to. How many marks that were."""
        return self._writing("purge", now, lambda connection: purge.forget_marks(connection, of))

    # For proof

    def head(self) -> str:
        """The chain's last entry as "SEQ:LINK": noted elsewhere, it proves later that all before it still stands."""
        with self._reading() as connection:
            return str(chain.head(connection))

    def verify(self, start: int = 1, anchor: str | None = None, progress: verify.Progress = verify.quietly) -> Verified:
        """Looks whether all on record is as it was sealed: from the entry `start` on, and with the `anchor` in it.

        Raises:
            ValueError: the anchor is not like a head.
            NoSuchEntry: the chain has no entry `start`.
        """
        noted = chain.Head.parse(anchor) if anchor is not None else None
        return verify.verify(self._engine, start, noted, progress)

    def _writing(self, event: str, now: datetime, work: Callable[[Connection], T]) -> T:
        """One transaction whose lasting changes are sealed at its end: nothing else changes the ledger."""

        def sealed(connection: Connection) -> T:
            with chain.sealing(connection, event, now):
                return work(connection)

        return self._committing(sealed)

    def _committing(self, work: Callable[[Connection], T]) -> T:
        """One transaction; once more where it met another one and was rolled back for it, a few times at most."""
        for seconds in _PAUSES:
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except DBAPIError as fault:
                if not is_collision(fault):
                    raise
            time.sleep(seconds)
        with self._engine.begin() as connection:
            return work(connection)

    def _reading(self) -> Connection:
        return self._engine.connect().execution_options(sqlite_begin="DEFERRED")
