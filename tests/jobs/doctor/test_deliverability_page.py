"""docs/deliverability.md is true: its records are what receivers ask for, and its configuration is taken."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.config.load import load_settings
from jobs.doctor.receivers import remarks

PAGE = (Path(__file__).parents[3] / "docs" / "deliverability.md").read_text("utf-8")
RECORDS = {name: [text] for name, text in re.findall(r'^(\S+)\.\s+TXT\s+"(.*)"$', PAGE, re.MULTILINE)}


def test_who_publishes_the_page_s_records_is_told_that_they_suffice():
    """The key is cut short on the page."""
    theirs = RECORDS | {"relay.example.com": ["v=spf1 ip4:192.0.2.1 -all"]}

    found = remarks("example.co.jp", "example.co.jp", "", lambda name: theirs.get(name, []))

    assert [each.code for each in found] == ["spf-found", "dmarc-watches", "dkim-not-looked-up"]
    assert "mail2026._domainkey.example.co.jp" in RECORDS


def test_the_page_s_configuration_is_taken(tmp_path):
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "config.toml").write_text(text, "utf-8")

    assert load_settings(tmp_path / "config.toml", {}).mail.unsubscribe.one_click
