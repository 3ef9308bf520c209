"""Claims ahead, hand-overs and results side by side, and a bound on what one crash can leave unknown.

An envelope goes through four stations: claimed ahead → begun → in hand → on record. The keeper alone speaks to the
ledger: one commit records what has ended and begins as much of what is claimed as there is room for, and only what is
begun is handed over. So at no moment are more than `unrecorded` envelopes begun and not on record. That is the bound:
a crash leaves at most so many in doubt, among them every mail that was accepted and not recorded. What was claimed
ahead has no attempt on record and goes back untried, after a crash as after a stop.

Commits grow with the load: while one is being written, the next one's results gather. So does the room: no more are
begun than are handed over while one commit after another takes its time, few where the relay is slow.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from notify.delivery.hand_over import STOPPED_IN_HAND, Hands
from notify.delivery.ledger_thread import LedgerThread, to_its_end
from notify.record.values import Envelope, Outcome, Result

_GATHER_SECONDS = 0.1  # at most, and only while the workers have enough to do
_AHEAD_SECONDS = 0.25  # what is handed over in that time may be begun: a commit, and waiting for another writer's
_MEASURED_SECONDS = 0.05  # at least: two that happen to end together are no measure of speed


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once. Where `unrecorded` is less than `concurrency`, it is also the limit of hand-overs at once."""

    claims: int = 100  # envelopes in one claim, ahead of their turn
    concurrency: int = 1  # handed over at once
    unrecorded: int = 20  # begun and not on record, at most


class Pipeline:
    """One delivery on its way. `told` hears of results when they are on record."""

    def __init__(
        self, ledger: LedgerThread, hands: Hands, pace: Pace, told: Callable[[Sequence[Result]], None]
    ) -> None:
        self._ledger, self._hands, self._pace, self._told = ledger, hands, pace, told
        self._ahead: deque[Envelope] = deque()
        self._ready: asyncio.Queue[Envelope] = asyncio.Queue()
        self._begun: set[int] = set()  # and not ended
        self._ended: list[Result] = []  # and not on record
        self._at_work: dict[asyncio.Task[None], Envelope] = {}
        self._wake = asyncio.Event()
        self._is_gathering = False
        self._is_halted = False
        self._is_exhausted = False
        self._room = self._room_at(0.0)  # for what is begun and not on record
        self._counted, self._counted_since = 0, asyncio.get_running_loop().time()

    async def run(self, stop: asyncio.Event) -> None:
        """Until nothing is due or the hands have stopped; `stop` finishes what is in hand and gives the rest back.

        On a cancellation what is in hand is in doubt. In either case all of it is on record when this ends.

        Raises:
            Exception: the ledger's, when it could not be asked; what is in hand is finished before.
        """
        watch = asyncio.create_task(self._halt_at(stop))
        workers = [asyncio.create_task(self._work()) for _ in range(self._pace.concurrency)]
        keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait([keeper])  # unlike `await keeper`, a cancellation does not reach it
        except asyncio.CancelledError:
            self._halt(drop_in_hand=True)
            raise
        finally:
            await to_its_end(keeper)
            ended = [each for each in workers if each.done()]
            for each in (watch, *workers):
                each.cancel()
            await asyncio.gather(watch, *workers, return_exceptions=True)
        for each in (keeper, *ended):
            if not each.cancelled():
                each.result()

    async def _halt_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._halt()

    def _halt(self, *, drop_in_hand: bool = False) -> None:
        """Nothing more is begun. Who waits for a turn at the gate is interrupted; with `drop_in_hand` everyone is."""
        self._is_halted = True
        self._give_back_what_waits()
        for worker, envelope in self._at_work.items():
            if drop_in_hand or not self._hands.holds(envelope):
                worker.cancel()
        self._wake.set()

    def _give_back_what_waits(self) -> None:
        while not self._ready.empty():
            self._end(_released(self._ready.get_nowait()))
        while self._ahead:
            self._end(_released(self._ahead.popleft()))

    def _end(self, result: Result) -> None:
        self._begun.discard(result.envelope.id)
        self._ended.append(result)
        if not self._is_gathering or self._has_gathered:  # else it would wake the keeper for nothing
            self._wake.set()

    # The workers

    async def _work(self) -> None:
        me = asyncio.current_task()
        while me is not None:
            envelope = await self._ready.get()
            self._at_work[me] = envelope
            try:
                result = await self._outcome(envelope)
            except BaseException:  # a cancellation, hardly ever anything else
                del self._at_work[me]
                self._end(self._interrupted(envelope))
                self._halt()
                raise
            del self._at_work[me]
            self._hear(result)
            if self._hands.has_stopped:
                self._halt()
            await asyncio.sleep(0)  # a transport that never waits would keep a signal's handler from being heard

    def _hear(self, result: Result) -> None:
        in_hand = [each.id for each in self._at_work.values()]
        for each in self._hands.heard(result, in_hand):
            self._end(each)
        if self._hands.refusals.kept:
            self._wake.set()

    async def _outcome(self, envelope: Envelope) -> Result:
        return await self._hands.hand_over(envelope) if self._hands.may_go() else _released(envelope)

    def _interrupted(self, envelope: Envelope) -> Result:
        in_hand = self._hands.holds(envelope)
        return Result(envelope, Outcome.UNKNOWN, STOPPED_IN_HAND) if in_hand else _released(envelope)

    # The keeper

    async def _keep(self) -> None:
        try:
            while not self._is_done:
                self._wake.clear()
                await self._gather()
                await self._renew()
                self._hear_out()
                has_advanced = await self._advance()
                has_claimed = await self._claim()
                if not (has_advanced or has_claimed):
                    await self._wait()
        except Exception:  # raised again below, once what is in hand has come to its end and is on record
            self._halt()
            while self._at_work:
                self._wake.clear()
                await self._wait()
            self._hear_out()
            await self._advance()
            raise

    @property
    def _is_done(self) -> bool:
        return self._begins_no_more and not (self._ahead or self._begun or self._ended)

    @property
    def _begins_no_more(self) -> bool:
        return self._is_halted or self._is_exhausted

    def _hear_out(self) -> None:
        """What waits for other answers waits no longer where none are to come."""
        if self._begins_no_more and not (self._ahead or self._at_work) and self._ready.empty():
            for each in self._hands.judged():
                self._end(each)

    @property
    def _in_flight(self) -> int:
        """How many are begun and may still change what becomes of others: those that wait for that take no room."""
        return len(self._begun) - len(self._hands.refusals.kept)

    async def _advance(self) -> bool:
        """Records what has ended and begins what there is room for. Whether there was anything."""
        ended, self._ended = self._ended, []
        self._measure(len(ended))
        room = self._room - self._in_flight
        begin = [self._ahead.popleft() for _ in range(min(room, len(self._ahead)))]
        if not ended and not begin:
            return False
        self._begun |= {each.id for each in begin}
        try:
            begun = {each.id for each in await self._ledger.advance(ended, begin)}
        except BaseException:
            # Nobody knows whether it was committed. Saying it again does no harm.
            self._ended = [*ended, *map(_released, begin), *self._ended]
            self._begun -= {each.id for each in begin}
            raise
        for each in begin:
            self._let_go(each, may_go=each.id in begun)
        self._told(ended)
        return True

    def _room_at(self, per_second: float) -> int:
        """Two for each worker, and as many as are handed over in a moment at that speed."""
        return min(self._pace.unrecorded, 2 * self._pace.concurrency + int(_AHEAD_SECONDS * per_second))

    def _measure(self, ended: int) -> None:
        """Makes room at the speed of those that ended last."""
        self._counted += ended
        now = asyncio.get_running_loop().time()
        seconds = now - self._counted_since
        if seconds >= _MEASURED_SECONDS:
            self._room = self._room_at(self._counted / seconds)
            self._counted, self._counted_since = 0, now

    async def _claim(self) -> bool:
        """Claims ahead when nothing is left of the last claim. Whether it asked for any."""
        room = self._room - self._in_flight - len(self._ended)
        if self._begins_no_more or self._ahead or room <= 0:
            return False
        found = await self._ledger.claim(self._pace.claims, room, self._held())
        self._is_exhausted = not found
        self._begun |= {each.id for each in found[:room]}
        for each in found[:room]:
            self._let_go(each, may_go=True)
        for each in found[room:]:
            self._put_ahead(each)
        return True

    def _held(self) -> set[int]:
        """All that is claimed and not on record."""
        waits = (*(each.id for each in self._ahead), *(each.envelope.id for each in self._ended))
        return self._begun.union(waits)

    def _put_ahead(self, envelope: Envelope) -> None:
        if self._is_halted:
            self._end(_released(envelope))
        else:
            self._ahead.append(envelope)

    def _let_go(self, envelope: Envelope, *, may_go: bool) -> None:
        if may_go and not self._is_halted:
            self._ready.put_nowait(envelope)
        else:
            self._end(_released(envelope))

    async def _gather(self) -> None:
        """Lets results gather for a moment while the workers have enough to do: a commit costs as much for one."""
        if self._has_gathered:
            return
        self._is_gathering = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_SECONDS):
                await self._wake.wait()
        self._is_gathering = False

    @property
    def _has_gathered(self) -> bool:
        """Whether the next commit is worth its cost, or somebody waits for it."""
        return self._is_halted or self._ready.empty() or 2 * len(self._ended) >= self._room

    async def _renew(self) -> None:
        lease = self._ledger.lease
        if lease.is_ours() and lease.is_to_be_renewed():
            await self._ledger.renew()
        if not self._hands.may_go() and not self._is_halted:
            self._halt()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ledger.lease.length.total_seconds() / 3):
                await self._wake.wait()


def _released(envelope: Envelope) -> Result:
    return Result(envelope, Outcome.RELEASED)
