"""What may happen to a delivery: its process dies, stands still, or meets with a database or a disk that fails it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Protocol

from tests.simulation.machine import AWAY, FULL, Process, Trouble

ACCEPTED = "accepted"  # the relay's step
LEASE = timedelta(minutes=30)
TOO_OFTEN = 60  # a database that fails so many tries in a row is away for longer than a delivery has patience
SKEWS = tuple(timedelta(minutes=minutes) for minutes in (-20, 20))


class Chances(Protocol):
    """How many passes meet with each."""

    kills: float
    other_runs: float
    frosts: float
    troubles: float


@dataclass(frozen=True, slots=True)
class Misfortunes:
    """Those of one pass; there is not more than one of the first three."""

    fuse: int | None = None
    frost: int | None = None
    trouble: Trouble | None = None
    burns_at: str = ""  # the steps that the fuse counts
    from_delivery: bool = False  # the fuse burns from then on only
    cuts_power: bool = False
    beside: bool = False  # another process delivers at the same time
    beside_is_twin: bool = False
    beside_waits: int = 0  # turns of the loop
    skew: timedelta = timedelta()  # of that one's clock

    def befall(self, process: Process) -> None:
        """The process delivers from now on."""
        if self.from_delivery:
            process.fuse, process.burns_at = self.fuse, self.burns_at
        process.frost = self.frost
        process.trouble = replace(self.trouble) if self.trouble is not None else None

    def has_befallen(self, process: Process) -> bool:
        """Whether it did; else there was no mail, and it waits for the next pass."""
        is_met = process.trouble is None or process.trouble.was_met > 0
        return process.frost is None and is_met and (process.is_dead or not self.burns_at)


NOTHING = Misfortunes()


def misfortunes(plan: Random, chances: Chances) -> Misfortunes:
    """Those of the next pass."""
    ill = NOTHING
    if plan.random() < chances.kills:
        ill = _death(plan)
    elif plan.random() < chances.frosts:
        ill = Misfortunes(frost=plan.randrange(3))
    elif plan.random() < chances.troubles:
        ill = Misfortunes(trouble=_trouble(plan))
    is_twin = plan.random() < 0.7
    skew = plan.choice(SKEWS) if is_twin and plan.random() < 0.7 else timedelta()
    is_beside, waits = plan.random() < chances.other_runs, plan.randrange(30)
    return replace(ill, beside=is_beside, beside_is_twin=is_twin, beside_waits=waits, skew=skew)


def _death(plan: Random) -> Misfortunes:
    """At any step; or when a mail was accepted, and nobody has noted it."""
    cuts_power = plan.random() < 0.5
    if plan.random() < 0.5:
        return Misfortunes(plan.randrange(1, 3), burns_at=ACCEPTED, from_delivery=True, cuts_power=cuts_power)
    fuse = plan.randrange(1, plan.choice((30, 120)))
    return Misfortunes(fuse, from_delivery=plan.random() < 0.6, cuts_power=cuts_power)


def _trouble(plan: Random) -> Trouble:
    what = plan.choice((AWAY, FULL))
    return Trouble(
        what, plan.randrange(4), {AWAY: plan.choice((3, TOO_OFTEN, TOO_OFTEN)), FULL: plan.randrange(1, 5)}[what]
    )
