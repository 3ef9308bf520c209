"""The delivery step: what waits is decided once more, then what is queued is handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date

from jobs.clock import Clock
from jobs.config.secrets import secret_warnings
from jobs.installation.outgoing import Outgoing
from jobs.log.logger import Logger
from jobs.runs.processes import new_holder
from jobs.runs.run import Runner
from jobs.runs.told import say_results, told
from jobs.terminal.progress import delivery_progress
from notify.delivery.delivery import Delivered, Delivery, Progress
from notify.delivery.retry import RetryPolicy
from notify.ledger.outbox import Outbox
from notify.record.values import Reconciled

_log = Logger("jobs.delivery")


@dataclass(frozen=True, slots=True)
class Ready:
    """A queue that was decided on once more, up to its `newest` envelope; `moved` is what that changed.

    What a run queues after that for an earlier day, to catch up with it, waits for the next delivery: its words may
    be of yesterday.
    """

    newest: int
    moved: Reconciled


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Sends what is queued and still true."""

    outbox: Outbox
    runner: Runner
    outgoing: Outgoing
    retry: RetryPolicy
    clock: Clock

    async def deliver(
        self,
        as_of: date,
        only: str | None = None,
        *,
        stop: asyncio.Event | None = None,
        tell: Callable[[str], None] = _log.warning,
    ) -> Delivered:
        """Sends what is queued and still true that day, of one contract or of all, until it is done or `stop` is set.

        Where sending is paused, or the database is another installation's, nothing is claimed at all. What a delivery
        that is over left, and what is in doubt and due, is queued again first, so that it is decided on with the rest:
        nothing leaves that is not true any more. `tell` hears of letters that could not be written.
        """
        ready = self.prepare(as_of, only, tell=tell)
        if isinstance(ready, Delivered):
            return ready
        for warning in secret_warnings(self.outgoing.settings):
            _log.warning(warning)
        with delivery_progress("deliver") as progress:
            return await self.hand_over(as_of, ready, only, stop=stop, progress=progress)

    def prepare(
        self,
        as_of: date,
        only: str | None = None,
        *,
        tell: Callable[[str], None] = _log.warning,
        between: Callable[[], None] = lambda: None,
    ) -> Ready | Delivered:
        """Decides once more on all that waits. What may be handed over now; or why nothing may leave.

        `between` is called after each batch of decisions, and may end it there with an exception.
        """
        if refusal := self.outgoing.fence.refusal():
            _log.warning("delivery refused", as_of=as_of, reason=refusal)
            return Delivered(stopped=refusal, is_refused=True)
        newest = self.outbox.newest_envelope()
        self._settle()
        settled = self.runner.settle_waiting(as_of, only, between)
        for problem in settled.problems:
            tell(problem)
        return Ready(newest, settled.moved)

    def settle(self) -> None:
        """Puts on record what deliveries that are over left, where mail may leave: who decides next goes by it."""
        if self.has_claims_of_the_dead() and not self.outgoing.fence.stopped():
            self._settle()

    def _settle(self) -> None:
        now, notebooks = self.clock.now(), self.outgoing.notebooks
        self.outbox.expire_claims(now, notebooks.settle(self.outbox, now))
        notebooks.tidy(self.outbox.holders)

    async def hand_over(
        self,
        as_of: date,
        ready: Ready,
        only: str | None = None,
        *,
        stop: asyncio.Event | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Delivered:
        """Sends what is queued, of one contract or of all, until it is done or `stop` is set."""
        outgoing, owner = self.outgoing, new_holder()
        transport = outgoing.transport()
        try:
            with outgoing.notebooks.opened(owner) as notebook:
                delivery = Delivery(
                    self.outbox,
                    transport,
                    outgoing.gate,
                    self.clock.now,
                    owner,
                    pace=outgoing.pace,
                    retry=self.retry,
                    return_path=outgoing.return_path,
                    notebook=notebook,
                    today=self.clock.today,
                    progress=progress,
                    told=say_results,
                )
                done = delivery.run(as_of, only, decided_to=ready.newest, stop=stop)
                return await told(_with_what_moved(done, ready.moved), as_of)
        finally:
            await transport.close()
            outgoing.fence.close()

    def has_claims_of_the_dead(self) -> bool:
        """Whether somebody left claims behind who is over, so that nobody need wait for their lease."""
        return bool(self.outgoing.notebooks.accounts(self.outbox.holders()))


async def _with_what_moved(delivery: Awaitable[Delivered], moved: Reconciled) -> Delivered:
    """What the delivery did, and what was withdrawn when it was decided on before."""
    done = await delivery
    return replace(done, withdrawn=moved.withdrawn, lapsed=done.lapsed + moved.lapsed)
