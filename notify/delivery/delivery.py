"""A delivery: all that is due is handed over, each envelope once, and what came of it is put on record.

Between a claim and its record no transaction is open. How claims, hand-overs and records go side by side, and how much
one crash can leave unknown, stands in pipeline; what a hand-over is, and that the gate is asked before it, in
hand_over.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from notify.delivery.gate import Gate
from notify.delivery.hand_over import Hands
from notify.delivery.lease import Lease
from notify.delivery.ledger_thread import LedgerThread
from notify.delivery.pipeline import Pace, Pipeline
from notify.delivery.retry import RetryPolicy
from notify.ledger.notebook import Notebook
from notify.ledger.outbox import Outbox
from notify.ledger.overdue import LEASE
from notify.ledger.results import stands_after
from notify.mail.return_path import ReturnPath
from notify.record.values import Outcome, Result
from notify.transports.transport import Transport

ON_REQUEST = "stopped on request"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery has come, in envelopes whose outcome is on record."""

    sent: int
    failed: int
    in_doubt: int
    queued: int  # tried, and put back for later
    waiting: int  # were due when it began and have not been tried


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did, in envelopes. `stopped` is why it ended before the queue did, if it did."""

    sent: int = 0
    failed: int = 0
    in_doubt: int = 0
    queued: int = 0  # tried, and put back for later
    withdrawn: int = 0  # no longer true when they were decided on once more
    lapsed: int = 0  # past their last day
    stopped: str = ""
    is_refused: bool = False  # it was the gate that stopped it: paused, or not this installation's to send
    next_at: datetime | None = field(default=None, compare=False)  # when the next one is worth beginning; None: no one

    @property
    def is_on_request(self) -> bool:
        """Whether it ended before the queue did because someone asked it to."""
        return self.stopped == ON_REQUEST


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery: what is due leaves through the gate and the transport, and the ledger knows what came of it.

    `owner` names this delivery and no other one: it is the fence of its claims. At most `pace.unrecorded` envelopes are
    in doubt after a crash, whenever it comes: no more are begun and not on record. With a `notebook` that outlives the
    crash, at most `pace.concurrency`: those that were in hand. `today` tells when a day goes by meanwhile: what has its
    last day behind it then is withdrawn, not sent. `told` hears each result that is on record.
    """

    outbox: Outbox
    transport: Transport
    gate: Gate
    clock: Callable[[], datetime]
    owner: str
    pace: Pace = field(default_factory=Pace)
    lease: timedelta = LEASE
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    return_path: ReturnPath = field(default_factory=ReturnPath)
    notebook: Notebook | None = None
    today: Callable[[], date] | None = None
    progress: Callable[[Progress], None] | None = None
    told: Callable[[Sequence[Result]], None] | None = None
    jitter: Callable[[], float] = random.random

    async def run(
        self, as_of: date, only: str | None = None, *, decided_to: int | None = None, stop: asyncio.Event | None = None
    ) -> Delivered:
        """Hands over all that is due, oldest first, until nothing is, `stop` is set or the relay is at fault.

        `only` is the contract to deliver for, where it is not all. `decided_to` is the latest envelope when what waits
        was decided on for that day: later ones go only where they were decided for it. An unexpected exception from the
        transport leaves its envelope in doubt; the others go on, and it is raised when their results are on record.

        Raises:
            Exception: the first unexpected one.
        """
        day, stop, lease = _days_since(as_of, self.today), stop or asyncio.Event(), Lease(self.clock, self.lease)
        with ThreadPoolExecutor(1, thread_name_prefix="ledger") as thread:  # each call has been waited for at its end
            ledger = LedgerThread(self.outbox, thread, self.clock, day, self.owner, lease, only, decided_to)
            return await self._delivered(ledger, self._hands(day, lease), as_of, stop)

    def _hands(self, day: Callable[[], date], lease: Lease) -> Hands:
        return Hands(
            self.transport,
            self.gate,
            self.clock,
            day,
            lease,
            self.retry,
            self.jitter,
            concurrency=self.pace.concurrency,
            return_path=self.return_path,
            notebook=self.notebook,
        )

    async def _delivered(self, ledger: LedgerThread, hands: Hands, as_of: date, stop: asyncio.Event) -> Delivered:
        lapsed = await ledger.tidy()
        tally = _Tally(due := await ledger.due(), self.progress, self.told)
        if due:
            await Pipeline(ledger, hands, self.pace, tally.add).run(stop)
        if hands.faults:
            raise _first(hands.faults)
        if ledger.day() != as_of:
            lapsed += await ledger.withdraw()
        stopped = hands.reason or hands.silence or await _request(stop, ledger)
        next_at = await ledger.next_due()
        if stopped and next_at is not None:
            next_at = max(next_at, self.clock() + self.retry.relay_wait)
        return Delivered(**tally.counts, lapsed=lapsed, stopped=stopped, is_refused=hands.is_barred, next_at=next_at)


async def _request(stop: asyncio.Event, ledger: LedgerThread) -> str:
    """That a person or the system asked it to stop, where that kept something from being sent."""
    return ON_REQUEST if stop.is_set() and await ledger.due() else ""


def _days_since(as_of: date, today: Callable[[], date] | None) -> Callable[[], date]:
    """The business day it is: `as_of`, and so many days later as have gone by since."""
    if today is None:
        return lambda: as_of
    clock, first = today, today()
    return lambda: as_of + (clock() - first)


class _Tally:
    """Counts what is on record, and tells who wants to know."""

    def __init__(
        self,
        due: int,
        progress: Callable[[Progress], None] | None,
        told: Callable[[Sequence[Result]], None] | None,
    ) -> None:
        self._due, self._progress, self._tell = due, progress, told
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        return {name: self._counts[name] for name in ("sent", "failed", "in_doubt", "queued")}

    def add(self, results: Sequence[Result]) -> None:
        self._counts.update(filter(None, map(_counted_as, results)))
        if self._tell is not None:
            self._tell(results)
        if self._progress is not None:
            self._progress(Progress(**self.counts, waiting=max(0, self._due - self._counts.total())))


def _counted_as(result: Result) -> str:
    """The name it is counted under; "" for what goes back untried."""
    return "" if result.outcome is Outcome.RELEASED else stands_after(result).replace("-", "_")


def _first(faults: list[Exception]) -> Exception:
    if len(faults) > 1:
        faults[0].add_note(f"and {len(faults) - 1} more unexpected errors in this delivery")
    return faults[0]
