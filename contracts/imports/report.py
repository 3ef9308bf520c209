"""What an import did, or would do: counts, and each finding with its row, up to a bound that is said.

The findings are made in contracts/files/rows.py, cell by cell, and said in jobs/intake/report.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from contracts.files.rows import Flagged, Rejected

SHOWN = 10_000  # findings of one kind kept in full; of the rest, the count

Finding = TypeVar("Finding")


@dataclass(frozen=True, slots=True)
class Changed:
    """One column of a line or an account that the book had otherwise. `subject` is `K-0001/1` or an account number."""

    row: int
    subject: str
    column: str
    old: str
    new: str


@dataclass(slots=True)
class Listed(Generic[Finding]):
    """Findings of one kind: the first SHOWN of them, and how many more there are."""

    shown: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def total(self) -> int:
        """How many there are in all."""
        return len(self.shown) + self.more

    def add(self, *findings: Finding) -> None:
        """Keeps them while there is room, and counts them in any case."""
        room = max(0, SHOWN - len(self.shown))
        self.shown.extend(findings[:room])
        self.more += len(findings[room:])


@dataclass(slots=True)
class ImportReport:
    """The outcome of one import, as far as it has come. Each row counts once: added, changed, unchanged or rejected.

    `written` says whether the book now is as the file says: false for a dry run, and where strict refused.
    A row counts by what it says of its line; what it says of its account counts in the two account numbers.
    """

    file: str
    dry_run: bool
    strict: bool
    written: bool = False
    added_count: int = 0
    changed_count: int = 0
    unchanged_count: int = 0
    rejected_count: int = 0
    accounts_added_count: int = 0
    accounts_changed_count: int = 0
    changes: Listed[Changed] = field(default_factory=Listed)
    rejections: Listed[Rejected] = field(default_factory=Listed)
    flags: Listed[Flagged] = field(default_factory=Listed)

    @property
    def row_count(self) -> int:
        """Rows looked at so far."""
        return self.added_count + self.changed_count + self.unchanged_count + self.rejected_count

    @property
    def flagged_count(self) -> int:
        """Remarks; a row may have several, or none."""
        return self.flags.total

    def reject(self, *problems: Rejected) -> None:
        """One row stays out, for these reasons."""
        self.rejected_count += 1
        self.rejections.add(*problems)
