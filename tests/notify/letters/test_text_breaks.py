"""Where lines end in golden letters, judged by MeCab, which knows Japanese words as the product does not."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import fugashi
import ipadic
import pytest

from notify.letters.lines import LINE_WIDTH, display_width, wrapped

LETTERS = sorted(Path(__file__).resolve().with_name("golden").glob("*/*.txt"))
TAGGER = fugashi.GenericTagger(ipadic.MECAB_ARGS)
NO_PARAGRAPH = re.compile(r"-+|(?:[・※■$〔]|- |[0-9]+\. |https?:|[^：。]{1,12}：|[^:.]{1,20}: ).*")
COUNTERS = ("月", "ライセンス")  # that MeCab takes for nouns


def broken_pairs(lines):
    """Two lines each, without indents, of which the second found no room on the first and so may continue it."""
    for line, following in pairwise(each.strip(" 　") for each in lines):
        if line and following and display_width(line) + display_width(following) > LINE_WIDTH:
            yield line, following


def joined(line, following):
    return f"{line} {following}" if (line[-1] + following[0]).isascii() else line + following


def objection(line, following):
    """Why no line may break between the two, or None."""
    place = len(joined(line, following)) - len(following)
    for start, word in words(joined(line, following)):
        if start < place < start + len(word.surface) and line[-1].isalnum() and following[0].isalnum():
            return f"inside {word.surface}"
        if start == place and line[-1].isdecimal() and (word.feature[2] == "助数詞" or word.surface in COUNTERS):
            return f"before the counter {word.surface}"
    return None


def words(text):
    end = 0
    for word in TAGGER(text):
        start = text.index(word.surface, end)
        end = start + len(word.surface)
        yield start, word


def objections(pairs):
    judged = ((*pair, objection(*pair)) for pair in pairs)
    return [f"{line} | {following}: {reason}" for line, following, reason in judged if reason]


def paragraphs(letter):
    """Paragraphs as they were before they were broken, as far as the broken lines show."""
    lines = letter.read_text(encoding="utf-8").split("\n")
    paragraph = ""
    for line, following in pairwise(each.strip(" 　") for each in lines):
        paragraph = joined(paragraph, line) if paragraph else line
        if (line, following) not in broken_pairs([line, following]) or NO_PARAGRAPH.fullmatch(following):
            yield paragraph
            paragraph = ""


@pytest.mark.parametrize(
    ("line", "following", "expected"),
    [
        ("終了後の利用期", "間は次のとおりです", "inside 期間"),
        ("営業窓口にご提出くださ", "い。", "inside ください"),
        ("契約の総数は49", "ライセンスです", "before the counter ライセンス"),
        ("期限は2021年12", "月2日です", "before the counter 月"),
        ("継続は12", "か月です", "before the counter か月"),
        ("終了後の利用期間は", "次のとおりです", None),
        ("契約 K-0001/1", "継続のご案内", None),
        ("Your licences", "end.", None),
    ],
)
def test_a_break_inside_a_word_or_before_a_counter_is_objected_to(line, following, expected):
    assert objection(line, following) == expected


def test_no_line_of_a_golden_letter_ends_inside_a_word_or_before_a_counter():
    pairs = [pair for letter in LETTERS for pair in broken_pairs(letter.read_text(encoding="utf-8").split("\n"))]

    assert len(pairs) > len(LETTERS)
    assert objections(pairs) == []


@pytest.mark.parametrize("width", [LINE_WIDTH, 60, 50, 40])
def test_nor_does_one_of_the_same_paragraphs_in_narrower_lines(width):
    found = {paragraph for letter in LETTERS for paragraph in paragraphs(letter)}

    assert objections(pair for paragraph in found for pair in pairwise(wrapped(paragraph, width))) == []
