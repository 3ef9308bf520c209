"""The gate that all mail passes, test mail too: may anything leave now, may this recipient be written to, how fast.

It is asked for each envelope, right before that is handed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

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
    Where that takes its time, `known` gives the answer that is known without waiting, None for none; `stopped` is
    then asked in a thread, once for all envelopes that wait.
    """

    def __init__(
        self,
        only_to: tuple[str, ...] = (),
        redirect_to: str = "",
        *,
        stopped: Callable[[], str] = _never,
        known: Callable[[], str | None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._listed = frozenset(each.strip().casefold() for each in only_to)
        self._redirect_to = redirect_to
        self._known = known or stopped
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
        known = self._known()
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
        self._current: asyncio.Task[str] | None = None  # under way
        self._next: asyncio.Task[str] | None = None  # begins when that has ended

    async def taken(self) -> str:
        """What a look says that begins after this call.

        Raises:
            Exception: the look's.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # nobody of an earlier one waits any more
            self._loop, self._current, self._next = loop, None, None
        if self._next is None:
            self._next = loop.create_task(self._taken_after(self._current))
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)

    async def _taken_after(self, current: asyncio.Task[str] | None) -> str:
        if current is not None:
            await asyncio.wait([current])
        self._current, self._next = self._next, None
        return await asyncio.to_thread(self._look)


def _heard(look: asyncio.Task[str]) -> None:
    """Its failure is, even if all who wait are cancelled at this very moment."""
    if not look.cancelled():
        look.exception()
