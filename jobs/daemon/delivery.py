"""The daemon's delivery: what is queued goes out at once, whoever queued it, for as long as mail may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from jobs.daemon.outage import is_outage
from jobs.daemon.pulse import DATABASE, DELIVERY
from jobs.daemon.session import Session
from jobs.installation.state_file import StateFileError
from jobs.log.logger import Logger
from jobs.runs.stopping import Stopped
from notify.delivery.delivery import Delivered, Progress

LONGEST = 300.0  # seconds after a pass that led to nothing, or failed

_log = Logger("jobs.daemon")


class Drain:
    """Delivers what is due, until the session ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._app = session.app
        self._is_first = True  # it looks after what a dead process left, whether anything is due or not
        self._held_back: tuple[datetime, datetime] | None = None  # when the relay stopped it, and until when
        self._refusal = ""
        self._unwritten: frozenset[str] = frozenset()  # the letters that the last pass could not write
        self._futile = 0  # passes in a row that led to nothing

    async def run(self) -> None:
        """Delivers again and again."""
        session = self._session
        while not session.is_to_stop():
            session.pulse.beat(DELIVERY)
            question = session.outage.ask()
            try:
                seconds = await self.look(question)
            except Stopped:
                return
            except Exception as error:  # noqa: BLE001 — said there; the daemon outlives a fault
                seconds = self._after(question, error)
            await session.rest(session.deliver, seconds)

    def hurry(self) -> None:
        """Does not wait for the relay any longer."""
        self._held_back = None
        self._session.deliver.set()

    async def look(self, question: int) -> float:
        """Delivers if there is anything to do. How many seconds to rest."""
        if not await self._has_work(question):
            self._futile = 0
            await self._tell_desk()
            return self._session.pace.poll
        seconds = await self._deliver()
        await self._tell_desk()
        return seconds

    async def _has_work(self, question: int) -> bool:
        if self._waits_for_the_relay(self._app.clock.now()):
            return False
        try:
            found = await asyncio.to_thread(self._ask)
        except StateFileError as error:  # the database was not asked
            self._note(str(error))
            return False
        self._session.outage.over(question)
        return found

    def _ask(self) -> bool:
        """Asks the database, at little cost, whether a delivery is worth beginning."""
        app, now = self._app, self._app.clock.now()
        refusal = app.fence.refusal() or app.doubt_of_today()
        self._session.pulse.beat(DATABASE)
        self._note(refusal)
        if refusal:
            return False
        next_due = app.ledger.outbox.next_due(app.clock.today(), now)
        return self._is_first or (next_due is not None and next_due <= now) or app.deliveries.has_claims_of_the_dead()

    def _waits_for_the_relay(self, now: datetime) -> bool:
        # Where the clock was set back, its hour would come again: nobody waits for that.
        return self._held_back is not None and self._held_back[0] <= now < self._held_back[1]

    def _note(self, refusal: str) -> None:
        if refusal and refusal != self._refusal:
            _log.warning("delivery waits", reason=refusal)
            self._session.notifier.status(f"delivery waits: {refusal}")
        if self._refusal and not refusal:
            _log.info("delivery goes on")
        self._refusal = refusal

    async def _deliver(self) -> float:
        app, session, today = self._app, self._session, self._app.clock.today()
        problems: list[str] = []
        async with _held(session):
            ready = await asyncio.to_thread(app.deliveries.prepare, today, tell=problems.append, between=self._go_on)
        self._note_unwritten(problems)
        if isinstance(ready, Delivered):
            self._note(ready.stopped)
            return session.pace.poll
        session.has_news = True
        delivered = await app.deliveries.hand_over(today, ready, stop=session.stop, progress=self._come_on)
        self._is_first = False
        return self._rest_after(delivered)

    async def _tell_desk(self) -> None:
        """Queues a letter of what the runs and this delivery found and cannot wait; the next pass sends it."""
        session = self._session
        if not session.has_news:
            return
        session.has_news = False
        async with _held(session):
            if await asyncio.to_thread(self._app.urgent_letter.queue, self._app.clock.today()):
                session.deliver.set()

    def _go_on(self) -> None:
        """Between two batches of decisions."""
        self._session.pulse.beat(DELIVERY)
        if self._session.is_to_stop():
            raise Stopped("asked to stop")

    def _come_on(self, _so_far: Progress) -> None:
        self._session.pulse.beat(DELIVERY)
        self._session.pulse.beat(DATABASE)

    def _rest_after(self, delivered: Delivered) -> float:
        self._held_back = None
        is_nothing = delivered == Delivered(stopped=delivered.stopped, is_refused=delivered.is_refused)
        if delivered.is_refused:
            self._refusal = delivered.stopped
        elif delivered.stopped and delivered.next_at is not None:
            self._held_back = (self._app.clock.now(), delivered.next_at)
        self._futile = self._futile + 1 if is_nothing else 0
        return self._longer_each_time(self._futile - 1)

    def _note_unwritten(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self._unwritten:
                _log.error("letter not written", problem=problem)
        self._unwritten = frozenset(problems)

    def _after(self, question: int, error: Exception) -> float:
        """What is said of it, and how long to rest."""
        # The fence looks at the database's file before it asks the database.
        if is_outage(error) or isinstance(error, FileNotFoundError):
            return self._session.outage.pause(question, error)
        _log.error("delivery failed", cause=error)
        self._futile += 1
        return self._longer_each_time(self._futile)

    def _longer_each_time(self, times: int) -> float:
        return min(LONGEST, self._session.pace.poll * 2.0 ** min(max(0, times), 30))


@asynccontextmanager
async def _held(session: Session) -> AsyncIterator[None]:
    """While the block runs, nobody else in this process decides. Waiting for a long run is no sign of being stuck."""
    turn = asyncio.ensure_future(session.deciding.acquire())
    while not turn.done():
        session.pulse.beat(DELIVERY)
        await asyncio.wait([turn], timeout=session.pace.heartbeat)
    try:
        yield
    finally:
        session.deciding.release()
