"""The gate that all mail passes, test mail too: may anything leave now, may this recipient be written to, how fast.

It is asked for each envelope, right before that is handed over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notify.delivery.limits import Limits
from notify.delivery.looks import SharedLook
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
