"""What happens to contracts in the course of time, by the seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from tests.simulation.world import Customer, Line

MALFORMED = ("owner", "owner@", "owner example.co.jp", "owner@example..co.jp")
OFF_LIST = "example.com"
DAY = timedelta(days=1)


def month_start(day: date, months: int) -> date:
    """The 1st of the month so many months after the day's."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def term_end(starts_on: date, months: int) -> date:
    """The last day of a term of so many months."""
    return month_start(starts_on, months) - DAY


def new_customer(number: int, today: date, rng: Random) -> Customer:
    """A customer with a first order: just now, or long ago and known only now."""
    contract = f"K-{number:03d}"
    customer = Customer(contract, f"A-{number:03d}", "", rng.choice(("ja", "en")))
    change_owner(customer, today, rng)
    menu = rng.choice(("business", "business", "pro", "enterprise-essentials"))
    months = rng.choice((12, 12, 12, 12, 6, 3, 13))
    is_old = rng.random() < 0.5
    starts_on = month_start(today, -rng.randrange(months) if is_old else rng.choice((0, 1, 1, 2)))
    ordered_on = starts_on - rng.randrange(5, 40) * DAY if is_old else today
    line = Line(
        contract, "1", menu, "new", rng.randrange(10, 60), starts_on, term_end(starts_on, months),
        rng.choice((ordered_on, ordered_on, None)),
    )  # fmt: skip
    if is_old and rng.random() < 0.8:
        line.opened_on = starts_on - rng.randrange(20) * DAY
    customer.lines.append(line)
    if is_old and rng.random() < 0.5:
        add_option(customer, starts_on, rng)
    return customer


def change_owner(customer: Customer, _today: date, rng: Random) -> str:
    """Another owner, none, or one that cannot be written to (N8)."""
    state = rng.choices(("good", "off", "missing", "malformed"), (70, 10, 8, 12))[0]
    count = len(customer.owners)
    name = f"owner{count}.{customer.contract.lower()}"
    addresses = {
        "good": f"{name}@example.co.jp", "off": f"{name}@{OFF_LIST}", "missing": "",
        "malformed": MALFORMED[count % len(MALFORMED)],
    }  # fmt: skip
    customer.own(addresses[state])
    return f"the owner is now {customer.owner!r}"


def mend_owner(customer: Customer, today: date, rng: Random) -> str | None:
    """An owner that cannot be written to is replaced sooner than others."""
    return change_owner(customer, today, rng) if customer.owner in ("", *MALFORMED) else None


def add_option(customer: Customer, today: date, rng: Random) -> str | None:
    """An addition to what runs, ending with it (T3)."""
    running = [line for line in customer.lines if line.family == "base" and line.term_end > today + 40 * DAY]
    if not running or len(customer.lines) > 12:
        return None
    base = rng.choice(running)
    menu = rng.choice(("rooms", "storage-200gb", "webinar", base.menu))
    starts_on = max(month_start(today, rng.choice((0, 1, 1))), base.starts_on)
    if starts_on > base.term_end:
        return None
    line = Line(
        customer.contract, customer.next_number(), menu, "addition", rng.randrange(1, 12), starts_on, base.term_end,
        rng.choice((today, today, today - 3 * DAY, today + 2 * DAY, None)),
    )  # fmt: skip
    customer.lines.append(line)
    return f"line {line.line} is added: {line.seats} {menu} {line.starts_on}..{line.term_end}"


def open_line(customer: Customer, today: date, rng: Random) -> str | None:
    """A service is opened, an extension registered: today, known late, or dated ahead."""
    closed = [line for line in customer.lines if line.opened_on is None and line.term_end > today]
    if not closed:
        return None
    line = rng.choice(closed)
    line.opened_on = today + rng.choice((0, 0, 0, -1, -5, 3)) * DAY
    return f"line {line.line} is opened on {line.opened_on}"


def renew(customer: Customer, today: date, rng: Random) -> str | None:
    """What ends next is continued in full, in part, higher, without its options, or late."""
    ending = [
        line for line in customer.lines
        if today - 15 * DAY <= line.term_end <= today + 210 * DAY and not customer.continuations(line)
    ]  # fmt: skip
    if not ending:
        return None
    end = min(line.term_end for line in ending)
    families: dict[str, list[Line]] = {}
    for line in ending:
        if line.term_end == end:
            families.setdefault(line.family, []).append(line)
    told = []
    for lines in families.values():
        if told and rng.random() < 0.3:
            continue  # an option that is dropped, or decided later
        seats = sum(line.seats for line in lines)
        seats = max(1, rng.choice((seats, seats, seats - rng.randrange(1, 20), seats + 5)))
        menu = "enterprise-essentials" if lines[0].menu == "business" and rng.random() < 0.2 else lines[0].menu
        start = end + DAY
        line = Line(
            customer.contract, customer.next_number(), menu, "continuation", seats, start,
            term_end(start, rng.choice((12, 12, 12, 6))), rng.choice((today, today, today - 4 * DAY, today + 3 * DAY)),
        )  # fmt: skip
        customer.lines.append(line)
        told.append(f"line {line.line}: {seats} {menu} from {start}, ordered {line.ordered_on}")
    return f"what ends on {end} is continued: " + "; ".join(told)


def decline(customer: Customer, today: date, rng: Random) -> str | None:
    """The customer says that a line will not continue."""
    open_ones = [
        line for line in customer.lines if line.term_end > today and not line.declined_on and _is_near(line, today)
    ]
    if not open_ones:
        return None
    line = rng.choice(open_ones)
    line.declined_on = today + rng.choice((0, 0, -2, 2)) * DAY
    if rng.random() < 0.5:
        line.by_command.add("declined_on")
    return f"line {line.line} is declined on {line.declined_on}"


def release(customer: Customer, today: date, rng: Random) -> str | None:
    """The release of licences is recorded (N5)."""
    soon = [line for line in customer.lines if 0 <= (line.term_end - today).days <= 35 and not line.released_on]
    if not soon:
        return None
    line = rng.choice(soon)
    line.released_on = today + rng.choice((0, 0, 1)) * DAY
    if rng.random() < 0.5:
        line.by_command.add("released_on")
    return f"line {line.line} is released on {line.released_on}"


def move_start(customer: Customer, today: date, rng: Random) -> str | None:
    """A service starts in another month than was agreed (N3)."""
    movable = [
        line for line in customer.lines
        if line.order != "continuation" and abs((line.starts_on - today).days) < 50
    ]  # fmt: skip
    if not movable:
        return None
    line = rng.choice(movable)
    moved = month_start(line.starts_on, rng.choice((-1, 1, 1, 2)))
    if moved > line.term_end:
        return None
    line.starts_on = moved
    return f"line {line.line} now starts on {moved}"


def move_end(customer: Customer, today: date, rng: Random) -> str | None:
    """A term ends in another month than was agreed."""
    movable = [line for line in customer.lines if line.term_end > today + 5 * DAY and not customer.continuations(line)]
    if not movable:
        return None
    line = rng.choice(movable)
    moved = month_start(line.term_end, rng.choice((0, 2, 3))) - DAY
    if moved < line.starts_on:
        return None
    line.term_end = moved
    return f"line {line.line} now ends on {moved}"


def _is_near(line: Line, today: date) -> bool:
    return (line.term_end - today).days < 200


Event = Callable[[Customer, date, Random], str | None]
EVENTS: dict[Event, int] = {
    open_line: 30,
    renew: 16,
    change_owner: 8,
    mend_owner: 30,
    add_option: 5,
    decline: 3,
    release: 8,
    move_start: 6,
    move_end: 2,
}


def happen(customer: Customer, today: date, rng: Random) -> str | None:
    """One thing that happens to the customer today, in words; None where it does not fit."""
    event = rng.choices(list(EVENTS), list(EVENTS.values()))[0]
    return event(customer, today, rng)
