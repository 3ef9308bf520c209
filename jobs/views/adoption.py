"""What would be sent from a database that is about to be adopted: what waits in it, and what today's jobs would add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from jobs.notices.decision import Action
from jobs.notices.notice import Job
from jobs.runs.decide import Decider
from jobs.runs.records import ledger_key
from jobs.runs.search import Search
from notify.ledger.ledger import Ledger
from notify.record.values import NoticeKey, Status

WAITING = (Status.QUEUED, Status.SENDING, Status.IN_DOUBT)
NEW = "not written yet"


@dataclass(frozen=True, slots=True)
class WouldSend:
    """A notice that would go out; `status` is that on the ledger, or that today's jobs would write it."""

    key: NoticeKey
    status: str

    @property
    def row(self) -> dict[str, Any]:
        """As users see it."""
        return asdict(self.key) | {"status": self.status}


def would_send(jobs: Iterable[Job], decider: Decider, today: date, now: datetime) -> list[WouldSend]:
    """The notices that a run of all jobs and a delivery would send today; what is in doubt may be among them."""
    searches = (Search(job, today, today) for job in jobs)
    found = {each.key: each for each in (*_waiting(decider.records.ledger), *_new(searches, decider, now))}
    return sorted(found.values(), key=lambda each: each.key)


def counts_by_kind(notices: Iterable[WouldSend]) -> dict[str, int]:
    """How many of each kind."""
    return dict(sorted(Counter(each.key.kind for each in notices).items()))


def as_json(why: str, fenced: str | None, notices: Sequence[WouldSend]) -> dict[str, Any]:
    """The listing for scripts."""
    listed = {"count": len(notices), "by_kind": counts_by_kind(notices), "notices": [each.row for each in notices]}
    return {"fenced": fenced, "why": why, "would_send": listed}


def _waiting(ledger: Ledger) -> Iterator[WouldSend]:
    for status in WAITING:
        for notice in ledger.notices(status=status):
            yield WouldSend(notice.key, status)


def _new(searches: Iterable[Search], decider: Decider, now: datetime) -> Iterator[WouldSend]:
    for search in searches:
        for batch in decider.batches(search, now):
            for decision in (one.decision for one in batch.decided):
                key = ledger_key(decision.key)
                if decision.action is Action.SEND and not _waits(batch.record.get(key)):
                    yield WouldSend(key, NEW)


def _waits(notice: Any) -> bool:
    return notice is not None and notice.status in WAITING
