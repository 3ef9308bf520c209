"""What the desk's letter says, in its text part and in its HTML part, in both languages."""

from __future__ import annotations

import html
import re

import pytest

from notify.letters.examination import Examination
from notify.letters.lines import LINE_WIDTH, display_width
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import ALL_LETTERS, LANGUAGES, case, every_desk_case, sample, samples

RENDERER = Renderer()
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def words(language, **changes):
    return RENDERER.words("operator-digest", language, sample("operator-digest", language, **changes))


def shown(page):
    """The HTML part as a reader sees it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.partition("</div>")[2]))


def commands(data):
    items = [item for section in data["sections"] for group in section["groups"] for item in group["items"]]
    more = [section["more_command"] for section in data["sections"] if section["more"]]
    return [command for item in items for command in item["commands"]] + more


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_stands_whole_on_a_line_of_its_own(language):
    lines = words(language).text.splitlines()

    for command in commands(sample("operator-digest", language)):
        assert command in [line.strip() for line in lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_parts_say_the_same_commands_companies_and_lines(language):
    data = sample("operator-digest", language)
    said = words(language)
    page = shown(said.html)

    items = [item for section in data["sections"] for group in section["groups"] for item in group["items"]]
    wanted = [*commands(data), *(item["company"] for item in items), *(item["line"] for item in items)]
    assert [text for text in wanted if text not in page or text not in said.text] == []


@pytest.mark.parametrize(("language", "name"), [each[1:] for each in every_desk_case()])
def test_no_line_of_the_text_is_too_wide(language, name):
    text = RENDERER.words("operator-digest", language, case("operator-digest", language, name)).text

    assert [
        line for line in text.splitlines() if display_width(line) > LINE_WIDTH and " kigen " not in f" {line}"
    ] == []


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"to_settle": 3}, "【要対応 3件】ライセンス通知の日報 2021/11/25"),
        ({"to_settle": 0, "informs": 2}, "【お知らせ 2件】ライセンス通知の日報 2021/11/25"),
        ({"to_settle": 0, "informs": 0, "standing": 3}, "【確認待ち 3件】ライセンス通知の日報 2021/11/25"),
        ({"to_settle": 0, "informs": 0, "standing": 0}, "【異常なし】ライセンス通知の日報 2021/11/25"),
    ],
)
def test_the_subject_says_how_much_there_is_to_do(changes, subject):
    assert words("ja", **changes).subject == subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_data_says_stays_text(language):
    data = sample("operator-digest", language)
    for section in data["sections"]:
        for group in section["groups"]:
            group["partner"] = HOSTILE
            for item in group["items"]:
                item |= {name: HOSTILE for name, value in item.items() if isinstance(value, str)}
                item["commands"] = [HOSTILE]

    page = RENDERER.words("operator-digest", language, data).html

    assert not re.search(r"<script|<img(?! src=\"cid:)|onerror=alert\(1\)>", page)
    assert page.count("&lt;script&gt;") > len(data["sections"])


def test_the_check_of_templates_knows_the_desks_letter():
    assert Examination(RENDERER).problems(dict.fromkeys(LANGUAGES, dict.fromkeys(ALL_LETTERS, ())), samples) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_section_is_without_words(language):
    data = sample("operator-digest", language)
    text = words(language).text

    assert len(re.findall(r"^■", text, re.MULTILINE)) == len(data["sections"]) + 2  # the box, and those that stand
