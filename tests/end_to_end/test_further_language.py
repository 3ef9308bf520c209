"""A language that is not shipped: one line of configuration, and the book may name it."""

from __future__ import annotations

import pytest

from tests.end_to_end.installation import Installation, sold


@pytest.fixture
def kigen(tmp_path):
    return Installation(tmp_path, '[templates]\nlanguages = ["ja", "en", "de"]\n')


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
