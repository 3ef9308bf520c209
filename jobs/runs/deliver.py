"""The delivery step: what waits is decided once more, then what is queued is handed over."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from jobs.clock import Clock
from jobs.config.secrets import secret_warnings
from jobs.installation.outgoing import Outgoing
from jobs.log.logger import Logger
from jobs.runs.processes import has_died, marked
from jobs.runs.run import Runner
from jobs.runs.told import say_results, told
from jobs.terminal.progress import delivery_progress
from notify.delivery.delivery import Delivered, Delivery, Progress
from notify.delivery.retry import RetryPolicy
from notify.ledger.outbox import Outbox

_log = Logger("jobs.delivery")
_THIS_LIFE = secrets.token_hex(4)
_DELIVERIES = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Ready:
    """A queue that was decided on once more, up to its `newest` envelope.

    What a run queues after that for an earlier day, to catch up with it, waits for the next delivery: its words may
    be of yesterday.
    """

    newest: int


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

        Where sending is paused, or the database is another installation's, nothing is claimed at all. What a dead
        process left, and what is in doubt and due, is queued again first, so that it is decided on with the rest:
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
        gone, ready = self.dead_holders(), Ready(self.outbox.newest_envelope())
        self.outgoing.notebooks.settle(self.outbox, gone, self.clock.now())
        self.outbox.expire_claims(self.clock.now(), gone)
        self.outgoing.notebooks.tidy(self._finished())
        for problem in self.runner.settle_waiting(as_of, only, between):
            tell(problem)
        return ready

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
                return await told(delivery.run(as_of, only, decided_to=ready.newest, stop=stop), as_of)
        finally:
            await transport.close()
            outgoing.fence.close()

    def dead_holders(self) -> frozenset[str]:
        """Whoever claimed mails and has ended; of another host's processes nothing is known but their lease."""
        return frozenset(holder for holder in self.outbox.holders() if has_died(holder, {_THIS_LIFE}))

    def _finished(self) -> list[str]:
        """Deliveries that have died and hold nothing any more."""
        dead = [owner for owner in self.outgoing.notebooks.owners() if has_died(owner, {_THIS_LIFE})]
        holders = self.outbox.holders() if dead else set()
        return [owner for owner in dead if owner not in holders]


def new_holder() -> str:
    """Who holds a delivery's claims: host, process number, and a mark that no other delivery has."""
    return marked(f"{_THIS_LIFE}.{next(_DELIVERIES)}")
