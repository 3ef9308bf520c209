"""The program under test, put together as it is for users, but for the clock, the relay and the speed of the disk."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from jobs.app import App
from jobs.config.settings import settings_with
from jobs.database.schema import create_tables
from jobs.installation.outgoing import Outgoing
from jobs.notices.listing import NAMES, NOTICES
from jobs.runs.history import RunUnderWay
from jobs.runs.run import RunResult
from notify.delivery.delivery import Delivered
from notify.transports.transport import Transport
from tests.simulation.letters import write_templates
from tests.simulation.machine import SKEWED, TOKYO, TWINS, Machine, Process, VirtualLoop

JOBS = NAMES


@dataclass(frozen=True, slots=True)
class VirtualClock:
    """jobs.clock.Clock on the simulated machine."""

    machine: Machine
    zone = TOKYO

    def now(self):
        return self.machine.look()

    def today(self) -> date:
        return self.machine.today

    own_today = today

    def hear(self, _instant, _seconds):
        """There is no server."""


@dataclass(frozen=True)
class InMemory(Outgoing):
    """The way out leads to the relay in memory."""

    relay: Transport
    at_once: int

    @property
    def connections(self) -> int:
        return self.at_once

    def transport(self) -> Transport:
        return self.relay


@dataclass(frozen=True)
class SimulatedApp(App):
    """The real composition, with the machine's clock and the relay in memory."""

    machine: Machine | None = None
    relay: Transport | None = None
    at_once: int = 1

    @cached_property
    def clock(self) -> VirtualClock:
        return VirtualClock(self.machine)

    @cached_property
    def engine(self) -> Engine:
        engine = App.engine.func(self)
        self.machine.watch(engine)
        return engine

    @cached_property
    def outgoing(self) -> Outgoing:
        return InMemory(**vars(App.outgoing.func(self)), relay=self.relay, at_once=self.at_once)


@dataclass(frozen=True, slots=True)
class Row:
    """A notice on the ledger, read behind the program's back."""

    id: int
    kind: str
    contract: str
    line: str
    occasion: str
    status: str
    reason: str
    as_of: str


class Service:
    """One installation in a folder."""

    def __init__(self, folder: Path, machine: Machine, relay: Transport, config: dict[str, Any], at_once: int) -> None:
        self._folder = folder
        self._file = folder / "kigen.db"
        self._machine = machine
        self._own = {"machine": machine, "relay": relay, "at_once": at_once}
        shutil.copy(_empty_database(folder.parent), self._file)
        write_templates(folder / "letters")
        fixed = {"folder": folder, "database": {"url": "sqlite:///kigen.db"}, "templates": {"directories": ["letters"]}}
        elsewhere = {"installation": {"file": "twin/installation.json"}}
        self._settings = settings_with(NOTICES).model_validate({**config, **fixed})
        self._of_twin = settings_with(NOTICES).model_validate({**config, **fixed, **elsewhere})
        self._start()

    def _start(self) -> None:
        self.app = SimulatedApp(self._settings, **self._own)
        self.twin = SimulatedApp(self._of_twin, **self._own)

    def restart(self) -> None:
        """Other processes: nothing that was in memory is left."""
        self.close()
        self._start()

    def lose_power(self) -> None:
        """What was not forced onto the disk is gone: of the notebooks here, everything."""
        for notebook in self._folder.glob("var/**/*.notes"):
            notebook.write_bytes(b"")
        self._machine.boots += 1

    def decide(self, as_of: date, jobs: Sequence[str] = JOBS) -> bool:
        """Runs these jobs; whether none was being run by another process."""
        free = True
        for job in self.app.jobs:
            if job.name in jobs:
                try:
                    self.app.deliveries.settle()
                    result = RunResult(job.name, as_of, dry_run=False)
                    search = self.app.agenda(job).search(as_of)
                    deque(self.app.runner.run(search, result), maxlen=0)
                except RunUnderWay:
                    free = False
        return free

    def deliver(self, as_of: date, *processes: Process) -> list[Delivered | BaseException]:
        """A delivery of each of these processes, side by side: what came of each."""
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(self._deliveries(as_of, processes))

    async def _deliveries(self, as_of: date, processes: Sequence[Process]) -> list[Delivered | BaseException]:
        tasks = [asyncio.create_task(self._delivery(as_of, process)) for process in processes]
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def _delivery(self, as_of: date, process: Process) -> Delivered:
        self._machine.current.set(process)
        process.task = asyncio.current_task()
        for _ in range(process.waits):
            await asyncio.sleep(0)
        if self.begun():  # another's mail is under way
            self._machine.reached[TWINS] += process.is_twin
            self._machine.reached[SKEWED] += bool(process.skew)
        app = self.twin if process.is_twin else self.app
        return await app.deliveries.deliver(as_of)

    def adopt(self) -> None:
        """A person lets both machines send from the database."""
        for app in (self.app, self.twin):
            app.fence.adopt("a person")

    def back_up(self) -> Path:
        """A copy of the database file."""
        return Path(shutil.copy(self._file, self._folder / "backup.db"))

    def restore(self, backup: Path) -> None:
        """Puts the copy in the database's place."""
        self.close()
        shutil.copy(backup, self._file)
        self.restart()

    def close(self) -> None:
        """Gives back the files."""
        for app in (self.app, self.twin):
            app.fence.close()
            app.engine.dispose()

    def rows(self) -> list[Row]:
        """All notices."""
        return [
            Row(*row)
            for row in self._ask("SELECT id, kind, contract, line, occasion, status, reason, as_of FROM notices")
        ]

    def begun(self) -> set[int]:
        """The envelopes that somebody has in hand."""
        return {number for (number,) in self._ask("SELECT id FROM envelopes WHERE status = 'sending'")}

    def sent(self) -> set[str]:
        """The Message-IDs of all mail that is on record as sent."""
        query = "SELECT messages.message_id FROM envelopes JOIN messages ON messages.id = envelopes.message_id"
        return {f"<{found}>" for (found,) in self._ask(f"{query} WHERE envelopes.status = 'sent'")}

    def chain_problems(self) -> list[Any]:
        """What does not agree with the chain of hashes."""
        return list(self.app.ledger.verify().findings)

    def bounced(self) -> set[str]:
        """The addresses whose mail stands refused on the ledger, or was: nobody is there."""
        query = (
            "SELECT address FROM envelopes JOIN attempts ON envelope_id = id "
            "WHERE status = 'failed' AND outcome = 'refused' UNION SELECT address FROM marked_addresses"
        )
        return {address for (address,) in self._ask(query)}

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self._file)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def _empty_database(folder: Path) -> Path:
    """A database with the real schema, made once and copied for each seed."""
    file = folder / "empty.db"
    if not file.exists():
        making = folder / "making.db"
        create_tables(f"sqlite:///{making}")
        making.rename(file)
    return file
