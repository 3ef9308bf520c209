"""What the table of every kind of notice in config.toml may say; a kind adds its own keys, defaults and limits."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _time_of_day(text: object) -> time:
    hour, _, minute = str(text).partition(":")
    fits = hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(hour) < 24 and int(minute) < 60  # noqa: PLR2004 — a clock's own numbers
    if not fits:
        raise ValueError("expected a time of day like '09:00'")
    return time(int(hour), int(minute))


def _day_of_month(value: object) -> int | None:
    if value == "first-business-day":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 31:  # noqa: PLR2004 — days of a month
        return value
    raise ValueError("expected 'first-business-day' or a day of the month from 1 to 31")


def _distinct(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(numbers)) != len(numbers):
        raise ValueError("expected each number once")
    return numbers


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
DayOfMonth = Annotated[int | None, BeforeValidator(_day_of_month)]  # None: the first business day
DISTINCT = AfterValidator(_distinct)


class NoticeRules(BaseModel):
    """The table [jobs.NAME] of a notice: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: TimeOfDay = time(9)
    copy_to: tuple[Literal["administrators", "partner"], ...] = ()  # who is copied (P2)
    approval: Literal["auto", "manual"] = "auto"  # "manual": a person releases each notice first
    group_by: Literal["line", "contract"] = "line"
    in_doubt: Literal["resend", "wait"] = "resend"


class OpeningRules(NoticeRules):
    """The same of a notice that goes by an opening: for so many days after it, or after the start, it is still told."""

    at: TimeOfDay = time(9, 5)
    late_days: Annotated[int, Field(ge=0, le=366)] = 30
