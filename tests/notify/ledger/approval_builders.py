"""Builders for approval: what a person who looks at the ledger now sees and approves."""

from __future__ import annotations

from datetime import datetime

from notify.ledger.approval import Approval, Review
from notify.ledger.ledger import Ledger
from notify.record.values import NoticeKey
from tests.notify.builders import NOW


def seen(ledger: Ledger, *keys: NoticeKey, **how: object) -> Review:
    """What waits, as it looks at this moment: these notices, or all."""
    letters = (letter for letter in ledger.releases.waiting() if not keys or letter.notice.key in keys)
    return Review(tuple(letter.reviewed for letter in letters), **how)  # type: ignore[arg-type]  # as given by the test


def approve_all(ledger: Ledger, by: str = "suzuki", now: datetime = NOW) -> Approval:
    return ledger.releases.approve(seen(ledger), by, now)
