from __future__ import annotations

import grp
from pathlib import Path

import pytest

from jobs.notices.listing import LETTERS as SHIPPED
from jobs.views.samples import must_say
from notify.letters.examination import Examination
from notify.letters.renderer import Renderer
from tests.notify.letters.builders import LANGUAGES, LETTERS, samples

MUST_SAY = must_say(SHIPPED, LANGUAGES, "ja")
SAYS_ALL = "{{ closing_day|day }}{{ term_end|day }}"  # what a renewal notice must say


def problems(folder: Path):
    """What is wrong with the letters of which there is a file in the folder, or with one whose layout lies there."""
    letters = [letter for letter in LETTERS if any(folder.rglob(f"{letter}.txt"))] or ["renewal-notice"]
    needed = {language: {letter: in_it[letter] for letter in letters} for language, in_it in MUST_SAY.items()}
    return Examination(Renderer([folder])).problems(needed, samples)


def override(folder: Path, name: str, source: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return str(path)


def test_the_shipped_templates_have_no_problem():
    assert Examination(Renderer()).problems(MUST_SAY, samples) == []


def test_a_syntax_error_in_an_override_is_found_once_with_file_and_line(tmp_path):
    path = override(tmp_path, "ja/letter.txt", "一\n{% blok letter %}\n")

    found = problems(tmp_path)

    assert [(each.template, each.line) for each in found] == [(path, 2)]
    assert "blok" in found[0].message


def test_each_broken_file_is_found_not_only_the_first(tmp_path):
    one = override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "{{ contract|shout }}")
    other = override(tmp_path, "en/license-release.txt", "\n{% endif %}")

    assert {(each.template, each.line) for each in problems(tmp_path)} == {(one, 1), (other, 2)}


def test_an_unknown_name_is_found_in_a_branch_that_the_sample_does_not_take(tmp_path):
    path = override(
        tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "{% if is_storage %}\n{{ clozing_day|day }}{% endif %}\n"
    )

    found = problems(tmp_path)

    assert [(each.template, each.line) for each in found] == [(path, 2)]
    assert found[0].message == ("the name 'clozing_day' is not among this letter's data: did you mean 'closing_day'?")


def test_an_unknown_name_in_a_head_is_found_with_its_line(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", "---\nsubject: {{ contrakt }}\n---\n")

    assert [(each.template, each.line) for each in problems(tmp_path)] == [(path, 2)]


def test_a_name_that_the_file_asks_for_first_is_no_problem(tmp_path):
    override(
        tmp_path,
        "ja/renewal-notice.txt",
        SAYS_ALL + "{% if greeting is defined %}{{ greeting }}{% endif %}{{ x|default('') }}.",
    )

    assert problems(tmp_path) == []


def test_an_unknown_part_of_a_name_is_found_by_rendering(tmp_path):
    path = override(tmp_path, "en/service-start.txt", "\n\n{{ account.nmae }}\n")

    assert [(each.template, each.line) for each in problems(tmp_path)] == [(path, 3)]


def test_a_letter_that_is_not_there_is_found():
    found = Examination(Renderer()).problems(
        {"ja": {"renewal-notice": (), "holiday-greeting": ()}}, lambda *_: samples("renewal-notice", "ja")
    )

    assert [each.template for each in found] == ["holiday-greeting.txt"]
    assert "there is no template" in found[0].message


def test_files_that_extend_each_other_in_a_circle_are_found(tmp_path):
    override(tmp_path, "ja/renewal-notice.txt", "{% extends 'a.txt' %}")
    override(tmp_path, "ja/a.txt", "{% extends 'b.txt' %}")
    override(tmp_path, "ja/b.txt", "{% extends 'a.txt' %}")

    assert "circle" in {each.code for each in problems(tmp_path)}


def test_a_link_that_leads_to_itself_is_found(tmp_path):
    (tmp_path / "ja").mkdir()
    (tmp_path / "ja" / "contact.txt").symlink_to("contact.txt")

    assert [each.code for each in problems(tmp_path)] == ["link-dead"]


@pytest.mark.parametrize(
    ("theme", "code"),
    [
        (b"{% macro strong(text) %}{% endmacro %}", "macro-loses"),
        (b"{% macro strong(text) %}{{ text|upper }}{% endmacro %}", "macro-changes"),
        ("強調".encode("cp932"), "not-utf-8"),
    ],
)
def test_a_theme_that_loses_or_changes_words_or_cannot_be_read_is_found(tmp_path, theme, code):
    (tmp_path / "theme.html").write_bytes(theme)

    assert {each.code for each in problems(tmp_path)} == {code}


def test_a_template_whose_name_is_computed_is_found_since_no_hash_could_cover_it(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "{% include contract ~ '.txt' %}")

    found = problems(tmp_path)

    assert [each.template for each in found] == [path]
    assert "must be written out" in found[0].message


def test_a_subject_of_two_lines_is_found(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", "---\nsubject: a\n  b\n---\n")

    assert [each.template for each in problems(tmp_path)] == [path]


@pytest.mark.parametrize(
    ("letter", "said", "unsaid"),
    [
        ("renewal-notice", "{{ closing_day|day }}", "term_end"),
        ("renewal-notice", "{{ term_end|short_day }}", "closing_day"),
        ("service-start-change", "{{ new_start|day }}", "old_start"),
        ("extension-confirmation", "{{ old_end|day }}{{ changes[0].seats_after|seats }}", "new_term.end"),
    ],
)
def test_a_letter_that_leaves_out_what_its_kind_must_say_is_found(tmp_path, letter, said, unsaid):
    path = override(tmp_path, f"en/{letter}.txt", said)

    (problem,) = problems(tmp_path)

    assert (problem.template, problem.values["name"]) == (path, unsaid)


def test_a_letter_in_which_a_name_could_become_a_mark_is_found(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "{{ account.company|upper ~ contract|safe }}")

    assert [(each.template, each.code) for each in problems(tmp_path)] == [(path, "as-mark")]


def test_a_strong_that_is_not_closed_is_found(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "**期限")

    assert [(each.template, each.code) for each in problems(tmp_path)] == [(path, "unclosed")]


def test_a_row_within_a_paragraph_is_found(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "\n\nご契約\n番号:: {{ contract }}")

    assert [(each.template, each.code) for each in problems(tmp_path)] == [(path, "no-row")]


def test_a_file_that_no_letter_would_ever_use_is_found_with_the_one_that_was_meant(tmp_path):
    strange = {override(tmp_path, name, "x") for name in ("ja/renewal-notise.txt", "jp/renewal-notice.txt")}

    found = problems(tmp_path)

    assert {each.template for each in found} == strange
    assert {each.values["like"] for each in found} == {"ja/renewal-notice.txt"}


def test_what_the_files_share_may_be_called_as_one_likes(tmp_path):
    override(tmp_path, "ja/greeting.txt", "x")
    override(tmp_path, "ja/renewal-notice.txt", SAYS_ALL + "{% include 'greeting.txt' %}")

    assert problems(tmp_path) == []


def test_templates_for_one_partner_are_checked_as_well_and_each_problem_is_said_once(tmp_path):
    syntax = override(tmp_path, "partners/acme/ja/renewal-notice.txt", "{% if %}")
    name = override(tmp_path, "accounts/98765432/en/service-start.txt", "{{ nobody }}")
    misspelt = override(tmp_path, "partners/acme/en/licence-release.txt", "x")

    assert sorted(each.template for each in problems(tmp_path)) == sorted([syntax, name, misspelt])


def test_a_file_that_others_can_write_is_found_since_templates_are_code(tmp_path):
    path = override(tmp_path, "ja/renewal-notice.txt", "---\nsubject: {{ account.company }}\n---\n")
    Path(path).chmod(0o646)

    (problem,) = problems(tmp_path)

    assert problem.template == path
    assert "everybody on this machine can write it" in problem.message


@pytest.mark.parametrize(("members", "found"), [([], []), (["somebody"], ["its group"])])
def test_a_folder_that_a_group_of_several_can_write_is_found(tmp_path, monkeypatch, members, found):
    mine = grp.getgrgid(tmp_path.stat().st_gid)
    monkeypatch.setattr(grp, "getgrgid", lambda _: grp.struct_group((*mine[:3], members)))
    tmp_path.chmod(0o770)

    assert [each.message.partition(" can")[0] for each in problems(tmp_path)] == found


def test_a_link_that_leads_out_of_the_directory_is_found_and_one_within_it_is_not(tmp_path):
    inside = Path(override(tmp_path, "own/ja/letter.txt", "{{ letter }}"))
    (tmp_path / "elsewhere.txt").write_text("{{ account.company }}", "utf-8")
    (inside.parent / "out.txt").symlink_to(tmp_path / "elsewhere.txt")
    (inside.parent / "within.txt").symlink_to(inside)

    (problem,) = (each for each in problems(tmp_path / "own") if each.code != "never-used")

    assert problem.template == str(inside.parent / "out.txt")
    assert f"a link out of its directory, to {tmp_path / 'elsewhere.txt'}" in problem.message


def test_a_whole_directory_may_be_reached_by_a_link(tmp_path):
    (tmp_path / "release-7").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "release-7")

    assert problems(tmp_path / "current") == []


@pytest.mark.parametrize("used", ["partner is shouted", "partner|shouted"])
def test_an_unknown_filter_or_test_is_found_in_a_branch_that_no_sample_takes(tmp_path, used):
    source = f"---\ncalendar: 題\n  {{% if false %}}\n  {{% if {used} %}}x{{% endif %}}{{% endif %}}\n---\n"
    path = override(tmp_path, "ja/renewal-notice.txt", source)

    (problem,) = problems(tmp_path)

    assert (problem.template, problem.line) == (path, 4)
    assert "'shouted'" in problem.message


@pytest.mark.parametrize(
    "source",
    ["{{ partner.name }}", "{{ falls_to.menu }}", "{{ continuing[0].menu }}", "{{ sender.brand.signature[0] }}"],
)
def test_what_only_some_customers_letters_have_must_be_asked_for_first(tmp_path, source):
    """The samples are the fullest letter and the barest: what works for one and breaks on the other is found."""
    path = override(tmp_path, "ja/license-release.txt", f"---\ncalendar: 題\n  {source}\n---\n")

    (problem,) = problems(tmp_path)

    assert (problem.template, problem.line) == (path, 3)


def test_a_partner_s_own_letters_need_not_ask_whether_there_is_a_partner(tmp_path):
    override(tmp_path, "partners/acme/ja/renewal-notice.txt", "---\ncalendar: {{ partner.name }}\n---\n")

    assert problems(tmp_path) == []
