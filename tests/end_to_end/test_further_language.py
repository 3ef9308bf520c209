"""A language that is not shipped: one line of configuration, and the book may name it."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from tests.end_to_end.installation import Installation, sold

SHIPPED = Path(__file__).parents[2] / "templates"
CONFIG = """
[templates]
directories = ["letters"]
languages = ["ja", "en", "de"]

[sender.de]
company = "Muster GmbH"
from_name = "Lizenzstelle"

[sender.de.sales_desk]
name = "Vertrieb"
"""


@pytest.fixture
def kigen(tmp_path):
    """An installation whose German letters have the words of the English ones."""
    copytree(SHIPPED / "en", tmp_path / "letters" / "de", ignore=ignore_patterns("desk*", "operator-digest.txt"))
    return Installation(tmp_path, CONFIG)


def test_the_book_may_name_it(kigen):
    said = kigen.bring(sold("K-1", language="de"))

    assert (said.status, said.json["rejections"]) == (0, [])


def test_the_book_may_name_no_other_and_says_which_it_may(kigen):
    said = kigen.bring(sold("K-1", language="fr"))

    assert said.status == 1
    assert "must be one of ja, en, de ([templates] languages), or empty for ja" in said.out


def test_a_letter_in_no_configured_language_is_refused_with_those_that_are(kigen):
    said = kigen.ask("templates", "render", "renewal-notice", "--in", "fr")

    assert said.status == 2
    assert "'fr' is none of templates.languages: ja, en, de" in said.err


@pytest.mark.parametrize(("language", "told"), [("ja", "株式会社見本商事"), ("en", "Mihon Trading Co., Ltd.")])
def test_a_letter_is_shown_in_the_language_that_is_asked_for(kigen, language, told):
    assert told in kigen.ask("templates", "render", "renewal-notice", "--in", language).out


def test_its_letters_are_checked_like_the_others(kigen):
    assert "letters in ja, en, de: all there" in kigen.ask("templates", "check").out


def test_its_letters_are_listed_and_the_desks_in_its_own_languages_only(kigen):
    listed = kigen.ask("templates", "list", "--format", "json").json

    assert {row["language"] for row in listed if row["letter"] == "renewal-notice"} == {"ja", "en", "de"}
    assert {row["language"] for row in listed if row["letter"] == "operator-digest"} == {"ja", "en"}


def test_a_copy_that_has_the_desks_files_too_is_as_good(kigen):
    copytree(SHIPPED / "en", kigen.folder / "letters" / "de", dirs_exist_ok=True)

    assert "letters in ja, en, de: all there" in kigen.ask("templates", "check").out


def test_its_readers_get_its_letters_from_the_sender_as_it_is_called_there(kigen):
    kigen.bring(sold("K-1", language="de"))
    kigen.run("renewal-notice", "2021-09-01")
    kigen.run("deliver", "2021-09-01")

    (mail,) = kigen.inbox
    assert mail["Content-Language"] == "de"
    assert mail["From"] == "Lizenzstelle <noreply@example.co.jp>"
    text = mail.get_body(("plain",)).get_content()
    assert "Muster GmbH" in text
    assert "Vertrieb" in text
    assert "Zoom Workplace Business" in text
