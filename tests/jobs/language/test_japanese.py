"""What the program keeps in English is known in Japanese: every sentence that it can say, as it says it."""

from __future__ import annotations

import re

import pytest

import tests.jobs.language.builders as said
from jobs.language.japanese.checks import ADDRESSES
from jobs.language.japanese.flags import FLAGS
from jobs.language.japanese.sentences import Kind as Place
from jobs.language.japanese.sentences import Sentences
from jobs.language.japanese.words import sentences

JAPANESE = re.compile("[぀-ヿ一-鿿]")
KNOWN_IN_JAPANESE = sentences(said.CATALOGUE)
# Rows of earlier days say them, the program no longer does.
OLD = {"the continuation can be bought until {last:day}, 60 days before the term end {end:day}"}
AFTER_APPROVAL = {"what a person approved said something else"}  # said beside the letters: jobs/runs/decide.py
IN_PLACES = ("1 day", " days", "the letter", "letter ")
_PLACE = re.compile(r"\{[^}]*\}|`[^`]*(?:`|$)|%Y\S* %H\S*")  # of a pattern, of a text; a command; an instant
TOPICS = {"flags": (said.said_by_flags, FLAGS)}


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


def test_every_reason_why_an_address_cannot_be_written_to_is_known():
    known = Sentences(ADDRESSES, {"number": Place(r"\d+")})

    found = {problem: list(known.fitting(problem)) for problem in said.said_of_addresses()}

    assert {problem for problem, patterns in found.items() if len(patterns) != 1} == set()
    assert ADDRESSES.keys() == {pattern for patterns in found.values() for pattern in patterns}


@pytest.mark.parametrize("patterns", [FLAGS, ADDRESSES])
def test_a_japanese_pattern_says_all_that_the_english_one_does(patterns):
    places = {english: set(re.findall(r"\{(\w+)", english)) for english in patterns}

    assert {english: set(re.findall(r"\{(\w+)", japanese)) for english, japanese in patterns.items()} == places
