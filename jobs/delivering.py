"""The delivery step: what waits is decided once more, then what is queued is handed over."""

from __future__ import annotations

from datetime import date

from jobs.app import App
from jobs.output import progress
from jobs.runner import reconcile_waiting
from jobs.runs import is_gone, this_process
from notify.delivery import Delivered, deliver


async def deliver_queued(app: App, as_of: date, only: str | None = None) -> Delivered:
    """Sends what is queued and still true on that day, of one contract or of all."""
    reconcile_waiting(app, as_of, app.clock.now, only)
    transport = app.transport()
    try:
        with progress("deliver", None) as advance:
            return await deliver(
                app.ledger,
                transport,
                app.gate,
                clock=app.clock.now,
                as_of=as_of,
                owner=this_process(),
                only=only,
                gone={holder for holder in app.ledger.holders() if is_gone(holder)},
                progress=lambda so_far: advance(so_far.sent),
            )
    finally:
        await transport.close()
