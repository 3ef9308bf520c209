from __future__ import annotations

import re
from itertools import pairwise

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from notify.letters.lines import VALUE_END, VALUE_START, blank, display_width, rows, wrapped

URL = "https://admin.example.com/a/very/long/path/that/no/line/of/twenty/holds"
FAMILY = "👩\u200d👩\u200d👧"


def value(text):
    return f"{VALUE_START}{text}{VALUE_END}"


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Zoom", 4),
        ("契約", 4),
        ("ｶﾅ", 2),
        ("①■…—", 8),
        ("（1）", 5),
        ("か\u3099", 2),
        ("葛\U000e0100", 2),
        (FAMILY, 2),
        ("👍🏽🇯🇵", 4),
        ("𠮷", 2),
        (value("契約"), 4),
        ("", 0),
    ],
)
def test_width_is_what_a_japanese_fixed_width_font_shows(text, width):
    assert display_width(text) == width


def test_a_paragraph_is_broken_between_phrases():
    text = "新しい利用期間は、現在の利用期間が満了する翌日から始まります。"

    assert wrapped(text, 40) == ["新しい利用期間は、現在の利用期間が", "満了する翌日から始まります。"]


def test_english_is_broken_at_spaces():
    assert wrapped("The term of the licences ends.", 14) == ["The term of", "the licences", "ends."]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("利用期間の、延長", ["利用期間の、", "延長"]),
        ("利用期間（延長）", ["利用期間", "（延長）"]),
        ("利用期間を「延長」", ["利用期間を", "「延長」"]),
    ],
)
def test_no_line_begins_or_ends_with_a_sign_that_may_not(text, lines):
    assert wrapped(text, 14) == lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("利用中の契約はZoom Workplaceで", 19, ["利用中の契約はZoom", "Workplaceで"]),
        ("期限は契約どおり2022年1月31日（月）です", 24, ["期限は契約どおり", "2022年1月31日（月）です"]),
        ("契約の総数は49ライセンスです", 19, ["契約の総数は", "49ライセンスです"]),
        ("契約の総数は 49 ライセンスです", 19, ["契約の総数は", "49 ライセンスです"]),
        ("You have 49 licences of it.", 16, ["You have", "49 licences of", "it."]),
        ("契約と操作の担当サポートへ", 19, ["契約と操作の", "担当サポートへ"]),
        ("今回のご契約について、窓口へ", 16, ["今回の", "ご契約について、", "窓口へ"]),
        ("契約は期限をもって終了します", 16, ["契約は", "期限をもって", "終了します"]),
        ("担当の見本 花子 様にお知らせします", 18, ["担当の見本", "花子 様に", "お知らせします"]),
    ],
)
def test_a_word_a_date_and_a_number_with_its_counter_stay_whole(text, width, lines):
    assert wrapped(text, width) == lines


def test_a_particle_stays_with_the_value_before_it():
    text = f"お手続きは{value('2021年12月2日（木）')}までにお願いします。"

    assert wrapped(text, 30) == ["お手続きは", "2021年12月2日（木）までに", "お願いします。"]


def test_a_value_moves_to_the_next_line_as_one():
    text = f"ご契約者は{value('サンプル Sales 株式会社')}です"

    assert wrapped(text, 36) == ["ご契約者は", "サンプル Sales 株式会社です"]


def test_a_number_that_a_template_prints_stays_with_the_noun_behind_it():
    assert wrapped(f"You have {value('49')} licences.", 16) == ["You have", "49 licences."]


def test_a_value_wider_than_two_thirds_of_a_line_is_broken_like_other_text():
    assert wrapped(value("Zoom Workplace Enterprise Essentials"), 24) == ["Zoom Workplace", "Enterprise Essentials"]


def test_a_value_begins_no_line_with_a_sign_that_may_not():
    assert wrapped(f"利用期間と延長{value('）の契約')}", 16) == ["利用期間と", "延長）の契約"]


def test_the_next_letter_gets_its_own_values_in_the_same_lines():
    text = f"お手続きは{value('2021年12月2日（木）')}までにお願いします。"
    wrapped(text, 30)

    assert wrapped(text.replace("12月2日（木", "10月8日（金"), 30) == [
        "お手続きは",
        "2021年10月8日（金）までに",
        "お願いします。",
    ]


def test_a_percent_sign_is_only_a_sign():
    assert wrapped(f"100%sの割引を{value('50%s')}に変更します", 16) == ["100%sの割引を", "50%sに変更します"]


@pytest.mark.parametrize("sign", ["か\u3099", "葛\U000e0100", FAMILY, "👍🏽", "🇯🇵"])
def test_what_is_one_sign_to_a_reader_is_not_parted(sign):
    assert wrapped(sign * 12, 10) == [sign * 5, sign * 5, sign * 2]


def test_a_url_wider_than_a_line_runs_over():
    assert wrapped(f"管理サイトは{URL}です", 20) == ["管理サイトは", URL, "です"]


def test_any_other_word_wider_than_a_line_is_cut_where_the_line_is_full():
    assert wrapped("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_further_lines_hang_under_the_first():
    lines = wrapped("購入申込書を期限までにご提出ください。", 26, first="1. ", hanging="   ")

    assert lines == ["1. 購入申込書を期限までに", "   ご提出ください。"]


def test_a_mark_counts_with_its_own_width():
    assert wrapped("a term ends", 12, first="・", hanging="　") == ["・a term", "　ends"]


def test_blanks_at_the_ends_of_lines_are_dropped():
    assert wrapped("　The term ends \u3000", 9) == ["The term", "ends"]


def test_labels_share_a_column_whatever_their_width():
    pairs = [("アカウント番号", "98765432"), ("契約番号", "K-0001"), ("明細", "1")]

    assert rows(pairs, "：") == ["アカウント番号：98765432", "契約番号　　　：K-0001", "明細　　　　　：1"]


def test_english_labels_keep_their_colon_and_share_the_column_of_values():
    assert rows([("Account number", "98765432"), ("Line", "1")], ": ") == [
        "Account number: 98765432",
        "Line:           1",
    ]


def test_a_long_value_goes_on_in_its_own_column():
    assert rows([("会社", value("株式会社見本商事"))], "：", 16) == ["会社：株式会社", "　　　見本商事"]


def test_values_go_under_labels_that_leave_too_little_room():
    pairs = [("会社", value("株式会社見本商事")), ("ご登録いただいた番号", "98765432")]

    assert rows(pairs, "：", 30) == ["会社：", "　株式会社見本商事", "ご登録いただいた番号：", "　98765432"]


def test_rows_without_labels_are_no_lines():
    assert rows([], "：") == []


@pytest.mark.parametrize(("text", "indent"), [("1. ", "   "), ("・", "\u3000"), ("（1）", "\u3000\u3000 ")])
def test_a_hanging_indent_is_of_the_width_and_kind_of_its_mark(text, indent):
    assert blank(text) == indent


JAPANESE = ["契約", "利用期間", "の", "、", "です。", "（月）", "「継続」", "ェ", "ー", "2022年1月31日（月）"]
LATIN = ["Zoom", "licences", "12", "a.b@example.jp", "%s", " ", "　"]
JOINED = ["か\u3099", "葛\U000e0100", FAMILY, "👍🏽", "🇯🇵"]
PLAIN = st.sampled_from([*JAPANESE, *LATIN, *JOINED])
VALUES = st.lists(PLAIN, max_size=6).map("".join).map(lambda each: value(each.strip(" 　")))
TEXTS = st.lists(PLAIN | VALUES, max_size=40).map("".join)
WIDTHS = st.integers(min_value=24, max_value=70)
NO_START = re.compile(r"[、。）」ェー%]")
NO_END = re.compile(r"[（「]$")
MARKS = f"[{VALUE_START}{VALUE_END}]"


def squeezed(text):
    return re.sub(f"[ 　]|{MARKS}", "", text)


@given(TEXTS, WIDTHS)
def test_whatever_the_text_its_signs_come_out_in_order(text, width):
    assert squeezed("".join(wrapped(text, width))) == squeezed(text)
    assert not re.search(MARKS, "".join(wrapped(text, width)))


@given(TEXTS, WIDTHS)
def test_whatever_the_text_only_an_address_is_wider_than_a_line(text, width):
    assert all(display_width(line) <= width or "@" in line for line in wrapped(text, width))


@given(TEXTS, WIDTHS)
def test_whatever_the_text_no_sign_is_parted(text, width):
    lines = wrapped(text, width)

    assert [sign for line in lines for sign in wcwidth.iter_graphemes(line)] == list(
        wcwidth.iter_graphemes("".join(lines))
    )


@given(st.lists(PLAIN | VALUES.map(lambda each: f"契約{each}契約"), max_size=40).map("".join), WIDTHS)
def test_whatever_the_text_kinsoku_holds_unless_a_line_is_full_of_such_signs(text, width):
    for before, after in pairwise(wrapped(text, width)):
        if not re.search(r"[、。（）「」ェー% 　]{5}", before + after):
            assert not NO_END.search(before)
            assert not NO_START.match(after)


@given(TEXTS, WIDTHS)
def test_whatever_the_text_a_value_is_on_one_line_if_it_takes_two_thirds_at_most(text, width):
    lines = wrapped(text, width)

    for each in re.findall(f"{VALUE_START}(.*?){VALUE_END}", text):
        if display_width(each) <= width * 2 // 3:
            assert any(each in line for line in lines)


@given(TEXTS, WIDTHS)
def test_whatever_the_text_no_blank_ends_a_line_or_begins_a_further_one(text, width):
    assert all(line == line.strip(" 　") for line in wrapped(text, width))
