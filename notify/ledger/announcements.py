"""What one letter tells once: either all of it is new and is queued, or nothing. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from notify.ledger import bounce_list, moves
from notify.record.values import Wanted


class ToldMeanwhile(Exception):  # noqa: N818 — named for what happened
    """Something of the letter is on record by now: another process told it. Nothing was done."""


def announce(connection: Connection, wanted: Sequence[Wanted], told: Collection[int], now: datetime) -> None:
    """Puts the notices on record, which are to be new, and that the desk is told of these bounces.

    Raises:
        ToldMeanwhile: one of the notices is not new. The transaction has to be rolled back.
    """
    done = moves.reconcile(connection, wanted, now)
    if done.queued + done.skipped < len(wanted):
        raise ToldMeanwhile
    if told:
        bounce_list.note_told(connection, sorted(told), now)
