"""The table [jobs.operator-digest]: its defaults, and what is refused with key, value and what is allowed."""

from __future__ import annotations

from datetime import time

import pytest

from jobs.config.load import ConfigError, load_settings


def table(tmp_path, text):
    file = tmp_path / "config.toml"
    file.write_text(f"[jobs.operator-digest]\n{text}\n", encoding="utf-8")
    return load_settings(file, {}).jobs.operator_digest


def test_the_letter_is_on_and_goes_to_the_sales_desk(tmp_path):
    found = table(tmp_path, "")

    assert (found.on, found.at, found.days_ahead, found.all_well) == (True, time(9, 45), 14, "monday")
    assert (found.recipients, found.by_partner, found.urgent) == ((), {}, ("bounced", "held", "lapsed", "feed-failed"))


def test_partners_and_readers_are_taken_as_written(tmp_path):
    found = table(tmp_path, 'recipients = ["A <a@example.com>"]\nby_partner = { "甲 販売" = "b@example.com" }')

    assert (found.recipients, found.by_partner) == (("A <a@example.com>",), {"甲 販売": "b@example.com"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('all_well = "sunday"', ["all_well", "'monday'", "'sunday'"]),
        ("days_ahead = -1", ["days_ahead", "-1"]),
        ('urgent = ["late"]', ["urgent.0", "'bounced'", "'failed'", "'held'", "'in-doubt'", "'run-failed'", "'late'"]),
        ('recipients = [""]', ["recipients.0", "mail address"]),
        ('by_partner = { "甲" = "nobody" }', ["by_partner.甲", "'nobody'", "mail address"]),
        ('by_partner = { "甲" = "" }', ["by_partner.甲", "mail address"]),
        ('language = "fr"', ["language", "'ja'", "'fr'"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(tmp_path, text, said):
    with pytest.raises(ConfigError) as refused:
        table(tmp_path, text)

    assert all(part in str(refused.value) for part in ["jobs.operator-digest", *said])
