"""The options that choose notices, and what they choose."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

import click

from contracts.store.customers import contracts_of
from jobs.cli.options import ADDRESS, DAY
from jobs.notices.decision import Reason
from jobs.notices.listing import DESK, LETTERS
from notify.ledger.lists import Chosen, Span
from notify.record.values import Status

STATUSES = [status.value for status in Status]
KINDS = [*LETTERS, DESK]
BY = ("as-of", "due", "sent")
_NEVER = {Reason.NOT_DUE, Reason.NOT_OPENED, Reason.NOT_ITS_KIND, Reason.ALREADY_SENT}
REASONS = [  # what the ledger holds: of decisions, and of what became of a notice meanwhile or of the desk's letter
    *(reason.value for reason in Reason if reason not in _NEVER),
    "changed", "moved", "letter-failed", "at-once", "nothing-to-say",
]  # fmt: skip
_A_MOMENT = timedelta(microseconds=1)


def filters(command: Any) -> Any:
    """The options that choose notices."""
    for option in reversed(
        (
            click.option("--status", type=click.Choice(STATUSES), help="With this status."),
            click.option("--kind", type=click.Choice(KINDS), help="Of this kind."),
            click.option("--reason", type=click.Choice(REASONS), help="Decided so for this reason.", metavar="REASON"),
            click.option("--contract", help="Of this contract.", metavar="NUMBER"),
            click.option("--account", help="Of all contracts of this account.", metavar="NUMBER"),
            click.option("--company", help="Of companies whose name holds this.", metavar="TEXT"),
            click.option("--partner", help="Of this sales partner: its address or part of its name.", metavar="TEXT"),
            click.option("--address", type=ADDRESS, help="Written to this address, as owner or as a copy."),
            click.option("--bounced", is_flag=True, help="Only where a mail came back."),
            click.option("--since", type=DAY, help="Decided on or after this day.", metavar="DAY"),
            click.option("--until", type=DAY, help="Decided on or before this day.", metavar="DAY"),
            click.option(
                "--by", type=click.Choice(BY), default="as-of", show_default=True,
                help="Which day --since and --until mean: decided for, due on, or first sent.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def chosen_by(options: Mapping[str, Any], zone: tzinfo) -> Chosen:
    """What these options choose; days are those of the zone.

    Raises:
        click.BadParameter: the days are in the wrong order.
    """
    first, last = options["since"], options["until"]
    if first is not None and last is not None and last < first:
        raise click.BadParameter(f"{last} is before --since {first}", param_hint="--until")
    days = Span(first, last)
    whose = {name: options[name] for name in ("account", "company", "partner") if options[name]}
    return Chosen(
        status=Status(options["status"]) if options["status"] else None,
        kind=options["kind"],
        contract=options["contract"],
        contracts=contracts_of(**whose) if whose else None,
        reason=options["reason"],
        addresses=_spellings(options["address"]) if options["address"] is not None else None,
        as_of=days if options["by"] == "as-of" else Span(),
        due_on=days if options["by"] == "due" else Span(),
        sent_at=Span(_start(first, zone), _end(last, zone)) if options["by"] == "sent" else Span(),
        is_bounced=options["bounced"],
    )


def as_typed(options: Mapping[str, Any]) -> str:
    """The same options as a user types them."""
    given = ((name, value) for name, value in options.items() if value and (name, value) != ("by", "as-of"))
    words = (f"--{name}" if value is True else f"--{name} {shlex.quote(str(value))}" for name, value in given)
    return " ".join(words)


def _spellings(address: str) -> list[str]:
    """The address as the ledger has it: servers tell capital letters before the @ apart, people do not."""
    return list(dict.fromkeys((address, address.lower())))


def _start(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def _end(day: date | None, zone: tzinfo) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), zone) - _A_MOMENT
