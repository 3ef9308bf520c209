"""One seed: years of days in the life of some customers and of the program that writes to them."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy.exc import DBAPIError

from jobs.config.load import ConfigError
from notify.delivery.delivery import Delivered
from notify.record.faults import is_unreachable
from notify.record.values import NotPossible
from tests.simulation.events import happen, new_customer
from tests.simulation.judge import Judge, Pass, key_of
from tests.simulation.machine import (
    FULL,
    KILLED,
    NO_POWER,
    OUT_OF_PATIENCE,
    TAKEN_OVER,
    Machine,
    Process,
)
from tests.simulation.misfortunes import LEASE, NOTHING, Misfortunes, misfortunes
from tests.simulation.relay import CALM, STORM, Broken, Relay
from tests.simulation.rules import Key, Verdicts, verdicts
from tests.simulation.service import JOBS, Service
from tests.simulation.world import Customer, Office

FIRST_DAY = date(2024, 1, 4)
DAYS = 400
DAY = timedelta(days=1)
STAGING = "staging@example.co.jp"


class Violation(AssertionError):  # noqa: N818 - named for what happened
    """An invariant that did not hold: when, what, and the story that led to it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed did, in numbers; the hash is over everything that happened."""

    seed: int
    days: int
    passes: int
    mails: int
    kills: int
    doubles: int
    reached: Counter[str]
    digest: str


@dataclass(frozen=True, slots=True)
class Habits:
    """What this seed's world is like."""

    customers: int
    storms: float  # how many passes meet faults of the relay
    kills: float
    other_runs: float  # how many passes have another process beside them
    frosts: float
    troubles: float  # with the database or the disk
    outage: float
    jumps: float
    restores: float
    extra_days: float  # days on which the program runs although nothing has changed
    only_to: tuple[str, ...]
    redirect_to: str
    by_contract: bool
    copies: bool
    at_once: int  # mails
    small_book: int  # 0: the program looks only at what has come to a turn or was changed

    @property
    def config(self) -> dict[str, object]:
        table = {"group_by": "contract" if self.by_contract else "line"}
        table |= {"copy_to": ["administrators"]} if self.copies else {}
        return {
            "mail": {"only_to": list(self.only_to), "redirect_to": self.redirect_to},
            "jobs": dict.fromkeys(JOBS, table),
            "scan": {"small_book": self.small_book, "full_every_days": 366},
        }

    def admitted(self, address: str) -> str | None:
        """Where mail for this address may go; a naive reading of the allow-list."""
        if not self.only_to or address.endswith(self.only_to):
            return address
        return self.redirect_to or None


def chance(seed: int, part: str) -> Random:
    """The chance of one part of the world: what it draws changes nothing in the others."""
    return Random(f"{seed} {part}")  # noqa: S311 - it is to be repeatable, not secret


def habits(rng: Random) -> Habits:
    """The habits of a seed: each fault is absent from some worlds."""
    only_to, redirect_to = rng.choice(((), (), ("@example.co.jp",), ("@example.co.jp", STAGING)))[:1], ""
    if only_to:
        redirect_to = rng.choice(("", STAGING))
    return Habits(
        customers=rng.randrange(5, 16), storms=rng.choice((0, 0.15, 0.5)), kills=rng.choice((0, 0.2, 0.4)),
        other_runs=rng.choice((0, 0.2, 0.5)), outage=rng.choice((0, 0.01, 0.03)), jumps=rng.choice((0, 0.02)),
        restores=rng.choice((0, 0.04)), extra_days=rng.choice((0.02, 0.05, 0.2)), only_to=only_to,
        redirect_to=redirect_to, by_contract=rng.random() < 0.25, copies=rng.random() < 0.25,
        at_once=rng.choice((1, 4)), small_book=rng.choice((0, 0, 10_000)), frosts=rng.choice((0, 0.3)),
        troubles=rng.choice((0, 0.3)),
    )  # fmt: skip


@dataclass(slots=True)
class Backup:
    """A copy of the database, and what had been handed over and ended when it was made."""

    file: Path
    mails: set[int]
    ended: set[Key]


class Simulation:
    """A seed's world and the program in it. With `fence` off, a restored database sends at once."""

    def __init__(self, seed: int, folder: Path, days: int, *, fence: bool = True) -> None:
        self.seed, self.days, self._fence = seed, days, fence
        self._world, self._plan = chance(seed, "world"), chance(seed, "plan")
        self.habits = habits(chance(seed, "habits"))
        self.machine = Machine()
        self.story: list[tuple[str, str]] = []
        self.judge = Judge(self.habits.admitted, self.log)
        self.relay = Relay(self.machine, chance(seed, "relay"), self.judge.handed)
        self.service = Service(folder, self.machine, self.relay, self.habits.config, self.habits.at_once)
        self.service.adopt()
        self.office = Office(folder, self.service.app.catalogue, self._world)
        self.customers: list[Customer] = []
        self._last: dict[object, str] = {}
        self._off_until = FIRST_DAY
        self._backup: Backup | None = None
        self._ahead: Misfortunes | None = None  # which found no mail to strike
        self.passes = self.kills = 0

    def log(self, contract: str, text: str) -> None:
        """Adds a line to the story."""
        self.story.append((contract, f"{self.machine.now:%Y-%m-%d %H:%M:%S} {text}"))

    def run(self) -> Outcome:
        """All days, and some calm ones at the end.

        Raises:
            Violation: an invariant did not hold.
        """
        random.seed(self.seed)  # the delivery's jitter
        with self.machine.stands_in_for_the_system():
            for number in range(self.days):
                self._live(FIRST_DAY + number * DAY)
            self._settle_down(FIRST_DAY + self.days * DAY)
            self.judge.audit_chain(self.service.chain_problems())
            self._check()
        self.service.close()
        return self._outcome()

    # A day

    def _live(self, day: date) -> None:
        self.machine.set_clock(day, 7)
        self._things_happen(day)
        if day < self._off_until:
            return
        if self._plan.random() < self.habits.outage:
            self._off_until = day + self._plan.randrange(1, 50) * DAY
            self.log("", f"the service is off until {self._off_until}")
            return
        if self._plan.random() < self.habits.restores:
            self._keep_or_restore()
        now = self._says(day)
        if now == self._last and self._plan.random() > self.habits.extra_days:
            return
        self._last = now
        self._people_act()
        for hour in self._hours():
            self._one_pass(day, hour)

    def _things_happen(self, day: date) -> None:
        changed = []
        if len(self.customers) < self.habits.customers and self._world.random() < 0.2:
            changed.append(new_customer(len(self.customers) + 1, day, self._world))
            self.customers += changed
            self.log(changed[0].contract, f"a customer: {changed[0].owner!r}, {'; '.join(map(str, changed[0].lines))}")
        for customer in self.customers:
            if self._world.random() < 0.06:
                told = happen(customer, day, self._world)
                if told:
                    self.log(customer.contract, f"{customer.contract}: {told}")
                    changed.append(customer)
        if changed:
            self.office.enter(self.service.app.engine, changed)

    def _says(self, day: date) -> dict[object, str]:
        return {key: f"{v.says} {v.reason} {v.facts}" for key, v in self._verdicts(day).items()}

    def _verdicts(self, day: date) -> Verdicts:
        bounced = self.service.bounced()
        found: Verdicts = {}
        for customer in self.customers:
            is_bounced = self.habits.admitted(customer.owner) == customer.owner and customer.owner in bounced
            found |= verdicts(customer, day, bounced=is_bounced)
        return found

    def _hours(self) -> Iterator[int]:
        yield 9
        if self._plan.random() < 0.3:
            yield self._plan.choice((8, 10, 13))  # 8: the clock was put back
        if self._plan.random() < 0.3:
            yield 18

    # A pass

    def _one_pass(self, day: date, hour: int) -> None:
        plan, habits_ = self._plan, self.habits
        jump = DAY if plan.random() < habits_.jumps else 0 * DAY
        self.machine.set_clock(day + jump, hour)
        as_of = self.machine.today
        ill, self._ahead = self._ahead or misfortunes(plan, habits_), None
        self.relay.weather = STORM if plan.random() < habits_.storms else CALM
        is_whole = plan.random() < 0.9
        jobs = JOBS if is_whole else tuple(name for name in JOBS if plan.random() < 0.5)
        by_contract = {customer.contract: customer for customer in self.customers}
        self.judge.now = Pass(as_of, by_contract, self._verdicts(as_of), may_send=True)
        bounced = self.service.bounced()
        self.passes += 1
        weather = "storm" if self.relay.weather is STORM else "calm"
        self.log("", f"a pass as of {as_of}, {weather}, {len(jobs)} jobs, {ill}")
        clean = False
        with self.machine.process(None if ill.from_delivery else ill.fuse) as process:
            if ill.beside:
                process.on_look = self._other_run(as_of)
            # What a delivery left that is over is settled by the next one: what follows from it, a later run decides.
            is_settled = not self.service.begun()
            clean = self.service.decide(as_of, jobs) and is_whole and is_settled
            clean = self._deliver(as_of, process, ill) and clean
        self._ahead = None if ill.has_befallen(process) else ill
        if process.is_dead:
            self._bury(process, cuts_power=ill.cuts_power)
        elif clean and bounced == self.service.bounced() and self.machine.now >= self.machine.latest:
            self.judge.audit(self.service.rows(), self.machine.now)
        self._check()

    def _deliver(self, as_of: date, process: Process, ill: Misfortunes) -> bool:
        """Whether a delivery, or two side by side, came to its end undisturbed. Only the first has misfortunes."""
        process.on_frost = lambda: self._deliver_meanwhile(as_of, process, ill)
        ill.befall(process)
        if not ill.beside:
            results = self.service.deliver(as_of, process)
        else:
            with self.machine.process() as other:
                other.is_twin, other.skew, other.waits = ill.beside_is_twin, ill.skew, ill.beside_waits
                results = self.service.deliver(as_of, process, other)
        if process.is_dead:
            process.step("gone")
        if isinstance(results[0], DBAPIError | ConfigError) and ill.trouble is not None:
            self._go_on(as_of, process, results.pop(0))
            return False
        return _are_clean(results)

    def _go_on(self, as_of: date, process: Process, fault: BaseException) -> None:
        """The database is back, the disk has room again, and the process lives: as a daemon it delivers once more."""
        self.log("", f"the delivery of process {process.number} ended with {fault!r}")
        self.machine.reached[OUT_OF_PATIENCE] += is_unreachable(fault) and bool(self.service.begun())
        if process.trouble.what == FULL:  # what it could not note, it does not know any more
            self.judge.interrupted(process.number, self.service.sent())
        process.trouble.lasts = 0
        _are_clean(self.service.deliver(as_of, process))

    def _deliver_meanwhile(self, as_of: date, sleeper: Process, ill: Misfortunes) -> None:
        """While one process stands still for longer than its lease, another one delivers."""
        self.log("", f"process {sleeper.number} stands still")
        begun = self.service.begun()
        self.judge.interrupted(sleeper.number, self.service.sent())
        self.machine.now += LEASE + timedelta(minutes=1)
        with self.machine.process() as other:
            other.is_twin = ill.beside_is_twin
            with ThreadPoolExecutor(1) as thread:  # which may have an event loop of its own
                _are_clean(thread.submit(self.service.deliver, as_of, other).result())
        self.machine.reached[TAKEN_OVER] += bool(begun - self.service.begun())
        self.log("", f"process {sleeper.number} wakes")

    def _other_run(self, as_of: date):
        """Another process that runs all jobs while this one looks at the clock, now and then."""

        def run_beside() -> None:
            if self._plan.random() < 0.1:
                with self.machine.process():
                    self.service.decide(as_of)

        return run_beside

    def _bury(self, process: Process, *, cuts_power: bool) -> None:
        self.kills += 1
        self.log("", f"process {process.number} died at {process.died_at}{' with the power' if cuts_power else ''}")
        if cuts_power:
            self.service.lose_power()
        unknown = self.judge.interrupted(process.number, self.service.sent(), is_noted=not cuts_power)
        self.machine.reached[NO_POWER if cuts_power else KILLED] += unknown
        self.service.restart()

    # People

    def _people_act(self) -> None:
        """Someone looks at what is in doubt, and now and then ends a notice or has a mailbox mended."""
        for row in self.service.rows():
            if row.status == "in-doubt" and self._plan.random() < 0.2:
                arrived = any(mail.arrived for mail in self.judge.mails.get(key_of(row), ()))
                self._act(row, "settle", sent=arrived)
            elif self._plan.random() < {"queued": 0.01, "held": 0.01, "failed": 0.1}.get(row.status, 0):
                self._act(row, "cancel")

    def _act(self, row: object, action: str, **how: bool) -> None:
        try:
            getattr(self.service.app.ledger.people, action)(row.id, now=self.machine.look(), **how)
        except NotPossible as problem:
            self.log(row.contract, f"{action} is not possible: {problem}")
            return
        self.log(row.contract, f"a person: {action} {how or ''} {row.kind} {row.contract}/{row.line} {row.occasion}")
        if action == "cancel":  # it ends all that the same mail tells
            self.judge.ended |= {key_of(other) for other in self.service.rows() if other.status == "cancelled"}

    # Backups

    def _keep_or_restore(self) -> None:
        if self._backup is None or self._plan.random() < 0.5:
            self._backup = Backup(self.service.back_up(), {id(mail) for mail in self._mails()}, set(self.judge.ended))
            self.log("", "a backup is made")
            return
        self.judge.audit_chain(self.service.chain_problems())
        self.service.restore(self._backup.file)
        self.office.enter(self.service.app.engine, self.customers)
        lost = {id(mail) for mail in self._mails()} - self._backup.mails
        self.judge.forgotten |= lost
        self.judge.ended = self._backup.ended
        self.judge.forgives = False
        self._backup = None
        self.log("", "the backup is restored")
        if self._fence:
            self._look_before_adopting(may_send=not lost)
        with self.machine.process():
            self.service.adopt()
        self.log("", "the restored database is adopted")

    def _look_before_adopting(self, *, may_send: bool) -> None:
        """A person looks at what would be sent, before anything is, and ends what had been sent already."""
        as_of = self.machine.today
        by_contract = {customer.contract: customer for customer in self.customers}
        self.judge.now = Pass(as_of, by_contract, self._verdicts(as_of), may_send=may_send)
        with self.machine.process() as process:
            self.service.decide(as_of)
            self._deliver(as_of, process, NOTHING)
        for row in self.service.rows():
            had_arrived = any(mail.arrived for mail in self.judge.mails.get(key_of(row), ()))
            if had_arrived and row.status in ("queued", "held"):
                self._act(row, "cancel")
            elif row.status in ("in-doubt", "sending"):
                self._act(row, "settle", sent=had_arrived)
        self.judge.forgives = True

    # The end

    def _settle_down(self, day: date) -> None:
        """Three calm days: what is left after them needs a person, and says so."""
        self._ahead = None
        quiet = dict.fromkeys(
            ("storms", "kills", "other_runs", "outage", "jumps", "restores", "frosts", "troubles"), 0.0
        )
        self.habits = type(self.habits)(**{name: getattr(self.habits, name) for name in self.habits.__slots__} | quiet)
        for number in range(3):
            self._one_pass(day + number * DAY, 9)
            self._one_pass(day + number * DAY, 18)

    def _mails(self) -> Iterator[object]:
        return (mail for mails in self.judge.mails.values() for mail in mails)

    def _check(self) -> None:
        if not self.judge.wrong:
            return
        wrong = self.judge.wrong[0]
        raise Violation(
            f"seed {self.seed}, {self.machine.now:%Y-%m-%d %H:%M} UTC, contract {wrong.contract}: {wrong.text}\n"
            + "\n".join(f"    {text}" for text in self._story_of(wrong.contract))
            + f"\nagain: make simulate SEEDS=1 START={self.seed} DAYS={self.days}"
        )

    def _story_of(self, contract: str) -> list[str]:
        """What happened to the contract, and around it of late."""
        of_contract = [place for place, (about, _) in enumerate(self.story) if about == contract][-30:]
        of_all = [place for place, (about, _) in enumerate(self.story) if not about][-12:]
        return [self.story[place][1] for place in sorted({*of_contract, *of_all})]

    def _outcome(self) -> Outcome:
        text = "\n".join(text for _, text in self.story) + repr(self.service.rows())
        arrived = [mail for key, mails in self.judge.mails.items() for mail in mails if mail.arrived]
        doubles = sum(max(0, sum(mail.arrived for mail in mails) - 1) for mails in self.judge.mails.values())
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Outcome(
            self.seed, self.days, self.passes, len(arrived), self.kills, doubles, self.machine.reached, digest
        )


def _are_clean(results: list[Delivered | BaseException]) -> bool:
    """Whether these deliveries came to their end undisturbed; what nobody had planned is raised."""
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Broken):
            raise result
    return not any(isinstance(result, Broken) or result.stopped for result in results)


def simulate(seed: int, days: int = DAYS, *, fence: bool = True) -> Outcome:
    """Runs one seed.

    Raises:
        Violation: an invariant did not hold.
    """
    with TemporaryDirectory(prefix="kigen-simulation-") as root:
        folder = Path(root) / "installation"
        folder.mkdir()
        return Simulation(seed, folder, days, fence=fence).run()


__all__ = ["DAYS", "Outcome", "Simulation", "Violation", "simulate"]
