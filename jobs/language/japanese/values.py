"""Days, months and numbers in English sentences, and how Japanese ones say them."""

from __future__ import annotations

from datetime import date

from jobs.language.japanese.sentences import Kind
from notify.letters import formats


def _day(text: str) -> str:
    try:
        return formats.day(date.fromisoformat(text), "ja")
    except ValueError:
        return text  # four digits, two and two, and no day


def _month(text: str) -> str:
    year, _, month = text.partition("-")
    return f"{int(year)}年{int(month)}月"


DAY = Kind(r"\d{4}-\d\d-\d\d", _day)
MONTH = Kind(r"\d{4}-\d\d", _month)
NUMBER = Kind(r"\d+")
