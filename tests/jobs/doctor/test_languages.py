"""The doctor sees what letters in other languages would say of the sender in Japanese."""

from __future__ import annotations

import pytest

from jobs.app import App
from jobs.config.load import load_settings
from jobs.doctor.examination import State
from jobs.doctor.languages import languages
from jobs.language.messages import Messages

OWN = """
[mail]
from = "更新窓口 <noreply@example.co.jp>"
[sender]
company = "見本株式会社"
[sender.sales_desk]
name = "営業"
email = "sales@example.co.jp"
hours = "weekdays"
[sender.support_desk]
name = "Support"
email = "support@example.co.jp"
"""


@pytest.fixture
def told(tmp_path):
    def ask(config, language="en"):
        (tmp_path / "config.toml").write_text(config, "utf-8")
        return list(languages(App(load_settings(tmp_path / "config.toml", {})), Messages(language)))

    return ask


def test_the_sample_says_everything_in_both_languages(told):
    (found,) = told("")

    assert (found.state, found.said) == (State.GOOD, "letters in ja, en name the sender in that language")


def test_each_key_that_english_letters_would_say_in_japanese_is_named(told):
    (found,) = told(OWN)

    assert found.state is State.DOUBTFUL
    assert found.said.endswith("for sender.en.company, sender.en.from_name, sender.en.sales_desk.name")


def test_what_was_written_for_the_language_was_meant_even_in_japanese(told):
    own = '[sender.en]\ncompany = "見本株式会社"\nfrom_name = "Desk"\n[sender.en.sales_desk]\nname = "Sales"'

    assert [each.state for each in told(OWN + own)] == [State.GOOD]


@pytest.mark.parametrize(("further", "count"), [("de", 1), ("zh-hant", 0)])
def test_who_reads_kanji_may_read_them(told, further, count):
    found = told(OWN + f'[templates]\nlanguages = ["ja", "{further}"]')

    assert len([each for each in found if each.state is State.DOUBTFUL]) == count


def test_it_is_told_in_the_language_of_who_asked(told):
    assert told(OWN, "ja")[0].said.startswith("en の通知が差出人を日本語で名乗っている")
