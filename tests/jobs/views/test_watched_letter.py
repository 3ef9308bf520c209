"""What the page of `templates render --watch` shows of a letter, and how it says what is wrong with one."""

from __future__ import annotations

import pytest

from jobs.language.messages import Messages
from jobs.notices.listing import LETTERS
from jobs.views.samples import must_say, sample_data
from jobs.views.watched_letter import WatchedLetter
from notify.letters.renderer import Renderer

LANGUAGES = ("ja", "en")
SENDERS = {language: sample_data(LETTERS, "renewal-notice", language)["sender"] for language in LANGUAGES}


@pytest.fixture
def shown(tmp_path):
    """What the page shows of the query, where these are the reseller's files."""

    def look(files=(), language="en", **query):
        for name, text in dict(files).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        needed = must_say(LETTERS, LANGUAGES, "ja")
        return WatchedLetter(LETTERS, needed, Renderer([tmp_path]), SENDERS, Messages(language)).shown(query)

    return look


def test_a_letter_is_shown_in_all_its_parts(shown):
    letter = shown(letter="renewal-notice", **{"in": "en"}).letter

    assert letter.subject.startswith("Action required by 2 Dec 2021")
    assert letter.preheader.startswith("Please send in your order form by Thursday, 2 December 2021")
    assert letter.event.startswith("Last day to renew")
    assert "Mihon Trading" in letter.text
    assert "<h1" in letter.html


def test_what_is_not_there_to_be_chosen_is_the_first_of_its_menu(shown):
    menus = shown(letter="no-such", **{"in": "xx", "for": "partners/nobody"}).menus

    assert {menu.name: menu.chosen for menu in menus} == {
        "letter": "renewal-notice", "sample": "fullest", "in": "ja", "for": "",
    }  # fmt: skip


def test_the_barest_sample_has_no_partner(shown):
    assert "サンプル販売株式会社" in shown(sample="fullest").letter.text
    assert "サンプル販売株式会社" not in shown(sample="barest").letter.text


def test_a_partners_own_letter_goes_to_its_customers_in_the_barest_sample_too(shown):
    own = {"partners/sample-sales/ja/renewal-notice.txt": "---\nsubject: {{ partner.name }}\n---\n"}

    assert shown(own, sample="barest", **{"for": "partners/sample-sales"}).letter.subject == "サンプル販売株式会社"


def test_a_misspelt_name_is_told_in_the_readers_language_with_its_line_and_what_was_meant(shown, tmp_path):
    own = {"ja/renewal-notice.txt": "---\ntitle: t\nsubject: {{ acount.company }}\n---\n"}

    (trouble,) = shown(own, language="ja").troubles

    assert trouble.place == f"{tmp_path}/ja/renewal-notice.txt、3行目"
    assert trouble.said == "この手紙のデータに「acount」という名前はありません（「account」のことですか）"
    assert trouble.around[1:3] == ((2, "title: t"), (3, "subject: {{ acount.company }}"))


def test_a_letter_that_leaves_out_what_it_must_say_is_shown_with_what_is_missing(shown):
    found = shown({"en/renewal-notice.txt": "Until {{ closing_day|day }}.\n"}, **{"in": "en"})

    assert "Until Thursday, 2 December 2021." in found.letter.text
    assert {trouble.said.partition(",")[0] for trouble in found.troubles} == {"the letter does not say term_end"}


def test_a_file_that_is_never_used_is_told_of_in_every_language(shown):
    found = shown({"ja/renewal-notise.txt": "x", "ja/renewal-notice.txt": "---\ntitle: t\n---\n"}, **{"in": "en"})

    assert [trouble.said for trouble in found.troubles] == [
        "no letter is called so: this file is never used: did you mean 'ja/renewal-notice.txt'?"
    ]


def test_the_files_of_a_letter_are_listed_with_whose_they_are(shown, tmp_path):
    files = shown({"ja/renewal-notice.txt": "---\ntitle: t\n---\n"}).files

    assert (f"{tmp_path}/ja/renewal-notice.txt", True) in files
    assert any(path.endswith("templates/theme.html") and not is_own for path, is_own in files)
