"""What ought to be true of each notice, against what is on record: which notices move where. Values only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from notify.record.values import Action, Notice, NoticeKey, Status, Wanted

CHANGED = "changed"  # why a message is withdrawn whose place another one takes


class Move(StrEnum):
    """What happens to a notice's row."""

    LEAVE = "leave"
    QUEUE = "queue"
    HOLD = "hold"
    SKIP = "skip"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A notice's row, as far as reconciling depends on it. The words and recipients are those of its message."""

    id: int
    status: Status
    reason: str
    message_id: int | None = None
    words_hash: str = ""
    recipients: frozenset[tuple[str, str]] = frozenset()
    is_approved: bool = False
    is_resent: bool = False
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one notice. `row` is None where nothing is on record."""

    wanted: Wanted
    row: OnRecord | None
    move: Move

    @property
    def message_that_goes(self) -> int | None:
        """The message on record that must not go out after this step."""
        return self.row.message_id if self.row and self.move is not Move.LEAVE else None

    @property
    def has_lapsed(self) -> bool:
        """Whether it is withdrawn because its last day passed while it waited."""
        last_day = self.wanted.not_after
        return self.move is Move.WITHDRAW and last_day is not None and last_day < self.wanted.as_of

    @property
    def writes_draft(self) -> bool:
        """Whether the step puts its draft on record."""
        return self.wanted.draft is not None and self.move in (Move.QUEUE, Move.HOLD)

    @property
    def stays_as_it_is_said(self) -> bool:
        """Whether it was left because its message, still to go out, says just what is wanted."""
        row = self._left_waiting
        return row is not None and not row.is_resent and self.wanted.draft is not None

    @property
    def has_other_grounds(self) -> bool:
        """Whether it was left as it waits, though what it was decided on is not what it rests on now."""
        row = self._left_waiting
        return row is not None and row.grounds != self.wanted.grounds

    @property
    def _left_waiting(self) -> OnRecord | None:
        """The row, where it still waits and was left so."""
        waits = self.row is not None and self.row.status in (Status.QUEUED, Status.HELD)
        return self.row if waits and self.move is Move.LEAVE else None


_MOVES: Mapping[Action, Mapping[Status | None, Move]] = {
    Action.QUEUE: {
        None: Move.QUEUE,
        Status.QUEUED: Move.QUEUE,
        Status.HELD: Move.QUEUE,
        Status.SKIPPED: Move.QUEUE,
        Status.WITHDRAWN: Move.QUEUE,
    },
    Action.SKIP: {
        None: Move.SKIP,
        Status.QUEUED: Move.WITHDRAW,
        Status.HELD: Move.WITHDRAW,
        Status.SKIPPED: Move.SKIP,
    },
    Action.HOLD: {
        None: Move.HOLD,
        Status.QUEUED: Move.HOLD,
        Status.HELD: Move.HOLD,
        Status.SKIPPED: Move.HOLD,
        Status.WITHDRAWN: Move.HOLD,
    },
    Action.WITHDRAW: {Status.QUEUED: Move.WITHDRAW, Status.HELD: Move.WITHDRAW},
}  # what is not in it is left alone: it went out, may have, or a person ended it


def steps(wanted: Sequence[Wanted], on_record: Mapping[NoticeKey, OnRecord]) -> list[Step]:
    """What happens to each notice, in the order given.

    Raises:
        ValueError: a notice is wanted twice, or is to be queued without a draft.
    """
    if len({each.key for each in wanted}) < len(wanted):
        raise ValueError("a notice is wanted twice in one call")
    found = [_step(each, on_record.get(each.key)) for each in wanted]
    return _with_companions(found)


def _step(wanted: Wanted, row: OnRecord | None) -> Step:
    action = Action(wanted.action)
    if action is Action.QUEUE and wanted.draft is None:
        raise ValueError(f"{wanted.key} is to be queued but has no draft")
    move = _MOVES[action].get(row.status if row else None, Move.LEAVE)
    if row is not None and _holds_already(row, wanted, move):
        move = Move.LEAVE
    return Step(wanted, row, move)


def _holds_already(row: OnRecord, wanted: Wanted, move: Move) -> bool:
    if row.status is Status.QUEUED and row.is_resent:
        return True  # a person asked for these very bytes
    if row.status is Status.QUEUED:
        # An approved notice that is still to be held says that the decision does not know of the approval yet.
        return (move is Move.QUEUE or (move is Move.HOLD and row.is_approved)) and _says(row, wanted)
    if (row.status, move) == (Status.HELD, Move.HOLD):
        return row.reason == wanted.reason and _says(row, wanted)
    return (row.status, move) == (Status.SKIPPED, Move.SKIP) and row.reason == wanted.reason


def is_passed_over_already(wanted: Wanted, notice: Notice | None) -> bool:
    """Whether the notice was passed over for the same reason: then there is nothing to do, whoever moved it since."""
    return (
        notice is not None
        and (notice.status, wanted.action) == (Status.SKIPPED, Action.SKIP)
        and notice.reason == wanted.reason
    )


def _says(row: OnRecord, wanted: Wanted) -> bool:
    if wanted.draft is None or row.message_id is None:
        return wanted.draft is None and row.message_id is None
    return (row.words_hash, row.recipients) == (wanted.draft.words_hash, frozenset(wanted.draft.envelopes))


def _with_companions(found: Sequence[Step]) -> list[Step]:
    """The steps, with those told in one message moving together.

    A notice whose message goes because of another notice is written anew, and so is one whose draft is put on record
    for another notice: else it would be told twice, or not at all.
    """
    result = list(found)
    while True:
        going = messages_that_go(result)
        written = {id(step.wanted.draft) for step in result if step.writes_draft}
        pulled = [index for index, step in enumerate(result) if _is_pulled(step, going, written)]
        if not pulled:
            return result
        for index in pulled:
            move = Move.QUEUE if result[index].wanted.action == Action.QUEUE else Move.HOLD
            result[index] = replace(result[index], move=move)


def _is_pulled(step: Step, going: Collection[int], written: Collection[int]) -> bool:
    if not step.stays_as_it_is_said or step.row is None:
        return False
    return step.row.message_id in going or id(step.wanted.draft) in written


def messages_that_go(found: Sequence[Step]) -> dict[int, str]:
    """The messages that must not go out after these steps, each with the reason."""
    going: dict[int, str] = {}
    for step in found:
        message = step.message_that_goes
        if message is not None:
            reason = step.wanted.reason if step.move is Move.WITHDRAW else CHANGED
            going[message] = reason if going.get(message, reason) == reason else CHANGED
    return going
