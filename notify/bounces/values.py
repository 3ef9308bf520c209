"""What a delivery report is understood to say: its sort, and one finding for each recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sort(StrEnum):
    """What a mail at the return address is."""

    BOUNCE = "bounce"
    DELAYED = "delayed"  # a server still tries: nothing follows
    DELIVERED = "delivered"  # a server says that it did arrive
    AUTO_REPLY = "auto-reply"  # out of office, a receipt
    FEEDBACK = "feedback"  # its reader called it spam (RFC 5965)
    OTHER = "other"  # most likely written by a person


class BounceClass(StrEnum):
    """Whose affair it is that a mail was not delivered."""

    HARD = "hard"  # the address is gone: trying again will not help
    SOFT = "soft"  # the mailbox is full, or a server gave up after many tries
    POLICY = "policy"  # this mail or its sender is not wanted there: says nothing of the address
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What became of a mail for one recipient (RFC 3464 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a report says of one recipient. `recipient` is "" where it names none."""

    recipient: str
    original_recipient: str  # as we wrote it, where it was forwarded; else ""
    action: Action
    bounce_class: BounceClass
    status: str = ""  # RFC 3463, "5.1.1"
    diagnostic: str = ""  # one printable line, without addresses


@dataclass(frozen=True, slots=True)
class Report:
    """A mail at the return address, as far as it was understood."""

    sort: Sort
    findings: tuple[Finding, ...]
    reporting_mta: str
    message_ids: tuple[str, ...]  # of the mail it is about, likeliest first, without their angle brackets
    sent_to: tuple[str, ...]  # where it was sent to, the return address among it
    reported_at: datetime | None
    digest: str  # the same for the same report, however often it comes
