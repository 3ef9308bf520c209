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
    return {"line": "1", "menu": menu, "what": "seats", "seats": seats, "term_start": start, "term_end": end}


def a_change(before: str, seats_before: int, after: str, seats_after: int, **more: Any) -> dict[str, Any]:
    """What happens to one family of seats where a term ends, as `jobs.notices.changes` has it."""
    return {
        "family": "base",
        "what": "seats",
        "before": [{"menu": before, "seats": seats_before}],
        "after": [{"menu": after, "seats": seats_after}],
        "menu_before": before,
        "seats_before": seats_before,
        "menu_after": after,
        "seats_after": seats_after,
        "released": max(0, seats_before - seats_after),
        "added": max(0, seats_after - seats_before),
        "falls_to": None,
        "goes_down": False,
    } | more
