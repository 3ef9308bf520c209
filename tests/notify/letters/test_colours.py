from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.letters.colours import contrast, readable_on


@pytest.mark.parametrize(
    ("background", "wished", "colour"),
    [
        ("#1f3a5f", (), "#ffffff"),
        ("#ffd500", (), "#000000"),
        ("#ffffff", (), "#000000"),
        ("#767676", (), "#ffffff"),  # the lightest grey that carries white (WCAG 2.2, 1.4.3)
        ("#777777", (), "#000000"),
        ("#ffffff", ("#1f3a5f", "#000000"), "#1f3a5f"),
        ("#ffffff", ("#ffd500", "#1c2430"), "#1c2430"),
    ],
)
def test_text_takes_the_first_colour_that_can_be_read(background, wished, colour):
    assert readable_on(background, *wished) == colour


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_on_every_background_text_can_be_read(background, wished):
    ground = f"#{background:06x}"

    assert contrast(ground, readable_on(ground, f"#{wished:06X}")) >= 4.5


def test_contrast_is_as_the_guidelines_count_it():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#1234567", "rgb(0,0,0)", None])
def test_what_is_no_colour_is_refused(colour):
    with pytest.raises(ValueError, match="a colour is written like"):
        readable_on(colour)
