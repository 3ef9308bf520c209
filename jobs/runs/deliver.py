"""The delivery step: what waits is decided once more, then what is queued is handed over."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.app import App
from jobs.config.secrets import secret_warnings
from jobs.log.logger import Logger
from jobs.runs.processes import has_died, marked
from jobs.runs.run import reconcile_waiting
from jobs.runs.told import say_results, told
from jobs.terminal.progress import delivery_progress
from notify.delivery.delivery import Delivered, Delivery, Progress
from notify.delivery.pipeline import Pace
from notify.delivery.retry import RetryPolicy

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


async def deliver_queued(
    app: App,
    as_of: date,
    only: str | None = None,
    *,
    stop: asyncio.Event | None = None,
    tell: Callable[[str], None] = _log.warning,
) -> Delivered:
    """Sends what is queued and still true on that day, of one contract or of all, until it is done or `stop` is set.

    Where sending is paused, or the database is another installation's, nothing is claimed at all. What a dead process
    left, and what is in doubt and due, is queued again first, so that it is decided on with the rest: nothing leaves
    that is not true any more. `tell` hears of letters that could not be written.
    """
    ready = prepare(app, as_of, only, tell=tell)
    if isinstance(ready, Delivered):
        return ready
    for warning in secret_warnings(app.settings):
        _log.warning(warning)
    with delivery_progress("deliver") as progress:
        return await hand_over(app, as_of, ready, only, stop=stop, progress=progress)


def prepare(
    app: App,
    as_of: date,
    only: str | None = None,
    *,
    tell: Callable[[str], None] = _log.warning,
    between: Callable[[], None] = lambda: None,
) -> Ready | Delivered:
    """Decides once more on all that waits. What may be handed over now; or why nothing may leave.

    `between` is called after each batch of decisions, and may end it there with an exception.
    """
    if refusal := app.fence.refusal():
        _log.warning("delivery refused", as_of=as_of, reason=refusal)
        return Delivered(stopped=refusal, is_refused=True)
    gone, ready = dead_holders(app), Ready(app.ledger.outbox.newest_envelope())
    app.notebooks.settle(app.ledger, gone, app.clock.now())
    app.ledger.outbox.expire_claims(app.clock.now(), gone)
    app.notebooks.tidy(_finished(app))
    for problem in reconcile_waiting(app, as_of, app.clock.now, only, between):
        tell(problem)
    return ready


async def hand_over(  # noqa: PLR0913 - a delivery's parts, each named once
    app: App,
    as_of: date,
    ready: Ready,
    only: str | None = None,
    *,
    stop: asyncio.Event | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Delivered:
    """Sends what is queued, of one contract or of all, until it is done or `stop` is set."""
    transport = app.transport()
    table, owner = app.settings.delivery, new_holder()
    try:
        with app.notebooks.opened(owner) as notebook:
            delivery = Delivery(
                app.ledger.outbox,
                transport,
                app.gate,
                app.clock.now,
                owner,
                pace=Pace(app.claims, app.connections, app.unrecorded),
                retry=RetryPolicy(attempts=table.attempts, give_up_after=timedelta(hours=table.give_up_hours)),
                return_path=app.return_path,
                notebook=notebook,
                today=app.clock.today,
                progress=progress,
                told=say_results,
            )
            return await told(delivery.run(as_of, only, decided_to=ready.newest, stop=stop), as_of)
    finally:
        await transport.close()
        app.fence.close()


def new_holder() -> str:
    """Who holds a delivery's claims: host, process number, and a mark that no other delivery has."""
    return marked(f"{_THIS_LIFE}.{next(_DELIVERIES)}")


def dead_holders(app: App) -> frozenset[str]:
    """Whoever claimed mails and has ended; of another host's processes nothing is known but their lease."""
    return frozenset(holder for holder in app.ledger.outbox.holders() if has_died(holder, {_THIS_LIFE}))


def _finished(app: App) -> list[str]:
    """Deliveries that have died and hold nothing any more."""
    dead = [owner for owner in app.notebooks.owners() if has_died(owner, {_THIS_LIFE})]
    holders = app.ledger.outbox.holders() if dead else set()
    return [owner for owner in dead if owner not in holders]
