"""What a person saw of the notices that wait, against what waits now: which may be released. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from notify.record.values import Notice, NoticeKey, Status

Recipients = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of the notices that wait are meant; None means any. `due_on` is the day on which they come due."""

    kind: str | None = None
    contract: str | None = None
    due_on: date | None = None

    def __contains__(self, notice: Notice) -> bool:
        return (
            self.kind in (None, notice.key.kind)
            and self.contract in (None, notice.key.contract)
            and self.due_on in (None, notice.due_on)
        )


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person saw of a notice: which one it is, the facts that its letter states, and who gets it."""

    key: NoticeKey
    facts_hash: str
    recipients: Recipients  # (role "to" or "cc", address)


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as it stands, with the subject and recipients of the message that tells it; none where there is none."""

    notice: Notice
    subject: str = ""
    recipients: Recipients = ()

    @property
    def waits(self) -> bool:
        """Whether it waits for approval: held, and with its letter written."""
        return self.notice.status is Status.HELD and self.notice.message_id is not None

    @property
    def reviewed(self) -> Reviewed:
        """What a person who looks at it now has seen."""
        return Reviewed(self.notice.key, self.notice.facts_hash, self.recipients)


@dataclass(frozen=True, slots=True)
class Review:
    """What a person says yes to.

    With `all_or_none`, none is released unless each is still as it was seen; with a `scope`, neither is any unless
    nothing else waits in it. `detail` is kept with the record of who did it.
    """

    reviewed: Sequence[Reviewed]
    all_or_none: bool = False
    scope: Scope | None = None
    detail: str = ""


class Misfit(StrEnum):
    """Why a notice is not released as it was reviewed."""

    UNKNOWN = "unknown"
    NOT_WAITING = "not-waiting"
    RECIPIENTS_CHANGED = "recipients-changed"
    WORDS_CHANGED = "words-changed"
    TOLD_TOGETHER = "told-together"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class NotAsReviewed:
    """A notice that is not what the person saw, and what is found instead."""

    key: NoticeKey
    misfit: Misfit
    found: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What came of an approval: the released notices, in how many letters, and those that were not as reviewed."""

    released: tuple[NoticeKey, ...]
    letters: int
    refused: tuple[NotAsReviewed, ...]


def misfits(reviewed: Sequence[Reviewed], letters: Mapping[NoticeKey, Letter]) -> list[NotAsReviewed]:
    """Those of the reviewed that do not wait any more as they were seen, in the order given.

    `letters` holds them and all that is told together with them. A letter goes out as a whole, so one that tells
    something else besides does not fit either.
    """
    alone = [found for each in reviewed if (found := _misfit(each, letters.get(each.key)))]
    fitting = {each.key for each in reviewed} - {each.key for each in alone}
    companions = _companions(letters.values())
    torn = [
        NotAsReviewed(each.key, Misfit.TOLD_TOGETHER, f"its letter also tells {_names(others)}")
        for each in reviewed
        if each.key in fitting and (others := companions[letters[each.key].notice.message_id] - fitting)
    ]
    return [*alone, *torn]


def unnamed(reviewed: Iterable[Reviewed], waiting: Iterable[Letter]) -> list[NotAsReviewed]:
    """Those that wait and were not reviewed."""
    seen = {each.key for each in reviewed}
    return [
        NotAsReviewed(letter.notice.key, Misfit.NEW, f"waits to go to {people(letter.recipients)}")
        for letter in waiting
        if letter.notice.key not in seen
    ]


def people(recipients: Recipients) -> str:
    """Who gets a letter, in a line: the owner's address first, copies said as such."""
    return ", ".join(address if role == "to" else f"{role} {address}" for role, address in recipients) or "nobody"


def _misfit(seen: Reviewed, letter: Letter | None) -> NotAsReviewed | None:
    if letter is None:
        return NotAsReviewed(seen.key, Misfit.UNKNOWN, "is not on the ledger")
    if not letter.waits:
        return NotAsReviewed(seen.key, Misfit.NOT_WAITING, _stands(letter.notice))
    if set(letter.recipients) != set(seen.recipients):
        found = f"goes to {people(letter.recipients)}; reviewed was {people(seen.recipients)}"
        return NotAsReviewed(seen.key, Misfit.RECIPIENTS_CHANGED, found)
    if letter.notice.facts_hash != seen.facts_hash:
        return NotAsReviewed(seen.key, Misfit.WORDS_CHANGED, "says something else than what was reviewed")
    return None


def _stands(notice: Notice) -> str:
    if notice.approved_at is not None and notice.status is not Status.HELD:
        return f"is {notice.status}; {notice.approved_by} approved it on {notice.approved_at:%Y-%m-%d %H:%M} UTC"
    return f"is {notice.status} ({notice.reason})"


def _companions(letters: Iterable[Letter]) -> dict[int | None, set[NoticeKey]]:
    """By message, the notices that wait and that it tells."""
    found: dict[int | None, set[NoticeKey]] = {}
    for letter in letters:
        if letter.waits:
            found.setdefault(letter.notice.message_id, set()).add(letter.notice.key)
    return found


def _names(keys: Iterable[NoticeKey]) -> str:
    return ", ".join(f"{key.kind} {key.occasion} of {key.contract}/{key.line}" for key in sorted(keys))
