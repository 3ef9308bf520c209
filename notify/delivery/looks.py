"""A look that takes its time, shared by all that wait for one: it is taken in a thread, and the event loop goes on.

What a look says counts for whoever asked before it began, never for who asked while it was under way: something may
have changed in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial


class SharedLook:
    """Takes one look at a time. Whoever is cancelled while waiting leaves the others' look as it is."""

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
