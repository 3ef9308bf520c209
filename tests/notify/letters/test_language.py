from __future__ import annotations

from datetime import date

import pytest

from notify.letters.folders import shipped_templates
from notify.letters.language import language_in
from notify.letters.problem import TemplateProblem, WrongValue

LAST_DAY = date(2022, 1, 31)


def filters(language):
    return language_in([shipped_templates() / language]).filters


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [("ja", "2022年1月31日（月）", "2022/1/31"), ("en", "Monday, 31 January 2022", "31 Jan 2022")],
)
def test_a_day_is_written_as_its_language_writes_it(language, long, short):
    assert (filters(language)["day"](LAST_DAY), filters(language)["short_day"](LAST_DAY)) == (long, short)


def test_every_day_of_a_week_has_its_own_sign():
    written = [filters("ja")["day"](date(2022, 1, number))[-2] for number in range(3, 10)]

    assert "".join(written) == "月火水木金土日"


@pytest.mark.parametrize("value", ["2022-01-31", None, 3])
def test_what_is_no_date_is_refused_as_a_day(value):
    with pytest.raises(WrongValue, match="not-a-day"):
        filters("ja")["day"](value)


@pytest.mark.parametrize(
    ("count", "language", "written"),
    [
        (49, "ja", "49ライセンス"),
        (1200, "ja", "1,200ライセンス"),
        (49, "en", "49 licences"),
        (1, "en", "1 licence"),
        (0, "en", "0 licences"),
    ],
)
def test_seats_are_counted_in_licences(count, language, written):
    assert filters(language)["seats"](count) == written


@pytest.mark.parametrize(
    ("count", "language", "written"),
    [
        (92, "ja", "あと92日"),
        (0, "ja", "本日が最終日"),
        (92, "en", "92 days left"),
        (1, "en", "1 day left"),
        (0, "en", "today is the last day"),
    ],
)
def test_the_last_day_itself_is_not_called_zero_days_left(count, language, written):
    assert filters(language)["days_left"](count) == written


def test_a_key_that_a_resellers_file_leaves_out_is_as_shipped(tmp_path):
    (tmp_path / "language.toml").write_text('short_day = "{day}.{month}."\n', "utf-8")

    language = language_in([tmp_path, shipped_templates() / "en"])

    assert (language.filters["short_day"](LAST_DAY), language.filters["seats"](1)) == ("31.1.", "1 licence")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('day = ["a"]', "'day' must be a text, found '['a']'"),
        ('weekdays = ["Mo", "Di"]', "'weekdays' must be a list of 7 texts"),
        ("seats = 3", "'seats' must be a list of one or two texts, found '3'"),
        ("day = ", "Invalid value"),
    ],
)
def test_a_language_that_says_it_wrong_is_refused_with_file_key_and_what_is_allowed(tmp_path, said, told):
    path = tmp_path / "language.toml"
    path.write_text(said, "utf-8")

    with pytest.raises(TemplateProblem) as raised:
        language_in([tmp_path, shipped_templates() / "en"])

    assert raised.value.template == str(path)
    assert told in raised.value.message


def test_a_language_without_its_file_is_refused_with_where_it_was_looked_for(tmp_path):
    with pytest.raises(TemplateProblem, match=rf"there is no language\.toml in {tmp_path}"):
        language_in([tmp_path])
