"""Which days that letters put into the reader's calendar are over once a line is continued."""

from __future__ import annotations

from contracts.model import Contract, ContractLine, line_order
from jobs.notices.decision import Circumstances, Record


def settled_entries(kind: str, known: Contract, continuation: ContractLine, at: Circumstances) -> tuple[str, ...]:
    """The lines under which letters of that kind made entries that this continuation settles.

    A letter that tells several lines makes one entry: it stays until the last of them is continued or declined.
    """
    taken_up = (continuation.family, continuation.starts_on)
    started = {(line.family, line.starts_on) for line in known.lines}  # under any order (T8)
    taking_up = {line.line: (line.family, line.term.next_day) for line in known.lines if line.term is not None}
    declined = {line.line for line in known.lines if line.is_declined(at.as_of)}
    return tuple(
        first
        for first, lines in entries_told(kind, at.record).items()
        if any(taking_up.get(line) == taken_up for line in lines)
        and all(line in declined or taking_up.get(line) in started for line in lines)
    )


def entries_told(kind: str, record: Record) -> dict[str, list[str]]:
    """The lines that the entries of that kind are about, by the first of them: that is what an entry goes by.

    A letter takes the place of an earlier one that began with the same line.
    """
    letters: dict[int, list[str]] = {}
    for key, recorded in sorted(record.items(), key=lambda entry: entry[1].at):
        if key.kind == kind and recorded.went_out and recorded.letter is not None:
            letters.setdefault(recorded.letter, []).append(key.line)
    return {min(lines, key=line_order): lines for lines in letters.values()}
