"""The ledger as a delivery asks it: in a thread of its own, one call after the other.

So the event loop never waits for a disk or for another writer's lock. A call that has been made is waited for to its
end, whatever is cancelled meanwhile: a commit goes on in its thread in any case, and what it did has to be known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import ParamSpec, TypeVar

from notify.delivery.lease import Lease
from notify.ledger.claims import Claim
from notify.ledger.outbox import Outbox
from notify.record.faults import is_unreachable
from notify.record.values import Envelope, Result

P = ParamSpec("P")
T = TypeVar("T")

# A server that has not noticed yet that a line broke keeps locked what was being claimed over it: claims pass that by,
# find other mail or none, and nothing is due only when it has let go.
_UNTIL_ROLLED_BACK = (0.0, 0.1, 0.3, 1.0, 3.0)  # seconds before each further claim


@dataclass(slots=True)
class LedgerThread:
    """One delivery's dealings with the ledger. `owner` is the fence of its claims; `day` is the business day it is."""

    outbox: Outbox
    thread: Executor
    clock: Callable[[], datetime]
    day: Callable[[], date]
    owner: str
    lease: Lease
    only: str | None = None
    decided_to: int | None = None  # the latest envelope when what waits was decided on once more
    patience_seconds: float = 60.0  # how long a database that was lost is waited for: a restart, a failover
    has_lost_a_claim: bool = False  # over a line that broke

    async def tidy(self) -> int:
        """Ends claims that ran out, withdraws what is past its last day. How many envelopes were withdrawn."""
        await self._ask(self.outbox.expire_claims, self.clock())
        return await self.withdraw()

    async def withdraw(self) -> int:
        """Withdraws what is past its last day. How many envelopes."""
        return await self._ask(self.outbox.withdraw_expired, self.day(), self.clock())

    async def due(self) -> int:
        """How many envelopes could be claimed."""
        return await self._ask(self.outbox.due, self.clock(), self.day(), self.only)

    async def next_due(self) -> datetime | None:
        """When there is something to do next."""
        return await self._ask(self.outbox.next_due, self.day(), self.clock())

    async def claim(self, limit: int, begun: int, held: Collection[int] = ()) -> list[Envelope]:
        """Up to so many envelopes that are due; the first `begun` of them may be handed over at once.

        `held` are those claimed before: if the connection breaks, whatever else this claim took is given back first.
        """
        try:
            found = await self._claim(limit, begun)
        except Exception as fault:
            if not is_unreachable(fault):
                raise
            await self._ask(self.outbox.give_back, self.owner, held, self.clock())
            self.has_lost_a_claim, found = True, []
        for pause in _UNTIL_ROLLED_BACK if self.has_lost_a_claim else ():
            if found or not await self.due():
                break
            await asyncio.sleep(pause)
            found = await self._claim(limit, begun)
        return found

    async def _claim(self, limit: int, begun: int) -> list[Envelope]:
        now = self.clock()
        by = Claim(self.owner, now, now + self.lease.length, self.day(), self.only, self.decided_to)
        return await self._ask_once(self.outbox.claim, by, limit, begun)

    async def advance(self, ended: Sequence[Result], begin: Sequence[Envelope]) -> list[Envelope]:
        """Records and begins in one commit. Those that may be handed over from now on."""
        return await self._ask(self.outbox.advance, ended, begin, self.clock())

    async def renew(self) -> None:
        """Prolongs what is claimed and has not run out."""
        now, _ = since = self.lease.looked()  # before it is said: how long that takes, nobody knows
        await self._ask(self.outbox.renew, self.owner, now, self.lease.length)
        self.lease.begin_anew(since)

    async def _ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Asks again for a while where the database was lost: what it may have done by then does no harm again."""
        time = asyncio.get_running_loop().time
        begun_at, pause = time(), 0.1
        while True:
            try:
                return await self._ask_once(call, *args, **kwargs)
            except Exception as fault:
                if not is_unreachable(fault) or time() - begun_at > self.patience_seconds:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)

    async def _ask_once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        in_context = partial(copy_context().run, call, *args, **kwargs)
        work = asyncio.get_running_loop().run_in_executor(self.thread, in_context)
        await to_its_end(work)
        return work.result()


async def to_its_end(work: asyncio.Future[T]) -> None:
    """Waits until it is done, however often the waiting is cancelled; a cancellation is raised then."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        raise cancelled
