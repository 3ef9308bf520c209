"""Addresses as the wire has them: in quotes where the grammar wants it, and read back without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.addresses import AddressError, mailable
from notify.addresses import quoted, unquoted


@pytest.mark.parametrize(
    ("kept", "written"),
    [
        ("owner@example.co.jp", "owner@example.co.jp"),
        ("first.last+tag@example.co.jp", "first.last+tag@example.co.jp"),
        ("a..b@docomo.example", '"a..b"@docomo.example'),
        (".a@docomo.example", '".a"@docomo.example'),
        ("a.@docomo.example", '"a."@docomo.example'),
        (".@docomo.example", '"."@docomo.example'),
        ("", ""),  # the null return path
    ],
)
def test_quotes_stand_where_dots_do_oddly_and_nowhere_else(kept, written):
    assert (quoted(kept), unquoted(written)) == (written, kept)


@given(st.from_regex(r"[a-z.!+]{1,8}@[a-z]{1,5}\.jp", fullmatch=True))
def test_what_is_written_is_taken_for_the_same_address_by_import_and_by_reports(address):
    try:
        kept = mailable(address)
    except AddressError:
        return

    assert mailable(quoted(kept)) == unquoted(quoted(kept)) == kept
