from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.letters.layout import columns, display_width, laid_out, wrapped

URL = "https://admin.example.com/a/very/long/path/that/no/line/of/twenty/holds"


@pytest.mark.parametrize(
    ("text", "width"),
    [("Zoom", 4), ("契約", 4), ("ｶﾅ", 2), ("①■…—", 8), ("（1）", 5), ("か\u3099", 2), ("", 0), ("𠮷", 2)],
)
def test_width_is_what_a_japanese_fixed_width_font_shows(text, width):
    assert display_width(text) == width


def test_a_paragraph_is_broken_at_the_width():
    assert wrapped("利用期間の延長を登録", 10) == ["利用期間の", "延長を登録"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("利用期間の、延長", ["利用期間", "の、延長"]),
        ("利用期間（延長）", ["利用期間", "（延長）"]),
        ("利用期間を「延長」", ["利用期間を", "「延長」"]),
        ("延長したきゃ明日", ["延長した", "きゃ明日"]),
        ("株式会社々々々", ["株式会", "社々々々"]),
    ],
)
def test_no_line_begins_or_ends_with_a_sign_that_may_not(text, lines):
    """Kinsoku: 。、）」 and small kana begin no line, （「 end none."""
    assert wrapped(text, 10) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("利用中の契約はZoom Workplaceで", ["利用中の契約はZoom", "Workplaceで"]),
        ("期限は契約どおり2022年1月31日（月）です", ["期限は契約どおり", "2022年1月31日（月）", "です"]),
        ("契約の総数は49ライセンスです", ["契約の総数は", "49ライセンスです"]),
        ("契約と操作の担当サポートへ", ["契約と操作の担当", "サポートへ"]),
    ],
)
def test_a_word_a_date_and_a_number_with_its_unit_stay_whole(text, lines):
    assert wrapped(text, 19) == lines


def test_a_url_wider_than_a_line_is_not_broken():
    assert wrapped(f"管理サイトは{URL}です", 20) == ["管理サイトは", URL, "です"]


def test_a_name_wider_than_a_line_is_broken_where_it_is_full():
    assert wrapped("ー" * 12, 10) == ["ー" * 5, "ー" * 5, "ー" * 2]


def test_the_end_of_a_sentence_is_not_parted():
    assert wrapped("早めにご提出ください。", 20) == ["早めにご提出", "ください。"]
    assert wrapped("登録したのでお知らせいたします。", 22) == ["登録したので", "お知らせいたします。"]
    assert wrapped("翌日からお使いいただけません。", 22) == ["翌日から", "お使いいただけません。"]


def test_a_name_that_should_stay_whole_moves_to_the_next_line_as_one():
    text = "見本のご契約は例示通信株式会社です"

    assert wrapped(text, 20, whole=["例示通信株式会社"]) == ["見本のご契約は", "例示通信株式会社です"]


def test_a_name_that_fits_on_no_line_is_broken_after_all():
    assert wrapped("例示通信株式会社", 8, whole=["例示通信株式会社"]) == ["例示通信", "株式会社"]


def test_english_is_broken_at_spaces():
    assert wrapped("The term of the licences ends.", 14) == ["The term of", "the licences", "ends."]


def test_what_follows_a_list_mark_goes_on_under_its_first_sign():
    text = "1. 購入申込書を期限までにご提出ください。\n・ライセンスは終了します。\n- It ends on that day."

    assert laid_out(text, 16).split("\n") == [
        "1. 購入申込書を",
        "   期限までにご",
        "   提出",
        "   ください。",
        "・ライセンスは終",
        "　了します。",
        "- It ends on",
        "  that day.",
        "",
    ]


def test_blank_lines_never_come_in_twos_and_frame_nothing():
    assert laid_out("\n\na  \n\n\n \nb\n\n") == "a\n\nb\n"


def test_labels_share_a_column_whatever_their_width():
    text = "アカウント番号：98765432\n契約番号：K-0001\n\n明細：1"

    assert columns(text).split("\n") == [
        "アカウント番号：98765432",
        "契約番号　　　：K-0001",
        "",
        "明細　　　　　：1",
    ]


def test_english_labels_keep_their_colon_and_share_the_column_of_values():
    assert columns("Account number: 98765432\nLine: 1") == "Account number: 98765432\nLine:           1"


def test_a_long_value_goes_on_in_its_own_column():
    assert columns("会社：株式会社見本商事", 16) == "会社：株式会社見\n　　　本商事"


def test_a_colon_in_a_value_makes_no_label():
    assert columns("電話：内線：12") == "電話：内線：12"


WORDS = [
    "契約",
    "利用期間",
    "の",
    "、",
    "です。",
    "（月）",
    "「継続」",
    "Zoom",
    "2022年1月31日（月）",
    "49ライセンス",
    "ェ",
    " ",
    "ご",
]
NO_START = re.compile(r"^[、。）」ェ]")
NO_END = re.compile(r"[（「]$")


@given(st.lists(st.sampled_from(WORDS), max_size=60).map("".join), st.integers(min_value=24, max_value=70))
def test_whatever_the_text_lines_fit_keep_kinsoku_and_lose_nothing(text, width):
    lines = wrapped(text.lstrip(" 、。ェです）"), width)

    squeezed = "".join(lines).replace(" ", "")
    assert squeezed == text.lstrip(" 、。ェです）").replace(" ", "")
    for line in lines:
        if not re.search(r"[、ェ ]{6}", line):  # a run of such signs alone is cut where the line is full
            assert display_width(line) <= width
            assert not NO_START.search(line)
            assert not NO_END.search(line)


@given(st.lists(st.sampled_from([*WORDS, "A-", "0123", "9", "98765432"]), min_size=1, max_size=60).map("".join))
def test_a_paragraph_is_laid_out_with_its_own_digits_whatever_was_laid_out_before(text):
    paragraph = "本文" + text
    before = "".join(chr(ord("0") + (ord(sign) - ord("0") + 7) % 10) if sign in "0123456789" else sign for sign in text)
    laid_out("本文" + before)

    assert laid_out(paragraph) == "\n".join(wrapped(paragraph.rstrip())) + "\n"


def test_a_name_with_digits_stays_whole_although_another_number_stands_beside_it():
    text = "あ" * 28 + "見本1商事と見本2商事"

    lines = laid_out(text, whole=["見本2商事"]).split("\n")

    assert lines[:2] == ["あ" * 28 + "見本1商事と", "見本2商事"]


def test_columns_have_their_own_digits_whatever_was_laid_out_before():
    rows = "番号：A-{0}\nライセンス数：{0}ライセンス"

    assert columns(rows.format(12)) == columns(rows.format(98)).replace("98", "12")
