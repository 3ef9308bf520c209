"""What speaks to a person at the terminal, in their language; what scripts read stays as it is in every language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.language.messages import PLACES, SORTS, Messages, Said
from jobs.terminal.output import Row, say, show_rows

_NOTHING = Said("table.empty")
_NAMED = {*SORTS, "job"}  # keys whose values are codes


@dataclass(frozen=True, slots=True)
class Speaker:
    """Prints sentences by their codes, and tables with the names of columns and codes."""

    messages: Messages

    def say(self, code: str, **values: Any) -> None:
        """Prints a result line to stdout."""
        say(self.messages.say(code, **values))

    def rows(self, rows: Sequence[Row], columns: Mapping[str, str], form: str, empty: Said = _NOTHING) -> None:
        """Prints rows as a table, json or csv; without any, a table is the sentence of `empty`.

        `columns` maps keys to the codes of their headings.
        """
        if form != "table":
            show_rows(rows, columns, form)
            return
        headings = {key: self.messages.name("column", heading) for key, heading in columns.items()}
        nothing = "" if rows else self.messages.said(empty)
        show_rows([dict(self._named(row)) for row in rows], headings, form, nothing)

    def _named(self, row: Row) -> Iterator[tuple[str, Any]]:
        for key, value in row.items():
            if key in _NAMED:
                yield key, PLACES[key](self.messages, value)
            elif isinstance(value, datetime):
                yield key, self.messages.time(value)
            else:
                yield key, value
