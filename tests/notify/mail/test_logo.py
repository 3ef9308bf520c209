"""A logo is a small PNG, JPEG or GIF, drawn within its band, under a name that changes with its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.mail.logo import HIGHEST, MOST_BYTES, WIDEST, LogoError, logo_of
from tests.notify.mail.logos import a_gif, a_jpeg, a_png

TABLES = b"\xff\xc4\x00\x05abc\xff\xff\xdb\x00\x03a"  # segments of no size, with padding between them


@pytest.mark.parametrize(
    ("data", "subtype"),
    [
        (a_png(120, 40), "png"),
        (a_gif(120, 40), "gif"),
        (a_jpeg(120, 40), "jpeg"),
        (a_jpeg(120, 40, before=TABLES), "jpeg"),
    ],
    ids=["png", "gif", "jpeg", "jpeg-with-other-segments"],
)
def test_a_picture_is_known_by_its_bytes_and_drawn_in_its_own_size(data, subtype):
    logo = logo_of(data, "example.co.jp")

    assert (logo.image.maintype, logo.image.subtype, logo.image.name) == ("image", subtype, f"logo.{subtype}")
    assert (logo.width, logo.height) == (120, 40)
    assert logo.image.data == data


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_picture_of_any_size_is_drawn_within_its_band_and_keeps_its_proportions(width, height):
    logo = logo_of(a_gif(width, height), "example.co.jp")

    assert 1 <= logo.width <= min(width, WIDEST)
    assert 1 <= logo.height <= min(height, HIGHEST)
    assert abs(logo.width * height - logo.height * width) <= max(width, height)  # within a pixel


def test_another_picture_has_another_name_in_the_letter_and_the_same_one_the_same():
    one, same, other = (
        logo_of(a_png(10, 10, colour), "example.co.jp").image for colour in ((1, 1, 1),) * 2 + ((2, 1, 1),)
    )

    assert one == same
    assert one.content_id != other.content_id
    assert one.content_id.endswith("@example.co.jp")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "expected a PNG, JPEG or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "expected a PNG, JPEG or GIF"),
        (a_png()[:20], "the picture is damaged"),
        (b"GIF89a\1", "the picture is damaged"),
        (a_jpeg(9, 9)[:22], "the picture is damaged"),
        (b"\xff\xd8\xff\xe0\x00\x04ab no segment here", "the picture is damaged"),
        (a_gif(0, 9), "at least one pixel, found 0 × 9"),
        (a_png() + bytes(MOST_BYTES), "at most 100,000 bytes"),
    ],
)
def test_what_is_no_logo_is_refused_with_what_is_allowed(data, told):
    with pytest.raises(LogoError, match=told):
        logo_of(data, "example.co.jp")


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"]))
def test_no_bytes_make_it_fail_in_any_other_way(data, start):
    try:
        logo_of(start + data, "example.co.jp")
    except LogoError:
        return
    assert start
