"""Every order of events of the delivery: two machines, a few mails, and what README.md promises asked of each state.

The rules of the real delivery are said again in few words: an envelope is begun on the ledger under a lease, passes the
gate, is noted in the notebook, and its lease is looked at before DATA; what came of it is noted and then recorded where
the claim is still its own. Between any two steps a process may be frozen, killed or lose its power or its database, and
time may go by. A relay hangs up on who says nothing for a tick, which is shorter than a lease.

Time is what is left of a lease, never a date, so the states are finite and all of them are looked at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

NOBODY = -1
LEASE = 2  # ticks; a relay waits for one
SKEW = 2  # by so many ticks the second machine's clock is ahead, where leases go by each one's own


@dataclass(frozen=True, slots=True)
class Protocol:
    """What the delivery keeps to; each of the four can be taken out."""

    looks_at_the_lease: bool = True  # after the gate and before DATA
    holders_are_distinct: bool = True  # else the other machine's claims are taken for those of a dead process here
    settles_its_own: bool = True  # a living process reads the notebook of a delivery that the database left
    has_one_clock: bool = True
    resends: bool = True  # what is in doubt is sent again; else a person asks the relay and decides
    tries: int = 3

    def ahead(self, machine: int) -> int:
        """How far a machine's clock is ahead of the ledger's, in ticks."""
        return 0 if self.has_one_clock else SKEW * machine


class Row(NamedTuple):
    """An envelope on the ledger: where it stands, whose claim it is, which attempt, and what is left of the lease.

    `is_orphaned`: its holder was dead, frozen or without the database while the lease ran down.
    """

    stands: str = "queued"
    holder: int = NOBODY
    attempt: int = 0
    lease: int = 0
    is_orphaned: bool = False


class Process(NamedTuple):
    """A machine's delivery: how it is, how far the mail in hand has come, and its notebook."""

    is_alive: bool = True
    is_frozen: bool = False
    has_database: bool = True
    has_line: bool = True  # while a mail is in hand: to the relay
    at: str = "idle"  # → gate → line → text → dot → told
    mail: int = -1
    attempt: int = 0
    held: int = 0  # what it believes is left of its lease
    notes: frozenset[tuple[int, int, str]] = frozenset()


class World(NamedTuple):
    """All of it, what the relay has taken over of each mail, and how many of its replies nobody could know of."""

    rows: tuple[Row, ...]
    processes: tuple[Process, ...]
    taken: tuple[int, ...]
    unheard: tuple[int, ...]
    deaths: int  # that may still happen, frosts and lost databases among them


Step = tuple[str, World]
IDLE = {"at": "idle", "mail": -1, "attempt": 0, "held": 0, "has_line": True}


def first(mails: int, deaths: int) -> World:
    """All mail queued, two machines, neither has begun."""
    return World((Row(),) * mails, (Process(),) * 2, (0,) * mails, (0,) * mails, deaths)


def steps(world: World, rules: Protocol) -> Iterator[Step]:
    """What may happen next, in words, and the world after it."""
    for who in range(len(world.processes)):
        yield from _steps_of(world, who, rules)
    for number, row in enumerate(world.rows):
        if row.stands == "in doubt" and not rules.resends:
            decided = "sent" if world.taken[number] else "queued"
            yield f"a person decides {number}", _row(world, number, row._replace(stands=decided))
    if not (rules.settles_its_own and any(_has_to_settle(world, who) for who in range(len(world.processes)))):
        yield "time goes by", _later(world)


def _steps_of(world: World, who: int, rules: Protocol) -> Iterator[Step]:
    process = world.processes[who]
    if not process.is_alive:
        alive = _with(world, who, process._replace(is_alive=True))
        yield f"{who} starts again and reads its notebook", _all_settled(alive, who)
        return
    if world.deaths:
        yield from _misfortunes(world, who)
    if process.is_frozen:
        yield f"{who} wakes", _with(world, who, process._replace(is_frozen=False))
        return
    if not process.has_database:
        yield f"{who} has its database again", _with(world, who, process._replace(has_database=True))
    if process.at != "idle":
        yield from _hand_over(world, who, rules)
    elif process.has_database and rules.settles_its_own and _has_to_settle(world, who):
        yield f"{who} reads its own notebook", _all_settled(world, who)
    elif process.has_database:
        yield from _take_over(world, who, rules)
        yield from _begin(world, who, rules)


def _misfortunes(world: World, who: int) -> Iterator[Step]:
    process, world = world.processes[who], world._replace(deaths=world.deaths - 1)
    mail = process.mail
    in_relay = process.at == "dot" and _is_own(world, who)
    killed = _with(world, who, process._replace(is_alive=False, is_frozen=False, has_database=True, **IDLE))
    yield f"{who} is killed", _unheard(killed, mail) if in_relay else killed
    torn = _without_power(world, who)
    yield f"{who} loses its power", _unheard(torn, mail) if in_relay else torn
    if not process.is_frozen and process.at != "idle":
        yield f"{who} is frozen", _with(world, who, process._replace(is_frozen=True))
    if process.has_database and not process.is_frozen and process.at != "idle":
        yield f"{who} loses the database", _with(world, who, process._replace(has_database=False))


def _without_power(world: World, who: int) -> World:
    """Its notes are gone, and with them who could tell of what it had begun."""
    notes, world = world.processes[who].notes, _with(world, who, Process(is_alive=False))
    for number, row in enumerate(world.rows):
        if _is_of(row, who):
            world = _row(world, number, row._replace(holder=NOBODY, is_orphaned=True))
            if (number, row.attempt, "<") in notes:
                world = _unheard(world, number)
    return world


def _has_to_settle(world: World, who: int) -> bool:
    """Whether it comes to that before a lease can run out: the next delivery begins with it."""
    process = world.processes[who]
    is_at_work = process.is_alive and not process.is_frozen and process.has_database and process.at == "idle"
    return is_at_work and any(_is_of(row, who) for row in world.rows)


def _all_settled(world: World, who: int) -> World:
    for number, row in enumerate(world.rows):
        if _is_of(row, who):
            world = _row(world, number, _settled(row, number, world.processes[who].notes))
    return world


def _settled(row: Row, number: int, notes: frozenset[tuple[int, int, str]]) -> Row:
    if (number, row.attempt, "<") in notes:
        return row._replace(stands="sent")
    return row._replace(stands="in doubt" if (number, row.attempt, ">") in notes else "queued")


def _take_over(world: World, who: int, rules: Protocol) -> Iterator[Step]:
    for number, row in enumerate(world.rows):
        is_mistaken = row.holder not in (who, NOBODY) and not rules.holders_are_distinct
        if row.stands == "begun" and (row.lease <= rules.ahead(who) or is_mistaken):
            yield f"{who} takes {number} over", _taken_over(world, number, row)


def _taken_over(world: World, number: int, row: Row) -> World:
    """Nobody here knows what its holder did. What that one could not tell within its lease may come to be doubled."""
    holder = world.processes[row.holder] if row.holder != NOBODY else Process()
    is_noted = (number, row.attempt, "<") in holder.notes
    is_in_relay = (holder.at, holder.mail, holder.attempt) == ("dot", number, row.attempt)
    world = _row(world, number, row._replace(stands="in doubt"))
    is_allowed = row.lease <= 0 and row.is_orphaned and (is_noted or is_in_relay)
    return _unheard(world, number) if is_allowed else world


def _begin(world: World, who: int, rules: Protocol) -> Iterator[Step]:
    for number, row in enumerate(world.rows):
        may_go = row.stands == "queued" or (row.stands == "in doubt" and rules.resends)
        if may_go and row.attempt < rules.tries:
            begun = Row("begun", who, row.attempt + 1, LEASE + rules.ahead(who))
            process = world.processes[who]._replace(at="gate", mail=number, attempt=begun.attempt, held=LEASE)
            yield f"{who} begins {number}", _with(_row(world, number, begun), who, process)


def _hand_over(world: World, who: int, rules: Protocol) -> Iterator[Step]:
    process = world.processes[who]
    mail, attempt = process.mail, process.attempt
    ended = process._replace(**IDLE)
    if process.at == "gate":
        if rules.looks_at_the_lease and process.held <= 0:
            yield f"{who} gives {mail} back", _recorded(world, who, ended, "queued")
        else:
            noted = process.notes | {(mail, attempt, ">")}
            yield f"{who} passes the gate with {mail}", _with(world, who, process._replace(at="line", notes=noted))
    elif process.at == "line":
        if rules.looks_at_the_lease and process.held <= 0:
            yield f"{who} gives {mail} back", _not_taken(world, who, ended)
        else:  # a line is had anew where the old one was given up
            yield f"{who} says DATA of {mail}", _with(world, who, process._replace(at="text", has_line=True))
    elif process.at == "text":
        if not process.has_line:
            yield f"{who} finds the line dead", _not_taken(world, who, ended)
        else:
            taken = world._replace(taken=_put(world.taken, mail, world.taken[mail] + 1))
            yield f"{who} says the dot of {mail}", _with(taken, who, process._replace(at="dot"))
    elif process.at == "dot":
        told_of = _unheard(world, mail) if _is_own(world, who) else world
        yield f"{who}'s line breaks", _recorded(told_of, who, ended, "in doubt")
        if process.has_line:
            told = process._replace(at="told", notes=process.notes | {(mail, attempt, "<")})
            yield f"{who} hears 250 for {mail}", _with(world, who, told)
    elif process.at == "told":
        yield f"{who} records {mail}", _recorded(world, who, ended, "sent")


def _recorded(world: World, who: int, ended: Process, stands: str) -> World:
    """A result goes on record where there is a database, and where the claim is still the process's own."""
    process = world.processes[who]
    row, is_recorded = world.rows[process.mail], process.has_database and _is_own(world, who)
    world = _with(world, who, ended)
    return _row(world, process.mail, row._replace(stands=stands)) if is_recorded else world


def _not_taken(world: World, who: int, ended: Process) -> World:
    process = world.processes[who]
    crossed_out = ended._replace(notes=process.notes - {(process.mail, process.attempt, ">")})
    return _recorded(world, who, crossed_out, "queued")


def _later(world: World) -> World:
    """A tick: leases run down, but for those that a process at work prolongs; a relay hangs up on the silent."""
    rows, processes = list(world.rows), list(world.processes)
    for number, row in enumerate(rows):
        if row.stands == "begun":
            is_orphaned = row.holder == NOBODY or _is_away(processes[row.holder])
            rows[number] = row._replace(lease=max(-1, row.lease - 1), is_orphaned=row.is_orphaned or is_orphaned)
    for who, process in enumerate(processes):
        if not process.is_alive or process.at == "idle":
            continue
        row = rows[process.mail]
        if not process.is_frozen and process.has_database and process.held > 0:
            if _is_own(world, who):
                rows[process.mail] = world.rows[process.mail]
        else:
            processes[who] = process._replace(held=max(0, process.held - 1), has_line=False)
    return world._replace(rows=tuple(rows), processes=tuple(processes))


def _is_away(process: Process) -> bool:
    return not process.is_alive or process.is_frozen or not process.has_database


def _is_of(row: Row, who: int) -> bool:
    return row.stands == "begun" and row.holder == who


def _is_own(world: World, who: int) -> bool:
    """Whether what the process has in hand is still its own."""
    process = world.processes[who]
    row = world.rows[process.mail]
    return _is_of(row, who) and row.attempt == process.attempt


def _with(world: World, who: int, process: Process) -> World:
    return world._replace(processes=_put(world.processes, who, process))


def _row(world: World, number: int, row: Row) -> World:
    ended = Row(row.stands, attempt=row.attempt) if row.stands != "begun" else row
    return world._replace(rows=_put(world.rows, number, ended))


def _unheard(world: World, mail: int) -> World:
    return world._replace(unheard=_put(world.unheard, mail, world.unheard[mail] + 1))


def _put(values: tuple, index: int, value: object) -> tuple:
    return (*values[:index], value, *values[index + 1 :])


def wrong_with(world: World, rules: Protocol) -> str:
    """What README.md promises and this state does not keep; "" where all holds."""
    for number, row in enumerate(world.rows):
        if row.stands == "sent" and not world.taken[number]:
            return f"{number} is sent on record and was never taken over"
        if world.taken[number] > 1 and not rules.resends:
            return f"{number} was taken over twice, though a person is to decide"
        if world.taken[number] > 1 + world.unheard[number]:
            return f"{number} was taken over {world.taken[number]} times; {world.unheard[number]} replies were lost"
    return ""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking at all states: how many, and the first that is wrong with the way to it."""

    states: int
    wrong: str = ""
    story: tuple[str, ...] = ()


def look_at_all(rules: Protocol, *, mails: int = 1, deaths: int = 2) -> Found:
    """Every state that can be reached; from each, all mail can still come to its end."""
    start = first(mails, deaths)
    before: dict[World, tuple[str, World] | None] = {start: None}
    into: dict[World, list[World]] = {}
    queue = deque([start])
    while queue:
        world = queue.popleft()
        if wrong := wrong_with(world, rules):
            return Found(len(before), wrong, _story(before, world))
        for said, after in steps(world, rules):
            into.setdefault(after, []).append(world)
            if after not in before:
                before[after] = (said, world)
                queue.append(after)
    stuck = before.keys() - _that_reach_an_end(before, into, rules)
    if stuck:
        return Found(
            len(before), "a mail waits for ever", _story(before, next(each for each in before if each in stuck))
        )
    return Found(len(before))


def _that_reach_an_end(worlds: dict, into: dict[World, list[World]], rules: Protocol) -> set[World]:
    found = {world for world in worlds if all(_has_ended(row, rules) for row in world.rows)}
    queue = deque(found)
    while queue:
        for world in into.get(queue.popleft(), ()):
            if world not in found:
                found.add(world)
                queue.append(world)
    return found


def _has_ended(row: Row, rules: Protocol) -> bool:
    return row.stands == "sent" or (row.stands != "begun" and row.attempt >= rules.tries)


def _story(before: dict, world: World) -> tuple[str, ...]:
    told = []
    while before[world] is not None:
        said, world = before[world]
        told.append(said)
    return tuple(reversed(told))
