"""docs/templates.md is true: its example, its marks and its names work as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notify.letters.folders import shipped_templates
from notify.letters.marks import marked
from tests.end_to_end.installation import Installation
from tests.notify.letters.builders import ALL_LETTERS
from tests.notify.mail.logos import a_png

GUIDE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
FILES = re.findall(r"^`(letters/[^`]+)`\n\n```jinja\n(.*?)```", GUIDE, re.DOTALL | re.MULTILINE)
MARKS = GUIDE.partition("## Marks")[2].partition("## What")[0]


@pytest.fixture
def kigen(tmp_path):
    """An installation with the guide's configuration and files, and a logo."""
    (settings,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    for name, text in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    (tmp_path / "logo.png").write_bytes(a_png())
    return Installation(
        tmp_path, settings + '[sender]\ncompany = "株式会社手引"\n[sender.brand]\nlogo_file = "logo.png"\n'
    )


def test_the_example_passes_the_check_and_is_used_for_whom_it_is_meant(kigen):
    listed = kigen.ask("templates", "list", "--format", "json").json

    assert kigen.ask("templates", "check").out.startswith(f"{len(ALL_LETTERS)} letters in ja, en: all there")
    assert [(row["for"], row["file"]) for row in listed if row["whose"] == "own"] == [
        ("partners/sample-sales", str(kigen.folder / FILES[0][0]))
    ]


def test_the_partner_s_customers_get_the_example_s_subject_and_paragraph_and_others_the_shipped_letter(kigen):
    theirs = kigen.ask("templates", "render", "renewal-notice", "--for", "partners/sample-sales").out
    others = kigen.ask("templates", "render", "renewal-notice").out

    assert theirs.startswith("【要手続・2021/12/2必着】ライセンス継続のお申し込み（サンプル販売株式会社）\n")
    assert "\nサンプル販売では、早期割引のお申し込みも承っております。\n" in theirs
    assert "早期割引" not in others
    assert theirs.split("■ 対象のご契約")[1] == others.split("■ 対象のご契約")[1]


def test_a_letter_is_rendered_as_the_configured_sender_writes_it_with_the_logo_in_the_page(kigen):
    page = kigen.ask("templates", "render", "service-start", "--html").out

    assert "株式会社手引です" in page
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("C", ", line 3: the name 'acount' is not among this letter's data: did you mean 'account'?"),
        ("ja_JP.UTF-8", "、3行目: この手紙のデータに「acount」という名前はありません（「account」のことですか）"),
    ],
)
@pytest.mark.parametrize("command", [("check",), ("render", "renewal-notice")])
def test_a_wrong_letter_is_told_in_the_language_of_who_asks(kigen, command, locale, said):
    own = kigen.folder / "letters" / "ja" / "renewal-notice.txt"
    own.parent.mkdir()
    own.write_text("---\ntitle: x\nsubject: {{ acount.company }}\n---\n", "utf-8")

    told = kigen.ask("templates", *command, environment={"LC_ALL": locale})

    assert f"{own}{said}" in told.out + told.err
    assert told.status != 0


def test_a_partner_without_letters_of_its_own_is_refused_with_those_that_have(kigen):
    said = kigen.ask("templates", "render", "renewal-notice", "--for", "partners/nobody")

    assert said.status == 2
    assert "those that have: partners/sample-sales" in said.err


def test_each_mark_of_the_table_is_one():
    (heading, points, rows, box, *_) = [
        [re.sub(r"^`` | ``$", "", each) for each in re.findall(r"`` .+? ``|`([^`]+)`", row.split("|")[1])]
        for row in MARKS.splitlines()[4:]
        if row.startswith("|")
    ]

    assert [marked(each).letter[0].kind for each in (*heading, *points, *rows)] == [
        "heading", "heading", "points", "points", "steps", "rows", "rows",
    ]  # fmt: skip
    assert marked("\n".join(box)).letter[0].kind == "box"


def test_every_shipped_letter_has_the_slots_that_the_page_names():
    letters = [shipped_templates() / language / f"{name}.txt" for language in ("ja", "en") for name in ALL_LETTERS[:-1]]

    assert [re.findall(r"block (\w+)", letter.read_text("utf-8")) for letter in letters] == [
        ["opening", "closing"] for _ in letters
    ]


@pytest.mark.parametrize("letter", ALL_LETTERS)
def test_the_names_of_a_letter_are_listed_with_their_samples(kigen, letter):
    names = {row["name"]: row["sample"] for row in kigen.ask("templates", "names", letter, "--format", "json").json}

    assert names["sender.company"] == "株式会社手引"
    assert ("account.company" in names) == (letter != "operator-digest")
