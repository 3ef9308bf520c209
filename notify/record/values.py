"""The values that the ledger takes and gives: notices, messages, envelopes, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum

from notify.bounces.values import BounceClass
from notify.errors import NotifyError


class Status(StrEnum):
    """Where a notice, or one envelope of it, stands. A notice stands where its To: envelope does."""

    QUEUED = "queued"
    SENDING = "sending"  # claimed by a delivery, outcome not yet on record
    SENT = "sent"
    FAILED = "failed"  # refused for good
    IN_DOUBT = "in-doubt"  # may or may not have arrived
    HELD = "held"  # waits for a person
    WITHDRAWN = "withdrawn"  # no longer true before it went out
    SKIPPED = "skipped"  # not to be sent, for good, with its reason
    CANCELLED = "cancelled"  # by a person


class Action(StrEnum):
    """What ought to become of a notice."""

    QUEUE = "queue"
    SKIP = "skip"
    HOLD = "hold"
    WITHDRAW = "withdraw"


class Outcome(StrEnum):
    """How one attempt to hand over an envelope ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good, for this recipient
    UNMAILABLE = "unmailable"  # for good, whoever the recipient: says nothing of the address
    BARRED = "barred"  # not on our own allow-list: nothing was handed over
    UNAVAILABLE = "unavailable"  # for now
    MISCONFIGURED = "misconfigured"  # the relay or the configuration is at fault, not the recipient
    UNKNOWN = "unknown"  # it may have been accepted
    RELEASED = "released"  # claimed, but given back untried
    LOST = "lost"  # its claim ran out: the process that held it is gone


class InDoubt(StrEnum):
    """What becomes of an envelope whose outcome is unknown."""

    RESEND = "resend"  # the same bytes once more: a double costs less than a lost deadline
    WAIT = "wait"  # a person decides


class NotPossible(NotifyError):  # noqa: N818 - it is no fault of the program: the sentence says what to do instead
    """What a person asked for cannot be done as the notice stands; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True, order=True)
class NoticeKey:
    """A notice's identity: it is told once. The occasion holds the reference date."""

    kind: str
    contract: str
    line: str
    occasion: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told about one line on one occasion, as it stands."""

    id: int
    key: NoticeKey
    status: Status
    reason: str  # why it was decided so; for a withdrawn one, why it was withdrawn
    due_on: date | None
    not_after: date | None  # last day on which it may go out
    as_of: date  # the business day it was decided for
    checks: Sequence[Mapping[str, object]]
    message_id: int | None  # row of its current, or last, message
    facts_hash: str
    grounds: str  # hash of what it was decided on; "" where nobody can tell
    approved_by: str | None
    approved_at: datetime | None
    sent_at: datetime | None  # when it was first accepted: evidence, kept when it is sent again
    resent_at: datetime | None  # when a person last asked for the same bytes again
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it is to be queued: its bytes are fixed from here on."""

    message_id: str  # the header's value, without its angle brackets
    subject: str
    sender: str  # return address
    raw: bytes = field(repr=False)
    words_hash: str
    facts_hash: str
    template_hash: str
    language: str
    recipients: tuple[tuple[str, str], ...]  # (role "to" or "cc", address)

    @property
    def envelopes(self) -> tuple[tuple[str, str], ...]:
        """The recipients, each address once: an owner who is also to be copied gets one mail."""
        once: dict[str, tuple[str, str]] = {}
        for role, address in self.recipients:
            once.setdefault(address.casefold(), (role, address))
        return tuple(once.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ought to be true of one notice. Notices told in one message share the same Draft object."""

    key: NoticeKey
    action: str  # an Action
    reason: str
    due_on: date | None
    not_after: date | None
    as_of: date
    checks: Sequence[Mapping[str, object]] = ()
    draft: Draft | None = None  # needed to queue; a held one may have it: then it awaits approval
    grounds: str = ""  # hash of what was decided on, for whoever decides again on the same


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many notices reconcile moved where; `unchanged` are those it left as they were."""

    queued: int = 0
    unchanged: int = 0
    replaced: int = 0
    withdrawn: int = 0  # no longer true
    lapsed: int = 0  # withdrawn too, because their last day passed
    skipped: int = 0
    held: int = 0

    def __add__(self, other: Reconciled) -> Reconciled:
        return Reconciled(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one recipient, claimed: what a transport is given."""

    id: int
    message: int  # row of the message
    message_id: str  # the header's value, without its angle brackets
    kind: str
    role: str  # "to" or "cc"
    sender: str  # return address
    address: str
    raw: bytes = field(repr=False)
    owner: str
    attempt: int  # counts claims; with the owner it is the fence
    tries: int  # counts what the retry policy counts; 0 before the first try and after a person's resend
    resends: int  # how often a person asked for it again: with the id, its identity for a transport
    not_after: date | None = None  # last day on which it may go out
    first_tried_at: datetime | None = None  # when the first of those tries began


@dataclass(frozen=True, slots=True)
class Result:
    """How the attempt ended, to be recorded by the claim's owner."""

    envelope: Envelope
    outcome: Outcome
    reply: str = ""
    next_attempt_at: datetime | None = None  # unavailable, unknown: when to try again; None for never by itself
    handed_to: str = ""  # the address used, where it was redirected


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim of an envelope and what came of it; `finished_at` is None while it is under way."""

    number: int
    owner: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome | None
    reply: str
    handed_to: str


@dataclass(frozen=True, slots=True)
class BounceStory:
    """A report that it came back. `told_at` is when the sales desk was told."""

    bounce_class: BounceClass
    status: str
    diagnostic: str
    reporting_mta: str
    received_at: datetime
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnvelopeStory:
    """What became of one recipient's copy."""

    id: int
    role: str
    address: str
    status: Status
    next_attempt_at: datetime | None
    sent_at: datetime | None
    reply: str
    attempts: tuple[Attempt, ...]
    bounces: tuple[BounceStory, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStory:
    """A message that told the notice, current or earlier. Its bytes come from `Ledger.raw`."""

    id: int
    message_id: str
    subject: str
    sender: str
    language: str
    words_hash: str
    template_hash: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str
    envelopes: tuple[EnvelopeStory, ...]


@dataclass(frozen=True, slots=True)
class PersonsAction:
    """What a person did to a notice, when."""

    action: str
    by: str
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything on record about one notice, oldest first."""

    notice: Notice
    messages: tuple[MessageStory, ...]
    actions: tuple[PersonsAction, ...]
