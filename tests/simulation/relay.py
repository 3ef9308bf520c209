"""The relay in memory: it plays faults by the seed, and remembers what it was given. What it accepted has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from notify.record.values import Envelope
from notify.transports.transport import (
    NoLongerOurs,
    OutcomeUnknown,
    RecipientRefused,
    RelayMisconfigured,
    RelayUnavailable,
    always,
)
from tests.simulation.letters import Letter, read_letter
from tests.simulation.machine import WOKE, Machine

ACCEPTED, REFUSED, UNAVAILABLE, MISCONFIGURED = "accepted", "refused", "unavailable", "misconfigured"
UNKNOWN_ACCEPTED, UNKNOWN_LOST, BROKEN = "unknown, accepted", "unknown, lost", "broken"
ARRIVES = (ACCEPTED, UNKNOWN_ACCEPTED)
CALM: dict[str, float] = {ACCEPTED: 1.0}
STORM: dict[str, float] = {
    ACCEPTED: 10, REFUSED: 1, UNAVAILABLE: 4, MISCONFIGURED: 0.7, UNKNOWN_ACCEPTED: 2, UNKNOWN_LOST: 2, BROKEN: 0.5,
}  # fmt: skip


class Broken(Exception):  # noqa: N818 - what a transport should never raise
    """A fault of the transport's own."""


@dataclass(slots=True)
class HandOver:
    """One mail that was handed over, and what became of it."""

    letter: Letter
    role: str
    address: str
    at: datetime
    process: int
    outcome: str
    is_witnessed: bool = False  # the program was told that it was accepted, and lived to write it down

    @property
    def arrived(self) -> bool:
        return self.outcome in ARRIVES


class Relay:
    """A transport. `judge` is shown each mail before anything becomes of it."""

    def __init__(self, machine: Machine, rng: Random, judge: Callable[[HandOver], None]) -> None:
        self.weather = CALM
        self._machine = machine
        self._rng = rng
        self._judge = judge

    async def hand_over(self, envelope: Envelope, *, may_go: Callable[[], bool] = always) -> str:
        process = self._machine.current.get()
        process.step("hand over")
        for _ in range(self._rng.randrange(3)):
            await asyncio.sleep(0)
        process.comes_to_trouble()
        if not may_go():
            self._machine.reached[WOKE] += process.has_slept
            raise NoLongerOurs("it is another's by now")
        if envelope.kind == "desk":
            return "250 2.0.0 ok"  # to our own desk: what is judged are letters to customers
        outcome = self._rng.choices(list(self.weather), list(self.weather.values()))[0]
        letter = read_letter(envelope.raw)
        mail = HandOver(letter, envelope.role, envelope.address, self._machine.now, process.number, outcome)
        self._judge(mail)
        process.comes_to_trouble()
        process.step("accepted")
        mail.is_witnessed = outcome == ACCEPTED and not process.has_slept
        return self._answer(outcome)

    async def close(self) -> None:
        return

    def _answer(self, outcome: str) -> str:
        errors = {
            REFUSED: RecipientRefused("550 5.1.1 no such mailbox"),
            UNAVAILABLE: RelayUnavailable("451 4.3.0 try again later"),
            MISCONFIGURED: RelayMisconfigured("535 5.7.8 bad credentials"),
            UNKNOWN_ACCEPTED: OutcomeUnknown("the line broke after the final dot"),
            UNKNOWN_LOST: OutcomeUnknown("the line broke after the final dot"),
            BROKEN: Broken("out of order"),
        }
        if outcome in errors:
            raise errors[outcome]
        return "250 2.0.0 ok"
