"""What the log says of deliveries: beginning and end with counts, and each mail that did not get through.

No address is said here: a mail is known by the numbers of its message and envelope on the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from datetime import date

from jobs.log.logger import Logger
from notify.delivery.delivery import Delivered
from notify.delivery.retry import reply_code
from notify.record.values import Outcome, Result

_log = Logger("jobs.delivery")
_QUIET = {Outcome.ACCEPTED, Outcome.RELEASED}
_WARNED = {Outcome.REFUSED, Outcome.UNMAILABLE, Outcome.BARRED, Outcome.MISCONFIGURED, Outcome.UNKNOWN, Outcome.LOST}


async def told(delivery: Awaitable[Delivered], as_of: date) -> Delivered:
    """What the delivery did, its beginning and its end said."""
    began_at = time.monotonic()
    _log.info("delivery started", as_of=as_of)
    try:
        done = await delivery
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        _log.error("delivery failed", as_of=as_of, seconds=_seconds_since(began_at), reason=reason)
        raise
    say = _log.warning if done.stopped and not done.is_on_request else _log.info
    counts = {name: getattr(done, name) for name in ("sent", "failed", "in_doubt", "queued", "withdrawn", "lapsed")}
    why = {"reason": done.stopped} if done.stopped else {}
    say("delivery ended", as_of=as_of, seconds=_seconds_since(began_at), counts=counts, **why)
    return done


def say_results(results: Sequence[Result]) -> None:
    """Says each mail whose hand-over is on record: one that got through only where faults are looked for."""
    says_all = _log.says_all
    for result in results:
        if result.outcome in _QUIET and not says_all:
            continue
        envelope = result.envelope
        facts: dict[str, object] = {"kind": envelope.kind, "message": envelope.message, "envelope": envelope.id}
        facts |= {"role": envelope.role, "outcome": result.outcome.value, "reply": reply_code(result.reply)}
        if result.outcome in _QUIET:
            _log.debug("mail accepted" if result.outcome is Outcome.ACCEPTED else "mail given back", **facts)
        elif result.outcome in _WARNED or result.next_attempt_at is None:
            _log.warning("mail not accepted", said=result.reply, **facts)
        else:
            _log.info("mail put back", said=result.reply, again_at=result.next_attempt_at, **facts)


def _seconds_since(began_at: float) -> float:
    return round(time.monotonic() - began_at, 3)
