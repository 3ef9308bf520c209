"""Every letter as it reads, kept as files under tests/golden to be read as prose.

After a change of words that was meant, write them anew and read the difference before keeping it:

    KIGEN_UPDATE_GOLDEN=1 pytest tests/notify/test_letters_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notify.letters.renderer import Renderer
from tests.notify.letters.builders import case, every_case, every_desk_case

GOLDEN = Path(__file__).resolve().with_name("golden")
UPDATE = "KIGEN_UPDATE_GOLDEN"
RENDERER = Renderer()
EVERY_CASE = [*every_case(), *every_desk_case()]


def paths(letter, language, name):
    stem = GOLDEN / letter / f"{language}-{name}"
    return stem.with_suffix(".txt"), stem.with_suffix(".html")


@pytest.mark.parametrize(("letter", "language", "name"), EVERY_CASE)
def test_a_letter_reads_as_it_was_last_read_by_a_person(letter, language, name):
    words = RENDERER.words(letter, language, case(letter, language, name))
    now = (f"Subject: {words.subject}\n\n{words.text}", words.html)
    kept = paths(letter, language, name)

    if os.environ.get(UPDATE) == "1":
        kept[0].parent.mkdir(parents=True, exist_ok=True)
        for path, content in zip(kept, now, strict=True):
            path.write_text(content, encoding="utf-8")

    assert now == tuple(path.read_text(encoding="utf-8") for path in kept)


def test_no_golden_letter_is_left_of_a_case_that_is_gone():
    wanted = {path for each in EVERY_CASE for path in paths(*each)}

    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == wanted
