"""Listening to what the program says: each event with its facts, as data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jobs.log.logger import FACTS


class _Listener(logging.Handler):
    def __init__(self, heard: list[dict[str, Any]]) -> None:
        super().__init__(logging.DEBUG)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(
            {"event": record.getMessage(), "level": record.levelname.lower(), **getattr(record, FACTS, {})}
        )


@contextmanager
def captured_events() -> Iterator[list[dict[str, Any]]]:
    """All that is said while the block runs, in order."""
    heard: list[dict[str, Any]] = []
    listener, logger = _Listener(heard), logging.getLogger("jobs")
    before, runs = logger.level, logging.getLogger("jobs.runs")
    runs_before = runs.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    runs.setLevel(logging.NOTSET)
    try:
        yield heard
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)
        runs.setLevel(runs_before)
