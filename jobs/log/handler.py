"""The log: ours and every library's records in one form, JSON lines or a console's, without anybody's address."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter
from structlog.types import Processor

from jobs.log.logger import FACTS, PROGRESS, RUNS, bound_facts
from jobs.log.masks import harmless, masked

# Who says each step at the level at which we say a run's beginning and end.
_CHATTY = ("apscheduler", "asyncio", "alembic", "sqlalchemy")

Event = MutableMapping[str, Any]


def set_up_logs(form: str = "auto", level: str = "auto", *, is_service: bool = False) -> None:
    """Sends all records to stderr in that form and from that level, which are those of the table [log].

    With level `auto` a service says what it does, and a command only what a person may have to look at: cron mails each
    line of it. Called again it begins anew.
    """
    least = _level(level, is_service=is_service)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, StderrHandler)]:
        root.removeHandler(handler)
    root.addHandler(StderrHandler(form))
    root.setLevel(least)
    logging.captureWarnings(capture=is_service)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))
    is_command = level == "auto" and not is_service
    logging.getLogger(PROGRESS).setLevel(logging.INFO if is_command else logging.NOTSET)
    logging.getLogger(RUNS).setLevel(logging.CRITICAL if is_command else logging.NOTSET)  # it tells its own failure


def _level(level: str, *, is_service: bool) -> int:
    if level == "auto":
        return logging.INFO if is_service else logging.WARNING
    return logging.getLevelNamesMapping()[level.upper()]


class StderrHandler(logging.Handler):
    """Writes each record to stderr as it is at that moment."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form
        self._made_for: object = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes it. What cannot be formatted or written must not end the run that wanted to say it."""
        try:
            if self._made_for is not sys.stderr or self.formatter is None:
                self.formatter, self._made_for = formatter(self._form, is_terminal=sys.stderr.isatty()), sys.stderr
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 — logging's own rule for handlers
            self.handleError(record)


def formatter(form: str, *, is_terminal: bool) -> logging.Formatter:
    """What turns a record into text: `json`, `console`, or `auto`, a console's form on a terminal only."""
    as_json = form == "json" or (form == "auto" and not is_terminal)
    last = _json_form() if as_json else _console_form(is_terminal=is_terminal)
    # Masking comes last before the form is given, so that it sees all that will be read.
    return ProcessorFormatter(processors=[_described, ProcessorFormatter.remove_processors_meta, *last])


def _described(_logger: Any, _method: str, event: Event) -> Event:
    """The record as data: when, how grave, what, its facts, who said it, and the traceback without local values."""
    record: logging.LogRecord = event["_record"]
    facts = getattr(record, FACTS, None) or bound_facts()
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    traceback = event.get("exc_info")
    found: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "event": event["event"]}
    found |= {name: value for name, value in facts.items() if name not in found}
    found |= {"logger": record.name, "_record": record, "_from_structlog": False}
    if traceback:
        found["exception"] = logging.Formatter().formatException(traceback)
    return found


def _json_form() -> Sequence[Processor]:

    def safe(_logger: Any, _method: str, event: Event) -> Event:
        return {harmless(name): _safe(value, "\n\t") for name, value in event.items()}

    return [safe, JSONRenderer(ensure_ascii=False)]


def _console_form(*, is_terminal: bool) -> Sequence[Processor]:

    def safe(_logger: Any, _method: str, event: Event) -> Event:
        traceback = event.pop("exception", None)
        found = {harmless(name): _safe(value) for name, value in event.items()}
        if traceback:
            found["exception"] = _indented(masked(str(traceback)))
        return found

    return [safe, ConsoleRenderer(colors=is_terminal, timestamp_key="at")]


def _safe(value: object, kept: str = "") -> Any:
    """The value as plain data that may be read by others."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {harmless(masked(str(name))): _safe(each, kept) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_safe(each, kept) for each in value]
    return harmless(masked(str(value)), kept)


def _indented(text: str) -> str:
    """Each line behind a bar: none can be taken for a record of its own."""
    return "\n".join(f"  | {harmless(line)}" for line in text.split("\n"))
