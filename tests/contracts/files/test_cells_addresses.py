"""Which addresses a relay can be handed (N8, P2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.addresses import AddressError, mailable


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ("owner@example.co.jp", "owner@example.co.jp"),
        (" Owner+zoom@Example.CO.JP ", "Owner+zoom@example.co.jp"),
        ("owner@例え.jp", "owner@xn--r8jz45g.jp"),
        ("owner@ｅｘａｍｐｌｅ.com", "owner@example.com"),
        ("owner@例え。ＪＰ", "owner@xn--r8jz45g.jp"),
        ("owner@straße.example", "owner@xn--strae-oqa.example"),  # not strasse: IDNA 2008
        ("owner@XN--R8JZ45G.jp", "owner@xn--r8jz45g.jp"),
        ("owner@☕.example", "owner@xn--53h.example"),  # no letter (IDNA 2008), and taken before
        ("owner@ab--cd.example", "owner@ab--cd.example"),
    ],
)
def test_an_address_is_made_ready_for_smtp(typed, ready):
    assert mailable(typed) == ready


@pytest.mark.parametrize("address", ["a..b@example.com", "a.@example.com", ".a@example.com"])
def test_dots_that_carriers_once_allowed_are_kept(address):
    assert mailable(address) == address


@pytest.mark.parametrize(
    ("typed", "ready"),
    [
        ('"a..b"@docomo.example', "a..b@docomo.example"),
        ('".a"@docomo.example', ".a@docomo.example"),
        ('"a."@DoCoMo.example', "a.@docomo.example"),
        (' "a"@example.com ', "a@example.com"),
        (r'"a\.\.b"@docomo.example', "a..b@docomo.example"),
    ],
)
def test_an_address_in_quotes_is_the_one_without(typed, ready):
    assert mailable(typed) == ready


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty"),
        (" \u3000", "empty"),
        ("a@example.com,b@example.com", "several"),
        ("a@example.com、b@example.com", "several"),
        ("a@example.com;b@example.com", "several"),
        ("a@example.com\nb@example.com", "line-break"),
        ("a@example.com\u2028b", "line-break"),
        ("a b@example.com", "blank"),
        ("a\u200bb@example.com", "blank"),
        ("Owner <a@example.com>", "blank"),
        ("<a@example.com>", "sign-before-at"),
        ("a@b@example.com", "two-ats"),
        ("example.com", "no-at"),
        ("@example.com", "nothing-before-at"),
        ("山田@example.com", "not-ascii"),
        ('"a(b)"@example.com', "sign-before-at"),
        ('""@example.com', "sign-before-at"),
        ('"a@example.com', "sign-before-at"),
        ('"a b"@example.com', "blank"),
        ('"a@b"@example.com', "two-ats"),
        ("a@localhost", "domain-without-dot"),
        ("a@", "nothing-after-at"),
        ("a@example..com", "no-domain"),
        ("a@example.com.", "no-domain"),
        ("a@-example.com", "no-domain"),
        ("a@exa_mple.com", "no-domain"),
        ("a@192.0.2.1", "no-domain"),
        ("a@[192.0.2.1]", "no-domain"),
        (f"a@{'x' * 64}.com", "no-domain"),
        (f"{'a' * 65}@example.com", "long-before-at"),
        (f"a@{'x.' * 200}com", "too-long"),
    ],
)
def test_what_is_no_single_address_is_refused_with_the_reason(address, reason):
    with pytest.raises(AddressError, match=f"^{reason}$"):
        mailable(address)


@given(st.one_of(st.text(), st.emails(), st.from_regex(r"[a-z.]{1,9}@[^@]{1,9}\.[a-z]{2}", fullmatch=True)))
def test_what_comes_out_is_ascii_on_one_line_with_one_at_sign(text):
    try:
        ready = mailable(text)
    except AddressError:
        return
    assert ready.isascii()
    assert ready.isprintable()
    assert " " not in ready
    assert ready.count("@") == 1
    assert mailable(ready) == ready
