"""Options that several commands share."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from contracts.addresses import AddressError, mailable
from jobs.language.messages import Messages

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)  # beyond them no month and no instant can be counted on


class Day(click.ParamType[date]):
    """A calendar day as `2022-01-31`, of years in which a contract can be."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day.

        Raises:
            click.BadParameter: it is none.
        """
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"expected a day like 2022-01-31, found {value!r}", param, ctx)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail(f"expected a day from {FIRST_DAY} to {LAST_DAY}, found {value!r}", param, ctx)
        return day


class Address(click.ParamType[str]):
    """A mail address, as mail is sent to it."""

    name = "ADDRESS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The address.

        Raises:
            click.BadParameter: no mail can go there.
        """
        try:
            return mailable(value)
        except AddressError as problem:
            self.fail(f"{value!r} {Messages('en').name('address', problem.code)}", param, ctx)


ADDRESS = Address()
DAY = Day()
NUMBER = click.IntRange(min=1, max=2**63 - 1)  # of a row, or how many: what a database can be asked for

table_or_json = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print."
)
table_json_or_csv = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
    help="How to print.",
)  # fmt: skip
