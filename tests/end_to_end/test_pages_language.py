"""The pages that show beforehand what is sent speak the desk's language; the terminal and scripts stay in English."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.installation import Installation, sold
from tests.jobs.pages.outlook_builders import days_data, reasons
from tests.jobs.pages.preview_builders import details, listing

DAY = "2021-09-01"
MANUAL = '[jobs.renewal-notice]\napproval = "manual"\n'
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
COMMANDS = {
    "preview": ("preview", "page", "--date", DAY),
    "run": ("run-job", "renewal-notice", "--date", DAY, "--dry-run", "--preview", "page"),
    "run of all": ("run-job", "all", "--date", DAY, "--dry-run", "--preview", "page"),
    "approval": ("approve", "--page", "page"),
    "forecast": ("forecast", "--date", DAY, "--page", "page"),
}


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    """A desk that reads Japanese, as it is configured by itself, and one that reads English; a notice waits at each."""

    def desk(language):
        table = "" if language == "ja" else f'[jobs.operator-digest]\nlanguage = "{language}"\n'
        kigen = Installation(tmp_path_factory.mktemp(language), MANUAL + table)
        kigen.bring(sold("K-1", term_start="2021-02-01", company="Mihon"))
        kigen.run("renewal-notice", DAY)
        return kigen

    return {language: desk(language) for language in ("ja", "en")}


def page_of(kigen, name, folder):
    """What a page is told before its data, and the sentences of all its checks."""
    command = [folder if part == "page" else part for part in COMMANDS[name]]
    said = kigen.ask(*command)
    assert said.status in (0, 1), said.err
    if name == "forecast":
        return days_data(folder), [text for checks in reasons(folder) for _, text, _ in checks], said.out
    return listing(folder), [text for entry in details(folder) for _, text, _ in entry["checks"]], said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_desk_that_reads_japanese_is_shown_japanese(desks, name, tmp_path):
    head, checks, terminal = page_of(desks["ja"], name, tmp_path / "page")

    assert (head["language"], head["codes"]["renewal-notice"]) == ("ja", "継続のご案内")
    assert JAPANESE.search(head["title"])
    assert checks
    assert [text for text in checks if not JAPANESE.search(text)] == []
    assert not JAPANESE.search(terminal)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_desk_that_reads_english_is_shown_english(desks, name, tmp_path):
    head, checks, _ = page_of(desks["en"], name, tmp_path / "page")

    assert (head["language"], head["codes"]) == ("en", {})
    assert checks
    assert [text for text in [head["title"], head["madeFor"], *checks] if JAPANESE.search(text)] == []
