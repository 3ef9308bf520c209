"""Where in the book something may be left open, as an import found it: rows beside the lines (N5, B4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa

from contracts.rules.loose_ends import RELEASE, LooseEnd
from contracts.store.tables import lines, loose_ends, pieces


def keep(connection: sa.Connection, found: Mapping[str, Collection[LooseEnd]]) -> None:
    """Puts down those of these contracts, by their numbers; what stands as it is to be is not written again."""
    wanted = {(number, each.line, each.term_end, each.rule) for number, ends in found.items() for each in ends}
    stands = {
        (row.contract, row.line, row.term_end, row.rule): row.contract
        for some in pieces(found)
        for row in connection.execute(sa.select(loose_ends).where(loose_ends.c.contract.in_(some)))
    }
    changed = {row[0] for row in wanted ^ stands.keys()}
    for some in pieces(changed):
        connection.execute(sa.delete(loose_ends).where(loose_ends.c.contract.in_(some)))
    names = [column.name for column in loose_ends.columns]
    new = [dict(zip(names, row, strict=True)) for row in sorted(wanted) if row[0] in changed]
    if new:
        connection.execute(sa.insert(loose_ends), new)


def contracts_with(rule: str, since: date, until: date, as_of: date) -> sa.Select[tuple[str]]:
    """The numbers of contracts that may have something open by that rule at a term end in that range, found by index.

    Of releases, those that have a line of which none is on record by `as_of`.
    """
    these = loose_ends.c.term_end.between(since, until), loose_ends.c.rule == rule
    found = sa.select(loose_ends.c.contract).where(*these)
    if rule != RELEASE:
        return found
    its_line = sa.and_(lines.c.contract == loose_ends.c.contract, lines.c.line == loose_ends.c.line)
    released_on = sa.func.coalesce(lines.c.released_on, lines.c.released_recorded_on)
    return found.join(lines, its_line).where(sa.or_(released_on.is_(None), released_on > as_of))
