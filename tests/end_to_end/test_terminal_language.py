"""The terminal speaks the language of its user: by the locale, or as asked; what scripts read stays as it is."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.installation import Installation, sold

DAY = "2021-09-01"
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
MANUAL = '[jobs.renewal-notice]\napproval = "manual"\n'
COMMANDS = [
    ("explain", "K-1", "--date", DAY),
    ("notices", "--limit", "1"),
    ("notices", "show", "1"),
    ("runs",),
    ("run-job", "renewal-notice", "--date", DAY, "--dry-run"),
    ("approve",),
    ("forecast", "--date", DAY),
    ("import", "book.csv", "--dry-run"),
]


@pytest.fixture(scope="module")
def kigen(tmp_path_factory):
    """An English company's notice waits for approval, so that nothing is Japanese but what the program says."""
    used = Installation(tmp_path_factory.mktemp("terminal"), MANUAL)
    used.bring(
        sold("K-1", term_start="2021-02-01", company="Mihon", owner_name="Sato", language="en"),
        sold("K-2", company="Mihon Two", owner_name="Sato", language="en"),
    )
    used.run("renewal-notice", DAY)
    return used


def _in(kigen, command):
    """The command, with its files in the installation's folder."""
    return [kigen.folder / part if part.endswith(".csv") else part for part in command]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_user_whose_locale_is_japanese_is_spoken_to_in_japanese(kigen, command):
    said = kigen.ask(*_in(kigen, command), environment={"LANG": "ja_JP.UTF-8"})

    assert JAPANESE.search(said.out), said.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_any_other_user_is_spoken_to_in_english(kigen, command):
    said = kigen.ask(*_in(kigen, command), environment={"LANG": "de_DE.UTF-8"})

    assert said.out
    assert not JAPANESE.search(said.out)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_scripts_read_the_same_in_every_language(kigen, command):
    at = {"at": "2021-09-01T01:00:00Z"}
    english, japanese = (
        kigen.ask(*_in(kigen, command), "--format", "json", environment={"LANG": language}, **at)
        for language in ("C", "ja")
    )

    assert english.json == japanese.json


@pytest.mark.parametrize(
    ("variables", "is_japanese"),
    [
        ({"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, False),
        ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "C.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "ja_JP.UTF-8"}, True),
        ({}, False),
    ],
)
def test_the_variables_of_the_locale_count_in_the_order_of_posix(kigen, variables, is_japanese):
    said = kigen.ask("approve", environment=variables).out

    assert bool(JAPANESE.search(said)) == is_japanese


@pytest.mark.parametrize("arguments", [("--language", "ja", "approve"), ("approve", "--language=ja")])
def test_a_language_that_is_asked_for_counts_more_than_the_locale(kigen, arguments):
    assert JAPANESE.search(kigen.ask(*arguments, environment={"LANG": "C"}).out)


def test_a_language_that_nobody_speaks_is_wrong_usage(kigen):
    assert kigen.ask("approve", "--language", "fr").status == 2


def test_times_are_those_of_the_configured_zone(kigen):
    assert re.search(r"\d\d:\d\d:\d\d JST", kigen.ask("notices").out)
