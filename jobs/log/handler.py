"""The log: ours and every library's records in one form, JSON lines or a console's, without anybody's address."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jobs.config.settings import LogTable
from jobs.log.logger import FACTS, PROGRESS, RUNS, bound_facts
from jobs.log.masking import harmless, masked

# Who says each step at the level at which we say a run's beginning and end.
_CHATTY = ("apscheduler", "asyncio", "alembic", "sqlalchemy")
_COLOURS = {"warning": 33, "error": 31, "critical": 31}  # of a terminal: yellow, red


def set_up_logs(table: LogTable, *, is_service: bool = False) -> None:
    """Sends all records to stderr in the form and from the level that [log] says.

    With level `auto` a service says what it does, and a command only what a person may have to look at: cron mails each
    line of it. Called again it begins anew.
    """
    level = _level(table, is_service=is_service)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, StderrHandler)]:
        root.removeHandler(handler)
    root.addHandler(StderrHandler(table.format))
    root.setLevel(level)
    logging.captureWarnings(capture=is_service)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    is_command = table.level == "auto" and not is_service
    logging.getLogger(PROGRESS).setLevel(logging.INFO if is_command else logging.NOTSET)
    logging.getLogger(RUNS).setLevel(logging.CRITICAL if is_command else logging.NOTSET)  # it tells its own failure


def _level(table: LogTable, *, is_service: bool) -> int:
    if table.level == "auto":
        return logging.INFO if is_service else logging.WARNING
    return logging.getLevelNamesMapping()[table.level.upper()]


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
    return JsonForm() if as_json else ConsoleForm(is_coloured=is_terminal)


class JsonForm(logging.Formatter):
    """A record as an object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        found = {harmless(name): _safe(value, "\n\t") for name, value in _described(record).items()}
        return json.dumps(found, ensure_ascii=False)


class ConsoleForm(logging.Formatter):
    """A record as a line for people, a traceback under it."""

    def __init__(self, *, is_coloured: bool) -> None:
        super().__init__()
        self._is_coloured = is_coloured

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines."""
        found = _described(record)
        traceback = found.pop("exception", "")
        at, level, event, logger = (harmless(masked(found.pop(name))) for name in ("at", "level", "event", "logger"))
        facts = (f"{harmless(name)}={_safe(value)}" for name, value in found.items())
        shown = f"{at} [{self._coloured(level)}{' ' * (9 - len(level))}] {event:<30} [{logger}]"
        return " ".join((shown, *facts)) + (f"\n{_indented(masked(traceback))}" if traceback else "")

    def _coloured(self, level: str) -> str:
        colour = _COLOURS.get(level)
        return f"\x1b[{colour}m{level}\x1b[0m" if self._is_coloured and colour else level


def _described(record: logging.LogRecord) -> dict[str, Any]:
    """The record as data: when, how grave, what, its facts, who said it, and the traceback without local values."""
    facts = getattr(record, FACTS, None) or bound_facts()
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
    found |= {name: value for name, value in facts.items() if name not in found}
    found["logger"] = record.name
    if record.exc_info:
        found["exception"] = logging.Formatter().formatException(record.exc_info)
    return found


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
