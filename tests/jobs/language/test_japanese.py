"""What the program keeps in English is known in Japanese: every sentence that it can say, as it says it."""

from __future__ import annotations

import ast
import inspect
import re
from types import ModuleType

import pytest

import contracts.addresses
import contracts.rules.checks
import jobs.evidence.story
import jobs.notices.decision
import tests.jobs.language.builders as said
from jobs.cli import notice_filters
from jobs.desk.sections import Section
from jobs.language.japanese.checks import ADDRESSES, CHECKS
from jobs.language.japanese.codes import ACTIONS, KINDS, OUTCOMES, REASONS, SECTIONS, STATUSES
from jobs.language.japanese.flags import FLAGS
from jobs.language.japanese.pages import PAGES
from jobs.language.japanese.sentences import Kind as Place
from jobs.language.japanese.sentences import Sentences
from jobs.language.japanese.story import CAME_OF, DONE, STORY, WAITS_FOR
from jobs.language.japanese.words import KNOWN, sentences
from jobs.notices import extension_confirmation, license_release, renewal_notice, service_start
from jobs.notices.decision import Action, Kind, Reason
from notify.record.values import Outcome, Status
from tests.notify.letters.builders import LANGUAGES

JAPANESE = re.compile("[぀-ヿ一-鿿]")
KNOWN_IN_JAPANESE = sentences(said.CATALOGUE)
# Rows of earlier days say them, the program no longer does.
OLD = {"the continuation can be bought until {last:day}, 60 days before the term end {end:day}"}
AFTER_APPROVAL = {"what a person approved said something else"}  # said beside the letters: jobs/runs/decide.py
IN_PLACES = ("1 day", " days", "the letter", "letter ")
_PLACE = re.compile(r"\{[^}]*\}|`[^`]*(?:`|$)|%Y\S* %H\S*")  # of a pattern, of a text; a command; an instant
TOPICS = {
    "checks": (said.said_by_checks, CHECKS),
    "the desk's letter": (said.said_by_the_desks_letter, CHECKS),
    "flags": (said.said_by_flags, FLAGS),
    "stories": (said.said_by_stories, STORY | WAITS_FOR),
}


@pytest.fixture(scope="module", params=TOPICS)
def topic(request):
    """What is said of a topic, and the patterns that are for it."""
    say, patterns = TOPICS[request.param]
    return sorted(say()), patterns


def test_every_sentence_that_is_said_fits_one_pattern_and_no_other(topic):
    sentences_said, patterns = topic

    fitting = {sentence: list(KNOWN_IN_JAPANESE.fitting(sentence)) for sentence in sentences_said}

    assert {sentence: found for sentence, found in fitting.items() if len(found) != 1 or found[0] not in patterns} == {}


def test_every_sentence_that_is_said_has_japanese_words(topic):
    assert [sentence for sentence in topic[0] if not JAPANESE.search(KNOWN_IN_JAPANESE.of(sentence))] == []


def test_every_pattern_is_said_by_the_program():
    every = {sentence for say, _ in TOPICS.values() for sentence in say()}

    reached = {pattern for sentence in every for pattern in KNOWN_IN_JAPANESE.fitting(sentence)}

    assert KNOWN.keys() - reached - PAGES.keys() == OLD | AFTER_APPROVAL


def test_every_reason_why_an_address_cannot_be_written_to_is_known():
    known = Sentences(ADDRESSES, {"number": Place(r"\d+")})

    found = {problem: list(known.fitting(problem)) for problem in said.said_of_addresses()}

    assert {problem for problem, patterns in found.items() if len(patterns) != 1} == set()
    assert ADDRESSES.keys() == {pattern for patterns in found.values() for pattern in patterns}


@pytest.mark.parametrize(
    "module",
    [
        contracts.addresses, contracts.rules.checks, jobs.notices.decision, jobs.evidence.story, extension_confirmation,
        license_release, renewal_notice, service_start,
    ],
    ids=lambda module: module.__name__,
)  # fmt: skip
def test_no_words_stand_in_a_module_of_sentences_that_no_pattern_has(module):
    """A new sentence, or a new piece of one, gets its Japanese in jobs/japanese before anybody meets it in English."""
    known = _PLACE.sub("…", "\n".join([*KNOWN, *ADDRESSES, *CAME_OF, *DONE, *IN_PLACES]))

    assert {piece for piece in _pieces(module) if _PLACE.sub("…", piece) not in known} == set()


def _pieces(module: ModuleType) -> set[str]:
    """The pieces of text with more than one word, or in the middle of one sentence; no docstrings."""
    tree = ast.parse(inspect.getsource(module))
    documented = (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    docstrings = {ast.get_docstring(node, clean=False) for node in documented}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if " " in text.strip() and text not in docstrings}


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([*Kind, "operator-digest"], KINDS),
        ([each for each in Action if each is not Action.NONE], ACTIONS),
        (Status, STATUSES),
        (Outcome, OUTCOMES),
        (Section, SECTIONS),
        ([*Reason, *notice_filters.REASONS], REASONS),
    ],
)
def test_every_code_has_a_word(codes, words):
    assert {str(code) for code in codes} == words.keys()


def test_a_sentence_that_nobody_knows_stays_as_it_is():
    assert KNOWN_IN_JAPANESE.of("the moon is full on 2021-09-21") == "the moon is full on 2021-09-21"


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("due on 2021-09-01, today is 2021-09-02", "予定日は2021年9月1日（水）、判断の基準日は2021年9月2日（木）"),
        ("due on 2021-13-01, today is 2021-09-02", "予定日は2021-13-01、判断の基準日は2021年9月2日（木）"),
        ("continuation of its family ordered: line 2, line 9", "継続の注文がある（明細 2、9）"),
        (
            "30 days before the term end 2022-01-31, moved from 2022-01-01, which is no business day, to 2021-12-28",
            "利用終了日2022年1月31日（月）の30日前（2022年1月1日（土）は休業日のため2021年12月28日（火）に繰り上げ）",
        ),
        ("closing 3, held 1", "更新期限が近い明細 3件、保留中の通知 1件"),
        ("on the ledger as in-doubt", "通知の記録では「到達不明」"),
    ],
)
def test_days_lines_and_codes_are_said_as_japanese_says_them(english, japanese):
    assert KNOWN_IN_JAPANESE.of(english) == japanese


@pytest.mark.parametrize(
    ("family", "called"),
    [("base", "基本ライセンス"), ("webinar", "Zoom ウェビナー"), ("no-such-item", "no-such-item")],
)
def test_a_family_is_called_as_the_catalogue_calls_it(family, called):
    said_of = f"3 seats of {family} end on 2022-01-31, 0 take up on the next day: 3 to release"

    assert KNOWN_IN_JAPANESE.of(said_of).startswith(f"{called}は2022年1月31日（月）に3ライセンスが終了")


def test_braces_in_what_others_wrote_are_text():
    english = "the letter to a@example.jp, try 1: refused for good after 0.1 s: 550 {letter} {0}"

    assert KNOWN_IN_JAPANESE.of(english) == "文面：a@example.jp 宛（1回目）、拒否された（0.1秒）：550 {letter} {0}"


@pytest.mark.parametrize("patterns", [CHECKS, FLAGS, STORY, WAITS_FOR, ADDRESSES])
def test_a_japanese_pattern_says_all_that_the_english_one_does(patterns):
    places = {english: set(re.findall(r"\{(\w+)", english)) for english in patterns}

    assert {english: set(re.findall(r"\{(\w+)", japanese)) for english, japanese in patterns.items()} == places


def test_the_languages_of_letters_are_those_that_sentences_know():
    assert LANGUAGES == ("ja", "en")
