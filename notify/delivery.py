"""The loop claim → hand over → record, and the single place where mail leaves.

Between a claim and its record no transaction is open. A batch is recorded before the next one is claimed, so a crash
leaves at most one batch whose outcome is unknown. The database is asked only while nothing is being handed over: its
calls may block the loop, which then has nothing else to do.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from notify.ledger import Ledger
from notify.ledger_values import Envelope, Outcome, Result
from notify.retry import RetryPolicy
from notify.transport import OutcomeUnknown, RecipientRefused, RelayMisconfigured, RelayUnavailable, Transport

_FAULTS_BEFORE_STOP = 3  # a fault of ours that hits every mail must not put the whole queue in doubt
_LEASE = timedelta(minutes=30)  # well over the ten minutes that a final dot may take (RFC 5321 4.5.3.2)
_RETRY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Gate:
    """Who may be written to: addresses or @domains, in any case of letters. Nothing in it means everyone.

    What is not on the list goes to `redirect_to`; with a redirect and no list, everything does.
    """

    only_to: tuple[str, ...] = ()
    redirect_to: str = ""

    def allowed(self, address: str) -> str | None:
        """The address to use for this one; None for none."""
        if not self.only_to and not self.redirect_to:
            return address
        listed = {each.strip().casefold() for each in self.only_to}
        whole = address.casefold()
        if whole in listed or "@" + whole.rpartition("@")[2] in listed:
            return address
        return self.redirect_to or None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery has come, in envelopes."""

    sent: int
    failed: int
    in_doubt: int
    queued: int  # put back for later
    waiting: int  # were due when it began and have not been tried


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did, in envelopes. `stopped` is why it ended before the queue did, if it did."""

    sent: int = 0
    failed: int = 0
    in_doubt: int = 0
    queued: int = 0  # put back for later
    withdrawn: int = 0  # past their last day
    stopped: str = ""


async def deliver(  # noqa: PLR0913 - the composition root names each part once
    ledger: Ledger,
    transport: Transport,
    gate: Gate,
    *,
    clock: Callable[[], datetime],
    as_of: date,
    owner: str,
    only: str | None = None,
    gone: Collection[str] = (),
    batch: int = 100,
    concurrency: int = 1,
    lease: timedelta = _LEASE,
    retry: RetryPolicy = _RETRY,
    jitter: Callable[[], float] = random.random,
    stop: asyncio.Event | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Delivered:
    """Hands over all that is due, oldest first, until nothing is, `stop` is set or the relay is at fault.

    `owner` names this delivery and no other one: it is the fence of its claims. `only` is the contract to deliver
    for, where it is not all. The claims of owners that are known to be `gone` end at once. `lease` is longer than handing over
    one batch may take. An unexpected exception from the transport leaves its envelope in doubt; the others go on, and
    it is raised when their results are on record.

    Raises:
        Exception: the first unexpected one.
    """
    ledger.expire_claims(clock(), gone)
    withdrawn = ledger.withdraw_expired(as_of, clock())
    counts: Counter[str] = Counter()
    due = ledger.due(clock(), as_of, only)
    hands = _Hands(transport, gate, clock, retry, jitter, stop or asyncio.Event())
    while not hands.has_stopped:
        envelopes = ledger.claim(owner, clock(), lease, batch, as_of, only=only)
        if not envelopes:
            break
        work = _Batch(hands, envelopes)
        try:
            await work.hand_over(concurrency)
        finally:
            # On a cancellation as well: what was in hand is in doubt, what was not goes back untried.
            results = work.results()
            ledger.record(results, clock())
        counts.update(map(_counted_as, results))
        if progress is not None:
            progress(Progress(**_counts(counts), waiting=max(0, due - counts.total())))
    if hands.faults:
        raise _first(hands.faults)
    return Delivered(**_counts(counts), withdrawn=withdrawn, stopped=hands.reason)


@dataclass(slots=True)
class _Hands:
    """What hands over one envelope after another, and knows why to go on no further."""

    transport: Transport
    gate: Gate
    clock: Callable[[], datetime]
    retry: RetryPolicy
    jitter: Callable[[], float]
    stop: asyncio.Event
    reason: str = ""
    faults: list[Exception] = field(default_factory=list)

    @property
    def has_stopped(self) -> bool:
        return self.stop.is_set() or bool(self.reason)

    async def hand_over(self, envelope: Envelope) -> Result:
        """The choke point: no mail leaves but through here."""
        address = self.gate.allowed(envelope.address)
        if address is None:
            return Result(envelope, Outcome.BARRED, "not handed over: the address is not on the list mail.only_to")
        handed_to = "" if address == envelope.address else address
        result = await self._tried(envelope, replace(envelope, address=address))
        return replace(result, handed_to=handed_to)

    async def _tried(self, envelope: Envelope, addressed: Envelope) -> Result:
        try:
            return Result(envelope, Outcome.ACCEPTED, await self.transport.hand_over(addressed))
        except RecipientRefused as refusal:
            return Result(envelope, Outcome.REFUSED, refusal.reply)
        except RelayUnavailable as refusal:
            return Result(envelope, Outcome.UNAVAILABLE, refusal.reply, self._again_at(envelope))
        except RelayMisconfigured as refusal:
            self.reason = self.reason or refusal.reply
            return Result(envelope, Outcome.MISCONFIGURED, refusal.reply)
        except OutcomeUnknown as doubt:
            # The relay may have taken the mail before the line broke; only the ledger's policy may decide what next.
            return Result(envelope, Outcome.UNKNOWN, doubt.reply, self._again_at(envelope))
        except Exception as fault:  # noqa: BLE001 - kept, and raised when the others' results are on record
            return self._in_doubt(envelope, fault)

    def _again_at(self, envelope: Envelope) -> datetime | None:
        return self.retry.next_attempt(envelope.tries + 1, self.clock(), jitter=self.jitter())

    def _in_doubt(self, envelope: Envelope, fault: Exception) -> Result:
        self.faults.append(fault)
        if len(self.faults) >= _FAULTS_BEFORE_STOP:
            self.reason = self.reason or f"{len(self.faults)} unexpected errors"
        return Result(envelope, Outcome.UNKNOWN, f"an unexpected {type(fault).__name__} while it was handed over")


class _Batch:
    """One claim's envelopes on their way."""

    def __init__(self, hands: _Hands, envelopes: Iterable[Envelope]) -> None:
        self._hands = hands
        self._envelopes = list(envelopes)
        self._in_hand: set[int] = set()
        self._results: dict[int, Result] = {}

    async def hand_over(self, concurrency: int) -> None:
        """Hands over the envelopes in order, so many at a time, until all are or the hands stop."""
        waiting = iter(self._envelopes)
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._work(waiting))

    def results(self) -> list[Result]:
        """How it ended for each envelope."""
        return [self._results.get(each.id) or self._unfinished(each) for each in self._envelopes]

    async def _work(self, waiting: Iterator[Envelope]) -> None:
        while not self._hands.has_stopped:
            envelope = next(waiting, None)
            if envelope is None:
                return
            self._in_hand.add(envelope.id)
            self._results[envelope.id] = await self._hands.hand_over(envelope)
            await asyncio.sleep(0)  # a transport that never waits would keep a signal's handler from being heard

    def _unfinished(self, envelope: Envelope) -> Result:
        if envelope.id in self._in_hand:
            return Result(envelope, Outcome.UNKNOWN, "stopped while it was handed over")
        return Result(envelope, Outcome.RELEASED)


def _counted_as(result: Result) -> str:
    if result.outcome is Outcome.UNAVAILABLE:
        return "queued" if result.next_attempt_at else "failed"
    return {
        Outcome.ACCEPTED: "sent",
        Outcome.REFUSED: "failed",
        Outcome.BARRED: "failed",
        Outcome.UNKNOWN: "in_doubt",
    }.get(result.outcome, "queued")


def _counts(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("sent", "failed", "in_doubt", "queued")}


def _first(faults: list[Exception]) -> Exception:
    if len(faults) > 1:
        faults[0].add_note(f"and {len(faults) - 1} more unexpected errors in this delivery")
    return faults[0]
