"""The gate that all mail passes, test mail too: may anything leave now, may this recipient be written to, how fast.

It is asked for each envelope, right before that is handed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from notify.delivery.limits import Limits
from notify.record.values import Envelope

NOT_LISTED = "not handed over: the address is not on the list mail.only_to"


@dataclass(frozen=True, slots=True)
class Admission:
    """What the gate says of one envelope."""

    address: str | None  # where to hand it over; None for nowhere
    reason: str = ""  # why this recipient is barred, for good
    stop: str = ""  # why nothing may leave now; the envelope goes back untried


def _never() -> str:
    return ""


class Gate:
    """Whether and how fast mail leaves, and to whom.

    `only_to` holds addresses or @domains, in any case of letters; nothing in it means everyone. What is not on the
    list goes to `redirect_to`; with a redirect and no list, everything does. `stopped` says why nothing may leave at
    this moment, and "" while it may: each envelope waits for an answer to a question that was asked for it or later.
    Where that takes its time, `at_once` gives the answer that is known without waiting, None for none; `stopped` is
    then asked in a thread, once for all envelopes that wait.
    """

    def __init__(
        self,
        only_to: tuple[str, ...] = (),
        redirect_to: str = "",
        *,
        stopped: Callable[[], str] = _never,
        at_once: Callable[[], str | None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._listed = frozenset(each.strip().casefold() for each in only_to)
        self._redirect_to = redirect_to
        self._at_once = at_once or stopped
        self._look = SharedLook(stopped)
        self._limits = limits or Limits()

    def allowed(self, address: str) -> str | None:
        """The address to use for this one; None for none."""
        if not self._listed and not self._redirect_to:
            return address
        whole = address.casefold()
        if whole in self._listed or "@" + _domain(whole) in self._listed:
            return address
        return self._redirect_to or None

    @asynccontextmanager
    async def passage(self, envelope: Envelope) -> AsyncIterator[Admission]:
        """Waits where a limit says so, then says whether and where to hand the envelope over.

        A domain's place is taken while the block runs. Whoever is cancelled while waiting has handed nothing over.
        """
        address = self.allowed(envelope.address)
        if stop := await self._stopped():
            yield Admission(None, stop=stop)
        elif address is None:
            yield Admission(None, reason=NOT_LISTED)
        elif self._limits.hold_nobody:
            yield Admission(address)
        else:
            async with self._limits.slot(_domain(address)):
                # Once more: a person may have paused while it waited.
                stop = await self._stopped()
                yield Admission(None, stop=stop) if stop else Admission(address)

    async def _stopped(self) -> str:
        known = self._at_once()
        return known if known is not None else await self._look.taken()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


class SharedLook:
    """A look that takes its time, for all who wait for one: taken in a thread, one at a time, while the loop goes on.

    What it says counts for whoever asked before it began, never for who asked while it was under way: something may
    have changed in between. Whoever is cancelled while waiting leaves the others' look as it is.
    """

    def __init__(self, look: Callable[[], str]) -> None:
        self._look = look
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[asyncio.Future[str]] = []
        self._is_under_way = False

    async def taken(self) -> str:
        """What a look says that begins after this call.

        Raises:
            Exception: the look's.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # nobody of an earlier one waits any more
            self._loop, self._waiting, self._is_under_way = loop, [], False
        said: asyncio.Future[str] = loop.create_future()
        self._waiting.append(said)
        if not self._is_under_way:
            self._is_under_way = True
            loop.call_soon(self._begin, loop)  # soon, not now: others that are about to ask share it
        return await said

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting = self._waiting, []
        loop.run_in_executor(None, self._look).add_done_callback(partial(self._tell, loop, waiting))

    def _tell(
        self, loop: asyncio.AbstractEventLoop, waiting: Sequence[asyncio.Future[str]], look: asyncio.Future[str]
    ) -> None:
        for said in waiting:
            if not said.done():
                _pass_on(look, said)
        if self._waiting:
            self._begin(loop)
        else:
            self._is_under_way = False


def _pass_on(look: asyncio.Future[str], said: asyncio.Future[str]) -> None:
    if look.cancelled():
        said.cancel()
    elif fault := look.exception():
        said.set_exception(fault)
        said.exception()  # heard, even if the one that waits is cancelled at this very moment
    else:
        said.set_result(look.result())
