"""What the pages themselves say, and how they are told in which language to say it."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from importlib import resources

import pytest

from jobs.pages.outlook import FORECAST, write_forecast
from jobs.pages.preview import GALLERY, CheckShown, Wording, write_gallery
from tests.jobs.pages.outlook_builders import HORIZON, a_notice, days_data, reasons
from tests.jobs.pages.preview_builders import an_entry, details, listing

SAME_IN_BOTH = {"HTML"}
WORDS = re.compile(r'"((?:[^"\\]|\\.)+)": "(?:[^"\\]|\\.)+"')
CHECK = CheckShown("N1", "予定日になった", passed=True)
JAPANESE = Wording("ja", {"due": "予定どおり"})


def said_in(kind, suffix):
    return "\n".join(
        (resources.files("jobs.pages") / "files" / room / name).read_text("utf-8")
        for room, name in kind.files
        if name.endswith(suffix) and name != "words.js"
    )


def known():
    """The English of all that has a Japanese form."""
    return set(WORDS.findall((resources.files("jobs.pages") / "files" / "preview" / "words.js").read_text("utf-8")))


class _Said(HTMLParser):
    """What a reader sees or hears of a page before its scripts run."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()
        self.unseen = 0

    def handle_starttag(self, tag, attrs):
        self.unseen += tag in {"noscript", "title", "kbd"}
        self.said |= {value for name, value in attrs if name in {"aria-label", "placeholder"}}

    def handle_endtag(self, tag):
        self.unseen -= tag in {"noscript", "title", "kbd"}

    def handle_data(self, text):
        if text.strip() and not self.unseen:
            self.said.add(text.strip())


@pytest.mark.parametrize("kind", [GALLERY, FORECAST], ids=lambda kind: kind.name)
def test_all_that_stands_in_a_page_has_a_japanese_form(kind):
    parser = _Said()
    parser.feed(said_in(kind, "index.html"))

    assert {said for said in parser.said if re.search("[A-Za-z]{2}", said)} - known() - SAME_IN_BOTH == set()


@pytest.mark.parametrize("kind", [GALLERY, FORECAST], ids=lambda kind: kind.name)
def test_all_that_a_script_says_has_a_japanese_form(kind):
    said = re.findall(r'inWords\([^")]*"((?:[^"\\]|\\.)+)"', said_in(kind, ".js"))

    assert said
    assert set(said) - known() == set()


def test_a_sentence_is_translated_for_one_page_at_least():
    said = said_in(GALLERY, "") + said_in(FORECAST, "")
    weekdays = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}  # cut from the longer names

    assert {words for words in known() - weekdays if not re.search(rf'[">] ?{re.escape(words)}[" <]', said)} == set()


def test_a_preview_is_given_its_language_and_its_codes(tmp_path):
    write_gallery(tmp_path / "page", [an_entry(checks=(CHECK,))], title="プレビュー", made_for="", wording=JAPANESE)

    head = listing(tmp_path / "page")
    assert (head["language"], head["codes"]) == ("ja", {"due": "予定どおり"})
    assert head["title"] == "プレビュー"
    assert next(iter(details(tmp_path / "page")))["checks"] == [["N1", "予定日になった", True]]


def test_a_forecast_is_given_the_same(tmp_path):
    notice = a_notice(day=date(2021, 9, 1), checks=(CHECK,))
    write_forecast(tmp_path / "page", [notice], HORIZON, title="プレビュー", made_for="", wording=JAPANESE)

    head = days_data(tmp_path / "page")
    assert (head["language"], head["codes"], head["title"]) == ("ja", {"due": "予定どおり"}, "プレビュー")
    assert list(reasons(tmp_path / "page")) == [[["N1", "予定日になった", True]]]


def test_a_page_whose_language_nobody_names_speaks_english(tmp_path):
    write_gallery(tmp_path / "page", [an_entry(checks=(CHECK,))], title="Preview", made_for="")

    assert (listing(tmp_path / "page")["language"], listing(tmp_path / "page")["title"]) == ("en", "Preview")
