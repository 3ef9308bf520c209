"""The ledger: the record of all notices, what was said in them, to whom, and what came of it.

One call is one transaction (transaction). What the calls do stands in queries, moves, people, releases and bounces;
which notice moves where is decided, with values only, in reconcile. What deliveries deal with is the `outbox`, what
goes after its time the `purge`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo

from sqlalchemy import Connection, Engine

from notify.bounces.values import Report
from notify.ledger import (
    addresses,
    bounce_list,
    bounces,
    moves,
    people,
    queries,
    releases,
    switches,
)
from notify.ledger.approval import Approval, Letter, NotAsReviewed, Review, Scope
from notify.ledger.bounce_list import Bounce
from notify.ledger.bounces import Recorded
from notify.ledger.outbox import Outbox
from notify.ledger.overdue import DoubtPolicy
from notify.ledger.purge import Purge
from notify.ledger.transaction import Transactions
from notify.proof import chain, verify
from notify.proof.findings import Verified
from notify.record.values import (
    InDoubt,
    Notice,
    NoticeKey,
    Reconciled,
    Status,
    Story,
    Wanted,
)


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
        self._transactions = Transactions(engine)
        self._soft_limit, self._zone = soft_limit, zone
        self.outbox = Outbox(self._transactions, DoubtPolicy(in_doubt_policy or {}, doubts))
        self.purge = Purge(self._transactions)

    @property
    def engine(self) -> Engine:
        """The database that it stands in."""
        return self._transactions.engine

    # For runs

    def on_record(self, contracts: Sequence[str], *, checks: bool = True) -> dict[NoticeKey, Notice]:
        """All notices of these contracts, with the checks of their decisions or, read faster, without."""
        with self._transactions.reading() as connection:
            return queries.on_record(connection, contracts, checks=checks)

    def bounced(self) -> frozenset[str]:
        """Addresses that are not written to (N8): mail to them came back for good, or a relay refused them."""
        with self._transactions.reading() as connection:
            return addresses.bounced(connection)

    def reconcile(self, wanted: Sequence[Wanted], now: datetime) -> Reconciled:
        """Makes the ledger agree with what is wanted: all of it, or on an error nothing.

        All notices that one message tells belong in one call.

        Raises:
            ValueError: a notice is wanted twice, or is to be queued without a draft.
        """
        if not wanted:
            return Reconciled()
        return self._transactions.writing("reconcile", now, lambda connection: moves.reconcile(connection, wanted, now))

    def announce(self, wanted: Sequence[Wanted], told: Collection[int], now: datetime) -> None:
        """Puts notices on record that are to be new, and that the desk is told of these bounces: all, or nothing.

        Raises:
            ToldMeanwhile: one of the notices is not new: another process told it.
        """
        self._transactions.writing("told", now, lambda connection: bounces.announce(connection, wanted, told, now))

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
        with self._transactions.reading() as connection:
            return queries.listed(connection, queries.Filter(status, kind, contract, since, limit))

    def story(self, notice_id: int) -> Story | None:
        """Everything on record about one notice; None where there is none of that id."""
        with self._transactions.reading() as connection:
            return queries.story(connection, notice_id)

    def raw(self, message: int) -> bytes:
        """The bytes of a message, by its row.

        Raises:
            LookupError: there is no such message, or its text has been purged.
        """
        with self._transactions.reading() as connection:
            return queries.raw(connection, message)

    def counts(self) -> dict[Status, int]:
        """How many notices stand where."""
        with self._transactions.reading() as connection:
            return queries.counts(connection)

    def resend(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Queues the notice's message again: the same bytes. Neither its last day nor a run takes that back.

        Raises:
            NotPossible: there is nothing to send again, or it is on its way.
        """
        person = people.By(by, now)
        self._transactions.writing("resend", now, lambda connection: people.resend(connection, notice_id, person))

    def cancel(self, notice_id: int, now: datetime, by: str = "") -> None:
        """Ends a notice that is queued, held, failed or in doubt.

        Raises:
            NotPossible: it went out, is on its way, or has ended already.
        """
        person = people.By(by, now)
        self._transactions.writing("cancel", now, lambda connection: people.cancel(connection, notice_id, person))

    def waiting(self, scope: Scope | None = None) -> list[Letter]:
        """What waits for approval, all or what is in the scope, the earliest due first."""
        with self._transactions.reading() as connection:
            return releases.waiting(connection, scope or Scope())

    def not_as_reviewed(self, review: Review) -> tuple[NotAsReviewed, ...]:
        """What of the review does not hold any more; where nothing does not, `approve` would release it all."""
        with self._transactions.reading() as connection:
            return releases.not_as_reviewed(connection, review)

    def approve(self, review: Review, by: str, now: datetime) -> Approval:
        """Releases what still waits as it was reviewed, each with all that its letter tells; says what does not."""
        person = people.By(by, now)
        return self._transactions.writing(
            "approve", now, lambda connection: releases.approve(connection, review, person)
        )

    def settle(self, notice_id: int, *, sent: bool, now: datetime, by: str = "") -> None:
        """Ends a doubt: it arrived, or it did not and is queued again.

        Raises:
            NotPossible: nothing of the notice is in doubt.
        """
        person = people.By(by, now)
        self._transactions.writing(
            "settle", now, lambda connection: people.settle(connection, notice_id, person, sent=sent)
        )

    # For reports of what came back

    def return_key(self) -> str:
        """What makes this database's return addresses (return_path); made when it is first asked for."""
        return self._transactions.committing(switches.return_key)

    def record_bounces(self, report: Report, now: datetime) -> Recorded:
        """Puts the failures of a report on record, each once, with all that follows for its address and notice.

        Raises:
            StillInHand: its mail is being handed over at this moment; nothing was done.
        """

        def recorded(connection: Connection) -> Recorded:
            matcher = bounces.Matcher(switches.return_key(connection), self._soft_limit, self._zone)
            return bounces.record(connection, report, matcher, now)

        return self._transactions.writing("bounce", now, recorded)

    def bounces(self, limit: int | None = None) -> list[Bounce]:
        """The mails that came back, the latest first."""
        with self._transactions.reading() as connection:
            return bounce_list.listed(connection, limit)

    def clear_address(self, address: str, by: str, now: datetime) -> None:
        """Puts on record that a person says the address works again; what was held for it is freed by the next run.

        Raises:
            NotPossible: nothing stands against it.
        """
        self._transactions.writing("clear", now, lambda connection: addresses.clear(connection, address, by, now))

    # For proof

    def head(self) -> str:
        """The chain's last entry as "SEQ:LINK": noted elsewhere, it proves later that all before it still stands."""
        with self._transactions.reading() as connection:
            return str(chain.head(connection))

    def verify(self, start: int = 1, anchor: str | None = None, progress: verify.Progress = verify.quietly) -> Verified:
        """Looks whether all on record is as it was sealed: from the entry `start` on, and with the `anchor` in it.

        Raises:
            ValueError: the anchor is not like a head.
            NoSuchEntry: the chain has no entry `start`.
        """
        noted = chain.Head.parse(anchor) if anchor is not None else None
        return verify.verify(self._transactions.engine, start, noted, progress)
