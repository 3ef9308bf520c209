"""What the log says of runs and deliveries: beginning and end with counts, and each mail that did not get through.

No address is said here: a mail is known by the numbers of its message and envelope on the ledger.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jobs.log.logger import RUNS, Logger, bind, unbind
from jobs.runs.history import Runs
from notify.delivery.delivery import Delivered
from notify.delivery.retry import reply_code
from notify.record.values import Outcome, Result

_log = Logger(RUNS)
_mail = Logger("jobs.delivery")
_RUN, _JOB, _DAY = "run", "job", "as_of"
_QUIET = {Outcome.ACCEPTED, Outcome.RELEASED}
_WARNED = {Outcome.REFUSED, Outcome.UNMAILABLE, Outcome.BARRED, Outcome.MISCONFIGURED, Outcome.UNKNOWN, Outcome.LOST}


@dataclass(frozen=True, slots=True)
class _Begun:
    job: str
    as_of: date
    at: float


class ToldRuns(Runs):
    """The record of all runs, which also says them; from its beginning to its end a run's facts go with each event."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._begun: dict[int, _Begun] = {}

    def start(self, job: str, as_of: date, now: datetime, *more: Any, **named: Any) -> int:
        """Opens a run and returns its id.

        Raises:
            RunUnderWay: another process runs this job.
        """
        run = super().start(job, as_of, now, *more, **named)
        self._begun[run] = _Begun(job, as_of, time.monotonic())
        bind(**{_RUN: run, _JOB: job, _DAY: as_of})
        _log.info("run started")
        return run

    def finish(
        self, run: int, now: datetime, counts: Mapping[str, Any], error: str = "", *, is_stopped: bool = False
    ) -> None:
        """Closes the run with what came out, or with why it failed, or was stopped."""
        begun = self._begun.pop(run, None)
        facts: dict[str, Any] = {"counts": {name: count for name, count in counts.items() if count}}
        if begun is not None:
            facts |= {_RUN: run, _JOB: begun.job, _DAY: begun.as_of, "seconds": _seconds_since(begun.at)}
        try:
            super().finish(run, now, counts, error, is_stopped=is_stopped)
        finally:
            if is_stopped:
                _log.info("run stopped", reason=error, **facts)
            elif error:
                _log.error("run failed", reason=error, **facts)
            else:
                _log.info("run finished", **facts)
            unbind(_RUN, _JOB, _DAY)


async def told(delivery: Awaitable[Delivered], as_of: date) -> Delivered:
    """What the delivery did, its beginning and its end said."""
    began_at = time.monotonic()
    _mail.info("delivery started", as_of=as_of)
    try:
        done = await delivery
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        _mail.error("delivery failed", as_of=as_of, seconds=_seconds_since(began_at), reason=reason)
        raise
    say = _mail.warning if done.stopped and not done.is_on_request else _mail.info
    counts = {name: getattr(done, name) for name in ("sent", "failed", "in_doubt", "queued", "withdrawn")}
    why = {"reason": done.stopped} if done.stopped else {}
    say("delivery ended", as_of=as_of, seconds=_seconds_since(began_at), counts=counts, **why)
    return done


def say_results(results: Sequence[Result]) -> None:
    """Says each mail whose hand-over is on record: one that got through only where faults are looked for."""
    says_all = _mail.says_all
    for result in results:
        if result.outcome in _QUIET and not says_all:
            continue
        envelope = result.envelope
        facts: dict[str, object] = {"kind": envelope.kind, "message": envelope.message, "envelope": envelope.id}
        facts |= {"role": envelope.role, "outcome": result.outcome.value, "reply": reply_code(result.reply)}
        if result.outcome in _QUIET:
            _mail.debug("mail accepted" if result.outcome is Outcome.ACCEPTED else "mail given back", **facts)
        elif result.outcome in _WARNED or result.next_attempt_at is None:
            _mail.warning("mail not accepted", said=result.reply, **facts)
        else:
            _mail.info("mail put back", said=result.reply, again_at=result.next_attempt_at, **facts)


def _seconds_since(began_at: float) -> float:
    return round(time.monotonic() - began_at, 3)
