"""docs/rules.md is true: what it points to is there, and the tests that it names for a rule speak of that rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROWS = [row.strip("| ").split(" | ") for row in (ROOT / "docs/rules.md").read_text("utf-8").splitlines() if "**" in row]
IDS = [row[0] for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_each_file_that_a_rule_names_is_there(row):
    named = re.findall(r"`((?:contracts|jobs|notify|tests)/[^`]+)`", " ".join(row))

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_each_rule_names_its_clause(row):
    assert re.search(r"\b(G2?[①-⑥(]|G2|Art\. \d|D\(?\d|[Aa]nnex 1)", row[1])


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_tests_that_are_named_for_a_rule_speak_of_it(row):
    rule = row[0].strip("* ,")[:2]

    for name in re.findall(r"`(tests/[^`]+)`", row[-1]):
        assert re.search(rf"(?i)\b(test_)?{rule}(\b|_)", (ROOT / name).read_text("utf-8")), name
