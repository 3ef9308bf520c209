"""Letters that a reseller words otherwise for one partner or one account."""

from __future__ import annotations

from pathlib import Path

import pytest

from notify.letters.folders import shipped_templates, variants_of
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import LANGUAGES, LETTERS, sample

RENEWAL = "renewal-notice"
SUBJECT = f"ja/{RENEWAL}.txt"


def put(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\nsubject: {source}\n---\n" if name.endswith(SUBJECT) else source, encoding="utf-8")
    return path


def subject(renderer: Renderer, *variants: str) -> str:
    return renderer.words(RENEWAL, "ja", sample(RENEWAL, "ja"), variants=variants).subject


@pytest.fixture
def own(tmp_path):
    put(tmp_path, SUBJECT, "everybody")
    put(tmp_path, f"partners/サンプル販売株式会社/{SUBJECT}", "partner")
    put(tmp_path, f"accounts/98765432/{SUBJECT}", "account")
    return tmp_path


def test_the_account_s_own_words_come_before_the_partner_s_and_those_before_everybody_s(own):
    renderer = Renderer([own])

    assert subject(renderer, *variants_of("98765432", "サンプル販売株式会社")) == "account"
    assert subject(renderer, *variants_of("11111111", "サンプル販売株式会社")) == "partner"
    assert subject(renderer, *variants_of("11111111", "Another Inc.")) == "everybody"
    assert subject(renderer) == "everybody"


def test_what_a_partner_does_not_word_itself_is_everybody_s(own):
    put(own, "ja/letter.txt", "everybody's frame {{ contract }}")

    words = Renderer([own]).words(RENEWAL, "ja", sample(RENEWAL, "ja"), variants=["partners/サンプル販売株式会社"])

    assert (words.subject, words.text) == ("partner", "everybody's frame K-0001\n")


def test_a_layout_for_one_partner_frames_the_shipped_letters(tmp_path):
    put(tmp_path, "partners/acme/ja/letter.txt", "枠\n\n{{ letter }}\n")
    renderer = Renderer([tmp_path])

    ours, theirs = (
        renderer.words(RENEWAL, "ja", sample(RENEWAL, "ja"), variants=each) for each in ((), ("partners/acme",))
    )

    assert theirs.text.startswith("枠\n")
    assert not ours.text.startswith("枠\n")
    assert ours.template_hash != theirs.template_hash


@pytest.mark.parametrize(
    ("folder", "partner"),
    [
        ("Sample Sales Inc.", "Sample Sales Inc."),
        ("sample-sales-inc", "Sample  Sales, Inc."),
        ("サンプル販売（株）", "サンプル販売(株)"),
        ("ACME", "ａｃｍｅ"),
    ],
)
def test_a_partner_s_folder_may_be_called_as_one_would_write_the_name(tmp_path, folder, partner):
    put(tmp_path, f"partners/{folder}/{SUBJECT}", "theirs")

    assert subject(Renderer([tmp_path]), *variants_of("1", partner)) == "theirs"


@pytest.mark.parametrize(
    "name", ["../secret", "..", "/etc", "partners/../secret", "partners/..", "partners", "secret", "..\\secret", ""]
)
def test_a_name_from_the_data_leads_to_no_folder_that_is_not_a_variant(tmp_path, name):
    put(tmp_path, f"secret/{SUBJECT}", "secret")
    put(tmp_path, SUBJECT, "everybody")
    (tmp_path / "partners").mkdir()
    renderer = Renderer([tmp_path])

    assert subject(renderer, name, *variants_of(name, name)) == "everybody"


def test_who_has_no_name_has_no_variant():
    assert variants_of("98765432") == ("accounts/98765432",)
    assert variants_of("", " ・ ") == ()


def test_the_first_of_several_directories_wins_among_variants_too(tmp_path):
    put(tmp_path / "a", SUBJECT, "a")
    put(tmp_path / "a", f"partners/acme/{SUBJECT}", "a for acme")
    put(tmp_path / "b", f"partners/acme/{SUBJECT}", "b for acme")

    assert subject(Renderer([tmp_path / "a", tmp_path / "b"]), "partners/acme") == "a for acme"
    assert subject(Renderer([tmp_path / "b", tmp_path / "a"]), "partners/acme") == "b for acme"


def test_sources_tell_which_file_serves_what_and_for_whom(own):
    sources = Renderer([own]).sources(dict.fromkeys(LANGUAGES, LETTERS))
    served = {(each.variant, each.path) for each in sources if each.is_own}

    assert served == {
        ("", str(own / SUBJECT)),
        ("accounts/98765432", str(own / "accounts" / "98765432" / SUBJECT)),
        ("partners/サンプル販売株式会社", str(own / "partners" / "サンプル販売株式会社" / SUBJECT)),
    }
    assert {(each.letter, each.language) for each in sources} == {
        (one, other) for one in LETTERS for other in LANGUAGES
    }
    shipped = [each for each in sources if each.path == str(shipped_templates() / SUBJECT)]
    assert [(each.letter, each.language, each.variant) for each in shipped] == [(RENEWAL, "ja", "")]


def test_the_words_of_a_calendar_entry_are_the_reseller_s_to_change(tmp_path):
    (tmp_path / "ja").mkdir()
    (tmp_path / SUBJECT).write_text("---\ncalendar: 題\n  {{ contract }}\n---\n", "utf-8")

    assert Renderer([tmp_path]).words(RENEWAL, "ja", sample(RENEWAL, "ja")).event == "題\nK-0001"
