"""Options that several commands share."""

from __future__ import annotations

from datetime import date
from typing import Any

import click


class Day(click.ParamType[date]):
    """A calendar day as `2022-01-31`."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day.

        Raises:
            click.BadParameter: it is none.
        """
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"expected a day like 2022-01-31, found {value!r}", param, ctx)


DAY = Day()

table_or_json = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print."
)
table_json_or_csv = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
    help="How to print.",
)  # fmt: skip
