from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.letters import formats

LAST_DAY = date(2022, 1, 31)


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [("ja", "2022年1月31日（月）", "2022/1/31"), ("en", "Monday, 31 January 2022", "31 Jan 2022")],
)
def test_a_day_is_written_as_its_language_writes_it(language, long, short):
    assert (formats.day(LAST_DAY, language), formats.short_day(LAST_DAY, language)) == (long, short)


def test_every_day_of_a_week_has_its_own_sign():
    written = [formats.day(date(2022, 1, number), "ja")[-2] for number in range(3, 10)]

    assert "".join(written) == "月火水木金土日"


@pytest.mark.parametrize("value", ["2022-01-31", None, 3])
def test_what_is_no_date_is_refused_as_a_day(value):
    with pytest.raises(TypeError, match="a date is needed here"):
        formats.day(value, "ja")


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
    assert formats.seats(count, language) == written


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
    assert formats.days_left(count, language) == written


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("見本\r\nBcc: x@example.com", "見本 Bcc: x@example.com"),
        ("a\u2028b\u0085c\x00d\te", "a b c d e"),
        ("abc\u202egnp.exe\u2066x\u200f", "abcgnp.exex"),
        ("\ufeff株式会社見本", "株式会社見本"),
        ("見本\ud800", "見本\ufffd"),
        ("\n見本\n", "見本"),
    ],
)
def test_a_text_can_break_no_line_and_reverse_no_reading(hostile, harmless):
    assert formats.harmless(hostile) == harmless


@pytest.mark.parametrize(
    "name", ["𠮷野家", "髙﨑　花子", "O’Brien & Söhne", "👩\u200d💻", "<b>見本</b>", "=?utf-8?q?x?="]
)
def test_an_unusual_name_stays_as_it_is(name):
    assert formats.harmless(name) == name


def test_no_sign_that_is_taken_out_passes_for_printable():
    taken_out = [sign for sign in map(chr, range(0x110000)) if formats.harmless(f"a{sign}b") != f"a{sign}b"]

    assert len(taken_out) > 100
    assert not [sign for sign in taken_out if sign.isprintable()]


def test_texts_are_made_harmless_at_any_depth_and_other_values_left_alone():
    data = {"account": {"company": "a\nb"}, "items": [{"menu": "c\nd", "seats": 3}], "as_of": LAST_DAY, "partner": None}

    assert formats.harmless(data) == {
        "account": {"company": "a b"},
        "items": [{"menu": "c d", "seats": 3}],
        "as_of": LAST_DAY,
        "partner": None,
    }


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
    assert formats.readable_on(background, *wished) == colour


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF))
def test_on_every_background_text_can_be_read(background, wished):
    ground = f"#{background:06x}"

    assert formats.contrast(ground, formats.readable_on(ground, f"#{wished:06X}")) >= 4.5


def test_contrast_is_as_the_guidelines_count_it():
    assert formats.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert formats.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#12345g", "#1234567", "rgb(0,0,0)", None])
def test_what_is_no_colour_is_refused(colour):
    with pytest.raises(ValueError, match="a colour is written like"):
        formats.readable_on(colour)
