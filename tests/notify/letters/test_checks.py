from __future__ import annotations

import grp
from pathlib import Path

import pytest

from notify.letters.renderer import Renderer
from tests.notify.letters.builders import LANGUAGES, LETTERS, samples


def problems(folder: Path):
    """What is wrong with the letters of which there is a file in the folder, or with one whose layout lies there."""
    letters = [letter for letter in LETTERS if any(folder.rglob(letter))] or ["renewal-notice"]
    return Renderer([folder]).check(letters, LANGUAGES, samples)


def override(folder: Path, name: str, source: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return str(path)


def test_the_shipped_templates_have_no_problem():
    assert Renderer().check(LETTERS, LANGUAGES, samples) == []


def test_a_syntax_error_in_an_override_is_found_once_with_file_and_line(tmp_path):
    path = override(tmp_path, "layout/ja/letter.txt", "一\n{% blok letter %}\n")

    found = problems(tmp_path)

    assert [(each.template, each.line) for each in found] == [(path, 2)]
    assert "blok" in found[0].message


def test_each_broken_file_is_found_not_only_the_first(tmp_path):
    one = override(tmp_path, "renewal-notice/ja/body.txt", "{{ contract|shout }}")
    other = override(tmp_path, "license-release/en/body.html", "\n{% endif %}")

    assert {(each.template, each.line) for each in problems(tmp_path)} == {(one, 1), (other, 2)}


def test_an_unknown_name_is_found_in_a_branch_that_the_sample_does_not_take(tmp_path):
    path = override(tmp_path, "renewal-notice/ja/body.txt", "{% if is_storage %}\n{{ clozing_day|day }}{% endif %}\n")

    found = problems(tmp_path)

    assert [(each.template, each.line) for each in found] == [(path, 2)]
    assert "'clozing_day' is not among this letter's data" in found[0].message


def test_a_name_that_the_file_asks_for_first_is_no_problem(tmp_path):
    override(
        tmp_path,
        "renewal-notice/ja/body.txt",
        "{% if greeting is defined %}{{ greeting }}{% endif %}{{ x|default('') }}.",
    )

    assert problems(tmp_path) == []


def test_an_unknown_part_of_a_name_is_found_by_rendering(tmp_path):
    path = override(tmp_path, "service-start/en/body.txt", "\n\n{{ account.nmae }}\n")

    assert [(each.template, each.line) for each in problems(tmp_path)] == [(path, 3)]


def test_a_letter_without_one_of_its_files_is_found():
    found = Renderer().check(["renewal-notice", "holiday-greeting"], ["ja"], lambda *_: samples("renewal-notice", "ja"))

    assert [each.template for each in found] == ["holiday-greeting/ja/subject.txt"]
    assert "there is no template" in found[0].message


def test_a_template_whose_name_is_computed_is_found_since_no_hash_could_cover_it(tmp_path):
    path = override(tmp_path, "renewal-notice/ja/body.txt", "{% include contract ~ '.txt' %}")

    found = problems(tmp_path)

    assert [each.template for each in found] == [path]
    assert "must be written out" in found[0].message


def test_a_subject_of_two_lines_is_found(tmp_path):
    path = override(tmp_path, "renewal-notice/ja/subject.txt", "a\nb\n")

    assert [each.template for each in problems(tmp_path)] == [path]


def test_an_html_part_without_its_text_part_is_found(tmp_path):
    path = override(tmp_path, "renewal-notice/ja/body.html", "<p>{{ contract }}</p>")

    assert [(each.template, "without its text part" in each.message) for each in problems(tmp_path)] == [(path, True)]

    override(tmp_path, "renewal-notice/ja/body.txt", "{{ contract }}")
    assert problems(tmp_path) == []


def test_a_file_that_no_letter_would_ever_use_is_found(tmp_path):
    strange = {override(tmp_path, f"{name}/subject.txt", "x") for name in ("renewal-notise/ja", "renewal-notice/jp")}

    found = problems(tmp_path)

    assert {each.template for each in found} == strange
    assert all("never used" in each.message for each in found)


def test_what_the_files_share_may_be_called_as_one_likes(tmp_path):
    override(tmp_path, "layout/ja/greeting.txt", "x")
    override(tmp_path, "renewal-notice/ja/body.txt", "{% include 'layout/ja/greeting.txt' %}")

    assert problems(tmp_path) == []


def test_templates_for_one_partner_are_checked_as_well_and_each_problem_is_said_once(tmp_path):
    syntax = override(tmp_path, "partners/acme/renewal-notice/ja/body.txt", "{% if %}")
    name = override(tmp_path, "accounts/98765432/service-start/en/subject.txt", "{{ nobody }}")
    lonely = override(tmp_path, "partners/acme/license-release/en/body.html", "x")
    misspelt = override(tmp_path, "partners/acme/licence-release/en/body.txt", "x")

    assert sorted(each.template for each in problems(tmp_path)) == sorted([syntax, name, lonely, misspelt])


def test_a_file_that_others_can_write_is_found_since_templates_are_code(tmp_path):
    path = override(tmp_path, "renewal-notice/ja/subject.txt", "{{ account.company }}")
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
    inside = Path(override(tmp_path, "own/layout/ja/greeting.txt", "{{ account.company }}"))
    (tmp_path / "elsewhere.txt").write_text("{{ account.company }}", "utf-8")
    (inside.parent / "out.txt").symlink_to(tmp_path / "elsewhere.txt")
    (inside.parent / "within.txt").symlink_to(inside)

    (problem,) = problems(tmp_path / "own")

    assert problem.template == str(inside.parent / "out.txt")
    assert f"a link out of its directory, to {tmp_path / 'elsewhere.txt'}" in problem.message


def test_a_whole_directory_may_be_reached_by_a_link(tmp_path):
    (tmp_path / "release-7").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "release-7")

    assert problems(tmp_path / "current") == []


@pytest.mark.parametrize("used", ["partner is shouted", "partner|shouted"])
def test_an_unknown_filter_or_test_is_found_in_a_branch_that_no_sample_takes(tmp_path, used):
    path = override(
        tmp_path, "renewal-notice/ja/event.txt", f"題\n{{% if false %}}\n{{% if {used} %}}x{{% endif %}}{{% endif %}}"
    )

    (problem,) = problems(tmp_path)

    assert (problem.template, problem.line) == (path, 3)
    assert "'shouted'" in problem.message


@pytest.mark.parametrize(
    "source",
    ["{{ partner.name }}", "{{ falls_to.menu }}", "{{ continuing[0].menu }}", "{{ sender.brand.signature[0] }}"],
)
def test_what_only_some_customers_letters_have_must_be_asked_for_first(tmp_path, source):
    """The samples are the fullest letter and the barest: what works for one and breaks on the other is found."""
    path = override(tmp_path, "license-release/ja/event.txt", "題\n" + source)

    (problem,) = problems(tmp_path)

    assert (problem.template, problem.line) == (path, 2)


def test_a_partner_s_own_letters_need_not_ask_whether_there_is_a_partner(tmp_path):
    override(tmp_path, "partners/acme/renewal-notice/ja/event.txt", "{{ partner.name }}")

    assert problems(tmp_path) == []
