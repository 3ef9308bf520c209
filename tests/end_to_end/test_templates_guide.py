"""docs/templates.md is true: its example works as shown, and its table lists the names that letters get."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.installation import Installation
from tests.notify.letters.builders import ALL_LETTERS, LETTERS, case, every_case
from tests.notify.mail.logos import a_png

GUIDE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
FILES = re.findall(r"`(letters/[^`]+)`[^`]*?\n\n```jinja\n(.*?)```", GUIDE, re.DOTALL)
ROWS = re.findall(r"^\| (`[^|]*) \| [^|]* \| ([^|]+) \|$", GUIDE.partition("## Which names")[2], re.MULTILINE)


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


def test_the_example_s_files_pass_the_check_and_are_used_for_whom_they_are_meant(kigen):
    listed = kigen.ask("templates", "list", "--format", "json").json

    assert kigen.ask("templates", "check").out.startswith(f"{len(ALL_LETTERS)} letters in 2 languages: all parts there")
    assert len(FILES) == 2
    assert {(row["for"], Path(row["file"]).name) for row in listed if row["whose"] == "own"} >= {
        ("everybody", "parts.txt"),
        ("partners/sample-sales", "subject.txt"),
    }


def test_the_partner_s_customers_get_the_example_s_subject_and_others_the_shipped_one(kigen):
    theirs = kigen.ask("templates", "render", "renewal-notice", "--for", "partners/sample-sales").out
    others = kigen.ask("templates", "render", "renewal-notice").out

    assert theirs.startswith("【更新期限 2021/12/2】株式会社見本商事様 更新のご案内（サンプル販売株式会社）\n")
    assert "Zoom ライセンス更新のご案内" in others.splitlines()[0]
    assert "営業窓口　電話 03-0000-0000　license-desk@example.co.jp" in theirs
    assert "営業窓口　電話 03-0000-0000　license-desk@example.co.jp" in others


def test_a_letter_is_rendered_as_the_configured_sender_writes_it_with_the_logo_in_the_page(kigen):
    page = kigen.ask("templates", "render", "service-start", "--html").out

    assert "株式会社手引です" in page
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page


def test_a_partner_without_letters_of_its_own_is_refused_with_those_that_have(kigen):
    said = kigen.ask("templates", "render", "renewal-notice", "--for", "partners/nobody")

    assert said.status == 2
    assert "those that have: partners/sample-sales" in said.err


@pytest.mark.parametrize("letter", LETTERS)
def test_the_table_lists_the_names_that_a_letter_gets_and_no_others(letter):
    listed = {
        name
        for names, letters in ROWS
        if letters == "all" or letter in letters.split(", ")
        for name in re.findall(r"`([^`]+)`", names)
    }

    assert listed - {"subject"} == names_of(letter)


def names_of(letter):
    """Dotted names of all that any of its sample cases has."""
    cases = [case(*which) for which in every_case() if which[0] == letter]
    found = {name for data in cases for name in dotted(data)}
    return {name for name in found if not any(other.startswith((f"{name}.", f"{name}[")) for other in found)}


def dotted(value, name=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from dotted(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from dotted(value[0], f"{name}[]")
    else:
        yield name
