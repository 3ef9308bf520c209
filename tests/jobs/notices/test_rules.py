"""What a time of day and a day of the month may be in config.toml."""

from __future__ import annotations

from datetime import time

import pytest
from pydantic import TypeAdapter, ValidationError

from jobs.notices.rules import DayOfMonth, TimeOfDay


@pytest.mark.parametrize(("text", "found"), [("00:00", time(0, 0)), ("9:05", time(9, 5)), ("23:59", time(23, 59))])
def test_a_time_of_day_goes_from_midnight_to_the_last_minute(text, found):
    assert TypeAdapter(TimeOfDay).validate_python(text) == found


@pytest.mark.parametrize("text", ["24:00", "09:60", "9:5", "09", "", "-1:00", "x:00"])
def test_what_is_no_time_of_day_is_told_with_an_example(text):
    with pytest.raises(ValidationError, match="expected a time of day like '09:00'"):
        TypeAdapter(TimeOfDay).validate_python(text)


@pytest.mark.parametrize(("value", "found"), [(1, 1), (31, 31), ("first-business-day", None)])
def test_a_day_of_the_month_is_a_number_or_the_first_business_day(value, found):
    assert TypeAdapter(DayOfMonth).validate_python(value) == found


@pytest.mark.parametrize("value", [0, 32, True, "15"])
def test_what_no_month_has_is_no_day_of_the_month(value):
    with pytest.raises(ValidationError, match="a day of the month from 1 to 31"):
        TypeAdapter(DayOfMonth).validate_python(value)
