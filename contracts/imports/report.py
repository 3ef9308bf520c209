"""What an import did, or would do: counts, and each finding with its row, up to a bound that is said."""

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


@dataclass(frozen=True, slots=True)
class Listed(Generic[Finding]):
    """Findings of one kind: the first SHOWN of them, and how many more there are."""

    shown: tuple[Finding, ...]
    more: int

    @property
    def total(self) -> int:
        """How many there are in all."""
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one import. Each row of the file counts once: added, changed, unchanged or rejected.

    `written` says whether the book now is as the file says: false for a dry run, and where strict refused.
    A row counts by what it says of its line; what it says of its account counts in the two account numbers.
    """

    file: str
    dry_run: bool
    strict: bool
    written: bool
    row_count: int
    added_count: int
    changed_count: int
    unchanged_count: int
    rejected_count: int
    flagged_count: int
    accounts_added_count: int
    accounts_changed_count: int
    changes: Listed[Changed]
    rejections: Listed[Rejected]
    flags: Listed[Flagged]


@dataclass(slots=True)
class Collected(Generic[Finding]):
    """Findings of one kind while they come in."""

    kept: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(self, *findings: Finding) -> None:
        """Keeps them while there is room, and counts them in any case."""
        room = max(0, SHOWN - len(self.kept))
        self.kept.extend(findings[:room])
        self.more += len(findings[room:])

    def listed(self) -> Listed[Finding]:
        """As the report has them."""
        return Listed(tuple(self.kept), self.more)


@dataclass(slots=True)
class Findings:
    """What an import found so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    accounts_added: int = 0
    accounts_changed: int = 0
    changes: Collected[Changed] = field(default_factory=Collected)
    rejections: Collected[Rejected] = field(default_factory=Collected)
    flags: Collected[Flagged] = field(default_factory=Collected)

    @property
    def rows(self) -> int:
        """Rows looked at so far."""
        return self.added + self.changed + self.unchanged + self.rejected

    def reject(self, *problems: Rejected) -> None:
        """One row stays out, for these reasons."""
        self.rejected += 1
        self.rejections.add(*problems)

    def report(self, file: str, *, dry_run: bool, strict: bool, written: bool) -> ImportReport:
        """The report, its flags in the order of rows."""
        flags = self.flags.listed()
        in_order = tuple(sorted(flags.shown, key=lambda flag: flag.row or 0))
        return ImportReport(
            file=file,
            dry_run=dry_run,
            strict=strict,
            written=written,
            row_count=self.rows,
            added_count=self.added,
            changed_count=self.changed,
            unchanged_count=self.unchanged,
            rejected_count=self.rejected,
            flagged_count=flags.total,
            accounts_added_count=self.accounts_added,
            accounts_changed_count=self.accounts_changed,
            changes=self.changes.listed(),
            rejections=self.rejections.listed(),
            flags=Listed(in_order, flags.more),
        )
