"""Which rules the lines of the book break, and which of that somebody was told of: rows beside the lines.

What changes the lines of a contract takes its flags away in the same transaction, and an import then puts down what
each contract of its file breaks. So a flag of a line that was changed is new, whatever it says; one that is found again
without a change stays as it was; and one that is gone is not told any more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from contracts.rules.flag import Flag
from contracts.store.tables import accounts, contracts, flags, lines, pieces

_OF_FLAG = (flags.c.rule, flags.c.line, flags.c.code, flags.c.facts)


@dataclass(frozen=True, slots=True)
class StandingFlag:
    """A flag in the book, whose it is, and the day for which somebody was told of it; None where nobody was.

    The days among the flag's values are in ISO 8601.
    """

    id: int
    contract: str
    flag: Flag
    company: str
    partner: str
    told_on: date | None


def take_away(connection: sa.Connection, numbers: Iterable[str]) -> None:
    """The lines of these contracts are other ones now: what they break is to be found anew."""
    for some in pieces(numbers):
        connection.execute(sa.delete(flags).where(flags.c.contract.in_(some)))


def keep(connection: sa.Connection, found: Mapping[str, Collection[Flag]]) -> None:
    """Puts down what these contracts break, by their numbers; only what differs from what stands is written."""
    wanted = {_key(**row): row for number, broken in found.items() for row in _rows(number, broken)}
    stands = {
        _key(row.contract, row.rule, row.line, row.code, row.facts): row.id
        for some in pieces(found)
        for row in connection.execute(sa.select(flags).where(flags.c.contract.in_(some)))
    }
    gone = [{"gone": row} for key, row in stands.items() if key not in wanted]
    new = [row for key, row in wanted.items() if key not in stands]
    if gone:
        connection.execute(sa.delete(flags).where(flags.c.id == sa.bindparam("gone")), gone)
    if new:
        connection.execute(sa.insert(flags), new)


def standing(connection: sa.Connection, on: date) -> Iterator[StandingFlag]:
    """The flags of lines that have not ended before that day, contract by contract."""
    query = (
        sa.select(flags.c.id, flags.c.contract, *_OF_FLAG, flags.c.told_on, accounts.c.company, accounts.c.partner_name)
        .select_from(flags.join(contracts).join(accounts))
        .join(lines, sa.and_(lines.c.contract == flags.c.contract, lines.c.line == flags.c.line))
        .where(lines.c.term_end >= on)
        .order_by(flags.c.contract, flags.c.id)
    )
    for row in connection.execute(query.execution_options(yield_per=500)):
        flag = Flag(row.rule, row.line, row.code, row.facts)
        yield StandingFlag(row.id, row.contract, flag, row.company, row.partner_name, row.told_on)


def note_told(connection: sa.Connection, ids: Iterable[int], on: date) -> None:
    """Somebody is told of these flags in a letter of that day; of one that is being changed, once more."""
    for some in pieces(ids):
        # Waiting for an import that holds some of them, with others in hand that it wants, would end for neither.
        those = sa.select(flags.c.id).where(flags.c.id.in_(some)).with_for_update(skip_locked=True)
        connection.execute(sa.update(flags).where(flags.c.id.in_(those)).values(told_on=on))


def _rows(number: str, broken: Iterable[Flag]) -> Iterator[dict[str, Any]]:
    for flag in broken:
        facts = {name: str(value) if isinstance(value, date) else value for name, value in flag.values.items()}
        yield {"contract": number, "rule": flag.rule, "line": flag.line, "code": flag.code, "facts": facts}


def _key(contract: str, rule: str, line: str, code: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (contract, rule, line, code, json.dumps(facts, sort_keys=True))
