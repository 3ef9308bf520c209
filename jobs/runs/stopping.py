"""Being asked to stop: SIGTERM and SIGINT are heard, and what is under way is brought to its end.

The first signal asks: a run finishes its batch, a delivery what it has in hand, and both record that. A second one
leaves at once with the status that shells know, 130 or 143; what was in hand then is in doubt when its claim runs out.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SHOW_CURSOR = "\x1b[?25h"  # a live display hides it


class Stopped(Exception):  # noqa: N818 - named for what happened
    """A run was asked to stop before it had looked at everything."""


class NotYet(Stopped):
    """What a run needs is not there yet; it is worth another look in a moment."""


class Stopping:
    """Whether this process was asked to stop; made within the event loop that `event` is waited for in."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._is_requested = False
        self._loop = asyncio.get_running_loop()

    def is_requested(self) -> bool:
        """Whether it was, at once; the event is set when the loop comes round."""
        return self._is_requested

    def request(self) -> None:
        """Asks, from any thread."""
        self._is_requested = True
        self._loop.call_soon_threadsafe(self.event.set)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs, signals ask. Only a process's main thread can hear them; elsewhere nothing changes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        # Not the loop's own handlers: those are heard only when it comes round, and deciding keeps it busy.
        before = {each: signal.signal(each, self._hear) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if self._is_requested:
            _leave(number)
        os.write(2, b"Stopping: what is in hand is finished. Once more to leave at once.\n")
        self.request()


def _leave(number: int) -> None:
    if sys.stderr.isatty():
        os.write(2, _SHOW_CURSOR.encode())
    os.write(2, b"Stopped.\n")
    os._exit(128 + number)
