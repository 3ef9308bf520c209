"""Every code is said in every language, and says the same; what stands in a place is shown as the language does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import polib
import pytest

from contracts.files.catalogue_file import shipped_catalogue
from jobs.desk.sections import Section
from jobs.language import messages
from jobs.language.messages import LANGUAGES, PLACES, Messages, Said, UnknownMessage, sentences
from jobs.notices.decision import Action, Reason
from jobs.notices.listing import LETTERS
from notify.letters.problem import SENTENCES
from notify.record.values import Outcome, Status
from tests.notify.letters.builders import LANGUAGES as LANGUAGES_OF_LETTERS

JAPANESE = Messages("ja", shipped_catalogue(), ZoneInfo("Asia/Tokyo"))
ENGLISH = Messages("en", shipped_catalogue())
SCRIPT = re.compile("[぀-ヿ一-鿿]")
# In English a problem of a template says itself, without the catalogue.
OF_TEMPLATES = {f"template.{code}": text for code, text in SENTENCES.items()} | {"template.line": ", line {number}"}
VOCABULARIES = {
    "kind": [*LETTERS, "operator-digest"],
    "action": [action for action in Action if action is not Action.NONE],
    "status": Status,
    "outcome": Outcome,
    "section": Section,
    "reason": Reason,
}


def _places(language, code):
    forms = sentences(language)[code]
    return {place for form in forms for place in _places_of(form)}


def _places_of(form):
    return {(name, kind) for _, name, kind, _ in Formatter().parse(form) if name is not None}


def test_the_languages_are_those_of_the_letters():
    assert set(LANGUAGES) == set(LANGUAGES_OF_LETTERS)


def test_every_language_says_the_same_codes():
    english = sentences("en").keys() | OF_TEMPLATES.keys()

    assert sentences("ja").keys() == english


@pytest.mark.parametrize("code", sentences("en"))
def test_a_sentence_has_the_same_places_in_every_language(code):
    assert _places("ja", code) == _places("en", code)


@pytest.mark.parametrize(("code", "english"), OF_TEMPLATES.items())
def test_what_is_wrong_with_a_template_names_the_same_in_every_language(code, english):
    assert _places("ja", code) == _places_of(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_is_of_a_kind_that_is_known(language):
    kinds = {kind for code in sentences(language) for _, kind in _places(language, code)}

    assert kinds - PLACES.keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty(language):
    assert [code for code, forms in sentences(language).items() if not all(forms)] == []


def test_no_japanese_sentence_is_left_in_english():
    letters = {code: re.sub(r"\{[^}]*\}|kigen", "", "".join(forms)) for code, forms in sentences("ja").items()}

    assert [code for code, text in letters.items() if re.search("[A-Za-z]{2}", text) and not SCRIPT.search(text)] == []


@pytest.mark.parametrize(("sort", "codes"), VOCABULARIES.items())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_vocabulary_has_a_name(language, sort, codes):
    assert [code for code in codes if f"{sort}.{code}" not in sentences(language)] == []


def test_a_code_that_nobody_knows_is_an_error():
    with pytest.raises(UnknownMessage, match=r"en\.po has no message 'full-moon'"):
        ENGLISH.say("full-moon")


def test_a_kind_of_notice_that_nobody_named_is_called_by_its_code():
    assert JAPANESE.name("kind", "full-moon") == "full-moon"


@pytest.mark.parametrize(
    ("code", "values", "english", "japanese"),
    [
        (
            "due-on",
            {"due": date(2021, 9, 1), "today": "2021-09-02"},
            "due on 2021-09-01, today is 2021-09-02",
            "予定日は2021年9月1日（水）、判断の基準日は2021年9月2日（木）",
        ),
        (
            "continued",
            {"lines": ["2", "9"]},
            "continuation of its family ordered: line 2, line 9",
            "継続の注文がある（明細 2、9）",
        ),
        (
            "first-business-day",
            {"month": "2021-09", "count": 5, "end": "2022-02"},
            "first business day of 2021-09, 5 months before the end month 2022-02",
            "2021年9月の最初の営業日（契約終了月2022年2月の5か月前）",
        ),
        (
            "days-before-end",
            {"days": 1, "end": "2022-01-31"},
            "1 day before the term end 2022-01-31",
            "利用終了日2022年1月31日（月）の1日前",
        ),
        (
            "desk-found",
            {"found": [["closing", 3], ["held", 1]]},
            "closing 3, held 1",
            "継続申し込み期限が近い明細 3件、保留中の通知 1件",
        ),
        (
            "on-the-ledger",
            {"status": "in-doubt"},
            "on the ledger as in-doubt",
            "通知の記録では「到達不明」",
        ),
        (
            "owner-invalid",
            {"problem": "no-at"},
            "the owner's mail address cannot be written to: has no @",
            "オーナーのメールアドレスには送信できない：@がない",
        ),
    ],
)
def test_values_are_shown_as_each_language_shows_them(code, values, english, japanese):
    assert (ENGLISH.say(code, **values), JAPANESE.say(code, **values)) == (english, japanese)


@pytest.mark.parametrize(("count", "said"), [(1, "1 day"), (2, "2 days"), (0, "0 days")])
def test_one_thing_is_said_otherwise_than_many(count, said):
    assert ENGLISH.say("part.days", count=count) == said


@pytest.mark.parametrize(
    ("family", "called"),
    [("base", "基本ライセンス"), ("webinar", "Zoom ウェビナー"), ("no-such-item", "no-such-item")],
)
def test_a_family_is_called_as_the_catalogue_calls_it(family, called):
    assert JAPANESE.say("other-line-speaks", line="1", family=family).startswith(called)


def test_an_instant_is_shown_in_the_zone_of_the_reader():
    assert f"{PLACES['time'](JAPANESE, datetime(2021, 9, 1, 0, 30, tzinfo=UTC))}" == "2021-09-01 09:30:00 JST"


def test_what_is_put_together_early_is_said_within_what_is_said_late():
    assert PLACES["said"](JAPANESE, Said("not-declined")) == "継続辞退の連絡はない"


def test_braces_in_what_others_wrote_are_text():
    assert ENGLISH.say("file.unreadable", why="{letter} {0}") == "cannot be read: {letter} {0}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_said_once_in_a_catalogue(language):
    file = str(Path(messages.__file__).with_name(f"{language}.po"))

    assert polib.pofile(file, check_for_duplicates=True)
