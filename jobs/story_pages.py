"""Pages that tell what is on record, to readers without kigen: one file, nothing from outside, all text escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from jinja2 import Environment

_PAGES = Path(__file__).with_name("pages")


def rendered(name: str, zone: ZoneInfo, **data: Any) -> str:
    """The page of that name. Its times are shown by two clocks, the office's and UTC."""
    return _environment(zone).get_template(name).render(data)


def _environment(zone: ZoneInfo) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def office(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"

    def utc(at: datetime) -> str:
        return f"({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"

    environment.filters |= {"office": office, "utc": utc}
    return environment
