"""The days of one country, without the others."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import holidays
import pytest

from jobs.config.public_holidays import has_holidays, public_holidays


@pytest.mark.parametrize("country", ["JP", "DE", "GB", "UK", "IM", "USA", "KR"])
def test_a_country_has_the_days_that_the_package_gives_it(country):
    theirs, ours = holidays.country_holidays(country), public_holidays(country)
    days = [date(2025, 1, 1) + timedelta(days=count) for count in range(3 * 365)]

    assert [day for day in days if day in ours] == [day for day in days if day in theirs]
    assert any(day in ours for day in days)


def test_every_country_of_the_package_can_be_had():
    codes = sorted(holidays.list_supported_countries())

    assert all(map(has_holidays, codes))
    assert not [code for code in codes if type(public_holidays(code)).__name__ != code]


@pytest.mark.parametrize("country", ["", "jp", "Japan", "XX"])
def test_what_is_no_code_of_a_country_has_no_holidays(country):
    assert not has_holidays(country)


def test_no_other_country_is_loaded():
    script = (
        "import sys, datetime\nfrom jobs.config.public_holidays import public_holidays\n"
        "assert datetime.date(2026, 1, 1) in public_holidays('JP')\n"
        "print([name for name in sys.modules if name.startswith('holidays.countries')])"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said == "[]\n"
