"""The marks of a letter's source, one claim a mark (docs/templates.md)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notify.letters.lines import VALUE_START
from notify.letters.marks import marked

SIGNS = [
    "#",
    "■",
    "-",
    "・",
    "1.",
    ">",
    ">!",
    "*",
    "**",
    "`",
    "<",
    ">",
    "\\",
    "：",
    "::",
    " ",
    "　",
    "\n",
    "a",
    "期限",
    VALUE_START,
]


def blocks(source):
    """Each block as its kind, and its lines as texts, item by item."""
    return [
        (block.kind, [[line.text for line in item.lines] for item in block.items]) for block in marked(source).letter
    ]


def spans(source):
    (block,) = marked(source).letter
    return [(span.kind, span.text) for span in block.items[0].lines[0].spans]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("# 題", ("title", [["題"]])),
        ("## 見出し", ("heading", [["見出し"]])),
        ("■ 見出し", ("heading", [["見出し"]])),
        ("### 小見出し", ("subheading", [["小見出し"]])),
        ("一行目\n二行目", ("paragraph", [["一行目", "二行目"]])),
        ("- 甲\n・乙", ("points", [["甲"], ["乙"]])),
        ("- 甲\n  続き\n  もう一つ\n- 乙", ("points", [["甲", "続き", "もう一つ"], ["乙"]])),
        ("1. 甲\n2. 乙\n   続き", ("steps", [["甲"], ["乙", "続き"]])),
        ("番号：K-1\n数：3", ("rows", [["番号", "K-1"], ["数", "3"]])),
        ("Contract:: K-1\nTime of day:: 9:00", ("rows", [["Contract", "K-1"], ["Time of day", "9:00"]])),
        ("> 期限\n> 2022/1/31", ("box", [["期限", "2022/1/31"]])),
        (">! 期限\n>! 2022/1/31", ("deadline", [["期限", "2022/1/31"]])),
        (">!! 期限\n>!! 2022/1/31", ("near", [["期限", "2022/1/31"]])),
    ],
)
def test_a_block_is_what_its_mark_says(source, found):
    assert blocks(source) == [found]


@pytest.mark.parametrize(
    "source",
    ["#見出し", "##見出し", "-5度", "1.5倍", "Time: 9:00", "※1：注\n本文です。", "https://example.com:8080/", "・"],
)
def test_what_only_looks_like_a_mark_is_a_paragraph(source):
    assert blocks(source) == [("paragraph", [source.split("\n")])]


def test_a_blank_line_parts_blocks_and_several_part_no_more():
    assert blocks("甲\n\n\n乙\n") == [("paragraph", [["甲"]]), ("paragraph", [["乙"]])]


def test_a_block_ends_where_one_of_another_kind_begins():
    assert [kind for kind, _ in blocks("文\n- 点\n## 見出し\n甲：乙\n> 箱")] == [
        "paragraph", "points", "heading", "rows", "box",
    ]  # fmt: skip


def test_steps_keep_the_numbers_that_they_were_given():
    (block,) = marked("3. 甲\n4. 乙").letter

    assert [item.number for item in block.items] == ["3", "4"]


def test_what_follows_a_rule_is_small_print():
    letter = marked("本文\n\n---\n控え")

    assert [block.items[0].lines[0].text for block in (*letter.letter, *letter.small_print)] == ["本文", "控え"]
    assert len(letter.small_print) == 1


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a **b** c", [("", "a "), ("strong", "b"), ("", " c")]),
        ("**a** と **b**", [("strong", "a"), ("", " と "), ("strong", "b")]),
        ("`kigen run`", [("code", "kigen run")]),
        ("<https://example.com/?a=1&amp;b=2>", [("link", "https://example.com/?a=1&b=2")]),
        ("<sales@example.co.jp>", [("link", "sales@example.co.jp")]),
        (f"<{VALUE_START}>", [("link", VALUE_START)]),
        (r"\*\*a\*\* \<b>", [("", "*"), ("", "*"), ("", "a"), ("", "*"), ("", "*"), ("", " "), ("", "<"), ("", "b>")]),
        ("R&amp;D &lt;1&gt;", [("", "R&D <1>")]),
        ("R&D a < b > c", [("", "R&D a < b > c")]),
        ("2 ** 3 ** 4", [("", "2 ** 3 ** 4")]),
    ],
)
def test_within_a_line_marks_say_what_is_strong_a_command_or_a_link(source, found):
    assert spans(source) == found


@given(st.lists(st.sampled_from(SIGNS), max_size=60).map("".join))
@example("- a\n　- b")
@example(">!!!x")
def test_every_text_is_some_letter_and_loses_no_word(source):
    """No text is wrong, and every word and value of it stands in the letter once."""
    letter = marked(source)

    said = [line.text for block in (*letter.letter, *letter.small_print) for item in block.items for line in item.lines]
    for word in ("a", "期限", VALUE_START):
        assert "".join(said).count(word) == source.count(word)
