"""When somebody wants to look at a contract again; a change of the contract brings that day forward.

Who watches the book would else have to look at all of it each day, to find the few contracts that have come to a turn
or were changed. A watcher writes down for each contract the next day on which its answer may be another; whatever
changes the contract (`contracts.store.Book`) moves that day to `AT_ONCE` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from contracts.store.tables import contracts, insert_for, looks, pieces, watchers

AT_ONCE = date.min


def register(connection: sa.Connection, watcher: str) -> None:
    """From here on, every change of the book is noted for this watcher."""
    if connection.dialect.name == "postgresql":
        # An import that began before would not see the watcher, and end after we looked: it is waited for.
        connection.execute(sa.text("LOCK TABLE contracts IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(insert_for(connection)(watchers).values(name=watcher).on_conflict_do_nothing())


def bring_forward(connection: sa.Connection, numbers: Iterable[str], accounts: Iterable[str] = ()) -> None:
    """Every watcher looks at these contracts, and at those of these accounts, as soon as it looks at anything."""
    for column, values in ((contracts.c.number, numbers), (contracts.c.account, accounts)):
        for some in pieces(values):
            _bring_forward(connection, column.in_(some))


def _bring_forward(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    every = (
        sa.select(watchers.c.name, contracts.c.number, sa.literal(AT_ONCE, sa.Date), sa.literal(1))
        .select_from(contracts.join(watchers, sa.true()))
        .where(which)
        .order_by(
            contracts.c.number, watchers.c.name
        )  # two that change the same contracts wait, and never for each other
    )
    insert = insert_for(connection)(looks).from_select(["watcher", "contract", "look_on", "version"], every)
    change = {"look_on": AT_ONCE, "version": looks.c.version + 1}
    connection.execute(insert.on_conflict_do_update(index_elements=["watcher", "contract"], set_=change))


def due_looks(watcher: str, on: date) -> sa.Select[str]:
    """The statement for the numbers of the contracts that the watcher wants to look at by that day."""
    return sa.select(looks.c.contract).where(looks.c.watcher == watcher, looks.c.look_on <= on)


def versions(connection: sa.Connection, watcher: str, numbers: Sequence[str]) -> dict[str, int]:
    """Of these contracts, which change was the last: to be read before the contracts themselves are."""
    found = connection.execute(
        sa.select(looks.c.contract, looks.c.version).where(looks.c.watcher == watcher, looks.c.contract.in_(numbers))
    )
    return {row.contract: row.version for row in found}


def put_off(connection: sa.Connection, watcher: str, days: Mapping[str, date | None], seen: Mapping[str, int]) -> None:
    """Writes down when the watcher looks at these contracts next; None: not before they change.

    `seen` are the versions that were read before the contracts were. One that changed meanwhile is looked at again.
    """
    known = [
        {"c": number, "v": seen[number], "on": day} for number, day in sorted(days.items()) if number in seen and day
    ]
    done = [{"c": number, "v": seen[number]} for number, day in sorted(days.items()) if number in seen and day is None]
    new = [
        {"watcher": watcher, "contract": number, "look_on": day, "version": 1}
        for number, day in sorted(days.items())
        if number not in seen and day
    ]
    this = sa.and_(
        looks.c.watcher == watcher, looks.c.contract == sa.bindparam("c"), looks.c.version == sa.bindparam("v")
    )
    if known:
        connection.execute(sa.update(looks).where(this).values(look_on=sa.bindparam("on")), known)
    if done:
        connection.execute(sa.delete(looks).where(this), done)
    if new:
        connection.execute(insert_for(connection)(looks).on_conflict_do_nothing(), new)
