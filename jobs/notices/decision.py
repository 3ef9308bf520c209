"""What follows for one line on one occasion, and why. Pure values: the same for a run, a preview and an explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from contracts.calendar import BusinessCalendar


class Action(StrEnum):
    """What is to be done. `NONE` is for explanations only: the notice has not come into its time, or never will."""

    SEND = "send"
    SKIP = "skip"
    HOLD = "hold"
    NONE = "none"


class Reason(StrEnum):
    """Why: the fixed vocabulary that scripts and the ledger rely on."""

    DUE = "due"
    LATE = "late"
    ALREADY_SENT = "already-sent"
    SUPERSEDED = "superseded"
    CONTINUED = "continued"
    DECLINED = "declined"
    BOUGHT_ANEW = "bought-anew"
    LAPSES = "lapses"
    WINDOW_CLOSED = "window-closed"
    BEFORE_BASELINE = "before-baseline"
    RELEASED = "released"
    NOTHING_TO_RELEASE = "nothing-to-release"
    OWNER_MISSING = "owner-missing"
    OWNER_INVALID = "owner-invalid"
    OWNER_BOUNCED = "owner-bounced"
    AWAITING_APPROVAL = "awaiting-approval"
    # of what comes to nothing, with Action.NONE only
    NOT_DUE = "not-due"
    NOT_OPENED = "not-opened"
    NOT_ITS_KIND = "not-its-kind"
    TERM_OVER = "term-over"  # on the ledger as well, of a notice that waited until then


Value = str | int | date | tuple[object, ...]  # of JSON, but for days


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that was looked at: the rule it comes from, what was found, and whether it lets the notice go.

    What was found is a code and its values; jobs/language says it when somebody reads it.
    """

    rule: str
    code: str
    passed: bool
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def as_data(self) -> dict[str, object]:
        """As the ledger keeps it, days in ISO 8601."""
        values = {name: str(value) if isinstance(value, date) else value for name, value in self.values.items()}
        return {"rule": self.rule, "code": self.code, "values": values, "passed": self.passed}


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one notice: kind, line and occasion are its identity, the checks are the way it was reached."""

    kind: str
    contract: str
    line: str
    occasion: str
    action: Action
    reason: Reason
    due_on: date | None = None
    not_after: date | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    reference: date | None = None  # the date that the occasion refers to, where the letter needs it again
    together: str = ""  # those of one occasion with the same word are told in one letter
    withdraws: tuple[str, ...] = ()  # lines whose day in the reader's calendar is over with it

    @property
    def key(self) -> Key:
        """Its identity on the ledger."""
        return Key(self.kind, self.contract, self.line, self.occasion)


@dataclass(frozen=True, slots=True)
class Key:
    """kind + line + occasion: what the ledger holds once."""

    kind: str
    contract: str
    line: str
    occasion: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger says of a notice, as far as a decision may depend on it."""

    status: str
    at: datetime  # when that was recorded, aware
    is_approved: bool = False
    letter: int | None = None  # the mail that tells it, and maybe others with it; None for what another system told
    notice: int | None = None  # its id
    # What it was decided on, as the ledger keeps it; empty where that was not read, and for what another system told.
    checks: Sequence[Mapping[str, Any]] = ()

    @property
    def is_final(self) -> bool:
        """It went out, may have gone out, was refused, or a person ended it: it is not to be said again."""
        return self.status in {"sending", "sent", "in-doubt", "failed", "cancelled"}

    @property
    def went_out(self) -> bool:
        """The customer has it, or may have it."""
        return self.status in {"sending", "sent", "in-doubt"}


Record = Mapping[Key, Recorded]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision may depend on besides the contract and the job's rules."""

    as_of: date
    record: Record = field(default_factory=dict)
    baseline: date | None = None  # what was due before is another system's business
    bounced: frozenset[str] = frozenset()  # addresses that hard-bounced, as `mailable` gives them
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)  # of the reseller's office
