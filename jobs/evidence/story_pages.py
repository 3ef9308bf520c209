"""Pages that tell what is on record, to readers without kigen: one file, nothing from outside, all text escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.language.messages import Messages

if TYPE_CHECKING:
    from jinja2 import Environment

    from jobs.app import App

_PAGES = Path(__file__).parents[1] / "pages" / "files"


def rendered(name: str, app: App, **data: Any) -> str:
    """The page of that name. Its times are shown by two clocks, the office's and UTC."""
    return _environment(app).get_template(name).render(data)


def _environment(app: App) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    zone = app.clock.zone
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

    japanese, english = (Messages(language, app.catalogue, zone) for language in ("ja", "en"))
    environment.filters |= {"office": office, "utc": utc}
    environment.globals |= {"japanese": japanese, "english": english, "name": japanese.name}
    return environment
