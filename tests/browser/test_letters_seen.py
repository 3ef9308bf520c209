"""Every letter as it looks where it is read: on a desk and on a phone, in a light and in a dark room."""

from __future__ import annotations

from itertools import product

import pytest

from notify.letters.renderer import Renderer
from tests.browser.pages import SCREENS, SHADES, grave_findings
from tests.notify.letters.builders import ALL_LETTERS, LANGUAGES, LETTERS, sample

EACH_LETTER = list(product(ALL_LETTERS, LANGUAGES))
TO_OWNERS = list(product(LETTERS, LANGUAGES))
EACH_LOOK = list(product(SCREENS, SHADES))
LONG = "株式会社見本商事ホールディングス" * 4 + "SampleTradingAndManufacturingCompanyOfEastJapan" * 3


@pytest.fixture
def letter(tmp_path):
    """Writes a letter's HTML part to disk."""

    def write(kind, language, **changes):
        words = Renderer().words(kind, language, sample(kind, language, **changes))
        path = tmp_path / "letter.html"
        path.write_text(words.html, "utf-8")
        return path

    return write


@pytest.mark.parametrize("look", EACH_LOOK, ids="-".join)
@pytest.mark.parametrize(("kind", "language"), EACH_LETTER)
def test_a_letter_has_contrast_and_structure_for_everybody(visit, letter, kind, language, look):
    screen, shade = look
    page = visit(letter(kind, language), screen=screen, shade=shade)

    assert grave_findings(page) == []


@pytest.mark.parametrize(("kind", "language"), TO_OWNERS)
def test_a_letter_is_read_on_a_phone_without_moving_sideways(visit, letter, kind, language):
    company = {"company": LONG, "owner_name": LONG}

    page = visit(letter(kind, language, account=company), screen="phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"].width


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desks_letter_is_read_on_a_phone_without_moving_sideways(visit, letter, language):
    data = sample("operator-digest", language)
    for item in data["sections"][1]["groups"][0]["items"]:
        item |= {"company": LONG, "commands": [f"kigen decline {LONG}"]}

    page = visit(letter("operator-digest", language, sections=data["sections"]), screen="phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"].width


@pytest.mark.parametrize("shade", SHADES)
def test_a_letter_in_the_dark_has_a_dark_ground(visit, letter, shade):
    page = visit(letter("renewal-notice", "ja"), shade=shade)

    ground = page.evaluate("getComputedStyle(document.querySelector('.k-card')).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 33, 43)"}[shade]


def test_a_letter_shows_the_day_and_the_thing_to_do_before_a_phone_is_scrolled(visit, letter):
    page = visit(letter("renewal-notice", "ja"), screen="phone")

    closing_day = page.locator(".k-key strong")
    box = closing_day.bounding_box()
    assert closing_day.inner_text().startswith("2021年12月2日")
    assert box["y"] + box["height"] < SCREENS["phone"].height
