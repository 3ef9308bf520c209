"""What the program's own code has to say is said in every language; no sentence is kept that nothing says."""

from __future__ import annotations

import pytest

import tests.jobs.language.builders as made
from contracts.files.catalogue_file import shipped_catalogue
from jobs.language.messages import LANGUAGES, Messages, sentences
from jobs.notices.decision import Check

AFTER_APPROVAL = {"approved-other-words"}  # beside the letters: jobs/runs/decide.py
ASKED_FOR = {"corrects"}  # only a person asks for it: tests/jobs/notices/test_start_corrections.py
MESSAGES = [Messages(language, shipped_catalogue()) for language in LANGUAGES]


@pytest.fixture(scope="module")
def checks():
    """Each code that a check has, with one check of it."""
    return {check.code: check for check in (*made.checks(), *made.checks_of_the_desks_letter())}


@pytest.fixture(scope="module")
def stories():
    """Each code of an event, and of what a notice waits for."""
    return {said.code: said for said in made.said_by_stories()}


@pytest.mark.parametrize("messages", MESSAGES, ids=LANGUAGES)
def test_what_a_decision_checks_is_said(checks, messages):
    assert all(messages.said(check) for check in checks.values())


@pytest.mark.parametrize("messages", MESSAGES, ids=LANGUAGES)
def test_what_was_checked_is_said_of_the_ledgers_row_as_of_the_decision(checks, messages):
    assert [messages.on_record(check.as_data) for check in checks.values()] == list(map(messages.said, checks.values()))


def test_a_check_is_read_back_from_its_row():
    check = Check("N1", "declined", True, {"day": "2021-09-01"})

    assert Check(**check.as_data) == check


@pytest.mark.parametrize("messages", MESSAGES, ids=LANGUAGES)
def test_what_happened_to_a_notice_is_said(messages):
    assert all(messages.said(said) for said in made.said_by_stories())


def test_every_sentence_of_a_check_is_that_of_some_decision(checks):
    of_checks = {code for code in sentences("en") if "." not in code}

    assert of_checks - checks.keys() == AFTER_APPROVAL | ASKED_FOR


@pytest.mark.parametrize("sort", ["story", "waits"])
def test_every_sentence_of_a_story_is_that_of_some_event(stories, sort):
    assert {code for code in sentences("en") if code.startswith(f"{sort}.")} - stories.keys() == set()


def test_a_code_of_another_version_is_shown_with_its_values():
    row = {"rule": "N9", "code": "full-moon", "values": {"day": "2021-09-21"}, "passed": True}

    assert MESSAGES[0].on_record(row) == "full-moon day=2021-09-21"
