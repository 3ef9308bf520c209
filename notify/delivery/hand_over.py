"""The choke point: no mail of a delivery leaves but through here. What the transport said becomes a result."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from notify.delivery.gate import Gate
from notify.delivery.lease import Lease
from notify.delivery.refusals import MOST_KEPT, Refusals
from notify.delivery.retry import ReplyClass, RetryPolicy, reply_class
from notify.ledger.notebook import Notebook
from notify.mail.return_path import ReturnPath
from notify.record.faults import is_unreachable
from notify.record.values import Envelope, Outcome, Result
from notify.transports.transport import (
    DeliveryError,
    MessageRefused,
    NoLongerOurs,
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    SenderRefused,
    Transport,
)

_FAULTS_BEFORE_STOP = 3  # a fault of ours that hits every mail must not put the whole queue in doubt
_UNANSWERED_BEFORE_STOP = 5  # one after the other: nor must a relay that is down use up every mail's tries

STOPPED_IN_HAND = "stopped while it was handed over"
STOOD_STILL = "this process stood still, or a clock was set, for so long that its mail may be another's by now"


@dataclass(slots=True)
class Hands:
    """What hands over one envelope after another, and knows why to go on no further."""

    transport: Transport
    gate: Gate
    clock: Callable[[], datetime]
    day: Callable[[], date]
    lease: Lease
    retry: RetryPolicy
    jitter: Callable[[], float]
    concurrency: int  # so many lines may break together when a relay is started anew: that does not stop a delivery
    return_path: ReturnPath  # where what cannot be delivered comes back to
    notebook: Notebook | None  # tells after a crash what had been in hand
    reason: str = ""
    is_barred: bool = False  # the reason is the gate's: no mail may leave at all
    faults: list[Exception] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    _refused_us: str = ""  # the reply by which that became known; others may be in hand then
    _held: set[int] = field(default_factory=set)
    _unanswered: int = 0  # hand-overs in a row
    _last_silence: str = ""
    _is_answered: bool = False

    @property
    def has_stopped(self) -> bool:
        """Whether nothing more is to be handed over."""
        return bool(self.reason)

    @property
    def silence(self) -> str:
        """What went wrong where the relay was not reached even once; "" where it was, or nothing was tried."""
        return "" if self._is_answered else self._last_silence

    def holds(self, envelope: Envelope) -> bool:
        """Whether its hand-over is under way, so that an interruption leaves it in doubt."""
        return envelope.id in self._held

    async def hand_over(self, envelope: Envelope) -> Result:
        """How it ended, on record from nowhere but here. Cancelled while it waits at the gate, nothing has happened."""
        result: Result | None = None
        try:
            async with self.gate.passage(envelope) as admission:
                if admission.stop:
                    self._stop(admission.stop)
                    self.is_barred = self.reason == admission.stop
                elif admission.address is None:
                    result = Result(envelope, Outcome.BARRED, admission.reason)
                elif self.may_go() and not self._is_late(envelope):
                    result = await self._handed_over(envelope, admission.address)
        except Exception as fault:  # noqa: BLE001 - the gate's; kept, and raised when the others' results are on record
            if is_unreachable(fault):  # nobody can tell whether mail may leave
                self._stop("the database cannot be reached")
            else:
                self._note(fault)
        return result or Result(envelope, Outcome.RELEASED)

    def may_go(self) -> bool:
        """Whether more may be handed over. It may not when what is claimed may be another's by now."""
        if not self.lease.is_ours():
            self._stop(STOOD_STILL)
        return not self.has_stopped

    def heard(self, result: Result, in_hand: Collection[int]) -> list[Result]:
        """What may go on record now that the relay answered so; a refusal for good waits for the answers after it.

        `in_hand` are the other envelopes that are being handed over at this moment.
        """
        if self.refusals.keeps(result, in_hand):
            return self.judged() if len(self.refusals.kept) >= MOST_KEPT else self._judged(is_all=False)
        if result.outcome is Outcome.ACCEPTED:  # it takes mail from us: what it refused was not our fault
            return [*map(self._set_aside, self.refusals.settled_by(result)), result]
        return [result]

    def judged(self) -> list[Result]:
        """What had to wait for other answers, when no more are to come."""
        return self._judged(is_all=True) or self.refusals.taken()

    def _judged(self, *, is_all: bool) -> list[Result]:
        """All that waits, if it is clear that we are refused: nobody else's fault then, and the delivery stops."""
        self._refused_us = self._refused_us or self.refusals.against_us(is_all=is_all)
        if not self._refused_us:
            return []
        self._stop(f"the relay refuses our mail, whoever it is for: {self._refused_us}")
        return [replace(each, outcome=Outcome.MISCONFIGURED, next_attempt_at=None) for each in self.refusals.taken()]

    def _set_aside(self, result: Result) -> Result:
        """One mail that the relay did not want from us, though it takes others: that one's try counts."""
        if result.outcome is not Outcome.MISCONFIGURED:
            return result
        again_at = self._next(result.envelope, result.reply)
        return replace(result, outcome=Outcome.UNAVAILABLE, next_attempt_at=again_at)

    def _is_late(self, envelope: Envelope) -> bool:
        """Whether its last day has gone by since it was claimed."""
        return envelope.not_after is not None and self.day() > envelope.not_after

    async def _handed_over(self, envelope: Envelope, address: str) -> Result:
        addressed = replace(envelope, address=address, sender=self.return_path.of(envelope))
        if not self._noted(lambda notebook: notebook.begin(envelope)):
            return Result(envelope, Outcome.RELEASED)
        self._held.add(envelope.id)
        result = await self._tried(envelope, addressed)
        self._held.discard(envelope.id)  # not after a cancellation: then it stays in doubt
        result = result if address == envelope.address else replace(result, handed_to=address)
        self._noted(lambda notebook: notebook.end(result, self.clock()))  # if not, it goes on record all the same
        return result

    def _noted(self, note: Callable[[Notebook], None]) -> bool:
        """Whether it could be, where there is a notebook."""
        try:
            if self.notebook is not None:
                note(self.notebook)
        except OSError as problem:
            self._stop(f"what is in hand cannot be noted: {problem.strerror or problem}")
            return False
        return True

    def _stop(self, reason: str) -> None:
        """Nothing more is to be handed over; the first reason is kept."""
        self.reason = self.reason or reason

    async def _tried(self, envelope: Envelope, addressed: Envelope) -> Result:
        try:
            reply = await self.transport.hand_over(addressed, may_go=self.lease.is_ours)
        except NoLongerOurs:
            self.may_go()
            return Result(envelope, Outcome.RELEASED)
        except RecipientRefused as refusal:
            outcome = Outcome.UNMAILABLE if isinstance(refusal, MessageRefused) else Outcome.REFUSED
            return self._answered(Result(envelope, outcome, refusal.reply))
        except RelayMisconfigured as refusal:
            if not isinstance(refusal, SenderRefused):
                self._stop(refusal.reply)
            return Result(envelope, Outcome.MISCONFIGURED, refusal.reply)
        except (RelayUnavailable, OutcomeUnknown) as problem:
            # The relay may have taken the mail before the line broke; only the ledger's policy may decide what next.
            outcome = Outcome.UNKNOWN if isinstance(problem, OutcomeUnknown) else Outcome.UNAVAILABLE
            return self._postponed(envelope, outcome, problem)
        except Exception as fault:  # noqa: BLE001 - kept, and raised when the others' results are on record
            self._note(fault)
            said = f"an unexpected {type(fault).__name__} while it was handed over"
            return Result(envelope, Outcome.UNKNOWN, said)
        return self._answered(Result(envelope, Outcome.ACCEPTED, reply))

    def _answered(self, result: Result) -> Result:
        self._unanswered, self._is_answered = 0, True
        return result

    def _postponed(self, envelope: Envelope, outcome: Outcome, said: DeliveryError) -> Result:
        result = Result(envelope, outcome, said.reply, self._next(envelope, said.reply))
        if reply_class(said.reply) is not ReplyClass.UNREACHED:
            return self._answered(result)
        self._unanswered += 1
        if outcome is Outcome.UNAVAILABLE:
            self._last_silence = said.reply
        if self._unanswered >= _UNANSWERED_BEFORE_STOP + self.concurrency:
            self._stop(said.reply)
        return result

    def _next(self, envelope: Envelope, reply: str) -> datetime | None:
        now, jitter, since = self.clock(), self.jitter(), envelope.first_tried_at
        return self.retry.next_attempt(envelope.tries + 1, now, jitter=jitter, reply=reply, since=since)

    def _note(self, fault: Exception) -> None:
        self.faults.append(fault)
        if len(self.faults) >= _FAULTS_BEFORE_STOP:
            self._stop(f"{len(self.faults)} unexpected errors")
