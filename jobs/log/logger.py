"""Saying what happens: an event as a plain sentence, then its facts. What becomes of it stands in jobs/log/handler.py.

The standard library's loggers carry the records, so that ours and other libraries' take one way, and so that nothing is
imported for a record that nobody asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar

_BOUND: ContextVar[Mapping[str, object]] = ContextVar("bound", default={})  # noqa: B039 — replaced, never changed

PROGRESS = "jobs.progress"  # the logger of what is said while a person waits
RUNS = "jobs.runs"  # the logger of runs' beginning and end
FACTS = "facts"  # the attribute of a record that holds them


class Logger:
    """Says events with their facts. A fact is never an address; the formatter masks those that slip in."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    @property
    def says_all(self) -> bool:
        """Whether it says what only matters while a fault is looked for."""
        return self._logger.isEnabledFor(logging.DEBUG)

    def debug(self, event: str, **facts: object) -> None:
        """What only matters while a fault is looked for."""
        self._say(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: object) -> None:
        """What happened as it should."""
        self._say(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """What a person may have to look at."""
        self._say(logging.WARNING, event, facts)

    def error(self, event: str, *, cause: BaseException | None = None, **facts: object) -> None:
        """What failed; the traceback of `cause` goes with it."""
        self._say(logging.ERROR, event, facts, cause)

    def _say(self, level: int, event: str, facts: Mapping[str, object], cause: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, exc_info=cause, extra={FACTS: {**_BOUND.get(), **facts}})


def bind(**facts: object) -> None:
    """From here on these facts go with each event of this task, and of the tasks and threads it starts.

    `asyncio.to_thread` carries them along, `loop.run_in_executor` does not.
    """
    _BOUND.set({**_BOUND.get(), **facts})


def unbind(*names: str) -> None:
    """From here on these facts do not go with events any more."""
    _BOUND.set({name: fact for name, fact in _BOUND.get().items() if name not in names})


def bound_facts() -> Mapping[str, object]:
    """The facts that go with each event here: for records that other libraries write."""
    return _BOUND.get()
