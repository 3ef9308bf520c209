"""What the samples of all letters have in common: what was bought."""

from __future__ import annotations

from datetime import date
from typing import Any

BUSINESS = {"ja": "Zoom Workplace ビジネス", "en": "Zoom Workplace Business"}
ENTERPRISE = {
    "ja": "Zoom Workplace エンタープライズ Essentials",
    "en": "Zoom Workplace Enterprise Essentials",
}


def an_item(menu: str, seats: int, start: date, end: date) -> dict[str, Any]:
    """A line as a letter lists it."""
    return {"line": "1", "menu": menu, "seats": seats, "term_start": start, "term_end": end}
