"""No address, login or sign that acts on a terminal is read in a log (P3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.log.masks import harmless, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("owner@example.co.jp", "o***@example.co.jp"),
        ("550 5.1.1 <owner@example.co.jp>: unknown", "550 5.1.1 <o***@example.co.jp>: unknown"),
        ("{'to': 'owner@example.co.jp'}", "{'to': 'o***@example.co.jp'}"),
        ("to=owner@example.co.jp,b@example.com", "t***@example.co.jp,b***@example.com"),
        ("mailto:o'brien+x@example.com", "mailto:o***@example.com"),
        ('"john doe"@example.com', "***@example.com"),
        ("owner@[192.0.2.1]", "o***@[192.0.2.1]"),
        ("山田@例え.jp", "山***@例え.jp"),
        ("bounce+7-owner=example.co.jp@example.com", "b***@example.com"),
        ("postgresql+psycopg://kigen:s3cret@db/kigen", "postgresql+psycopg://***@db/kigen"),
        ("no address here, and @ alone", "no address here, and @ alone"),
    ],
)
def test_an_address_is_known_by_its_first_letter_and_domain(text, shown):
    assert masked(text) == shown


def test_the_values_of_a_statement_are_left_out_of_an_errors_text():
    said = "UNIQUE failed\n[SQL: INSERT …]\n[parameters: ('山田 太郎', 'x]')]\n(Background on this error at: …)"

    assert masked(said) == "UNIQUE failed\n[SQL: INSERT …]\n[parameters: ***]\n(Background on this error at: …)"


LOCAL = st.text("abcXYZ019!#$%&'*+-/=?^_`{|}~.", min_size=2, max_size=60).filter(
    lambda local: local.strip("*")  # one of stars alone cannot be told from its mask
)


@given(LOCAL, st.sampled_from(["", " ", "<", "to:", "('", "x=", "://"]), st.sampled_from(["", " ", ">", "')", ", x"]))
def test_no_local_part_is_read(local, before, after):
    shown = masked(f"{before}{local}@example.com{after}")

    assert f"{local}@" not in shown
    assert "***@example.com" in shown


def test_a_long_text_without_an_address_is_looked_through_once():
    assert masked("+" * 200_000 + "@") == "+" * 200_000 + "@"
    assert masked("a" * 200_000 + " @").startswith("aaa")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("\x1b[2Jcleared", r"\x1b[2Jcleared"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202eb\u2028c", r"a\u202eb\u2028c"),
        ("\udcff", r"\udcff"),
        ("株式会社　サンプル", "株式会社　サンプル"),
    ],
)
def test_what_would_act_on_a_terminal_is_an_escape(text, shown):
    assert harmless(text) == shown
