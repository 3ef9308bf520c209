from __future__ import annotations

from datetime import date

import pytest

from notify.letters.lines import VALUE_START
from notify.letters.problem import WrongValue
from notify.letters.values import Value, harmless, plain, printed, taken_out


@pytest.mark.parametrize(
    ("hostile", "clean"),
    [
        ("見本\r\nBcc: x@example.com", "見本 Bcc: x@example.com"),
        ("a\u2028b\u0085c\x00d\te", "a b c d e"),
        ("abc\u202egnp.exe\u2066x\u200f", "abcgnp.exex"),
        ("\ufeff株式会社見本", "株式会社見本"),
        ("見本\ud800", "見本\ufffd"),
        ("\n見本\n", "見本"),
        ("見\ufdd0本\ufdd1", "見本"),  # the marks of values are ours
    ],
)
def test_a_text_can_break_no_line_reverse_no_reading_and_end_no_value(hostile, clean):
    assert harmless(hostile) == clean


@pytest.mark.parametrize(
    "name", ["𠮷野家", "髙﨑　花子", "O’Brien & Söhne", "👩\u200d💻", "<b>見本</b>", "=?utf-8?q?x?=", "\ue000"]
)
def test_an_unusual_name_stays_as_it_is(name):
    assert harmless(name) == name


def test_no_sign_that_is_taken_out_passes_for_printable():
    taken_away = [sign for sign in map(chr, range(0x110000)) if harmless(f"a{sign}b") != f"a{sign}b"]

    assert len(taken_away) > 100
    assert not [sign for sign in taken_away if sign.isprintable()]


def test_texts_are_made_harmless_at_any_depth_and_other_values_left_alone():
    day = date(2022, 1, 31)
    data = {"account": {"company": "a\nb"}, "items": [{"menu": "c\nd", "seats": 3}], "as_of": day, "partner": None}

    assert harmless(data) == {
        "account": {"company": "a b"},
        "items": [{"menu": "c d", "seats": 3}],
        "as_of": day,
        "partner": None,
    }


def test_what_is_printed_is_taken_out_again_and_leaves_its_place():
    finished = f"Dear {Value('**A**').__html__()}, {Value('3').__html__()}."

    shape, values = taken_out(finished)

    assert values == ["**A**", "3"]
    assert shape == f"Dear {VALUE_START}, {VALUE_START}."
    assert plain(finished) == "Dear **A**, 3."


def test_none_is_not_printed():
    with pytest.raises(WrongValue, match="none-printed"):
        printed(None)
