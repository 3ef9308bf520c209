"""What arrived at the judge, held against what the ledger says and README.md promises."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import sqlalchemy as sa

from jobs.database.engines import create_engine_for
from notify.record.tables import attempts, envelopes, messages
from notify.record.values import Outcome, Status

ENDED = (Status.SENT, Status.FAILED, Status.WITHDRAWN, Status.CANCELLED)
DOUBTFUL = (Outcome.LOST, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a database has on record. `doubts`: of each Message-ID, how many hand-overs ended as nobody knows."""

    stands: dict[str, Status]
    doubts: Counter[str]

    @property
    def is_done(self) -> bool:
        return all(status in ENDED for status in self.stands.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scenario's end. `beyond` are doubles of mails that were not in doubt so often: README.md knows no such."""

    scenario: str
    database: str
    disturbances: int = 0
    mails: int = 0
    lost: int = 0
    in_doubt: int = 0
    doubled: int = 0
    beyond: int = 0
    seconds: float = 0.0
    why: str = ""  # it was not played to its end

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.beyond or self.why)


def ledger_of(url: str) -> Ledger:
    """Reads the database past the program."""
    engine = create_engine_for(url)
    stands = sa.select(messages.c.message_id, envelopes.c.status).join_from(envelopes, messages)
    doubts = (
        sa.select(messages.c.message_id)
        .join_from(attempts, envelopes)
        .join(messages, envelopes.c.message_id == messages.c.id)
        .where(attempts.c.outcome.in_(DOUBTFUL))
    )
    try:
        with engine.connect() as connection:
            found = {row.message_id: row.status for row in connection.execute(stands)}
            return Ledger(found, Counter(connection.execute(doubts).scalars()))
    finally:
        engine.dispose()


def judged(verdict: Verdict, ledger: Ledger, arrived: Counter[str]) -> Verdict:
    """Each mail that was queued has to have arrived, and once more at most for each time that it was in doubt."""
    lost = verdict.mails - len(ledger.stands) + sum(1 for which in ledger.stands if not arrived[which])
    doubled = {which: copies - 1 for which, copies in arrived.items() if copies > 1}
    beyond = sum(max(0, more - ledger.doubts[which]) for which, more in doubled.items())
    in_doubt = ledger.doubts.total()
    return replace(verdict, lost=lost, in_doubt=in_doubt, doubled=sum(doubled.values()), beyond=beyond)


COLUMNS = ("scenario", "database", "disturbed", "mails", "lost", "in doubt", "doubled", "beyond README", "seconds")


def table(verdicts: list[Verdict]) -> str:
    """The verdicts, a line for each."""
    rows = [COLUMNS, *map(_row, verdicts)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"{each.scenario}, {each.database}: {each.why}" for each in verdicts if each.why)])


def _row(each: Verdict) -> tuple[str, ...]:
    if not each.mails:
        return each.scenario, each.database, *("–" for _ in COLUMNS[2:-1]), f"{each.seconds:.0f}"
    numbers = (each.disturbances, each.mails, each.lost, each.in_doubt, each.doubled, each.beyond)
    return each.scenario, each.database, *map(str, numbers), f"{each.seconds:.0f}"
