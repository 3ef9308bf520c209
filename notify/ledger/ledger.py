"""The ledger: the record of all notices, what was said in them, to whom, and what came of it.

One call is one transaction (transaction). Which notice moves where is decided, with values only, in reconcile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from sqlalchemy import Engine, func, select

from notify.ledger import addresses, bounces, corrections, moves, queries
from notify.ledger.bounces import Bounces
from notify.ledger.outbox import Outbox
from notify.ledger.overdue import DoubtPolicy
from notify.ledger.people import By, People
from notify.ledger.purge import Mails
from notify.ledger.releases import Releases
from notify.ledger.transaction import Transactions
from notify.proof import chain, verify
from notify.proof.findings import Verified
from notify.record.tables import messages, notices
from notify.record.values import InDoubt, Notice, NoticeKey, Reconciled, Status, Story, Wanted


class Ledger:
    """The ledger in a database. Nothing else prevents doubles than its unique key of kind, contract, line, occasion.

    Its parts are for those who need no more: the `outbox` for deliveries, `people` and `releases` for what people do,
    `bounces` for what came back, `mails` for what goes after its time.

    `in_doubt_policy` says by kind of notice what becomes of an envelope whose outcome is unknown: "resend" (where
    nothing is said) or "wait" for a person; after `doubts` unknown outcomes a person decides in any case. About
    `soft_limit` and `zone` see Bounces.
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
        self.outbox = Outbox(self._transactions, DoubtPolicy(in_doubt_policy or {}, doubts))
        self.people = People(self._transactions)
        self.releases = Releases(self._transactions)
        self.bounces = Bounces(self._transactions, soft_limit, zone)
        self.mails = Mails(self._transactions)

    @property
    def engine(self) -> Engine:
        """The database that it stands in."""
        return self._transactions.engine

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

    def correct(self, wanted: Wanted, corrected: int, now: datetime, by: str = "") -> int:
        """Puts a notice on record that takes the place of one that was told, and with that one who asked for it.

        Returns:
            Its id. What was told stays on record as it was: it is evidence.

        Raises:
            ValueError: it is to be queued without a draft.
        """
        return self._transactions.writing(
            "correct", now, lambda connection: corrections.correct(connection, wanted, corrected, By(by, now))
        )

    def announce(self, wanted: Sequence[Wanted], told: Collection[int], now: datetime) -> None:
        """Puts notices on record that are to be new, and that the desk is told of these bounces: all, or nothing.

        Raises:
            ToldMeanwhile: one of the notices is not new: another process told it.
        """
        self._transactions.writing("told", now, lambda connection: bounces.announce(connection, wanted, told, now))

    def notices(self, *, status: Status | None = None, contract: str | None = None) -> list[Notice]:
        """The notices that match, the latest first; None means any."""
        with self._transactions.reading() as connection:
            return queries.listed(connection, status=status, contract=contract)

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
            found = connection.execute(select(messages.c.raw).where(messages.c.id == message)).scalar_one_or_none()
        if found is None:
            raise LookupError(f"message {message} is not on record, or its text has been purged")
        return bytes(found)

    def counts(self) -> dict[Status, int]:
        """How many notices stand where; those without any are left out."""
        query = select(notices.c.status, func.count()).group_by(notices.c.status)
        with self._transactions.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

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
        return verify.verify(self.engine, start, noted, progress)
